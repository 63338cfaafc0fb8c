//! A case taken out of the cupboard: its document, the steps done to it, where it stands; and putting changes back.

use std::collections::BTreeSet;

use domain::act::{Act, ActKind, CorrectionPoint};
use domain::catalogue::Subject;
use domain::id::{ActId, CaseId, Digest};
use domain::lifecycle::{self, Status};
use domain::moment::Millis;
use domain::role::Official;
use domain::scope;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use store::table::{act, change, document, outbox, summary, writer};
use store::{Read, Write};
use sync::act::{ActBody, SignedAct};
use sync::document::{DocEdit, Document};
use sync::item::{Actor, CaseMeta, Item, ItemId};
use sync::wire::{from_cbor, to_cbor};
use uuid::Uuid;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::open::Open;

/// Changes after which the document is written anew as a whole.
const FOLD_AT: usize = 32;
/// Documents, changes and acts leave before files.
pub const LANE: u8 = 1;

/// A case as it lies here.
#[derive(Debug)]
pub struct Paper {
    /// The case.
    pub case: CaseId,
    /// Facts that never change.
    pub meta: CaseMeta,
    /// The document, continued by this session's actor.
    pub doc: Document,
    /// Heads the county has.
    pub acked: Vec<Digest>,
    /// Steps: those the county numbered in its order, then those of this desk.
    pub acts: Vec<Step>,
    /// What is left of a case of which only a summary lies here; its document is empty then, and nothing is written into it.
    pub summary: Option<Facts>,
    /// Whether the document is in the store already.
    stored: bool,
}

/// What the line of a case and its search words are made of, of what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The applicant's name.
    pub name: String,
    /// Their identity number.
    pub id_no: String,
    /// Where they live, as answered.
    pub region: String,
}

/// One step as it lies here.
#[derive(Debug, Clone)]
pub struct Step {
    /// What was signed.
    pub body: ActBody,
    /// Who did it, as the county knows them; none for own steps.
    pub official: Option<Official>,
    /// When it reached the county.
    pub arrived: Option<Millis>,
    /// Whether it is real.
    pub state: act::ActState,
}

/// A case taken out of the cupboard, not opened yet.
pub struct Closed {
    row: document::Document,
    tail: Vec<Vec<u8>>,
    summary: Option<Facts>,
    acts: Vec<Step>,
    hand: Actor,
}

impl Closed {
    /// The case as it lies here, if there is one.
    ///
    /// # Errors
    /// The store's; what cannot be read beside the document.
    pub fn find(r: &Read<'_>, open: &Open, case: CaseId) -> Result<Option<Closed>, Fault> {
        let Some(row) = document::get(r, case)? else { return Ok(None) };
        let hand = writer::instead(r, case, &open.actor.0)?.map_or(open.actor, Actor);
        let kept = if row.snapshot.is_empty() { summary::get(r, case)? } else { None };
        let summary = kept.map(|kept| from_cbor(&kept.facts)).transpose()?;
        Ok(Some(Closed { row, tail: change::tail(r, case)?, summary, acts: steps(r, case)?, hand }))
    }

    /// Opens it; the store is not needed for that.
    ///
    /// # Errors
    /// A damaged document.
    pub fn open(self) -> Result<Paper, Fault> {
        let Closed { row, tail, summary, acts, hand } = self;
        let doc = if summary.is_some() {
            Document::begin(hand)?
        } else {
            let mut doc = Document::load(&row.snapshot, hand)?;
            doc.apply(&tail)?;
            doc
        };
        let (meta, acked) = (from_cbor(&row.meta)?, row.acked_heads.into_iter().map(Digest).collect());
        Ok(Paper { case: row.case, meta, doc, acked, acts, summary, stored: true })
    }
}

/// How a step is kept in the store.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The item as it travelled.
    pub item: ByteBuf,
    /// Who did it, from the county's table.
    pub official: Option<Official>,
    /// When it reached the county.
    pub arrived: Option<Millis>,
}

impl Paper {
    /// A case that begins now.
    ///
    /// # Errors
    /// The document engine's.
    pub fn begin(open: &Open, meta: CaseMeta) -> Result<Paper, Fault> {
        let case = CaseId(Uuid::now_v7());
        Ok(Paper {
            case,
            meta,
            doc: Document::begin(open.actor)?,
            acked: Vec::new(),
            acts: Vec::new(),
            summary: None,
            stored: false,
        })
    }

