//! What became of what was sent: taken, refused, put off, lacking something; and what follows from it for the case.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::ServiceItem;
use domain::form::FieldClass;
use domain::id::{CaseId, Digest};
use domain::lifecycle;
use domain::moment::Millis;
use serde_bytes::ByteBuf;
use store::table::{act, actor, document, leaving, original, outbox, quarantine, writer};
use sync::inspect::{self, LIMITS};
use sync::item::{Actor, Item, ItemId};
use sync::receipt::Ack;
use sync::refusal::{Code, Retry};

use super::{Taking, VERSION, repair};
use crate::fault::Fault;
use crate::paper::{self, raw};
use crate::{clock, index};

/// Milliseconds an item waits whose parents have to be sent first.
const PARENTS_FIRST: Millis = 500;
/// Milliseconds an item waits that the county could not take although nothing is wrong with it.
const AGAIN: Millis = 30_000;
/// Milliseconds an item waits for what others have to bring first.
const AFTER_OTHERS: Millis = 60_000;
/// What the county lost leaves before everything made since, which builds on it.
pub(super) const FIRST_LANE: u8 = 0;

impl Taking<'_, '_> {
    pub(super) fn ack(&mut self, item: ItemId, ack: &Ack, seal: i64) -> Result<(), Fault> {
        let now = clock::device();
        match ack {
            Ack::Stored { seq } | Ack::Had { seq } => {
                let at = self.desk.clock.now();
                let proof = outbox::Acknowledged { seq: *seq, seal, at };
                let Some(row) = outbox::acknowledge(self.w, item.0, &proof)? else { return Ok(()) };
                self.taken.sent += 1;
                self.answered.extend(row.chunk);
                match Item::from_bytes(&row.bytes)? {
                    Item::Act(signed) => {
                        act::set_done(self.w, signed.body()?.act.id, *seq)?;
                        self.papers.remove(&row.case);
                        self.changed.entry(row.case).or_default();
                    }
                    Item::Document { heads, .. } | Item::Changes { heads, .. } => {
                        self.acked(row.case, &heads)?;
                        self.settled_by(row.case)?;
                        // Its line tells what it told before: how far it travelled is read from the outbox.
                        self.acknowledged.insert(row.case);
                    }
                }
            }
            Ack::Refused { code } if code.retry() == Retry::Later => {
                outbox::put_off(self.w, item.0, now.saturating_add(AGAIN))?;
            }
            Ack::Refused { code } => self.refuse(item, code)?,
            Ack::Later { after, .. } => outbox::put_off(self.w, item.0, now.saturating_add(*after))?,
            Ack::Needs { hashes } => {
                let Some(row) = outbox::get(self.w, item.0)? else { return Ok(()) };
                let doc = &self.paper(row.case)?.doc;
                if !hashes.iter().all(|hash| doc.has(hash)) {
                    // Nobody here has what it builds on: asking again would never end.
                    return self.refuse(item, &Code::MissingParents);
                }
                let (w, open) = (self.w, self.open);
                if !repair::wrote_alone(w, open, &self.paper(row.case)?.doc) {
                    // Others bring what they wrote when they meet the county; what of it is ours is found by comparing.
                    return Ok(outbox::put_off(w, item.0, now + AFTER_OTHERS)?);
                }
                // The county lacks what this builds on: it gets the whole document, then this again.
                outbox::put_off(self.w, item.0, now + PARENTS_FIRST)?;
                self.lacking.insert(row.case);
            }
        }
        Ok(())
    }

    /// Notes that the county has a case up to `heads`.
    pub(super) fn acked(&mut self, case: CaseId, heads: &[Digest]) -> Result<(), Fault> {
        let Some(stands) = document::heads(self.w, case)? else { return Ok(()) };
        let heads_raw = raw(heads);
        if stands.heads == heads_raw && !self.papers.contains_key(&case) {
            // The usual case: nothing was written since. No document is loaded for that.
            return Ok(document::set_acked_heads(self.w, case, &heads_raw)?);
        }
        let paper = self.paper(case)?;
        if paper.doc.heads() == heads {
            // Both stand at the same place: what was acknowledged before lies behind it.
            paper.acked = heads.to_vec();
            return Ok(document::set_acked_heads(self.w, case, &heads_raw)?);
        }
        let mut both = paper.acked.clone();
        both.extend_from_slice(heads);
        let acked = paper.doc.at(&paper::known(&paper.doc, &both))?.heads();
        paper.acked.clone_from(&acked);
        Ok(document::set_acked_heads(self.w, case, &raw(&acked))?)
    }

