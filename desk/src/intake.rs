//! Taking in what the county answered: results of what was sent, what others did, all in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use serde_bytes::ByteBuf;
use sha2::Digest as _;
use store::Write;
use store::table::{act, actor, case_index, county_item, document, meta, outbox, quarantine};
use sync::document::{Document, DocumentError};
use sync::item::{CaseMeta, Item, ItemId};
use sync::receipt::Ack;
use sync::refusal::Code;
use sync::session::{Intake, Position};
use sync::wire::{Numbered, to_cbor};

use crate::account::HEARD;
use crate::fault::Fault;
use crate::identity::{self, Identity};
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::{self, Kept, Paper, raw};
use crate::{Desk, clock, material, standing};

/// Milliseconds an item waits whose parents have to be sent first.
const PARENTS_FIRST: Millis = 500;

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
    let taken = take(w, desk, open, intake)?;
    standing::offered(w, intake.offered, offered)?;
    let before = standing::position(w)?;
    let offering = before.offering && !intake.offered;
    standing::keep(
        w,
        &Position { epoch: Some(intake.epoch), cursor: intake.cursor, offering, catalogue: before.catalogue },
    )?;
    meta::put_json(w, HEARD, &desk.clock.hear(intake.time))?;
    Ok(taken)
}

/// Stores what the county answered, but neither where the desk stands now nor the county's time: a courier file may be old,
/// and says by itself how far it goes.
///
/// # Errors
/// The store's; nothing of it is kept then.
pub(crate) fn take(w: &Write<'_>, desk: &Desk, open: &Open, intake: &Intake) -> Result<Taken, Fault> {
    let mut taking = Taking {
        w,
        open,
        desk,
        taken: Taken::default(),
        papers: BTreeMap::new(),
        changed: BTreeMap::new(),
        refused: BTreeSet::new(),
        lacking: BTreeSet::new(),
    };
    let seal = taking.keep_receipts(intake)?;
    for (item, ack) in &intake.acks {
        taking.ack(*item, ack, &seal)?;
    }
    taking.follow_up()?;
    if !intake.acks.is_empty() {
        outbox::unmark_sent(w)?;
    }
    for item in &intake.unknown {
        taking.offer_again(*item)?;
    }
    for numbered in &intake.items {
        taking.item(numbered)?;
    }
    for case in &intake.withdrawn {
        taking.withdraw(*case)?;
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
        identity::put(w, &renamed)?;
        outbox::unmark_sent(w)?;
        open.set_identity(renamed);
        taken.renamed = true;
    }
    Ok(taken)
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
    /// Cases of which a change was refused.
    refused: BTreeSet<CaseId>,
    /// Cases of which the county lacks something that was built on.
    lacking: BTreeSet<CaseId>,
}

#[derive(Default)]
struct Changed {
    /// When it changed, for what came from elsewhere.
    at: Option<Millis>,
    /// Whether a step of somebody else arrived.
    news: bool,
}

impl Taking<'_, '_> {
    /// Keeps the county's seal once; the proofs of single items name it.
    fn keep_receipts(&self, intake: &Intake) -> Result<Vec<u8>, Fault> {
        let Some(receipts) = &intake.receipts else { return Ok(Vec::new()) };
        let bytes = to_cbor(receipts);
        let name: [u8; 32] = sha2::Sha256::digest(&bytes).into();
        meta::put(self.w, &receipts_name(&name), &bytes)?;
        Ok(name.to_vec())
    }

    fn ack(&mut self, item: ItemId, ack: &Ack, seal: &[u8]) -> Result<(), Fault> {
        let now = clock::device();
        match ack {
            Ack::Stored { seq } | Ack::Had { seq } => {
                let proof = outbox::Acknowledged { seq: *seq, signature: seal.to_vec(), at: now };
                let Some(row) = outbox::acknowledge(self.w, item.0, &proof)? else { return Ok(()) };
                self.taken.sent += 1;
                match Item::from_bytes(&row.bytes)? {
                    Item::Act(signed) => {
                        act::set_done(self.w, signed.body()?.act.id, *seq)?;
                        self.papers.remove(&row.case);
                    }
                    Item::Document { heads, .. } | Item::Changes { heads, .. } => {
                        self.acked(row.case, &heads)?
                    }
                }
                self.changed.entry(row.case).or_default();
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
                // The county lacks what this builds on: it gets the whole document, then this again.
                outbox::put_off(self.w, item.0, now + PARENTS_FIRST)?;
                self.lacking.insert(row.case);
            }
        }
        Ok(())
    }

    /// Notes that the county has a case up to `heads`.
    fn acked(&mut self, case: CaseId, heads: &[Digest]) -> Result<(), Fault> {
        let Some(stands) = document::heads(self.w, case)? else { return Ok(()) };
        let heads_raw = raw(heads);
        if stands.heads == heads_raw && !self.papers.contains_key(&case) {
            // The usual case: nothing was written since. No document is loaded for that.
            return Ok(document::set_acked_heads(self.w, case, &heads_raw)?);
        }
        let paper = self.paper(case)?;
        let mut both = paper.acked.clone();
        both.extend_from_slice(heads);
        let acked = paper.doc.at(&paper::known(&paper.doc, &both))?.heads();
        paper.acked.clone_from(&acked);
        Ok(document::set_acked_heads(self.w, case, &raw(&acked))?)
    }

