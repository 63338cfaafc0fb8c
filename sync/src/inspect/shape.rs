//! The shape of a whole case document: every operation puts one text under one flat key, and nothing was taken away.
//!
//! Read off the packed columns, before Automerge opens the document. Automerge lists operations by list, key and time,
//! each with the later ones that replaced it. It does not keep deletions: they are replacements by something that is
//! not listed. It also passes over operations that belong to no change, so both sides are compared afterwards.

use std::collections::BTreeSet;

use automerge::ChangeMetadata;

use super::columns::{self, Packed};
use super::reader::{Entries, Reader};
use super::{InspectError, Limits};
use crate::seed;

/// The action that makes a map, as the format numbers it.
const MAKE_MAP: u64 = 0;
/// The action that puts a value.
const PUT: u64 = 1;
/// The kind of a text value; its length stands above these four bits.
const TEXT: u64 = 6;

/// An operation's number and its maker, as place among the actors of the document: the order of time.
type Id = (u64, u64);

/// A list, by its number among those of the seed, and a key in it; 0 for where the seed keeps its lists.
type Place<'a> = (u64, &'a [u8]);

/// The operations of a document, seed included.
pub(super) struct Operations<'a> {
    actors: Vec<&'a [u8]>,
    /// By maker and number, each once.
    ids: Vec<(u64, u64)>,
}

impl Operations<'_> {
    /// Whether the changes stand for exactly these operations, each of them once.
    pub(super) fn are_those_of(&self, changes: &[ChangeMetadata<'_>]) -> bool {
        let span = |change: &ChangeMetadata<'_>| {
            let maker = self.actors.binary_search(&change.actor.to_bytes()).ok()?;
            Some((maker as u64, change.start_op, change.max_op))
        };
        let Some(mut spans) = changes.iter().map(span).collect::<Option<Vec<_>>>() else { return false };
        spans.sort_unstable();
        let told = spans.into_iter().flat_map(|(maker, first, last)| (first..=last).map(move |n| (maker, n)));
        self.ids.iter().copied().eq(told)
    }
}

/// Checks every operation of a document.
pub(super) fn check<'a>(packed: &Packed<'a>, limits: &Limits) -> Result<Operations<'a>, InspectError> {
    let mut rows = Rows::of(packed)?;
    let mut ids = Vec::new();
    let mut before: Option<(Place<'a>, Id)> = None;
    // What replaces an earlier operation under the same key, and has to follow there.
    let mut awaited: BTreeSet<Id> = BTreeSet::new();
    while !rows.id_actor.at_end() {
        if ids.len() >= limits.operations.saturating_add(seed::LISTS.len()) {
            return Err(InspectError::TooMany);
        }
        let (place, id) = rows.operation(limits)?;
        let in_order = before.is_none_or(|before| before < (place, id));
        let same_key = before.is_some_and(|(last, _)| last == place);
        if !in_order || (!same_key && !awaited.is_empty()) {
            return Err(InspectError::Malformed);
        }
        awaited.remove(&id);
        rows.replaced_by(&mut awaited)?;
        before = Some((place, id));
        ids.push((id.1, id.0));
    }
    ids.sort_unstable();
    let each_once = ids.is_sorted_by(|one, next| one < next);
    let inserted = !never(packed.column(columns::INSERT), ids.len())?;
    if each_once && awaited.is_empty() && rows.at_end() && !inserted {
        Ok(Operations { actors: packed.actors.clone(), ids })
    } else {
        Err(InspectError::Malformed)
    }
}

/// The columns of operations, read side by side.
struct Rows<'a> {
    /// The seed's place among the actors.
    seed: u64,
    object_actor: Entries<'a, u64>,
    object_counter: Entries<'a, u64>,
    key: Entries<'a, &'a [u8]>,
    id_actor: Entries<'a, u64>,
    id_counter: Counters<'a>,
    action: Entries<'a, u64>,
    kind: Entries<'a, u64>,
    values: Reader<'a>,
    successors: Entries<'a, u64>,
    successor_actor: Entries<'a, u64>,
    successor_counter: Counters<'a>,
}

