//! When everything is healed and nothing moves any more: was every promise kept? The invariants I1 to I11 of the fault
//! matrix, as far as a run of the engine can show them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use county::database::{audit, case, desk, index, item};
use county::scope;
use domain::answer::{Answers, FieldPath};
use domain::id::{ActId, CaseId, DeskId, Digest};
use store::StoreError;
use store::table::{act, document, file, meta, outbox, quarantine, upload};
use sync::conflict::FieldConflict;
use sync::document::Document;
use sync::item::Item;
use sync::refusal::Code;

use super::host;
use super::ledger::Entry;
use super::road::Traffic;
use super::world::World;

/// Rounds of healing after which everything must be quiet.
const ROUNDS: u32 = 24;
/// Most bytes of an exchange that has nothing to tell, both ways (I9).
const IDLE_BYTES: u64 = 1024;

/// Heals everything and lets all desks exchange until nothing moves; then tells what is broken.
pub async fn settle(world: &mut World) -> Vec<String> {
    world.road.heal();
    for seat in &mut world.seats {
        seat.set_clock(super::plan::WrongClock::Right);
        if seat.damaged {
            seat.kill();
        }
    }
    world.all_come_back();
    let mut resting = false;
    for _ in 0..ROUNDS {
        let before = state(world);
        let mut traffic = Vec::new();
        for at in 0..world.seats.len() {
            world.road.traffic();
            let told = world.link(at, 400).await;
            traffic.push(world.road.traffic());
            if !told.is_empty() && !world.seats[at].is_out() {
                world.broken.push(format!("desk {at} cannot be opened: {told}"));
                return std::mem::take(&mut world.broken);
            }
        }
        world.road.let_fall().await;
        world.gather();
        resting = state(world) == before;
        if resting {
            idle(world, &traffic);
            break;
        }
        host::pass(70_000);
    }
    let mut broken = std::mem::take(&mut world.broken);
    if !resting {
        broken.push("nothing comes to rest".to_owned());
    }
    let looking = look(world).await;
    broken.extend(looking);
    broken.extend(world.all_whole_again().await);
    broken
}

/// I9: an exchange with nothing to tell is one small request, whatever the desk holds.
fn idle(world: &mut World, traffic: &[Traffic]) {
    for (at, traffic) in traffic.iter().enumerate() {
        // Papers whose desk never brought them are asked for, ever more rarely.
        let asked = world.seats[at].look(|r| Ok(file::missing_in_all(r)?.items)).unwrap_or(0);
        let small = traffic.requests <= 1 + asked && traffic.bytes <= IDLE_BYTES * (1 + asked);
        if !small && !world.seats[at].is_out() && !world.orphaned {
            world.broken.push(format!("I9: an idle exchange of desk {at} took {traffic:?}"));
        }
    }
}

/// What must no longer change when all is quiet.
fn state(world: &World) -> Vec<String> {
    let mut state = Vec::new();
    for seat in &world.seats {
        let here = seat.look(|r| {
            let heads = document::list(r, None, 10_000)?;
            let (waiting, files) = (outbox::waiting(r)?.items, file::all_here(r)?.len());
            Ok(format!("{waiting} {files} {} {heads:?}", seat.is_up_to_date()))
        });
        let stands = seat.drive.as_ref().map(|drive| (drive.position().cursor, drive.position().catalogue));
        state.push(format!("{} {stands:?}", here.unwrap_or_default()));
    }
    let last = world.county().database.read::<_, county::Error>(|view| Ok(index::last(view)?)).unwrap();
    state.push(last.to_string());
    state
}

/// The desks that this laptop is to the county: who it believes to be, and who it was.
pub fn desk_of(world: &World, at: usize) -> Vec<DeskId> {
    let identity = world.seats[at].look(|r| meta::get_json::<serde_json::Value>(r, "identity"));
    let named = identity.flatten().and_then(|one| one["desk"].as_str()?.parse().ok());
    named.into_iter().collect()
}

async fn look(world: &mut World) -> Vec<String> {
    let mut broken = Vec::new();
    chains(world, &mut broken);
    promises(world, &mut broken);
    let mut steps = BTreeMap::new();
    for at in 0..world.seats.len() {
        if world.seats[at].is_out() || (world.orphaned && !world.seats[at].is_up_to_date()) {
            continue;
        }
        if !world.seats[at].is_up_to_date() {
            broken.push(format!("desk {at} is not up to date: {:?}", world.seats[at].told));
            continue;
        }
        queues(world, at, &mut broken);
        agreement(world, at, &mut steps, &mut broken);
        attachments(world, at, &mut broken);
        if let Err(problem) = world.look(at).await {
            broken.push(format!("desk {at} cannot show its cases: {}", problem.code));
        }
    }
    broken.append(&mut world.broken);
    broken
}