    /// The case as it lies here, for the person who works now. Every use case comes through here: what is not in the
    /// scopes of their unit is not there for them, whoever else shares the desk (ruling 11).
    ///
    /// # Errors
    /// `no_such_case`, `only_summary`, or the store's.
    pub fn load(r: &Read<'_>, open: &Open, case: CaseId) -> Result<Paper, Fault> {
        let paper = Paper::see(r, open, case)?;
        if paper.summary.is_none() { Ok(paper) } else { Err(Fault::told(ipc::problem::ONLY_SUMMARY)) }
    }

    /// As [`Paper::load`], also a case of which only a summary lies here.
    ///
    /// # Errors
    /// `no_such_case`, or the store's.
    pub fn see(r: &Read<'_>, open: &Open, case: CaseId) -> Result<Paper, Fault> {
        let paper = Paper::any(r, open, case)?;
        if paper.is_seen_by(open) { Ok(paper) } else { Err(Fault::told(ipc::problem::NO_SUCH_CASE)) }
    }

    /// The case as it lies here, whoever works: for the machine's own upkeep and its exchange with the county.
    ///
    /// # Errors
    /// `no_such_case`, or the store's.
    pub fn any(r: &Read<'_>, open: &Open, case: CaseId) -> Result<Paper, Fault> {
        Paper::find(r, open, case)?.ok_or_else(|| Fault::told(ipc::problem::NO_SUCH_CASE))
    }

    /// As [`Paper::any`], if there is such a case.
    ///
    /// # Errors
    /// The store's; a damaged document.
    pub fn find(r: &Read<'_>, open: &Open, case: CaseId) -> Result<Option<Paper>, Fault> {
        Closed::find(r, open, case)?.map(Closed::open).transpose()
    }

    /// Where it stands, own steps that still wait included.
    pub fn status(&self) -> Status {
        lifecycle::fold_here(&self.acts_in(true), &self.acts_in(false))
    }

    /// Where it stands by the steps the county numbered alone.
    pub fn status_at_county(&self) -> Status {
        lifecycle::fold(&self.acts_in(true))
    }

    /// The scopes it lies in, by the steps the county numbered.
    pub fn scopes(&self) -> BTreeSet<String> {
        scope::of_case(&self.meta.unit, &self.meta.village, &self.acts_in(true))
    }

    /// Whether it lies in a scope of the unit that the person who works now works for.
    pub fn is_seen_by(&self, open: &Open) -> bool {
        let scopes = self.scopes();
        open.scopes().iter().any(|scope| scopes.contains(scope))
    }

    /// What its line and its search words are made of. `subject`: which questions ask for it.
    pub fn facts(&self, subject: Option<&Subject>) -> Facts {
        if let Some(kept) = &self.summary {
            return kept.clone();
        }
        let text = |question: Option<&String>| question.map(|name| self.doc.text(name)).unwrap_or_default();
        Facts {
            name: text(subject.map(|subject| &subject.name)),
            id_no: text(subject.map(|subject| &subject.id_no)),
            region: text(subject.map(|subject| &subject.region)),
        }
    }

    fn acts_in(&self, numbered: bool) -> Vec<Act> {
        let fits = |step: &&Step| match step.state {
            act::ActState::Done { .. } => numbered,
            act::ActState::Waiting => !numbered,
            act::ActState::Refused { .. } => false,
        };
        self.acts.iter().filter(fits).map(|step| step.body.act.clone()).collect()
    }

    /// Steps that count: those with a number and those that wait.
    pub fn counting(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.acts.iter().filter(|step| !matches!(step.state, act::ActState::Refused { .. }))
    }

    /// The number on the receipt, once handed in.
    pub fn number(&self) -> Option<&str> {
        self.counting().find_map(|step| step.body.act.payload.provisional_no.as_deref())
    }

    /// When it was handed in first, by the clock of the desk that took it in.
    pub fn collected_at(&self) -> Option<Millis> {
        self.counting().find(|step| step.body.act.kind == ActKind::Submit).map(|step| step.body.moment.device)
    }

