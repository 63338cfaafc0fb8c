//! Taking in what the county answered: results of what was sent, what others did, all in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use serde_bytes::ByteBuf;
use store::Write;
use store::table::{act, actor, document, draft_buffer, leaving, meta, outbox, quarantine, seal, summary};
use sync::cores;
use sync::document::{Document, DocumentError};
use sync::item::{CaseMeta, Item, ItemId, unknown_kind};
use sync::receipt::Ack;
use sync::refusal::Code;
use sync::session::{Intake, Position};
use sync::wire::{Numbered, from_cbor, to_cbor};

use crate::account::HEARD;
use crate::fault::Fault;
use crate::identity::{self, Identity};
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::{Closed, Kept, Paper, raw};
use crate::{Desk, clock, material, standing, tally};

mod leave;
mod outcome;
mod repair;
mod whole;

pub(crate) use outcome::hashes;
pub(crate) use repair::{is_ours, was};

/// This program, as it is noted beside what it could not go on with.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Cases that are fetched whole by one question.
const FETCHED_AT_ONCE: usize = 50;

/// What taking in did.
#[derive(Debug, Default)]
pub struct Taken {
    /// Cases that changed.
    pub touched: BTreeSet<CaseId>,
    /// Items the county has now.
    pub sent: u64,
    /// Items that were new here.
    pub received: u64,
    /// Items that were refused: item, code.
    pub refused: Vec<(ItemId, String)>,
    /// Whether this desk got another identity.
    pub renamed: bool,
    /// Files that nothing names any more: their bytes may go once this is durable.
    pub forgotten: Vec<Digest>,
    /// Whether the county's sums are others than this desk's, where it told them.
    pub differs: Option<bool>,
    /// Cases that were found to differ, when heaps were compared.
    pub differing: Option<Vec<CaseId>>,
    /// Cases of which the county told how it knows them.
    pub compared: Vec<CaseId>,
    /// Cases that lie here as a summary and are to be fetched whole.
    pub wanted: Vec<CaseId>,
}

/// Stores everything the county answered.
///
/// # Errors
/// The store's; nothing of it is kept then.
pub fn store(
    w: &Write<'_>,
    desk: &Desk,
    open: &Open,
    intake: &Intake,
    offered: Option<(u64, Digest)>,
) -> Result<Taken, Fault> {
    let mut taken = take(w, desk, open, intake)?;
    taken.wanted = summary::wanted(w, FETCHED_AT_ONCE)?;
    if let Some(theirs) = intake.digests {
        taken.differs = Some(theirs != tally::sums(w)?);
    }
    standing::offered(w, intake.offered, offered)?;
    let before = standing::position(w)?;
    let offering = before.offering && !intake.offered;
    let (epoch, protocol) = (Some(intake.epoch), intake.protocol);
    standing::keep(w, &Position { epoch, cursor: intake.cursor, offering, protocol, ..before })?;
    meta::put_json(w, HEARD, &desk.clock.hear(intake.time))?;
    Ok(taken)
}