/// I7: both chains of the county hold; I1 and I3: every official step that a desk was told a number of is at
/// the county, under that number.
fn chains(world: &World, broken: &mut Vec<String>) {
    let county = world.county();
    let looked = county.database.read::<_, county::Error>(|view| {
        if audit::verify(view)?.is_err() {
            broken.push("I7: the audit chain does not hold".to_owned());
        }
        if item::verify(view)?.is_err() {
            broken.push("I7: the chain of items does not hold".to_owned());
        }
        for (id, number) in &world.ledger.sealed {
            let found = county::database::act::seq_of(view, *id)?;
            if found != Some(*number) && !world.orphaned {
                broken.push(format!(
                    "I1: a desk was told number {number} of a step, the county says {found:?}"
                ));
            }
        }
        Ok(())
    });
    looked.unwrap();
}

/// A case as the county holds it at the end, read once.
struct Kept {
    document: Rc<Document>,
    answers: Answers,
    conflicts: Vec<FieldConflict>,
}

impl Kept {
    fn of(world: &World, case: CaseId) -> Option<Kept> {
        let document = world.at_county(case)?;
        Some(Kept { answers: document.answers(), conflicts: document.conflicts(), document })
    }

    fn has(&self, entry: &Entry) -> bool {
        entry.heads.iter().all(|head| self.document.has(head))
    }

    /// Whether a value is to be seen: as the answer, or as one of several.
    fn shows(&self, field: &FieldPath, value: &str) -> bool {
        shows(&self.answers, &self.conflicts, field, value)
    }
}

fn shows(answers: &Answers, conflicts: &[FieldConflict], field: &FieldPath, value: &str) -> bool {
    answers.fields.get(field).is_some_and(|answer| answer.value == value)
        || conflicts.iter().any(|conflict| {
            conflict.field == *field && conflict.values.iter().any(|one| one.answer.value == value)
        })
}

/// I1: whatever was acknowledged to a person is in the county's document, or lies where somebody must look at it; and a
/// value that is not to be seen any more was written over by somebody who had seen it.
fn promises(world: &World, broken: &mut Vec<String>) {
    let mut cases: BTreeMap<CaseId, Option<Kept>> = BTreeMap::new();
    for entry in &world.ledger.entries {
        let kept = cases.entry(entry.case).or_insert_with(|| Kept::of(world, entry.case));
        let case = world.ledger.ordinal(entry.case);
        let Some(kept) = kept.as_ref().filter(|kept| kept.has(entry)) else {
            let excused = entry.excused.is_some() || world.orphaned;
            if !excused && !lies_aside(world, entry.seat, entry.case) {
                broken.push(format!("I1: what step {} saved in case {case} is lost", entry.step));
            }
            continue;
        };
        let gone: Vec<_> = entry.wrote.iter().filter(|(field, value)| !kept.shows(field, value)).collect();
        if gone.is_empty() {
            continue;
        }
        let then = kept.document.at(&entry.heads).map(|then| (then.answers(), then.conflicts()));
        for (field, value) in gone {
            if !then.as_ref().is_ok_and(|(answers, conflicts)| shows(answers, conflicts, field, value)) {
                broken.push(format!(
                    "I1: step {} saved {field} of case {case}, something else is there",
                    entry.step
                ));
            } else if !written_over(world, kept, entry, field) {
                broken.push(format!(
                    "the value of step {} in {field} of case {case} is gone undecided",
                    entry.step
                ));
            }
        }
    }
}

/// Whether somebody wrote that field anew, or typed into it, who had this entry before them.
fn written_over(world: &World, kept: &Kept, entry: &Entry, field: &FieldPath) -> bool {
    let had = |heads: &[Digest]| {
        kept.document.at(heads).is_ok_and(|then| entry.heads.iter().all(|head| then.has(head)))
    };
    world.ledger.entries.iter().any(|later| {
        later.case == entry.case
            && later.heads != entry.heads
            && (later.wrote.iter().any(|(other, _)| other == field) || later.typed.contains(field))
            && kept.has(later)
            && had(&later.heads)
    }) || world
        .ledger
        .typing
        .iter()
        .any(|typing| typing.case == entry.case && typing.field == *field && had(&typing.heads))
}

/// Whether something of a case was refused on that laptop and waits for a person.
fn lies_aside(world: &World, at: usize, case: CaseId) -> bool {
    let rows = world.seats[at].look(|r| quarantine::open(r, 10_000)).unwrap_or_default();
    rows.iter().any(|row| row.case == case)
}

/// Queues are empty, and whatever lies aside was refused by the county for a reason.
fn queues(world: &World, at: usize, broken: &mut Vec<String>) {
    let (waiting, aside, files) = world.seats[at]
        .look(|r| Ok((outbox::waiting(r)?.items, quarantine::open(r, 10_000)?, upload::waiting(r)?)))
        .unwrap();
    if waiting > 0 && !world.orphaned {
        broken.push(format!("I2: {waiting} items still wait at desk {at}"));
    }
    if files.items > 0 {
        broken.push(format!("I8: {} files still wait at desk {at}", files.items));
    }
    for row in aside {
        let newer = [Code::UnknownKind.name(), Code::SideBranch.name()].contains(&row.code.as_str());
        if row.direction == quarantine::Direction::Down && !newer {
            broken.push(format!("I2: desk {at} cannot use an item of the county: {}", row.code));
        }
    }
}

