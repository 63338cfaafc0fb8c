//! The customs check: what bytes from elsewhere claim to contain, counted and bounded before anything is applied.
//!
//! Automerge packs repeated entries, so a hundred bytes can stand for a billion operations. The check walks over the
//! packed columns first and opens a document or change only when what it stands for is small (ruling 5). It also holds
//! every operation to the shape of a case document: one text, under one flat key, in one of the seed's lists.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{Automerge, Change, ChangeMetadata, ScalarValue};
use domain::id::Digest;
use domain::moment::Millis;

use crate::document::{contained, digests, parse};
use crate::item::Actor;
use crate::refusal::Code;
use crate::seed;

mod columns;
mod reader;
mod shape;

/// How much one case document, or one delivery of changes to it, may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document, or of all changes of one delivery.
    pub bytes: usize,
    /// Changes.
    pub changes: usize,
    /// Operations in all changes together.
    pub operations: usize,
    /// Parents of one change.
    pub parents: usize,
    /// Writers.
    pub actors: usize,
    /// Bytes of one key.
    pub key: usize,
    /// Bytes of one value.
    pub value: usize,
}

/// The limits of protocol 1: some twenty times what the largest sample case needs.
pub const LIMITS: Limits = Limits {
    bytes: 1024 * 1024,
    changes: 5_000,
    operations: 50_000,
    parents: 32,
    actors: 256,
    key: 256,
    value: 16 * 1024,
};

/// One change, as far as the county has to know it before it takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFacts {
    /// Its hash.
    pub hash: Digest,
    /// Who wrote it.
    pub actor: Actor,
    /// Its number among the changes of that writer, from 1.
    pub number: u64,
    /// The changes it builds on.
    pub parents: Vec<Digest>,
    /// How many operations it has.
    pub operations: usize,
    /// When it was made, by the writer's clock, to the second.
    pub time: Millis,
}

/// What a whole document or a delivery of changes contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The changes, parents first, the seed left out.
    pub changes: Vec<ChangeFacts>,
    /// Heads of the document; for loose changes, those that no other one of them builds on. Sorted.
    pub heads: Vec<Digest>,
}

impl Contents {
    /// Everybody who wrote something. Each needs a claim that the county accepts.
    pub fn writers(&self) -> BTreeSet<Actor> {
        self.changes.iter().map(|change| change.actor).collect()
    }

    /// Changes that these build on and that are not among them.
    pub fn parents(&self) -> BTreeSet<Digest> {
        let own: BTreeSet<Digest> = self.changes.iter().map(|change| change.hash).collect();
        self.changes
            .iter()
            .flat_map(|change| &change.parents)
            .filter(|hash| !own.contains(hash))
            .copied()
            .collect()
    }
}

/// Bytes that must not be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// More bytes, or a longer key or value, than allowed.
    #[error("larger than allowed")]
    TooLarge,
    /// More changes, operations, parents or writers than allowed.
    #[error("more operations, changes, parents or writers than allowed")]
    TooMany,
    /// Not what it claims to be, or not in the shape of a case document.
    #[error("not a case document or a change to one")]
    Malformed,
    /// Something was written under the seed's own name.
    #[error("written under the name of the seed")]
    SeedActor,
}

impl InspectError {
    /// The code to refuse it with.
    pub fn code(self) -> Code {
        match self {
            InspectError::TooLarge => Code::TooLarge,
            InspectError::TooMany => Code::TooManyOps,
            InspectError::Malformed => Code::Malformed,
            InspectError::SeedActor => Code::NotYourActor,
        }
    }
}

/// Checks a whole document and says what is in it, history included.
///
/// # Errors
/// [`InspectError`] naming the first thing that is wrong; nothing was applied anywhere.
pub fn document(bytes: &[u8], limits: &Limits) -> Result<Contents, InspectError> {
    if bytes.len() > limits.bytes {
        return Err(InspectError::TooLarge);
    }
    let operations = shape::check(&columns::check_document(bytes, limits)?, limits)?;
    let inner = contained(|| Ok(Automerge::load(bytes)?)).map_err(|_| InspectError::Malformed)?;
    let read = contained(|| Ok((digests(inner.get_heads()), inner.get_changes_meta(&[]))));
    let (heads, found) = read.map_err(|_| InspectError::Malformed)?;
    if !operations.are_those_of(&found) {
        return Err(InspectError::Malformed);
    }
    let mut changes: Vec<ChangeFacts> = found.iter().map(facts_in_document).collect::<Result<_, _>>()?;
    changes.retain(|change| change.hash != seed::HASH);
    if changes.len() + 1 != found.len() {
        return Err(InspectError::Malformed);
    }
    check_facts(&changes, limits)?;
    Ok(Contents { changes, heads })
}

