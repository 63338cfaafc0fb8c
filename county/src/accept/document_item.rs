//! A case that is new to the county, and changes to one it knows.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::act::ActKind;
use domain::answer::FieldPath;
use domain::id::{CaseId, Digest, PersonId};
use domain::lifecycle::Status;
use serde_bytes::ByteBuf;
use sync::conflict::{guarded_overwrites, writes_only};
use sync::document::{Document, DocumentError};
use sync::inspect::{ChangeFacts, Contents, LIMITS};
use sync::item::{Actor, CaseMeta, ItemId};
use sync::receipt::Ack;
use sync::refusal::Code;

use super::writer::{Writer, may_change};
use super::{Delivery, Prepared, Stop};
use crate::database::case::Case;
use crate::database::item::Kind;
use crate::database::{case, desk, index, item, person, share};
use crate::scope;
use crate::seal::CaseKey;

/// The county reads documents and never writes into them: this actor has no changes anywhere.
pub(crate) const READER: Actor = Actor([0; 16]);

pub(crate) fn stop(error: DocumentError) -> Stop {
    match error {
        DocumentError::MissingParents(hashes) => Stop::Needs(hashes),
        DocumentError::ClonedWriter => Code::NotYourActor.into(),
        DocumentError::Damaged | DocumentError::UnknownHeads => Code::Malformed.into(),
    }
}

