//! Filling a case in: begin, keep what is typed, save a field group, check, hand in, put away and take back.

use std::sync::Arc;

use domain::act::{Act, ActKind, Payload};
use domain::answer::{Answer, FieldPath, Source};
use domain::catalogue::ServiceItem;
use domain::form::{FieldClass, normalise};
use domain::id::{CaseId, RowId};
use domain::lifecycle::{self, Status};
use domain::number::ProvisionalNo;
use domain::region::RegionCode;
use domain::role::{Role, Unit};
use ipc::case::{
    CaseBuffer, CaseCheck, CaseDiscard, CaseRestore, CaseSave, CaseStart, CaseSubmit, CaseView, CheckView,
    Done, Edit,
};
use ipc::problem::{self, Problem};
use store::table::{catalogue, draft_buffer, meta};
use store::{Read, Write};
use sync::document::DocEdit;
use sync::item::CaseMeta;
use uuid::Uuid;

use crate::fault::Fault;
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::{Paper, new_act};
use crate::{Desk, blocking, cabinet, check, clock, material, typing, worklist};

/// Begins a case of the newest release.
pub(crate) async fn start(desk: &Arc<Desk>, ask: CaseStart) -> Result<CaseView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, _) = begin(w, open, &ask.item, ask.village)?;
        paper.write(w, &[], clock::device())?;
        let touch = Touch { at: Some(desk.clock.moment().device), ..Touch::default() };
        index::refresh(w, open, &paper, touch)?;
        Ok(paper.case)
    };
    cabinet::once(desk, ask.request, "case_start", Box::new(work)).await
}

/// A new case of the newest release that has the item, for a citizen of `village`; without one, of the unit's own.
/// Nothing is stored yet.
///
/// # Errors
/// `not_allowed` for whoever does not take cases in, or not from that village; `no_catalogue`, `no_such_item`.
pub(crate) fn begin(
    r: &Read<'_>,
    open: &Open,
    code: &str,
    village: Option<RegionCode>,
) -> Result<(Paper, Arc<ServiceItem>), Fault> {
    let unit = open.unit();
    if !open.me().is(Role::VillageAgent) || village.as_ref().is_some_and(|village| !serves(&unit, village)) {
        return Err(Fault::told(problem::NOT_ALLOWED));
    }
    let release = catalogue::current(r)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    let no_such = || Fault::told(problem::NO_SUCH_ITEM);
    let row = catalogue::items(r, release)?.into_iter().find(|row| row.code == code).ok_or_else(no_such)?;
    let item = open.item(r, release, code)?.ok_or_else(no_such)?;
    let meta = CaseMeta {
        item: code.to_owned(),
        release,
        village: village.unwrap_or_else(|| unit.code.clone()),
        unit: unit.code,
        form: row.digest,
    };
    Ok((Paper::begin(open, meta)?, item))
}

/// Whether the unit takes in cases of that village, as the county judges it.
pub(crate) fn serves(unit: &Unit, village: &RegionCode) -> bool {
    unit.code.contains(village) || unit.villages.iter().any(|served| served.contains(village))
}

/// Keeps what is being typed safe; the record is not touched (ruling 1).
pub(crate) async fn buffer(desk: &Arc<Desk>, ask: CaseBuffer) -> Result<Done, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            if !worklist::lists(w, &open, ask.case)? {
                return Err(Fault::told(problem::NO_SUCH_CASE));
            }
            let typed =
                draft_buffer::Typed { field: ask.field, text: ask.text, at: clock::device(), aside: false };
            Ok(draft_buffer::put(w, ask.case, &typed)?)
        })
    })
    .await?;
    Ok(Done {})
}

/// Writes a field group into the record, as one change, together with the typing that was left over.
pub(crate) async fn save(desk: &Arc<Desk>, ask: CaseSave) -> Result<CaseView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, item) = writable(w, open, ask.case)?;
        let edits = planned(w, &paper, &item, &ask.edits)?;
        paper.write(w, &edits, clock::device())?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, ask.request, "case_save", Box::new(work)).await
}