/// I2 and I4: desk and county hold the same of every case in the desk's scope; I5: and of no other.
fn agreement(world: &World, at: usize, steps: &mut BTreeMap<CaseId, Steps>, broken: &mut Vec<String>) {
    let Some(id) = desk_of(world, at).first().copied() else { return };
    let county = world.county();
    let mut theirs: BTreeMap<CaseId, Vec<Digest>> = BTreeMap::new();
    let read = county.database.read::<_, county::Error>(|view| {
        for scope in scope::of_desk(view, id)? {
            case::in_scope(view, &scope, |case, heads, _| {
                theirs.insert(case, heads.to_vec());
            })?;
        }
        if desk::get(view, id)?.is_none() {
            broken.push(format!("desk {at} is nobody to the county"));
        }
        Ok(())
    });
    read.unwrap();
    let ours = world.seats[at].look(|r| document::list(r, None, 10_000)).unwrap();
    let ours: BTreeMap<CaseId, Vec<Digest>> = ours
        .into_iter()
        .map(|row| {
            (row.case, row.heads.into_iter().map(Digest).collect::<BTreeSet<_>>().into_iter().collect())
        })
        .collect();
    for (case, heads) in &theirs {
        let ordinal = world.ledger.ordinal(*case);
        match ours.get(case) {
            None => broken.push(format!("I4: desk {at} never got case {ordinal}")),
            Some(here) if here != heads && !world.orphaned && !lies_aside(world, at, *case) => {
                broken.push(format!("I2: desk {at} and the county hold different things of case {ordinal}"));
            }
            Some(_) => {}
        }
        if !world.orphaned {
            let theirs = steps.entry(*case).or_insert_with(|| steps_of(world, *case, broken));
            acts(world, at, *case, theirs, broken);
        }
    }
    for case in ours.keys().filter(|case| !theirs.contains_key(case)) {
        if !lies_aside(world, at, *case) {
            let ordinal = world.ledger.ordinal(*case);
            broken.push(format!("I5: desk {at} holds case {ordinal}, which is not its own"));
        }
    }
}

/// The steps of a case at the county in its order, with their numbers.
type Steps = Vec<(ActId, Option<u64>)>;

/// The steps of a case at the county, each of which must be there once (I3).
fn steps_of(world: &World, id: CaseId, broken: &mut Vec<String>) -> Steps {
    let Some(known) = world.kept_at_county(id) else { return Steps::new() };
    let county = world.county();
    let key = county.vault.case(id, &known.key).unwrap();
    let steps = county.database.read::<_, county::Error>(|view| {
        let mut steps = Steps::new();
        for sealed in item::acts(view, id)? {
            let Ok(Item::Act(signed)) = Item::from_bytes(&key.open("item", &sealed)?) else { continue };
            let Ok(body) = signed.body() else { continue };
            steps.push((body.act.id, county::database::act::seq_of(view, body.act.id)?));
        }
        Ok(steps)
    });
    let steps = steps.unwrap();
    let distinct: BTreeSet<_> = steps.iter().map(|(id, _)| id).collect();
    if distinct.len() != steps.len() {
        broken.push(format!("I3: a step of case {} counts twice", world.ledger.ordinal(id)));
    }
    steps
}

/// The steps of a case are the same here and at the county, in the same order, with the same numbers (I3).
fn acts(world: &World, at: usize, id: CaseId, theirs: &Steps, broken: &mut Vec<String>) {
    let here = world.seats[at].look(|r| act::of_case(r, id)).unwrap();
    let done = here.iter().filter_map(|row| match row.state {
        act::ActState::Done { seq } => Some((row.id, Some(seq))),
        _ => None,
    });
    let ours: Steps = done.collect();
    let case = world.ledger.ordinal(id);
    if !ours.iter().map(|(id, _)| id).eq(theirs.iter().map(|(id, _)| id)) {
        broken.push(format!(
            "I3: of case {case} the county knows {} steps, desk {at} {} in another order or number",
            theirs.len(),
            ours.len()
        ));
    } else if ours != *theirs {
        broken.push(format!("I3: of case {case} desk {at} knows other numbers than the county"));
    }
}

/// I8: every paper that a document names and that lies here is what its name says.
fn attachments(world: &World, at: usize, broken: &mut Vec<String>) {
    let Some(drive) = &world.seats[at].drive else { return };
    let here = drive.store().read::<_, StoreError>(file::all_here).unwrap();
    for digest in here {
        let Some(row) = drive.store().read::<_, StoreError>(|r| file::get(r, digest)).unwrap() else {
            continue;
        };
        let length = usize::try_from(row.size).unwrap();
        let read = drive.store().files().read_range(digest, 0, length);
        if !read.is_ok_and(|bytes| sync::item::ItemId::of(&bytes).0 == digest) {
            broken.push(format!("I8: a paper at desk {at} is not what it was"));
        }
    }
}