    /// What the open correction request names; nothing when none is open.
    pub fn corrections(&self) -> Vec<CorrectionPoint> {
        if !matches!(self.status(), Status::CorrectionRequested | Status::PreReviewReturned) {
            return Vec::new();
        }
        let asks = |step: &&Step| matches!(step.body.act.kind, ActKind::RequestCorrection | ActKind::Return);
        self.counting().rev().find(asks).map(|step| step.body.act.payload.points.clone()).unwrap_or_default()
    }

    /// Writes what was entered as one change. Nothing is queued yet; see [`Paper::queue`]. Gives whether anything changed.
    ///
    /// # Errors
    /// The store's or the document engine's.
    pub fn write(&mut self, w: &Write<'_>, edits: &[DocEdit], at: Millis) -> Result<bool, Fault> {
        let before = self.doc.heads();
        self.doc.edit(edits, at)?;
        self.keep(w, &before)
    }

    /// Stores what the document has beyond `before`.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&mut self, w: &Write<'_>, before: &[Digest]) -> Result<bool, Fault> {
        if self.summary.is_some() {
            return Err(Fault::told(ipc::problem::ONLY_SUMMARY));
        }
        if !self.stored {
            let row = document::Document {
                case: self.case,
                release: self.meta.release,
                meta: to_cbor(&self.meta),
                snapshot: self.doc.save(),
                heads: raw(&self.doc.heads()),
                acked_heads: raw(&self.acked),
            };
            document::insert(w, &row)?;
            self.stored = true;
            return Ok(true);
        }
        let heads = self.doc.heads();
        if heads == before {
            return Ok(false);
        }
        for bytes in &self.doc.changes_since(before) {
            change::append(w, self.case, bytes)?;
        }
        document::set_heads(w, self.case, &raw(&heads))?;
        if change::tail_len(w, self.case)? >= FOLD_AT {
            document::fold(w, self.case, &self.doc.save(), &raw(&heads))?;
        }
        Ok(true)
    }

    /// Puts what the county lacks into the outbox: the document or its changes, and with them the step, if one was done
    /// (both or neither, ruling 4).
    ///
    /// # Errors
    /// The store's.
    pub fn queue(
        &self,
        w: &Write<'_>,
        open: &Open,
        clock: &Clock,
        step: Option<SignedAct>,
    ) -> Result<(), Fault> {
        outbox::supersede(w, self.case)?;
        // The county has all of what is a summary here.
        let unsent = if self.summary.is_some() { None } else { self.unsent(w, open, clock)? };
        let items = unsent.into_iter().chain(step.map(Item::Act));
        let rows: Vec<outbox::NewItem> = items.map(|item| self.row(open, &item)).collect();
        if !rows.is_empty() {
            outbox::put(w, &rows, crate::clock::device())?;
        }
        Ok(())
    }

    /// What of the document the county does not have and nobody sends: all of it, or the changes since.
    fn unsent(&self, r: &Read<'_>, open: &Open, clock: &Clock) -> Result<Option<Item>, Fault> {
        let mut covered = self.acked.clone();
        for waiting in outbox::of_case(r, self.case)? {
            if let Ok(Item::Document { heads, .. } | Item::Changes { heads, .. }) =
                Item::from_bytes(&waiting.bytes)
            {
                covered.extend(heads);
            }
        }
        let moment = clock.moment();
        let heads = self.doc.heads();
        let base =
            if covered.is_empty() { Vec::new() } else { self.doc.at(&known(&self.doc, &covered))?.heads() };
        if base.is_empty() {
            let bytes = ByteBuf::from(self.doc.save());
            return Ok(Some(Item::Document {
                case: self.case,
                meta: self.meta.clone(),
                bytes,
                heads,
                moment,
            }));
        }
        if base == heads {
            return Ok(None);
        }
        let (changes, heads) = self.own_since(r, open, &base, heads)?;
        let changes: Vec<ByteBuf> = changes.into_iter().map(ByteBuf::from).collect();
        Ok((!changes.is_empty()).then_some(Item::Changes { case: self.case, base, changes, heads, moment }))
    }

    /// The changes beyond `base` and the heads with them. What other desks wrote the county takes from them alone; it is among
    /// them only when the county lost it.
    fn own_since(
        &self,
        r: &Read<'_>,
        open: &Open,
        base: &[Digest],
        heads: Vec<Digest>,
    ) -> Result<(Vec<Vec<u8>>, Vec<Digest>), Fault> {
        let all = self.doc.changes_since(base);
        let contents = sync::inspect::changes(&all, &sync::inspect::LIMITS)
            .map_err(|_| Fault::Broken("own changes cannot be read"))?;
        let ours = |by: Actor| crate::intake::is_ours(r, open, by).unwrap_or(true);
        if contents.writers().into_iter().all(ours) {
            Ok((all, heads))
        } else {
            Ok(self.doc.own_since(base, |_, by| ours(by)))
        }
    }

    /// An item of this case as it is put into the outbox.
    pub fn row(&self, open: &Open, item: &Item) -> outbox::NewItem {
        let bytes = item.to_bytes();
        outbox::NewItem {
            item: ItemId::of(&bytes).0,
            case: self.case,
            person: open.person(),
            kind: kind(item),
            lane: LANE,
            bytes,
        }
    }

    /// Signs a step and notes it as waiting. Queue it afterwards.
    ///
    /// # Errors
    /// The store's.
    pub fn sign(&mut self, w: &Write<'_>, open: &Open, clock: &Clock, act: Act) -> Result<SignedAct, Fault> {
        self.sign_at(w, open, clock, act, self.doc.heads())
    }

    /// Signs and queues what is no step of the case. It travels alone and names what the county has already, so that it
    /// arrives whatever becomes of the changes that wait.
    ///
    /// # Errors
    /// The store's.
    pub fn note(&mut self, w: &Write<'_>, open: &Open, clock: &Clock, act: Act) -> Result<(), Fault> {
        let heads = if self.acked.is_empty() { self.doc.heads() } else { self.acked.clone() };
        let signed = self.sign_at(w, open, clock, act, heads)?;
        Ok(outbox::put(w, &[self.row(open, &Item::Act(signed))], crate::clock::device())?)
    }

    fn sign_at(
        &mut self,
        w: &Write<'_>,
        open: &Open,
        clock: &Clock,
        act: Act,
        heads: Vec<Digest>,
    ) -> Result<SignedAct, Fault> {
        let identity = open.identity();
        let body =
            ActBody { county: identity.county, desk: identity.desk, act, heads, moment: clock.moment() };
        let signed = SignedAct::sign(&body, &open.person_key, &identity.device_key());
        let kept =
            Kept { item: ByteBuf::from(Item::Act(signed.clone()).to_bytes()), official: None, arrived: None };
        let row = act::ActRow {
            id: body.act.id,
            case: self.case,
            bytes: to_cbor(&kept),
            state: act::ActState::Waiting,
        };
        act::put(w, &row)?;
        self.acts.push(Step { body, official: None, arrived: None, state: act::ActState::Waiting });
        Ok(signed)
    }
}