/// A case whose answers this person may change now.
///
/// # Errors
/// `no_such_case`, `read_only`, `no_catalogue`.
pub(crate) fn writable(r: &Read<'_>, open: &Open, id: CaseId) -> Result<(Paper, Arc<ServiceItem>), Fault> {
    let paper = Paper::load(r, open, id)?;
    if !may_write(open, &paper) {
        return Err(Fault::told(problem::READ_ONLY));
    }
    let item = index::item_of(r, open, &paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    Ok((paper, item))
}

/// Whether this person may change answers and materials of the case now.
pub(crate) fn may_write(open: &Open, paper: &Paper) -> bool {
    lifecycle::may_write(paper.status(), &open.me(), paper.is_seen_by(open))
}

/// The edits of a person as edits of the document, leftover typing first. What is taken in counts as typing no more;
/// write it in the same transaction.
///
/// # Errors
/// `unknown_field`, `two_values`.
pub(crate) fn planned(
    w: &Write<'_>,
    paper: &Paper,
    item: &ServiceItem,
    edits: &[Edit],
) -> Result<Vec<DocEdit>, Fault> {
    let mut planned = Vec::new();
    let said =
        |path: &FieldPath| edits.iter().any(|edit| matches!(edit, Edit::Set { field, .. } if field == path));
    for typed in typing::of(w, paper, item, true)?.ready {
        draft_buffer::remove(w, paper.case, &typed.field)?;
        if !said(&typed.field) {
            planned.push(set(item, typed.field, &typed.text, Source::Stated, false)?);
        }
    }
    for edit in edits {
        planned.push(match edit {
            Edit::Set { field, value, source, original_seen } => {
                guard(paper, item, field)?;
                draft_buffer::remove(w, paper.case, field)?;
                set(item, field.clone(), value, *source, *original_seen)?
            }
            Edit::AddRow { repeat } => DocEdit::AddRow { repeat: repeat.clone(), row: RowId(Uuid::now_v7()) },
            Edit::RemoveRow { repeat, row } => DocEdit::RemoveRow { repeat: repeat.clone(), row: *row },
        });
    }
    Ok(planned)
}

/// A protected field with two values waits for a decision; nobody writes over it (ruling 6).
fn guard(paper: &Paper, item: &ServiceItem, field: &FieldPath) -> Result<(), Fault> {
    let protected = item.form.field(&field.question).is_some_and(|known| known.class == FieldClass::Guarded);
    if protected && paper.doc.conflicts().iter().any(|conflict| conflict.field == *field) {
        return Err(Problem::new(problem::TWO_VALUES).with("field", field).into());
    }
    Ok(())
}

fn set(
    item: &ServiceItem,
    field: FieldPath,
    value: &str,
    source: Source,
    original_seen: bool,
) -> Result<DocEdit, Fault> {
    let known = item.form.field(&field.question).filter(|known| !known.computed);
    let Some(known) = known else {
        return Err(Problem::new(problem::UNKNOWN_FIELD).with("field", &field).into());
    };
    let answer = Answer { value: normalise(known.kind, value), source, evidence: None, original_seen };
    Ok(DocEdit::SetAnswer { field, answer })
}

/// Checks the whole case as handing it in would.
pub(crate) async fn check(desk: &Arc<Desk>, ask: CaseCheck) -> Result<CheckView, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let paper = Paper::load(r, &open, ask.case)?;
            let item = index::item_of(r, &open, &paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
            let mut answers = paper.doc.answers();
            for typed in typing::of(r, &paper, &item, may_write(&open, &paper))?.ready {
                answers.fields.insert(typed.field, Answer::stated(typed.text));
            }
            Ok(check::check(&at_desk, &paper, &item, &answers)?.view)
        })
    })
    .await
}

/// Hands the case in: record, step, outbox and number in one transaction.
pub(crate) async fn submit(desk: &Arc<Desk>, ask: CaseSubmit) -> Result<CaseView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, item) = writable(w, open, ask.case)?;
        let leftover = planned(w, &paper, &item, &[])?;
        if !leftover.is_empty() {
            paper.write(w, &leftover, clock::device())?;
        }
        hand_in(w, open, desk, &mut paper, &item, ask.insist)
    };
    cabinet::once(desk, ask.request, "case_submit", Box::new(work)).await
}