    /// What was put aside and reached the county all the same needs nobody any more.
    fn settled_by(&mut self, case: CaseId) -> Result<(), Fault> {
        let aside = quarantine::open_of_case(self.w, case)?;
        if aside.is_empty() {
            return Ok(());
        }
        let paper = self.paper(case)?;
        let at_county = paper.doc.at(&paper::known(&paper.doc, &paper.acked))?;
        for entry in aside.iter().filter(|entry| entry.direction == quarantine::Direction::Up) {
            if let Ok(Item::Document { heads, .. } | Item::Changes { heads, .. }) =
                Item::from_bytes(&entry.bytes)
                && heads.iter().all(|head| at_county.has(head))
            {
                quarantine::settle(self.w, entry.item)?;
            }
        }
        Ok(())
    }

    /// Moves an item into quarantine; a step among them counts as refused.
    fn refuse(&mut self, item: ItemId, code: &Code) -> Result<(), Fault> {
        let Some(row) = outbox::get(self.w, item.0)? else { return Ok(()) };
        let Ok(opened) = Item::from_bytes(&row.bytes) else {
            // Nothing can be made of it here either; it lies aside and holds nothing else up.
            outbox::refuse(self.w, item.0, code.name(), clock::device(), VERSION)?;
            self.taken.refused.push((item, code.name().to_owned()));
            return Ok(());
        };
        if *code == Code::GroupRefused && !matches!(opened, Item::Act(_)) && leaving::holds(self.w, row.case)?
        {
            // The step came too late for a case that went elsewhere; what was entered still arrives beside it.
            return Ok(outbox::alone(self.w, item.0)?);
        }
        outbox::refuse(self.w, item.0, code.name(), clock::device(), VERSION)?;
        self.taken.refused.push((item, code.name().to_owned()));
        match &opened {
            Item::Act(signed) => {
                act::set_refused(self.w, signed.body()?.act.id, code.name())?;
                self.papers.remove(&row.case);
            }
            Item::Document { .. } | Item::Changes { .. } => {
                self.refused.entry(row.case).or_default().extend(hashes(&opened));
            }
        }
        self.changed.entry(row.case).or_default();
        Ok(())
    }

    /// What follows once every result is known: refused changes are cut off, and documents go whole where parts lacked.
    pub(super) fn follow_up(&mut self) -> Result<(), Fault> {
        while let Some((case, refused)) = self.refused.pop_first() {
            self.lacking.remove(&case);
            self.cut_off(case, refused)?;
        }
        for case in std::mem::take(&mut self.lacking) {
            self.send_whole(case)?;
        }
        Ok(())
    }

    /// Refused changes are left behind: the case goes on from what the county has, and what was entered later is said
    /// anew upon that (ruling 4), where the person at the desk entered it and may still do so. The refused branch stays to
    /// be looked at, and so does what cannot be said anew. A case the county never took keeps its document whole.
    fn cut_off(&mut self, case: CaseId, mut refused: BTreeSet<Digest>) -> Result<(), Fault> {
        let (w, open, desk) = (self.w, self.open, self.desk);
        let paper = self.paper(case)?;
        if paper.acked.is_empty() {
            for waiting in outbox::of_case(w, case)? {
                self.refuse(ItemId(waiting.item), &Code::GroupRefused)?;
            }
            self.refused.remove(&case);
            return Ok(());
        }
        let at_county = paper.doc.at(&paper::known(&paper.doc, &paper.acked))?;
        refused.retain(|hash| paper.doc.has(hash) && !at_county.has(hash));
        if refused.is_empty() {
            return Ok(());
        }
        let (me, item) = (open.me(), index::item_of(w, open, paper)?);
        let may = lifecycle::may_write(paper.status_at_county(), &me, paper.is_seen_by(open));
        let mine = |by: Actor| {
            may && actor::get(w, &by.0).is_ok_and(|by| by.is_some_and(|by| by.person == me.person))
        };
        let hand = new_hand()?;
        let pruned =
            paper.doc.pruned(&refused, hand, mine, |field| is_guarded(item.as_deref(), &field.question))?;
        paper.doc = pruned.document;
        document::fold(w, case, &paper.doc.save(), &raw(&paper.doc.heads()))?;
        writer::put(w, case, &open.actor.0, &hand.0)?;
        actor::put(w, &crate::open::known(&sync::item::ActorClaim { actor: hand, ..open.claim() }))?;
        let doc = paper.doc.clone();
        for waiting in outbox::of_case(w, case)? {
            let Ok(opened) = Item::from_bytes(&waiting.bytes) else { continue };
            let (heads, whole) = match &opened {
                Item::Document { heads, .. } | Item::Changes { heads, .. } => {
                    (heads.clone(), hashes(&opened).iter().all(|hash| !pruned.left.contains(hash)))
                }
                Item::Act(signed) => (signed.body()?.heads, false),
            };
            if heads.iter().all(|head| doc.has(head)) {
                continue;
            }
            self.refuse(ItemId(waiting.item), &Code::GroupRefused)?;
            if whole {
                // All of it was said anew: it is kept to be looked at, and needs nobody.
                quarantine::settle(w, waiting.item)?;
                self.taken.refused.pop();
            }
        }
        self.refused.remove(&case);
        self.paper(case)?.queue(w, open, &desk.clock, None)
    }