/// The steps of a case, in order.
///
/// # Errors
/// The store's; bytes that are no step.
pub fn steps(r: &Read<'_>, case: CaseId) -> Result<Vec<Step>, Fault> {
    let rows = act::of_case(r, case)?;
    rows.into_iter()
        .map(|row| {
            let kept: Kept = from_cbor(&row.bytes)?;
            let Item::Act(signed) = Item::from_bytes(&kept.item)? else {
                return Err(Fault::Broken("a step is no step"));
            };
            Ok(Step {
                body: signed.body()?,
                official: kept.official,
                arrived: kept.arrived,
                state: row.state,
            })
        })
        .collect()
}

/// A new id for a step.
pub fn new_act() -> ActId {
    ActId(Uuid::now_v7())
}

/// What kind of outbox row an item is.
pub fn kind(item: &Item) -> outbox::ItemKind {
    match item {
        Item::Document { .. } => outbox::ItemKind::Document,
        Item::Changes { .. } => outbox::ItemKind::Changes,
        Item::Act(_) => outbox::ItemKind::Act,
    }
}

/// Heads as the store keeps them.
pub fn raw(heads: &[Digest]) -> Vec<[u8; 32]> {
    heads.iter().map(|head| head.0).collect()
}

/// Those of `heads` that the document contains.
pub fn known(doc: &Document, heads: &[Digest]) -> Vec<Digest> {
    heads.iter().filter(|head| doc.has(head)).copied().collect()
}