/// Stores what the county answered, but neither where the desk stands now nor the county's time: a courier file may be old,
/// and says by itself how far it goes.
///
/// # Errors
/// The store's; nothing of it is kept then.
pub(crate) fn take(w: &Write<'_>, desk: &Desk, open: &Open, intake: &Intake) -> Result<Taken, Fault> {
    let mut taking = Taking::new(w, desk, open);
    taking.comparing = intake.compared.is_some();
    let seal = taking.keep_receipts(intake)?;
    for (item, ack) in &intake.acks {
        taking.ack(*item, ack, seal)?;
    }
    if !intake.acks.is_empty() && !is_smooth(intake) {
        outbox::unmark_sent(w)?;
    }
    for chunk in std::mem::take(&mut taking.answered) {
        outbox::unmark_chunk(w, chunk)?;
    }
    taking.offer_again(&intake.unknown)?;
    taking.open_all(&intake.items)?;
    for numbered in &intake.items {
        taking.item(numbered)?;
    }
    if let Some(compared) = &intake.compared {
        taking.compared(compared)?;
    }
    // What was refused is cut off only now: by what arrived with the refusal it is known what may still be entered.
    taking.follow_up()?;
    for case in &intake.withdrawn {
        taking.withdraw(*case)?;
    }
    if !intake.withdrawn.is_empty() {
        open.doubt_lease();
    }
    taking.finish()?;
    let mut taken = taking.taken;
    if let Some(instance) = &intake.instance {
        let renamed = Identity {
            desk: instance.desk,
            prefix: instance.prefix.clone(),
            client_cert_der: instance.client_cert_der.clone(),
            ..(*open.identity()).clone()
        };
        repair::was(w, open.identity().desk)?;
        identity::put(w, &renamed)?;
        outbox::unmark_sent(w)?;
        open.set_identity(renamed);
        for staff in instance.grants.iter().cloned().map(identity::Staff::from) {
            identity::put_staff(w, &staff)?;
            if staff.official.person == open.person() {
                open.set_staff(staff);
            }
        }
        taken.renamed = true;
    }
    Ok(taken)
}

/// Whether what was sent behind this may stay on its way as it is: everything answered was taken, and nothing in the answer
/// changes what waits.
pub(crate) fn is_smooth(intake: &Intake) -> bool {
    intake.acks.iter().all(|(_, ack)| matches!(ack, Ack::Stored { .. } | Ack::Had { .. }))
        && intake.unknown.is_empty()
        && intake.withdrawn.is_empty()
        && intake.compared.is_none()
        && intake.instance.is_none()
}

/// Takes in what an earlier program put aside because it did not know its kind. Gives whether this one does.
///
/// # Errors
/// The store's.
pub(crate) fn retake(w: &Write<'_>, desk: &Desk, open: &Open, kept: &[u8]) -> Result<bool, Fault> {
    let Ok(numbered) = from_cbor::<Numbered>(kept) else { return Ok(false) };
    if unknown_kind(&numbered.item).is_some() {
        return Ok(false);
    }
    let mut taking = Taking::new(w, desk, open);
    taking.item(&numbered)?;
    taking.finish()?;
    Ok(true)
}

struct Taking<'a, 'c> {
    w: &'a Write<'c>,
    open: &'a Open,
    desk: &'a Desk,
    taken: Taken,
    /// Cases at work, loaded once.
    papers: BTreeMap<CaseId, Paper>,
    /// Cases whose line has to be written anew, and whether somebody should look.
    changed: BTreeMap<CaseId, Changed>,
    /// Changes that were refused, by their case.
    refused: BTreeMap<CaseId, BTreeSet<Digest>>,
    /// Cases of which the county lacks something that was built on.
    lacking: BTreeSet<CaseId>,
    /// Cases that are leaving or gone.
    left: BTreeSet<CaseId>,
    /// Counters of the chunks that were answered.
    answered: BTreeSet<u64>,
    /// Cases of which the county has more than before, and nothing else changed.
    acknowledged: BTreeSet<CaseId>,
    /// Whether the items are those that were found lacking here.
    comparing: bool,
    /// Summaries to which something came that they do not hold: the whole is fetched next.
    behind: BTreeSet<CaseId>,
    /// Cases that came back whole.
    whole: BTreeSet<CaseId>,
}

#[derive(Default)]
struct Changed {
    /// When it changed, for what came from elsewhere.
    at: Option<Millis>,
    /// Whether a step of somebody else arrived.
    news: bool,
}

impl<'a, 'c> Taking<'a, 'c> {
    fn new(w: &'a Write<'c>, desk: &'a Desk, open: &'a Open) -> Taking<'a, 'c> {
        Taking {
            w,
            open,
            desk,
            taken: Taken::default(),
            papers: BTreeMap::new(),
            changed: BTreeMap::new(),
            refused: BTreeMap::new(),
            lacking: BTreeSet::new(),
            left: BTreeSet::new(),
            answered: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            comparing: false,
            behind: BTreeSet::new(),
            whole: BTreeSet::new(),
        }
    }
}

