//! Two values in one field: found, shown with who and when, and never overwritten by accident where it matters.

use std::collections::BTreeSet;

use automerge::legacy::{Key, ObjectId, OpId};
use automerge::{ChangeHash, ObjId, ReadDoc};
use domain::answer::{Answer, FieldPath};
use domain::id::Digest;
use domain::moment::Millis;

use crate::document::{Document, DocumentError, contained, parse};
use crate::item::Actor;

/// A field with different values that were entered without knowing of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConflict {
    /// The field.
    pub field: FieldPath,
    /// Its values, earliest first. Equal values entered twice count once.
    pub values: Vec<Candidate>,
}

/// One of several values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The value with its provenance.
    pub answer: Answer,
    /// Who entered it; an actor claim tells the person.
    pub actor: Actor,
    /// When, by that desk's clock, to the second. For display only.
    pub time: Millis,
    /// The change that brought it.
    pub change: Digest,
}

/// A protected field that had several values and was overwritten by an ordinary change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overwrite {
    /// The field.
    pub field: FieldPath,
    /// The change that overwrote it.
    pub change: Digest,
    /// Who wrote that change.
    pub actor: Actor,
}

impl Document {
    /// Fields with really different values, in the order of their names.
    pub fn conflicts(&self) -> Vec<FieldConflict> {
        let mut found = Vec::new();
        for key in self.contested("answers") {
            let Ok(field) = key.parse::<FieldPath>() else { continue };
            let mut values: Vec<Candidate> = Vec::new();
            for candidate in self.candidates(&field) {
                if values.iter().all(|known| known.answer.value != candidate.answer.value) {
                    values.push(candidate);
                }
            }
            if values.len() > 1 {
                found.push(FieldConflict { field, values });
            }
        }
        found
    }

    /// All values of a field that nobody has replaced yet, earliest first.
    pub(crate) fn candidates(&self, field: &FieldPath) -> Vec<Candidate> {
        let key = field.to_string();
        let mut candidates: Vec<Candidate> = self
            .all("answers", &key)
            .into_iter()
            .filter_map(|(value, id)| self.candidate(&key, value, &id))
            .collect();
        candidates.sort_by_key(|candidate| (candidate.time, candidate.actor));
        candidates
    }

    fn candidate(&self, key: &str, value: String, id: &ObjId) -> Option<Candidate> {
        let change = self.change_of(id)?;
        let meta = self.inner.get_change_meta_by_hash(&ChangeHash(change.0))?;
        let actor = Actor(meta.actor.to_bytes().try_into().ok()?);
        let time = meta.timestamp.saturating_mul(1_000);
        Some(Candidate { answer: self.with_provenance(key, value, Some(change)), actor, time, change })
    }
}

/// Finds protected fields whose several values were overwritten by one of `changes` (ruling 6).
///
/// `after` is the document with the changes applied. A change overwrites when its author saw different values in a
/// field and wrote to it all the same, in whatever way. The county refuses such a change unless a reconcile act of the
/// same group covers the field. Call it only with changes that passed [`crate::inspect`].
///
/// # Errors
/// [`DocumentError`] when a change cannot be read.
pub fn guarded_overwrites(
    after: &Document,
    changes: &[impl AsRef<[u8]>],
    guarded: impl Fn(&FieldPath) -> bool,
) -> Result<Vec<Overwrite>, DocumentError> {
    contained(|| {
        let Some(answers) = after.list("answers") else { return Err(DocumentError::Damaged) };
        let mut found = Vec::new();
        for change in parse(changes)? {
            let actor =
                change.actor_id().to_bytes().try_into().map(Actor).map_err(|_| DocumentError::Damaged)?;
            for operation in change.decode().operations {
                let Key::Map(key) = &operation.key else { continue };
                let Ok(field) = key.parse::<FieldPath>() else { continue };
                if !is_object(&operation.obj, &answers) || !guarded(&field) {
                    continue;
                }
                let seen = after.inner.get_all_at(&answers, key.as_str(), change.deps())?;
                let mut texts: Vec<&str> = seen.iter().filter_map(|(value, _)| value.as_str()).collect();
                texts.sort_unstable();
                texts.dedup();
                let overwrite = Overwrite { field, change: Digest(change.hash().0), actor };
                if texts.len() > 1 && !found.contains(&overwrite) {
                    found.push(overwrite);
                }
            }
        }
        Ok(found)
    })
}

/// Whether those of `changes` whose hash is in `which` write nothing but answers to `fields` and their provenance.
///
/// `after` is the document with the changes applied.
///
/// # Errors
/// [`DocumentError`] when a change cannot be read.
pub fn writes_only(
    after: &Document,
    changes: &[impl AsRef<[u8]>],
    which: &BTreeSet<Digest>,
    fields: &[FieldPath],
) -> Result<bool, DocumentError> {
    contained(|| {
        let lists: Vec<ObjId> =
            ["answers", "source", "evidence", "seen"].iter().filter_map(|list| after.list(list)).collect();
        let of_field = |key: &Key| match key {
            Key::Map(key) => key.parse::<FieldPath>().is_ok_and(|field| fields.contains(&field)),
            Key::Seq(_) => false,
        };
        let changes = parse(changes)?;
        let theirs = changes.iter().filter(|change| which.contains(&Digest(change.hash().0)));
        Ok(theirs.flat_map(|change| change.decode().operations).all(|operation| {
            of_field(&operation.key) && lists.iter().any(|list| is_object(&operation.obj, list))
        }))
    })
}

/// Whether the object of an operation is the list `id`.
pub(crate) fn is_object(object: &ObjectId, id: &ObjId) -> bool {
    match (object, id) {
        (ObjectId::Id(OpId(counter, actor)), ObjId::Id(known, maker, _)) => {
            counter == known && actor == maker
        }
        _ => false,
    }
}