/// Checks changes and says what is in them.
///
/// # Errors
/// [`InspectError`] naming the first thing that is wrong; nothing was applied anywhere.
pub fn changes(bytes: &[impl AsRef<[u8]>], limits: &Limits) -> Result<Contents, InspectError> {
    let total: usize = bytes.iter().map(|change| change.as_ref().len()).sum();
    if total > limits.bytes {
        return Err(InspectError::TooLarge);
    }
    if bytes.len() > limits.changes {
        return Err(InspectError::TooMany);
    }
    let mut operations = 0;
    for change in bytes {
        operations += columns::check_change(change.as_ref(), limits)?;
    }
    if operations > limits.operations {
        return Err(InspectError::TooMany);
    }
    let parsed = contained(|| parse(bytes)).map_err(|_| InspectError::Malformed)?;
    let facts = parsed.iter().map(|change| facts_of(change, limits));
    let changes: Vec<ChangeFacts> = facts.collect::<Result<_, _>>()?;
    check_facts(&changes, limits)?;
    let inner: BTreeSet<Digest> = changes.iter().flat_map(|change| change.parents.iter().copied()).collect();
    let mut heads: Vec<Digest> =
        changes.iter().map(|c| c.hash).filter(|hash| !inner.contains(hash)).collect();
    heads.sort_unstable();
    Ok(Contents { changes, heads })
}

/// Everybody named in a document of one's own, read off its first page: for the claims that travel with it.
///
/// # Errors
/// [`InspectError::Malformed`] when it is no document.
pub fn named_in_document(bytes: &[u8]) -> Result<BTreeSet<Actor>, InspectError> {
    let named = columns::actors_of_document(bytes)?.into_iter().filter(|id| **id != seed::ACTOR);
    named.map(named_actor).collect()
}

/// Who made changes of one's own, read off their first lines.
///
/// # Errors
/// [`InspectError::Malformed`] when one of them is no change.
pub fn named_in_changes(changes: &[impl AsRef<[u8]>]) -> Result<BTreeSet<Actor>, InspectError> {
    changes.iter().map(|change| named_actor(columns::actor_of_change(change.as_ref())?)).collect()
}

fn named_actor(id: &[u8]) -> Result<Actor, InspectError> {
    id.try_into().map(Actor).map_err(|_| InspectError::Malformed)
}

/// A loose change, with its shape.
fn facts_of(change: &Change, limits: &Limits) -> Result<ChangeFacts, InspectError> {
    let actor = actor(change.actor_id())?;
    check_shape(change, limits)?;
    Ok(ChangeFacts {
        hash: Digest(change.hash().0),
        actor,
        number: change.seq(),
        parents: digests(change.deps().iter().copied()),
        operations: change.len(),
        time: change.timestamp().saturating_mul(1_000),
    })
}

/// A change of a document whose shape was checked as a whole.
fn facts_in_document(change: &ChangeMetadata<'_>) -> Result<ChangeFacts, InspectError> {
    let operations = change.max_op.checked_add(1).and_then(|end| end.checked_sub(change.start_op));
    Ok(ChangeFacts {
        hash: Digest(change.hash.0),
        actor: actor(&change.actor)?,
        number: change.seq,
        parents: digests(change.deps.iter().copied()),
        operations: operations.and_then(|n| n.try_into().ok()).ok_or(InspectError::Malformed)?,
        time: change.timestamp.saturating_mul(1_000),
    })
}

/// What holds for the changes of a document and for loose ones alike.
fn check_facts(facts: &[ChangeFacts], limits: &Limits) -> Result<(), InspectError> {
    let operations = facts.iter().fold(0_usize, |sum, change| sum.saturating_add(change.operations));
    let wide = facts.iter().any(|change| change.parents.len() > limits.parents);
    if facts.len() > limits.changes || operations > limits.operations || wide {
        return Err(InspectError::TooMany);
    }
    let mut numbers = BTreeMap::new();
    for fact in facts {
        if fact.actor.0 == seed::ACTOR {
            return Err(InspectError::SeedActor);
        }
        if numbers.insert((fact.actor, fact.number), fact.hash).is_some_and(|other| other != fact.hash) {
            return Err(InspectError::Malformed);
        }
    }
    let writers: BTreeSet<Actor> = facts.iter().map(|fact| fact.actor).collect();
    if writers.len() > limits.actors { Err(InspectError::TooMany) } else { Ok(()) }
}

fn actor(id: &automerge::ActorId) -> Result<Actor, InspectError> {
    id.to_bytes().try_into().map(Actor).map_err(|_| InspectError::Malformed)
}

/// Every operation of a loose change puts a text under a flat key into a list of the seed. Lists are never made, nested
/// or deleted. [`shape`] holds a document to the same.
fn check_shape(change: &Change, limits: &Limits) -> Result<(), InspectError> {
    if change.message().is_some() || !change.extra_bytes().is_empty() {
        return Err(InspectError::Malformed);
    }
    let operations = contained(|| Ok(change.decode().operations)).map_err(|_| InspectError::Malformed)?;
    for operation in operations {
        let (Key::Map(key), OpType::Put(ScalarValue::Str(value))) = (&operation.key, &operation.action)
        else {
            return Err(InspectError::Malformed);
        };
        if operation.insert || !in_list(&operation.obj) || key.is_empty() {
            return Err(InspectError::Malformed);
        }
        if key.len() > limits.key || value.len() > limits.value {
            return Err(InspectError::TooLarge);
        }
    }
    Ok(())
}

fn in_list(object: &ObjectId) -> bool {
    match object {
        ObjectId::Id(OpId(counter, maker)) => {
            maker.to_bytes() == seed::ACTOR && (1..=seed::LISTS.len() as u64).contains(counter)
        }
        ObjectId::Root => false,
    }
}
