//! A whole case at once, from an answers file and files to attach: made as it stands, or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::answer::{Answer, Answers};
use domain::catalogue::ServiceItem;
use domain::form::Finding;
use domain::id::{CaseId, RowId};
use domain::lifecycle::Status;
use domain::region::{RegionCode, RegionLevel};
use ipc::case::{CaseView, Edit, FindingView, RuleView};
use ipc::problem::Problem;
use serde_json::Value;
use store::{StoredFile, Write};
use sync::document::DocEdit;
use uuid::Uuid;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::picture::{self, Ready};
use crate::{Desk, blocking, cabinet, case, check, clock, draft, material};

/// A case to be made.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Catalogue code.
    pub item: String,
    /// Answers file: JSON object, question and value.
    pub answers: Value,
    /// Files to attach.
    pub attach: Vec<Attachment>,
    /// Whether to hand it in at once.
    pub submit: bool,
    /// The applicant insists although a hard rule says no.
    pub insist: bool,
}

/// A file to be attached.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Slot key.
    pub slot: String,
    /// File name as the person knows it.
    pub name: String,
    /// Its bytes as they came.
    pub bytes: Vec<u8>,
}

/// A case that was made.
#[derive(Debug, Clone)]
pub struct Created {
    /// The case.
    pub case: CaseId,
    /// Its number, when handed in.
    pub receipt: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// What was found that does not stop it.
    pub findings: Vec<FindingView>,
}

/// A case that was not made.
#[derive(Debug, Clone)]
pub enum Rejected {
    /// The form says no: each finding names its field.
    Findings(Vec<FindingView>),
    /// Something else.
    Problem(Problem),
}

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Rejected::Problem(problem)
    }
}

/// What stops a transaction on the way.
enum Stop {
    Findings(Vec<FindingView>),
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Fault(error.into())
    }
}

