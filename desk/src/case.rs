//! A case as it is shown: answers with what is covered, differing values, papers, timeline, and what may be done now.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::act::Payload;
use domain::answer::Answer;
use domain::id::CaseId;
use domain::lifecycle;
use domain::moment::Millis;
use ipc::case::{ActState, CaseView, Conflict, ConflictValue, TimelineEntry, Transfer};
use ipc::problem::{self, Problem};
use store::table::{self, act, actor, case_index, draft_buffer};
use store::{Read, StoreError};
use sync::item::Actor;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::{Paper, Step};
use crate::{Desk, blocking, cover, index, material};

/// Opens a case; from then on it counts as looked at.
///
/// # Errors
/// `locked`, `no_such_case`, `no_catalogue` when its form is not here yet.
pub(crate) async fn open(desk: &Arc<Desk>, case: CaseId) -> Result<CaseView, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let (view, was_unseen) = blocking::run(move || {
        let view = open.store.read::<CaseView, Fault>(|r| view(r, &open, &at_desk, case))?;
        let line = open.store.read::<_, StoreError>(|r| case_index::get(r, case))?;
        let was_unseen = line.is_some_and(|listed| listed.line.unseen);
        if was_unseen {
            open.store.write::<_, StoreError>(|w| case_index::set_seen(w, case))?;
        }
        Ok((view, was_unseen))
    })
    .await?;
    if was_unseen {
        desk.watch.stir();
    }
    Ok(view)
}

/// The case as this person sees it.
///
/// # Errors
/// As [`open`].
pub(crate) fn view(r: &Read<'_>, open: &Open, desk: &Desk, case: CaseId) -> Result<CaseView, Fault> {
    let paper = Paper::load(r, open, case)?;
    let item = index::item_of(r, open, &paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    let me = open.me();
    let status = paper.status();
    let may_write = lifecycle::may_write(status, &me, paper.is_seen_by(open));
    let acts = lifecycle::allowed(status, &me);
    let mut answers = paper.doc.answers();
    for typed in draft_buffer::of_case(r, case)? {
        // What was typed before the program ended unexpectedly is shown as if it had been saved.
        answers.fields.insert(typed.field, Answer::stated(typed.text));
    }
    let sees_all = cover::sees_all(&me, may_write);
    let may_choose = may_write || acts.contains(&domain::act::ActKind::Reconcile);
    let covered = if sees_all { Vec::new() } else { cover::answers(&item.form, &mut answers) };
    let mut conflicts = Vec::new();
    for found in paper.doc.conflicts() {
        let mut values = Vec::new();
        for candidate in found.values {
            let by = name_of(r, candidate.actor)?;
            let value = &candidate.answer.value;
            let value =
                if may_choose { value.clone() } else { cover::value(&item.form, &found.field, value) };
            values.push(ConflictValue { value, by, at: Some(candidate.time) });
        }
        conflicts.push(Conflict { field: found.field, values });
    }
    let listed = case_index::get(r, case)?;
    let mut timeline = Vec::with_capacity(paper.acts.len() + 1);
    if let Some((actor, at)) = paper.doc.begun() {
        timeline.push(saved(name_of(r, actor)?, &paper, at));
    }
    for step in &paper.acts {
        timeline.push(entry(open, step));
    }
    Ok(CaseView {
        case,
        item: (*item).clone(),
        release: paper.meta.release,
        status,
        transfer: listed.as_ref().map_or(Transfer::Saved, |listed| transfer(listed.transfer)),
        receipt: paper.number().map(str::to_owned),
        answers,
        covered,
        conflicts,
        materials: material::list(r, &paper)?,
        timeline,
        corrections: paper.corrections(),
        may_write,
        acts,
        updated_at: listed
            .map_or_else(|| paper.collected_at().unwrap_or_default(), |listed| listed.line.updated_at),
        facts: BTreeMap::new(),
        today: desk.clock.today(),
    })
}

/// How far a case travelled, in the window's words.
pub(crate) fn transfer(transfer: table::case_index::Transfer) -> Transfer {
    match transfer {
        case_index::Transfer::Saved => Transfer::Saved,
        case_index::Transfer::Waiting => Transfer::Waiting,
        case_index::Transfer::AtCounty => Transfer::AtCounty,
        case_index::Transfer::NeedsAttention => Transfer::NeedsAttention,
    }
}

/// The name of whoever wrote as `actor`; empty when nobody told.
fn name_of(r: &Read<'_>, actor: Actor) -> Result<String, Fault> {
    Ok(actor::get(r, &actor.0)?.map(|known| known.name).unwrap_or_default())
}

/// The beginning of every timeline: it was written down on a machine.
fn saved(by: String, paper: &Paper, at: Millis) -> TimelineEntry {
    TimelineEntry {
        act: None,
        kind: "saved".to_owned(),
        by,
        unit: Some(paper.meta.unit.clone()),
        at,
        seq: None,
        state: ActState::Done,
        refusal: None,
        payload: Payload::default(),
    }
}

fn entry(open: &Open, step: &Step) -> TimelineEntry {
    let act = &step.body.act;
    let me = open.me();
    let by = match &step.official {
        Some(official) => official.name.clone(),
        None if act.by == me.person => me.name,
        None => String::new(),
    };
    let (state, seq, refusal) = match &step.state {
        act::ActState::Waiting => (ActState::Waiting, None, None),
        act::ActState::Done { seq } => (ActState::Done, Some(*seq), None),
        act::ActState::Refused { code } => (ActState::Refused, None, Some(code.clone())),
    };
    TimelineEntry {
        act: Some(act.id),
        kind: act.kind.name().to_owned(),
        by,
        unit: Some(act.unit.clone()),
        at: step.body.moment.device,
        seq,
        state,
        refusal,
        payload: act.payload.clone(),
    }
}