/// Hands in a case whose record is complete.
///
/// # Errors
/// `has_findings` with the first field, `act_refused`.
pub(crate) fn hand_in(
    w: &Write<'_>,
    open: &Open,
    desk: &Desk,
    paper: &mut Paper,
    item: &ServiceItem,
    insist: bool,
) -> Result<CaseId, Fault> {
    let status = paper.status();
    let kind =
        if status == Status::CorrectionRequested { ActKind::SubmitCorrection } else { ActKind::Submit };
    let checked = check::check(desk, paper, item, &paper.doc.answers())?;
    if let Some(stop) = checked.view.findings.iter().find(|finding| finding.stops) {
        let field = stop.field.as_ref().map(ToString::to_string).unwrap_or_default();
        return Err(Problem::new(problem::HAS_FINDINGS).with("code", &stop.code).with("field", field).into());
    }
    if checked.view.eligible == "no" && !insist {
        return Err(Problem::new(problem::HAS_FINDINGS).with("code", "not_eligible").into());
    }
    let provisional_no =
        if paper.number().is_none() { Some(next_number(w, open, desk, paper)?) } else { None };
    let payload = Payload {
        provisional_no,
        gaps: checked.gaps,
        signed_form: material::signed_form(paper, item),
        ..Payload::default()
    };
    step(w, open, desk, paper, kind, payload)
}

/// Does an official step to a case: signed, stored, queued.
///
/// # Errors
/// `act_refused` with the reason's code.
pub(crate) fn step(
    w: &Write<'_>,
    open: &Open,
    desk: &Desk,
    paper: &mut Paper,
    kind: ActKind,
    payload: Payload,
) -> Result<CaseId, Fault> {
    let me = open.me();
    let status = paper.status();
    let refused = |code: &str| Fault::from(Problem::new(problem::ACT_REFUSED).with("reason", code));
    let role = lifecycle::role_for(status, &kind, &me).or_else(|| me.roles.first().copied());
    let role = role.ok_or_else(|| refused("not_your_role"))?;
    let act =
        Act { id: new_act(), case: paper.case, kind, by: me.person, unit: me.unit.clone(), role, payload };
    lifecycle::check(status, &act, &me).map_err(|refusal| refused(refusal.code.name()))?;
    let signed = paper.sign(w, open, &desk.clock, act)?;
    cabinet::finish(w, open, desk, paper, Some(signed))
}

/// The next provisional number of this desk; never begun anew with a date (ruling 10).
fn next_number(w: &Write<'_>, open: &Open, desk: &Desk, paper: &Paper) -> Result<String, Fault> {
    let identity = open.identity();
    let serial = meta::next(w, &format!("serial/{}", identity.desk))?;
    let date = desk.clock.today().parse().map_err(|_| Fault::Broken("today is no date"))?;
    ProvisionalNo::new(paper.meta.village.clone(), &identity.prefix, date, serial)
        .map(|number| number.to_string())
        .ok_or(Fault::Broken("the letters of this desk make no number"))
}

/// Puts a draft away; nothing is deleted.
pub(crate) async fn discard(desk: &Arc<Desk>, ask: CaseDiscard) -> Result<Done, Problem> {
    put_away(desk, ask.request, "case_discard", ask.case, true).await
}

/// Takes a draft back that was put away.
pub(crate) async fn restore(desk: &Arc<Desk>, ask: CaseRestore) -> Result<Done, Problem> {
    put_away(desk, ask.request, "case_restore", ask.case, false).await
}

async fn put_away(
    desk: &Arc<Desk>,
    request: String,
    command: &'static str,
    id: CaseId,
    away: bool,
) -> Result<Done, Problem> {
    let work = move |w: &Write<'_>, open: &Open, _: &Desk| {
        let paper = Paper::load(w, open, id)?;
        if paper.status() != Status::Draft {
            return Err(Fault::told(problem::READ_ONLY));
        }
        let discarded = Some(away.then(clock::device));
        index::refresh(w, open, &paper, Touch { discarded, ..Touch::default() })?;
        Ok(id)
    };
    cabinet::did(desk, request, command, Box::new(work)).await?;
    Ok(Done {})
}