impl Taking<'_, '_> {
    /// Keeps the county's seal once; the proofs of single items name it.
    fn keep_receipts(&self, intake: &Intake) -> Result<i64, Fault> {
        // Answers without a seal prove nothing, and name none.
        intake.receipts.as_ref().map_or(Ok(0), |receipts| Ok(seal::put(self.w, &to_cbor(receipts))?))
    }

    fn item(&mut self, numbered: &Numbered) -> Result<(), Fault> {
        for claim in &numbered.claims {
            actor::put(self.w, &crate::open::known(claim))?;
        }
        let Ok(item) = Item::from_bytes(&numbered.item) else {
            let nobody = CaseId(uuid::Uuid::nil());
            return match unknown_kind(&numbered.item) {
                Some((_, case)) => self.set_aside(numbered, case.unwrap_or(nobody), Code::UnknownKind.name()),
                None => self.set_aside(numbered, nobody, Code::Malformed.name()),
            };
        };
        let case = match item.case() {
            Ok(case) => case,
            Err(_) => return self.set_aside(numbered, CaseId(uuid::Uuid::nil()), "malformed"),
        };
        leaving::remove(self.w, case)?;
        if numbered.side {
            self.changed.entry(case).or_default().news = true;
            return self.set_aside(numbered, case, Code::SideBranch.name());
        }
        let done = match item {
            Item::Document { meta, bytes, heads, .. } => self.document(case, meta, &bytes, &heads),
            Item::Changes { changes, heads, .. } => self.changes(case, &changes, &heads),
            Item::Act(signed) => self.step(numbered, &signed),
        };
        match done {
            Ok(new) => {
                let changed = self.changed.entry(case).or_default();
                // Fetching an old case whole is no news of it.
                if new && !self.whole.contains(&case) {
                    self.taken.received += 1;
                    changed.at = Some(numbered.arrived);
                }
                Ok(())
            }
            Err(Fault::Document(error)) => {
                let code = match error {
                    DocumentError::MissingParents(_) => "missing_parents",
                    _ => "malformed",
                };
                self.papers.remove(&case);
                self.set_aside(numbered, case, code)
            }
            Err(other) => Err(other),
        }
    }

    fn document(
        &mut self,
        case: CaseId,
        meta: CaseMeta,
        bytes: &[u8],
        heads: &[Digest],
    ) -> Result<bool, Fault> {
        let theirs = Document::load(bytes, self.open.actor)?;
        if document::heads(self.w, case)?.is_none() {
            let row = document::Document {
                case,
                release: meta.release,
                meta: to_cbor(&meta),
                snapshot: theirs.save(),
                heads: raw(&theirs.heads()),
                acked_heads: raw(&theirs.heads()),
            };
            document::insert(self.w, &row)?;
            self.papers.remove(&case);
            return Ok(true);
        }
        if let Some(kept) = summary::get(self.w, case)? {
            return self.for_summary(case, &kept, Some((meta, theirs)));
        }
        let paper = self.paper(case)?;
        let before = paper.doc.heads();
        paper.doc.merge(&theirs)?;
        self.settle(case, &before, heads)
    }

    fn changes(&mut self, case: CaseId, changes: &[ByteBuf], heads: &[Digest]) -> Result<bool, Fault> {
        if document::heads(self.w, case)?.is_none() {
            return Err(DocumentError::MissingParents(Vec::new()).into());
        }
        if let Some(kept) = summary::get(self.w, case)? {
            return self.for_summary(case, &kept, None);
        }
        let paper = self.paper(case)?;
        let before = paper.doc.heads();
        paper.doc.apply(changes)?;
        self.settle(case, &before, heads)
    }

    fn settle(&mut self, case: CaseId, before: &[Digest], heads: &[Digest]) -> Result<bool, Fault> {
        let w = self.w;
        let new = self.paper(case)?.keep(w, before)?;
        self.acked(case, heads)?;
        Ok(new)
    }