impl Delivery<'_> {
    /// Takes in a whole document: a new case, or a known one sent whole again.
    #[expect(clippy::too_many_arguments, reason = "the parts of one item, opened")]
    pub(super) fn take_document(
        &self,
        id: &ItemId,
        case: CaseId,
        meta: &CaseMeta,
        bytes: &[u8],
        contents: &Contents,
        whole: &[u8],
        unit: &[usize],
    ) -> Result<Ack, Stop> {
        let Some(known) = case::get(self.write, case)? else {
            return self.open_case(id, case, meta, bytes, contents, whole);
        };
        let same = known.item == meta.item
            && known.release == meta.release
            && known.form == meta.form
            && known.village == meta.village
            && known.unit == meta.unit;
        if !same {
            return Err(Code::CaseMetaDiffers.into());
        }
        let sent = Document::load(bytes, READER).map_err(stop)?;
        let changes: Vec<ByteBuf> = sent.changes_since(&known.heads).into_iter().map(ByteBuf::from).collect();
        self.carry_on(id, known, &changes, &contents.heads, contents, whole, unit)
    }

    /// Takes in changes to a known case.
    #[expect(clippy::too_many_arguments, reason = "the parts of one item, opened")]
    pub(super) fn take_changes(
        &self,
        id: &ItemId,
        case: CaseId,
        base: &[Digest],
        changes: &[ByteBuf],
        heads: &[Digest],
        contents: &Contents,
        whole: &[u8],
        unit: &[usize],
    ) -> Result<Ack, Stop> {
        let Some(known) = case::get(self.write, case)? else { return Err(Stop::Needs(base.to_vec())) };
        self.carry_on(id, known, changes, heads, contents, whole, unit)
    }

    fn open_case(
        &self,
        id: &ItemId,
        case: CaseId,
        meta: &CaseMeta,
        bytes: &[u8],
        contents: &Contents,
        whole: &[u8],
    ) -> Result<Ack, Stop> {
        let taking = person::unit(self.write, &meta.unit)?.ok_or(Code::OutOfScope)?;
        let here = desk::people(self.write, self.desk.id)?.iter().any(|at| at.unit == meta.unit);
        if !here || !self.county.region.contains(&meta.village) || !scope::serves(&taking, &meta.village) {
            return Err(Code::OutOfScope.into());
        }
        if !self.county.forms.knows(self.county, meta) {
            return Err(Code::UnknownForm.into());
        }
        let writers = self.writers(&contents.changes.iter().collect::<Vec<_>>())?;
        for writer in writers.values() {
            if writer.unit.code != meta.unit {
                return Err(Code::OutOfScope.into());
            }
            may_change(Status::Draft, &writer.official)?;
        }
        let (key, wrapped) = self.county.vault.new_case(case)?;
        let new = Case {
            id: case,
            item: meta.item.clone(),
            release: meta.release,
            form: meta.form,
            village: meta.village.clone(),
            unit: meta.unit.clone(),
            key: wrapped,
            sealed: key.seal("document", bytes)?,
            heads: contents.heads.clone(),
            valid: Vec::new(),
            status: Status::Draft,
            operations: contents.changes.iter().map(|change| change.operations as u64).sum(),
        };
        case::add(self.write, &new, self.now)?;
        for (actor, writer) in &writers {
            self.bind(*actor, case, writer)?;
        }
        let seq = self.number(id, Kind::Document, &key, case, whole)?;
        index::enter(self.write, case, &scope::drafts(&meta.unit))?;
        share::refresh(self.write, &new)?;
        Ok(Ack::Stored { seq })
    }

    /// Adds `changes` to a known case: only those it lacks count.
    #[expect(clippy::too_many_arguments, reason = "the parts of one item, opened")]
    fn carry_on(
        &self,
        id: &ItemId,
        mut known: Case,
        changes: &[ByteBuf],
        heads: &[Digest],
        contents: &Contents,
        whole: &[u8],
        unit: &[usize],
    ) -> Result<Ack, Stop> {
        let (key, mut document) = self.document(&known)?;
        let fresh: Vec<&ChangeFacts> =
            contents.changes.iter().filter(|change| !document.has(&change.hash)).collect();
        if fresh.is_empty() {
            let seq = item::last_of_document(self.write, known.id)?.ok_or(Code::Internal)?;
            return Ok(Ack::Had { seq });
        }
        let writers = self.writers(&fresh)?;
        for writer in writers.values() {
            if !self.in_scope(known.id, &writer.unit)? {
                return match index::left(self.write, known.id, &scope::of_unit(&writer.unit))? {
                    true => self.beside(id, &known, &key, &writers, whole),
                    false => Err(Code::OutOfScope.into()),
                };
            }
        }
        let missing: Vec<Digest> =
            contents.parents().into_iter().filter(|parent| !document.has(parent)).collect();
        if !missing.is_empty() {
            return Err(Stop::Needs(missing));
        }
        let operations = known.operations + fresh.iter().map(|change| change.operations as u64).sum::<u64>();
        if operations > LIMITS.operations as u64 {
            return Err(Code::TooManyOps.into());
        }
        document.apply(changes).map_err(stop)?;
        let elsewhere: Vec<Digest> = heads.iter().filter(|head| !document.has(head)).copied().collect();
        if !elsewhere.is_empty() {
            return Err(Stop::Needs(elsewhere));
        }
        let guarded = self.county.forms.guarded(self.county, known.release, &known.item);
        let overwrites =
            guarded_overwrites(&document, changes, |field: &FieldPath| guarded.holds(&field.question))
                .map_err(stop)?;
        let decided = self.decided_in(unit, known.id);
        for (actor, writer) in &writers {
            let Err(code) = may_change(known.status, &writer.official) else { continue };
            // Who may not write where the case stands may still decide between two values, and write just that.
            let by: Vec<FieldPath> = decided
                .iter()
                .filter(|(who, _)| *who == writer.official.person)
                .map(|(_, field)| field.clone())
                .collect();
            let theirs: BTreeSet<Digest> =
                fresh.iter().filter(|fact| fact.actor == *actor).map(|fact| fact.hash).collect();
            if by.is_empty() || !writes_only(&document, changes, &theirs, &by).map_err(stop)? {
                return Err(code.into());
            }
        }
        let fresh_hashes = |change: &Digest| fresh.iter().any(|fact| fact.hash == *change);
        if overwrites
            .iter()
            .any(|over| fresh_hashes(&over.change) && !decided.iter().any(|(_, field)| *field == over.field))
        {
            return Err(Code::GuardedConflict.into());
        }
        let bytes = document.save();
        if bytes.len() > LIMITS.bytes {
            return Err(Code::TooLarge.into());
        }
        known.sealed = key.seal("document", &bytes)?;
        known.heads = document.heads();
        known.operations = operations;
        case::update(self.write, &known, self.now)?;
        for (actor, writer) in &writers {
            self.bind(*actor, known.id, writer)?;
        }
        let seq = self.number(id, Kind::Changes, &key, known.id, whole)?;
        index::append(self.write, known.id, seq)?;
        share::refresh(self.write, &known)?;
        Ok(Ack::Stored { seq })
    }

    /// Keeps what was entered for a unit that had handed the case on, and passes it to those who have it now. The case
    /// itself stays as it is.
    fn beside(
        &self,
        id: &ItemId,
        known: &Case,
        key: &CaseKey,
        writers: &BTreeMap<Actor, Writer>,
        whole: &[u8],
    ) -> Result<Ack, Stop> {
        for (actor, writer) in writers {
            self.bind(*actor, known.id, writer)?;
        }
        let seq = self.number(id, Kind::Side, key, known.id, whole)?;
        index::append(self.write, known.id, seq)?;
        share::refresh(self.write, known)?;
        Ok(Ack::Stored { seq })
    }

    /// The key and the document of a case.
    pub(super) fn document(&self, known: &Case) -> Result<(CaseKey, Document), Stop> {
        let key = self.county.vault.case(known.id, &known.key)?;
        let document =
            Document::load(&key.open("document", &known.sealed)?, READER).map_err(|_| Code::Internal)?;
        Ok((key, document))
    }

    /// Seals the item's bytes and gives it its number.
    pub(super) fn number(
        &self,
        id: &ItemId,
        kind: Kind,
        key: &CaseKey,
        case: CaseId,
        whole: &[u8],
    ) -> Result<u64, Stop> {
        let sealed = key.seal("item", whole)?;
        Ok(item::append(self.write, &id.0.0, kind, case, &sealed, self.desk.id, self.now)?)
    }

    fn writers(&self, changes: &[&ChangeFacts]) -> Result<BTreeMap<Actor, Writer>, Stop> {
        let mut writers = BTreeMap::new();
        for change in changes {
            if let Entry::Vacant(place) = writers.entry(change.actor) {
                place.insert(self.writer(change.actor)?);
            }
        }
        Ok(writers)
    }

    /// Who decides which fields of `case` by a reconcile act of the same group. Should the act be refused, so is the change.
    fn decided_in(&self, unit: &[usize], case: CaseId) -> Vec<(PersonId, FieldPath)> {
        let acts = unit.iter().filter_map(|index| match self.items.get(*index) {
            Some((_, Prepared::Act { body, .. }))
                if body.act.kind == ActKind::Reconcile && body.act.case == case =>
            {
                body.act.payload.field.clone().map(|field| (body.act.by, field))
            }
            _ => None,
        });
        acts.collect()
    }
}