    /// Moves an item into quarantine; a step among them counts as refused.
    fn refuse(&mut self, item: ItemId, code: &Code) -> Result<(), Fault> {
        let Some(row) = outbox::refuse(self.w, item.0, code.name(), clock::device())? else { return Ok(()) };
        self.taken.refused.push((item, code.name().to_owned()));
        match Item::from_bytes(&row.bytes)? {
            Item::Act(signed) => {
                act::set_refused(self.w, signed.body()?.act.id, code.name())?;
                self.papers.remove(&row.case);
            }
            Item::Document { .. } | Item::Changes { .. } => {
                self.refused.insert(row.case);
            }
        }
        self.changed.entry(row.case).or_default();
        Ok(())
    }

    /// What follows once every result is known: refused changes are cut off, and documents go whole where parts lacked.
    fn follow_up(&mut self) -> Result<(), Fault> {
        for case in std::mem::take(&mut self.refused) {
            self.lacking.remove(&case);
            self.cut_off(case)?;
        }
        for case in std::mem::take(&mut self.lacking) {
            self.send_whole(case)?;
        }
        Ok(())
    }

    /// A refused change is left behind: the case goes on from what the county has (ruling 4). The refused bytes stay in
    /// quarantine to be looked at, and so do the items that wait and build on them: the county could never take them.
    /// A case the county never took keeps its document, and is sent whole after the next change.
    fn cut_off(&mut self, case: CaseId) -> Result<(), Fault> {
        let (w, actor) = (self.w, self.open.actor);
        let paper = self.paper(case)?;
        let never_taken = paper.acked.is_empty();
        if !never_taken {
            paper.doc = paper.doc.refork(&paper.acked, actor)?;
            let (snapshot, heads) = (paper.doc.save(), raw(&paper.doc.heads()));
            document::fold(w, case, &snapshot, &heads)?;
        }
        let doc = paper.doc.clone();
        for waiting in outbox::of_case(w, case)? {
            let heads = match Item::from_bytes(&waiting.bytes)? {
                Item::Document { heads, .. } | Item::Changes { heads, .. } => heads,
                Item::Act(signed) => signed.body()?.heads,
            };
            if never_taken || !heads.iter().all(|head| doc.has(head)) {
                self.refuse(ItemId(waiting.item), &Code::GroupRefused)?;
            }
        }
        self.refused.remove(&case);
        Ok(())
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

    /// The county lost an item that it had acknowledged: it goes back into the outbox as it was.
    fn offer_again(&mut self, item: ItemId) -> Result<(), Fault> {
        let Some(kept) = county_item::get(self.w, item.0)? else { return Ok(()) };
        let opened = Item::from_bytes(&kept.bytes)?;
        let row = outbox::NewItem {
            item: item.0,
            case: kept.case,
            person: self.open.person(),
            kind: paper::kind(&opened),
            lane: 1,
            bytes: kept.bytes,
        };
        self.changed.entry(kept.case).or_default();
        Ok(outbox::put(self.w, &[row], clock::device())?)
    }

    fn item(&mut self, numbered: &Numbered) -> Result<(), Fault> {
        for claim in &numbered.claims {
            let row = actor::Actor {
                actor: claim.actor.0.to_vec(),
                desk: claim.desk,
                person: claim.person,
                name: claim.name.clone(),
                unit: claim.unit.clone(),
            };
            actor::put(self.w, &row)?;
        }
        let Ok(item) = Item::from_bytes(&numbered.item) else {
            return self.set_aside(numbered, CaseId(uuid::Uuid::nil()), "malformed");
        };
        let case = match item.case() {
            Ok(case) => case,
            Err(_) => return self.set_aside(numbered, CaseId(uuid::Uuid::nil()), "malformed"),
        };
        let done = match item {
            Item::Document { meta, bytes, heads, .. } => self.document(case, meta, &bytes, &heads),
            Item::Changes { changes, heads, .. } => self.changes(case, &changes, &heads),
            Item::Act(signed) => self.step(numbered, &signed),
        };
        match done {
            Ok(new) => {
                let changed = self.changed.entry(case).or_default();
                if new {
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
        let paper = self.paper(case)?;
        let before = paper.doc.heads();
        paper.doc.merge(&theirs)?;
        self.settle(case, &before, heads)
    }

    fn changes(&mut self, case: CaseId, changes: &[ByteBuf], heads: &[Digest]) -> Result<bool, Fault> {
        if document::heads(self.w, case)?.is_none() {
            return Err(DocumentError::MissingParents(Vec::new()).into());
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
        if is_new && body.act.by != self.open.person() {
            self.changed.entry(body.act.case).or_default().news = true;
        }
        Ok(is_new)
    }

    /// Something that cannot be used here is kept and shown, and holds nothing else up.
    fn set_aside(&mut self, numbered: &Numbered, case: CaseId, code: &str) -> Result<(), Fault> {
        let entry = quarantine::Quarantined {
            item: ItemId::of(&numbered.item).0,
            case,
            person: None,
            direction: quarantine::Direction::Down,
            code: code.to_owned(),
            bytes: numbered.item.clone(),
            at: clock::device(),
        };
        Ok(quarantine::put(self.w, &entry)?)
    }

    /// A case this desk may no longer see goes away, unless there is unsent work on it.
    fn withdraw(&mut self, case: CaseId) -> Result<(), Fault> {
        self.taken.touched.insert(case);
        if !outbox::of_case(self.w, case)?.is_empty() {
            return Ok(());
        }
        self.papers.remove(&case);
        self.changed.remove(&case);
        case_index::remove(self.w, case)?;
        act::remove_of_case(self.w, case)?;
        document::remove(self.w, case)?;
        Ok(())
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

/// Name under which sealed receipts are kept.
pub fn receipts_name(hash: &[u8]) -> String {
    format!("receipts/{}", hex::encode(hash))
}