/// Makes a case from an answers file.
///
/// # Errors
/// Findings by field when a rule is broken; nothing is made then. Otherwise a problem.
pub async fn create(desk: &Arc<Desk>, creation: Creation) -> Result<Created, Rejected> {
    let open = desk.unlocked()?;
    let mut files = Vec::new();
    for attachment in creation.attach {
        let (ready, kept) = material::keep(open.clone(), attachment.bytes, picture::ready).await?;
        files.push((attachment.slot, attachment.name, ready, kept));
    }
    let (item, answers, submit, insist) = (creation.item, creation.answers, creation.submit, creation.insist);
    let at_desk = desk.clone();
    let made = blocking::run(move || {
        let made =
            open.store.write::<_, Stop>(|w| make(w, &open, &at_desk, &item, &answers, files, submit, insist));
        settle(made)
    });
    let made = made.await??;
    desk.watch.touch([made.case]);
    desk.link.wake();
    Ok(made)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one order, opened")]
fn make(
    w: &Write<'_>,
    open: &Open,
    desk: &Desk,
    code: &str,
    answers: &Value,
    files: Vec<(String, String, Ready, StoredFile)>,
    submit: bool,
    insist: bool,
) -> Result<Created, Stop> {
    let (mut paper, item) = draft::begin(w, open, code, None)?;
    let answers = Answers::from_json(&item.form, answers, new_row).map_err(|found| stopped(&found))?;
    if let Some(village) = home_village(open, &item, &answers) {
        paper.meta.village = village;
    }
    let mut edits: Vec<DocEdit> = Vec::new();
    for (repeat, rows) in &answers.rows {
        edits.extend(rows.iter().map(|row| DocEdit::AddRow { repeat: repeat.clone(), row: *row }));
    }
    let set = |(field, answer): (&domain::answer::FieldPath, &Answer)| DocEdit::SetAnswer {
        field: field.clone(),
        answer: answer.clone(),
    };
    edits.extend(answers.fields.iter().map(set));
    paper.write(w, &edits, clock::device())?;
    for (slot, name, ready, kept) in files {
        material::room(&paper, &item, &slot)?;
        let entry = material::entry(&ready, kept, name, false);
        let edit = material::attach(w, &paper, &slot, &entry)?;
        paper.write(w, &[edit], clock::device())?;
    }
    let checked = check::check(desk, &paper, &item, &paper.doc.answers())?;
    let mut findings = checked.view.findings;
    // A draft may lack answers; wrong ones it may not have.
    if findings.iter().any(|finding| finding.stops && (submit || finding.code != "required")) {
        findings.retain(|finding| submit || finding.code != "required");
        return Err(Stop::Findings(findings));
    }
    if submit && checked.view.eligible == "no" && !insist {
        return Err(Stop::Findings(ineligible(checked.view.rules)));
    }
    if submit {
        draft::hand_in(w, open, desk, &mut paper, &item, insist)?;
    } else {
        cabinet::finish(w, open, desk, &paper, None)?;
    }
    let receipt = paper.number().map(str::to_owned);
    Ok(Created { case: paper.case, receipt, status: paper.status(), findings })
}

/// The applicant's village as the answers tell it, when the unit serves it (ruling 11).
fn home_village(open: &Open, item: &ServiceItem, answers: &Answers) -> Option<RegionCode> {
    let told: RegionCode = answers.text(&item.subject.region).parse().ok()?;
    (told.level() == RegionLevel::Village && draft::serves(&open.unit(), &told)).then_some(told)
}

/// What keeps a case from being handed in: findings first, then the hard rules that say no.
///
/// # Errors
/// `locked`, `no_such_case`.
pub async fn what_stops(desk: &Arc<Desk>, case: CaseId) -> Result<Vec<FindingView>, Problem> {
    let view = draft::check(desk, ipc::case::CaseCheck { case }).await?;
    let mut found: Vec<FindingView> = view.findings.into_iter().filter(|finding| finding.stops).collect();
    found.extend(ineligible(view.rules));
    Ok(found)
}

fn ineligible(rules: Vec<RuleView>) -> Vec<FindingView> {
    let no = rules.into_iter().filter(|rule| rule.level == "hard" && rule.verdict == "no");
    let finding = |rule: RuleView| FindingView {
        field: None,
        slot: None,
        code: "not_eligible".to_owned(),
        message: rule.message,
        stops: true,
        args: BTreeMap::new(),
    };
    no.map(finding).collect()
}

/// Changes answers of a case by an answers file. Rows named by their id are changed, others are added, and rows the
/// file leaves out of a group it names are taken away.
///
/// # Errors
/// Findings by field when a rule is broken; nothing is changed then. Otherwise a problem.
pub async fn edit(desk: &Arc<Desk>, case: CaseId, answers: Value) -> Result<CaseView, Rejected> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let changed = blocking::run(move || {
        let changed = open.store.write::<_, Stop>(|w| {
            let (mut paper, item) = draft::writable(w, &open, case)?;
            let given = Answers::from_json(&item.form, &answers, new_row).map_err(|found| stopped(&found))?;
            let fields = given.fields.into_iter().map(|(field, answer)| Edit::Set {
                field,
                value: answer.value,
                source: answer.source,
                original_seen: false,
            });
            let fields: Vec<Edit> = fields.collect();
            let mut edits = rows(&paper, &given.rows);
            edits.extend(draft::planned(w, &paper, &item, &fields)?);
            paper.write(w, &edits, clock::device())?;
            let checked = check::check(&at_desk, &paper, &item, &paper.doc.answers())?;
            let wrong = |finding: &FindingView| {
                finding.stops && !["required", "two_values"].contains(&finding.code.as_str())
            };
            if checked.view.findings.iter().any(wrong) {
                return Err(Stop::Findings(checked.view.findings.into_iter().filter(wrong).collect()));
            }
            Ok(cabinet::finish(w, &open, &at_desk, &paper, None)?)
        });
        settle(changed)
    });
    changed.await??;
    desk.watch.touch([case]);
    desk.link.wake();
    Ok(case::open(desk, case).await?)
}

fn rows(paper: &Paper, given: &BTreeMap<String, Vec<RowId>>) -> Vec<DocEdit> {
    let there = paper.doc.answers().rows;
    let mut edits = Vec::new();
    for (repeat, rows) in given {
        let before = there.get(repeat).map(Vec::as_slice).unwrap_or_default();
        let gone = before.iter().filter(|row| !rows.contains(row));
        edits.extend(gone.map(|row| DocEdit::RemoveRow { repeat: repeat.clone(), row: *row }));
        let new = rows.iter().filter(|row| !before.contains(row));
        edits.extend(new.map(|row| DocEdit::AddRow { repeat: repeat.clone(), row: *row }));
    }
    edits
}

fn new_row() -> RowId {
    RowId(Uuid::now_v7())
}

fn stopped(found: &[Finding]) -> Stop {
    Stop::Findings(found.iter().map(check::view).collect())
}

/// Findings pass the blocking door as a value, faults as faults.
fn settle<T>(done: Result<T, Stop>) -> Result<Result<T, Rejected>, Fault> {
    match done {
        Ok(made) => Ok(Ok(made)),
        Err(Stop::Findings(found)) => Ok(Err(Rejected::Findings(found))),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}