    fn send_whole(&mut self, case: CaseId) -> Result<(), Fault> {
        let moment = self.desk.clock.moment();
        let person = self.open.person();
        let paper = self.paper(case)?;
        let bytes = ByteBuf::from(paper.doc.save());
        let whole =
            Item::Document { case, meta: paper.meta.clone(), bytes, heads: paper.doc.heads(), moment };
        let bytes = whole.to_bytes();
        let row = outbox::NewItem {
            item: ItemId::of(&bytes).0,
            case,
            person,
            kind: paper::kind(&whole),
            lane: 0,
            bytes,
        };
        Ok(outbox::put(self.w, &[row], clock::device())?)
    }

    /// The county lost items that it had acknowledged: they go back into the outbox as they were, and what left together
    /// leaves together again (ruling 4).
    pub(super) fn offer_again(&mut self, lost: &[ItemId]) -> Result<(), Fault> {
        let mut bundles: BTreeMap<(u64, i64), Vec<outbox::NewItem>> = BTreeMap::new();
        let mut firsts: BTreeMap<i64, u64> = BTreeMap::new();
        for item in lost {
            let Some(kept) = original::get(self.w, item.0)? else { continue };
            let Ok(opened) = Item::from_bytes(&kept.bytes) else { continue };
            let person = match &opened {
                Item::Act(signed) => signed.body()?.act.by,
                _ => self.open.person(),
            };
            self.changed.entry(kept.case).or_default();
            let first = match kept.bundle {
                0 => kept.seq,
                bundle => *firsts.entry(bundle).or_insert(kept.seq),
            };
            bundles.entry((first, kept.bundle)).or_default().push(outbox::NewItem {
                item: item.0,
                case: kept.case,
                person,
                kind: paper::kind(&opened),
                lane: FIRST_LANE,
                bytes: kept.bytes,
            });
        }
        for bundle in bundles.into_values() {
            outbox::put(self.w, &bundle, clock::device())?;
        }
        Ok(())
    }
}

/// The changes inside an item; none of a step.
pub(crate) fn hashes(item: &Item) -> BTreeSet<Digest> {
    let contents = match item {
        Item::Document { bytes, .. } => inspect::document(bytes, &LIMITS),
        Item::Changes { changes, .. } => inspect::changes(changes, &LIMITS),
        Item::Act(_) => return BTreeSet::new(),
    };
    contents.map(|contents| contents.changes.iter().map(|change| change.hash).collect()).unwrap_or_default()
}

/// Whether a field must never be written over unseen. What nobody here knows is treated as such.
fn is_guarded(item: Option<&ServiceItem>, question: &str) -> bool {
    let field = item.and_then(|item| item.form.field(question));
    field.is_none_or(|field| field.class == FieldClass::Guarded)
}

fn new_hand() -> Result<Actor, Fault> {
    let mut hand = [0; 16];
    getrandom::fill(&mut hand).map_err(|_| Fault::Broken("no random numbers"))?;
    Ok(Actor(hand))
}