    fn step(&mut self, numbered: &Numbered, signed: &sync::act::SignedAct) -> Result<bool, Fault> {
        let Ok(body) = signed.body() else { return Err(DocumentError::Damaged.into()) };
        let is_new = act::get(self.w, body.act.id)?.is_none();
        let kept = Kept {
            item: ByteBuf::from(numbered.item.clone()),
            official: numbered.official.clone(),
            arrived: Some(numbered.arrived),
        };
        let state = act::ActState::Done { seq: numbered.number };
        let row = act::ActRow { id: body.act.id, case: body.act.case, bytes: to_cbor(&kept), state };
        act::put(self.w, &row)?;
        self.papers.remove(&body.act.case);
        if is_new {
            // Typed before that step: whether it still holds is for a person to say.
            draft_buffer::put_aside(self.w, body.act.case)?;
        }
        if is_new && body.act.by != self.open.person() {
            self.changed.entry(body.act.case).or_default().news = true;
        }
        Ok(is_new)
    }

    /// Opens the cases that are written on. What cannot be opened is met again when its turn comes.
    fn open_all(&mut self, items: &[Numbered]) -> Result<(), Fault> {
        let written = items.iter().filter_map(|numbered| match Item::from_bytes(&numbered.item) {
            Ok(Item::Changes { case, .. }) => Some(case),
            _ => None,
        });
        let mut closed = Vec::new();
        for case in written.collect::<BTreeSet<_>>() {
            if !self.papers.contains_key(&case) {
                closed.extend(Closed::find(self.w, self.open, case)?);
            }
        }
        let opened = cores::each(closed, Closed::open).into_iter().flatten();
        // A summary may be replaced by the whole before its turn comes.
        let whole = opened.filter(|paper| paper.summary.is_none());
        self.papers.extend(whole.map(|paper| (paper.case, paper)));
        Ok(())
    }

    /// Something that cannot be used here is kept and shown, and holds nothing else up.
    fn set_aside(&mut self, numbered: &Numbered, case: CaseId, code: &str) -> Result<(), Fault> {
        let entry = quarantine::Quarantined {
            item: ItemId::of(&numbered.item).0,
            case,
            person: None,
            direction: quarantine::Direction::Down,
            code: code.to_owned(),
            // A later program takes it in as it came, with its number.
            bytes: if code == Code::UnknownKind.name() { to_cbor(numbered) } else { numbered.item.clone() },
            at: clock::device(),
            bundle: 0,
            program: VERSION.to_owned(),
        };
        Ok(quarantine::put(self.w, &entry)?)
    }

    fn paper(&mut self, case: CaseId) -> Result<&mut Paper, Fault> {
        match self.papers.entry(case) {
            std::collections::btree_map::Entry::Occupied(there) => Ok(there.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                Ok(place.insert(Paper::any(self.w, self.open, case)?))
            }
        }
    }

    /// Writes the lines of all cases that changed.
    fn finish(&mut self) -> Result<(), Fault> {
        for case in leaving::list(self.w)? {
            self.changed.remove(&case);
            self.leave(case)?;
        }
        let acknowledged = std::mem::take(&mut self.acknowledged);
        self.taken.touched.extend(&acknowledged);
        let counted = self.changed.keys().copied().chain(std::mem::take(&mut self.left)).chain(acknowledged);
        tally::note(self.w, counted)?;
        for (case, changed) in std::mem::take(&mut self.changed) {
            self.taken.touched.insert(case);
            let paper = match self.papers.remove(&case) {
                Some(paper) => paper,
                None => match Paper::find(self.w, self.open, case)? {
                    Some(paper) => paper,
                    // A step of a case whose document did not come.
                    None => continue,
                },
            };
            material::announce(self.w, &paper)?;
            let unseen = changed.news.then_some(true);
            index::refresh(self.w, self.open, &paper, Touch { at: changed.at, unseen, ..Touch::default() })?;
        }
        Ok(())
    }
}