impl<'a> Rows<'a> {
    fn of(packed: &Packed<'a>) -> Result<Self, InspectError> {
        let seed = packed.actors.iter().position(|actor| *actor == seed::ACTOR);
        let numbers = |spec| Entries::new(packed.column(spec), Reader::unsigned);
        let counters = |spec| Counters { steps: Entries::new(packed.column(spec), Reader::signed), at: 0 };
        Ok(Rows {
            seed: seed.ok_or(InspectError::Malformed)? as u64,
            object_actor: numbers(columns::OBJECT_ACTOR),
            object_counter: numbers(columns::OBJECT_COUNTER),
            key: Entries::new(packed.column(columns::KEY), Reader::prefixed),
            id_actor: numbers(columns::ID_ACTOR),
            id_counter: counters(columns::ID_COUNTER),
            action: numbers(columns::ACTION),
            kind: numbers(columns::VALUE_KIND),
            values: packed.column(columns::VALUE),
            successors: numbers(columns::SUCCESSORS),
            successor_actor: numbers(columns::SUCCESSOR_ACTOR),
            successor_counter: counters(columns::SUCCESSOR_COUNTER),
        })
    }

    /// The next operation: a list that the seed makes, or a text put into one of them.
    fn operation(&mut self, limits: &Limits) -> Result<(Place<'a>, Id), InspectError> {
        let id = (self.id_counter.value()?, self.id_actor.value()?);
        let object = (self.object_counter.entry()?, self.object_actor.entry()?);
        let (key, action, kind) = (self.key.value()?, self.action.value()?, self.kind.value()?);
        let made = |id: Id| id.1 == self.seed && (1..=seed::LISTS.len() as u64).contains(&id.0);
        match object {
            // Which list it makes is settled by the hash of the seed.
            (None, None) if made(id) && action == MAKE_MAP && kind == 0 => Ok(((0, key), id)),
            (Some(list), Some(maker))
                if made((list, maker)) && action == PUT && kind & 0b1111 == TEXT && !key.is_empty() =>
            {
                let length = usize::try_from(kind >> 4).map_err(|_| InspectError::TooLarge)?;
                if key.len() > limits.key || length > limits.value {
                    return Err(InspectError::TooLarge);
                }
                self.values.take(length)?;
                Ok(((list, key), id))
            }
            _ => Err(InspectError::Malformed),
        }
    }

    /// Adds the operations that replace the current one.
    fn replaced_by(&mut self, awaited: &mut BTreeSet<Id>) -> Result<(), InspectError> {
        for _ in 0..self.successors.value()? {
            awaited.insert((self.successor_counter.value()?, self.successor_actor.value()?));
        }
        Ok(())
    }

    /// Whether all columns end with the same operation.
    fn at_end(&self) -> bool {
        let numbers = [
            &self.object_actor,
            &self.object_counter,
            &self.id_actor,
            &self.action,
            &self.kind,
            &self.successors,
            &self.successor_actor,
        ];
        let counters = [&self.id_counter, &self.successor_counter];
        numbers.into_iter().all(Entries::at_end)
            && counters.into_iter().all(|column| column.steps.at_end())
            && self.key.at_end()
            && self.values.is_empty()
    }
}

/// Numbers told by the steps between them.
struct Counters<'a> {
    steps: Entries<'a, i64>,
    at: i64,
}

impl Counters<'_> {
    fn value(&mut self) -> Result<u64, InspectError> {
        self.at = self.at.checked_add(self.steps.value()?).ok_or(InspectError::Malformed)?;
        u64::try_from(self.at).map_err(|_| InspectError::Malformed)
    }
}

/// Whether a column of yes and no, which begins with how often no, says nothing but no.
fn never(mut column: Reader<'_>, rows: usize) -> Result<bool, InspectError> {
    Ok(column.is_empty() || (column.unsigned()? == rows as u64 && column.is_empty()))
}
