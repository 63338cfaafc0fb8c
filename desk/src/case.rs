//! A case as it is shown: answers with what is covered, differing values, papers, timeline, and what may be done now.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::act::Payload;
use domain::answer::Answer;
use domain::id::CaseId;
use domain::lifecycle::{self, Status};
use domain::moment::Millis;
use ipc::case::{ActState, CaseView, Conflict, ConflictValue, TimelineEntry, Transfer, Unsaved};
use ipc::problem::{self, Problem};
use store::table::{self, act, actor, case_index};
use store::{Read, StoreError};
use sync::conflict::Candidate;
use sync::item::Actor;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::{Paper, Step};
use crate::{Desk, blocking, check, cover, draft, index, material, renew, summary, typing};

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
    let paper = Paper::see(r, open, case)?;
    let item = index::item_of(r, open, &paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    if let Some(view) = summary::view(r, open, desk, &paper, &item)? {
        return Ok(view);
    }
    let me = open.me();
    let status = paper.status();
    let may_write = draft::may_write(open, &paper);
    let acts = lifecycle::allowed(status, &me);
    let mut answers = paper.doc.answers();
    let typing = typing::of(r, &paper, &item, may_write)?;
    for typed in typing.ready {
        // What was typed before the program ended unexpectedly is shown as if it had been saved.
        answers.fields.insert(typed.field, Answer::stated(typed.text));
    }
    let kept = typing.kept.into_iter().map(|typed| Unsaved {
        may_take: may_write && item.form.field(&typed.field.question).is_some_and(|field| !field.computed),
        field: typed.field,
        text: typed.text,
        at: typed.at,
    });
    let mut unsaved: Vec<Unsaved> = kept.collect();
    // Whoever receives a case is told what the form and the papers lack. Nobody else's word is taken for it: the same
    // rules are asked here again (the county does so too, after it acknowledged the case).
    let findings = match status {
        Status::Draft => Vec::new(),
        _ => check::check(desk, &paper, &item, &answers)?.view.findings,
    };
    let mut conflicts = conflicts(r, &paper)?;
    let mut covered = Vec::new();
    if !cover::sees_all(&me, may_write) {
        // Whoever may choose between two values looks at them first like at any other: for a reason, and written down.
        covered = cover::answers(&item.form, &mut answers);
        cover::conflicts(&item.form, &mut conflicts);
        for typed in &mut unsaved {
            typed.text = cover::value(&item.form, &typed.field, &typed.text);
        }
    }
    let listed = case_index::get(r, case)?;
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
        unsaved,
        summary: None,
        newer: renew::newer(r, open, &paper, &item)?,
        findings,
        materials: material::list(r, &paper)?,
        timeline: timeline(r, open, &paper)?,
        corrections: paper.corrections(),
        may_write,
        acts,
        updated_at: listed
            .map_or_else(|| paper.collected_at().unwrap_or_default(), |listed| listed.line.updated_at),
        facts: BTreeMap::new(),
        today: desk.clock.today(),
    })
}

/// The fields that have two values, with who wrote each, in full.
///
/// # Errors
/// The store's.
pub(crate) fn conflicts(r: &Read<'_>, paper: &Paper) -> Result<Vec<Conflict>, Fault> {
    let value = |candidate: Candidate| {
        Ok(ConflictValue {
            by: name_of(r, candidate.actor)?,
            at: Some(candidate.time),
            value: candidate.answer.value,
        })
    };
    let found = paper.doc.conflicts().into_iter().map(|found| {
        let values = found.values.into_iter().map(value).collect::<Result<_, Fault>>()?;
        Ok(Conflict { field: found.field, values })
    });
    found.collect()
}

/// What happened to a case, oldest first.
///
/// # Errors
/// The store's.
pub(crate) fn timeline(r: &Read<'_>, open: &Open, paper: &Paper) -> Result<Vec<TimelineEntry>, Fault> {
    let mut timeline = Vec::with_capacity(paper.acts.len() + 1);
    if let Some((actor, at)) = paper.doc.begun() {
        timeline.push(saved(name_of(r, actor)?, paper, at));
    }
    let steps = paper.acts.iter().filter(|step| step.body.act.kind.is_step());
    timeline.extend(steps.map(|step| entry(open, step)));
    Ok(timeline)
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
