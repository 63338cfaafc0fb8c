//! A case that desk and county held differently: what the desk lacked came with the answer, what the county lacks goes back
//! into the outbox.

use std::collections::BTreeSet;

use domain::id::Digest;
use serde_bytes::ByteBuf;
use store::table::{act, document, meta, original, outbox, quarantine};
use store::{Read, Write};
use sync::digest::{Compared, Held, step};
use sync::item::{Actor, Item};
use sync::refusal::Code;

use super::Taking;
use super::outcome::{FIRST_LANE, hashes};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::open::Open;
use crate::paper::{self, Paper, raw};
use crate::{clock, tally};

impl Taking<'_, '_> {
    /// Takes in what the county found different, and how it knows the cases that were asked for.
    pub(super) fn compared(&mut self, compared: &Compared) -> Result<(), Fault> {
        if !compared.heaps.is_empty() {
            self.taken.differing = Some(tally::differing(self.w, compared)?);
        }
        for held in &compared.held {
            self.taken.compared.push(held.case);
            self.stand(held)?;
        }
        Ok(())
    }

    /// What the county has of a case holds; what this desk was told before and the county has no more is offered again. What
    /// others wrote is left for them to offer: the county takes it from nobody else (ruling 5).
    fn stand(&mut self, held: &Held) -> Result<(), Fault> {
        let (w, open, desk, case) = (self.w, self.open, self.desk, held.case);
        self.papers.remove(&case);
        if document::heads(w, case)?.is_none() {
            return Ok(());
        }
        if self.is_summary(case)? {
            self.changed.entry(case).or_default();
            return Ok(());
        }
        let paper = self.paper(case)?;
        if !held.heads.iter().all(|head| paper.doc.has(head)) {
            // What came with the answer could not be used; it was put aside with its reason.
            return Ok(());
        }
        for aside in quarantine::open_of_case(w, case)? {
            // What came before its parents is here now.
            if let Ok(Item::Document { heads, .. } | Item::Changes { heads, .. }) =
                Item::from_bytes(&aside.bytes)
                && aside.direction == quarantine::Direction::Down
                && aside.code == Code::MissingParents.name()
                && heads.iter().all(|head| paper.doc.has(head))
            {
                quarantine::settle(w, aside.item)?;
            }
        }
        let ours = |by| is_ours(w, open, by).unwrap_or(true);
        // A case that the county lost altogether is sent whole by whoever wrote it alone. Of one that others wrote in, each offers
        // the originals: they wait in the outbox already.
        if !held.heads.is_empty() || wrote_alone(w, open, &paper.doc) {
            paper.acked = match held.heads.as_slice() {
                [] => Vec::new(),
                heads => paper.doc.heads_of_others(heads, ours),
            };
            document::set_acked_heads(w, case, &raw(&paper.acked))?;
            if paper.doc.heads() != paper.acked {
                paper.queue(w, open, &desk.clock, None)?;
                queue_lost(w, open, &desk.clock, paper)?;
            }
        }
        let marks: BTreeSet<&[u8]> = held.marks.iter().map(|mark| mark.as_slice()).collect();
        let mut lost = Vec::new();
        for row in act::of_case(w, case)? {
            let kept: paper::Kept = sync::wire::from_cbor(&row.bytes)?;
            let Ok(Item::Act(signed)) = Item::from_bytes(&kept.item) else { continue };
            let act = signed.body()?.act;
            let act::ActState::Done { seq } = row.state else { continue };
            if act.kind.is_step() && !marks.contains(step(act.id, seq).as_slice()) {
                lost.push(outbox::NewItem {
                    item: sync::item::ItemId::of(&kept.item).0,
                    case,
                    person: act.by,
                    kind: outbox::ItemKind::Act,
                    lane: FIRST_LANE,
                    bytes: kept.item.into_vec(),
                });
            }
        }
        for step in lost {
            // With its original bundle it would have been offered already: this one is known from its case alone.
            if original::get(w, step.item)?.is_none_or(|kept| kept.bundle == 0) {
                outbox::put(w, &[step], clock::device())?;
            } else {
                self.offer_again(&[sync::item::ItemId(step.item)])?;
            }
        }
        self.changed.entry(case).or_default();
        Ok(())
    }
}

/// Puts own changes first into the outbox that waiting items build on, and that neither the county nor any of them holds: the
/// county had put them beside the case while it was elsewhere.
fn queue_lost(w: &Write<'_>, open: &Open, clock: &Clock, paper: &Paper) -> Result<(), Fault> {
    let (mut held, mut reached) = (BTreeSet::new(), paper.acked.clone());
    for waiting in outbox::of_case(w, paper.case)? {
        let Ok(item) = Item::from_bytes(&waiting.bytes) else { continue };
        held.extend(hashes(&item));
        if let Item::Document { heads, .. } | Item::Changes { heads, .. } = item {
            reached.extend(heads);
        }
    }
    let reached = paper.doc.at(&paper::known(&paper.doc, &reached))?;
    let lost = |hash: &Digest, by: Actor| !held.contains(hash) && is_ours(w, open, by).unwrap_or(true);
    let (changes, heads) = reached.own_since(&paper.acked, lost);
    if paper.acked.is_empty() || changes.is_empty() {
        return Ok(());
    }
    let changes = changes.into_iter().map(ByteBuf::from).collect();
    let (base, moment) = (paper.acked.clone(), clock.moment());
    let item = Item::Changes { case: paper.case, base, changes, heads, moment };
    let row = outbox::NewItem { lane: FIRST_LANE, ..paper.row(open, &item) };
    Ok(outbox::put(w, &[row], clock::device())?)
}

/// Whether a writer wrote on this machine, under its name of today or an earlier one.
pub(crate) fn is_ours(r: &Read<'_>, open: &Open, by: Actor) -> Result<bool, Fault> {
    let Some(known) = store::table::actor::get(r, &by.0)? else { return Ok(true) };
    Ok(known.desk == open.identity().desk || meta::get(r, &former(known.desk))?.is_some())
}

/// Notes under which name this machine was known before.
pub(crate) fn was(w: &Write<'_>, desk: domain::id::DeskId) -> Result<(), Fault> {
    Ok(meta::put(w, &former(desk), &[])?)
}

fn former(desk: domain::id::DeskId) -> String {
    format!("was/{desk}")
}

/// Whether nobody but this machine wrote in a document: only then the county takes it whole from here.
pub(super) fn wrote_alone(r: &Read<'_>, open: &Open, doc: &sync::document::Document) -> bool {
    let all = sync::inspect::document(&doc.save(), &sync::inspect::LIMITS);
    let ours = |by| is_ours(r, open, by).unwrap_or(true);
    all.is_ok_and(|all| all.writers().into_iter().all(ours))
}
