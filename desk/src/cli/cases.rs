//! Working on cases in the terminal.

use std::path::Path;
use std::sync::Arc;

use desk::Desk;
use desk::clock::rfc3339;
use desk::dispatch::ask;
use desk::entry::{self, Attachment, Creation, Rejected};
use domain::act::{ActKind, Payload};
use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use ipc::case::{CaseAct, CaseCard, CaseList, CaseResolve, CaseSubmit, CaseUnsaved, CaseView, FindingView};
use ipc::material::{MaterialGet, MaterialPut};
use ipc::problem::{self, Problem};
use ipc::renewal::{CaseCompare, CaseRenew, Fate};
use ipc::summary::CaseFetch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::End;
use super::line::{Case, Import, List, New};
use super::speak::Mouth;

pub async fn run(desk: &Arc<Desk>, mouth: &Mouth, what: &Case) -> Result<End, Problem> {
    match what {
        Case::New(ask) => new(desk, mouth, ask).await,
        Case::Import(ask) => import(desk, mouth, ask).await,
        Case::List(ask) => list(desk, mouth, ask).await,
        Case::Show { id, reveal } => {
            let report = desk::report::case(desk, case_id(id)?, reveal.as_deref()).await?;
            mouth.object(&report);
            Ok(End::Done)
        }
        Case::Fetch { id } => changed(mouth, &ask(desk, CaseFetch { case: case_id(id)? }).await?),
        Case::Edit { id, answers } => edit(desk, mouth, id, answers).await,
        Case::Attach { id, files } => attach(desk, mouth, id, files).await,
        Case::Submit { id, insist } => {
            let case = case_id(id)?;
            match ask(desk, CaseSubmit { request: request(), case, insist: *insist }).await {
                Ok(view) => changed(mouth, &view),
                Err(problem) if problem.code == problem::HAS_FINDINGS => {
                    mouth.warn(&format!("problem-{}", problem.code.replace('_', "-")), &[]);
                    refused_by_findings(mouth, &entry::what_stops(desk, case).await?)
                }
                Err(problem) => Err(problem),
            }
        }
        Case::Resolve { id, field, value, reason } => {
            let field = field_path(field)?;
            let (value, reason) = (value.clone(), reason.clone());
            changed(
                mouth,
                &ask(desk, CaseResolve { request: request(), case: case_id(id)?, field, value, reason })
                    .await?,
            )
        }
        Case::Unsaved { id, field, take, .. } => {
            let (case, field) = (case_id(id)?, field_path(field)?);
            changed(mouth, &ask(desk, CaseUnsaved { request: request(), case, field, take: *take }).await?)
        }
        Case::Compare { id } => {
            let renewal = ask(desk, CaseCompare { case: case_id(id)? }).await?;
            if mouth.json {
                mouth.object(&renewal);
            }
            for line in &renewal.fields {
                mouth.line(&format!("{:<8} {}  {}", fate(line.fate), line.label, line.value));
            }
            for line in &renewal.slots {
                mouth.line(&format!("{:<8} {}  {}", fate(line.fate), line.name, line.files));
            }
            Ok(End::Done)
        }
        Case::Renew { id, without } => {
            let without = without.iter().map(|field| field_path(field)).collect::<Result<_, _>>()?;
            changed(mouth, &ask(desk, CaseRenew { request: request(), case: case_id(id)?, without }).await?)
        }
        Case::Act { id, kind, reason, payload } => {
            act(desk, mouth, id, kind, reason.as_deref(), payload.as_deref()).await
        }
        Case::File { id, key, output } => {
            let question = MaterialGet { case: case_id(id)?, file: key.clone() };
            let args = serde_json::to_value(question).map_err(|_| Problem::new(problem::INTERNAL))?;
            let found = desk::dispatch::get(desk, "material_get", args).await?;
            write(output, &found.body)?;
            if mouth.json {
                mouth.object(&json!({ "file": output, "bytes": found.body.len(), "mime": found.mime }));
            }
            Ok(End::Done)
        }
        Case::Export { id, automerge } => {
            let bytes = desk::report::automerge(desk, case_id(id)?).await?;
            write(automerge, &bytes)?;
            if mouth.json {
                mouth.object(&json!({ "file": automerge, "bytes": bytes.len() }));
            }
            Ok(End::Done)
        }
    }
}

async fn new(desk: &Arc<Desk>, mouth: &Mouth, ask: &New) -> Result<End, Problem> {
    let answers = json_file(&ask.answers)?;
    let attach = ask.attach.iter().map(|text| attachment(text)).collect::<Result<Vec<_>, _>>()?;
    let creation =
        Creation { item: ask.item.clone(), answers, attach, submit: ask.submit, insist: ask.insist };
    match entry::create(desk, creation).await {
        Ok(created) => {
            if mouth.json {
                mouth.object(&json!({
                    "case": created.case, "receipt": created.receipt, "status": created.status,
                    "findings": findings(mouth, &created.findings),
                }));
            }
            mouth.say(
                "case-made",
                &[
                    ("case", &created.case.to_string()),
                    ("receipt", created.receipt.as_deref().unwrap_or("-")),
                ],
            );
            Ok(End::Done)
        }
        Err(Rejected::Findings(found)) => refused_by_findings(mouth, &found),
        Err(Rejected::Problem(problem)) => Err(problem),
    }
}

async fn edit(desk: &Arc<Desk>, mouth: &Mouth, id: &str, answers: &Path) -> Result<End, Problem> {
    match entry::edit(desk, case_id(id)?, json_file(answers)?).await {
        Ok(view) => changed(mouth, &view),
        Err(Rejected::Findings(found)) => refused_by_findings(mouth, &found),
        Err(Rejected::Problem(problem)) => Err(problem),
    }
}

async fn attach(desk: &Arc<Desk>, mouth: &Mouth, id: &str, files: &[String]) -> Result<End, Problem> {
    let case = case_id(id)?;
    let mut last = None;
    for text in files {
        let Attachment { slot, name, bytes } = attachment(text)?;
        let question = MaterialPut { request: request(), case, slot, name, original_seen: false };
        let args = serde_json::to_value(question).map_err(|_| Problem::new(problem::INTERNAL))?;
        last = Some(desk::dispatch::put(desk, "material_put", args, bytes).await?);
    }
    let view = last
        .and_then(|view| serde_json::from_value(view).ok())
        .ok_or_else(|| Problem::new(problem::INTERNAL))?;
    changed(mouth, &view)
}

async fn act(
    desk: &Arc<Desk>,
    mouth: &Mouth,
    id: &str,
    kind: &str,
    reason: Option<&str>,
    payload: Option<&Path>,
) -> Result<End, Problem> {
    let mut payload: Payload = match payload {
        Some(file) => serde_json::from_value(json_file(file)?)
            .map_err(|_| Problem::new(problem::FILE_UNREADABLE).with("file", file.display()))?,
        None => Payload::default(),
    };
    if let Some(reason) = reason {
        payload.reason = Some(reason.to_owned());
    }
    let question =
        CaseAct { request: request(), case: case_id(id)?, kind: ActKind::from(kind.to_owned()), payload };
    changed(mouth, &ask(desk, question).await?)
}

/// One line, one case; a bad line is told and the others go on.
async fn import(desk: &Arc<Desk>, mouth: &Mouth, ask: &Import) -> Result<End, Problem> {
    let file = desk::import::read(desk, &ask.file, &ask.item).await?;
    let bar = indicatif::ProgressBar::new(file.lines.len() as u64);
    let (mut created, mut refused) = (0u64, Vec::new());
    for line in &file.lines {
        let mut refuse = |column: Option<&str>, code: &str, message: String| {
            refused.push(json!({ "line": line.number, "column": column, "code": code, "message": message }));
        };
        match &line.answers {
            Err(bad) => refuse(bad.column.as_deref(), &bad.problem.code, mouth.problem(&bad.problem)),
            Ok(answers) => {
                let (item, answers) = (ask.item.clone(), answers.clone());
                let creation =
                    Creation { item, answers, attach: Vec::new(), submit: ask.submit, insist: false };
                match entry::create(desk, creation).await {
                    Ok(_) => created += 1,
                    Err(Rejected::Problem(problem)) => refuse(None, &problem.code, mouth.problem(&problem)),
                    Err(Rejected::Findings(found)) => {
                        for finding in found.iter().filter(|finding| finding.stops) {
                            let column = finding.field.as_ref().map(|field| file.column(&field.question));
                            refuse(column.or(finding.slot.as_deref()), &finding.code, mouth.finding(finding));
                        }
                    }
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for entry in &refused {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let line = entry.get("line").map(Value::to_string).unwrap_or_default();
        mouth.warn(
            "import-line",
            &[("line", &line), ("column", &text("column")), ("message", &text("message"))],
        );
    }
    mouth.say("imported", &[("created", &created.to_string()), ("refused", &refused.len().to_string())]);
    let end = if refused.is_empty() { End::Done } else { End::Refused };
    if mouth.json {
        mouth.object(&json!({ "created": created, "refused": refused }));
    }
    Ok(end)
}

async fn list(desk: &Arc<Desk>, mouth: &Mouth, wanted: &List) -> Result<End, Problem> {
    let statuses = wanted.status.iter().map(|name| {
        Status::from_name(name).ok_or_else(|| Problem::new(problem::NO_SUCH_STATUS).with("status", name))
    });
    let statuses = statuses.collect::<Result<Vec<_>, _>>()?;
    let (mut cards, mut after, mut total): (Vec<CaseCard>, Option<String>, u64) = (Vec::new(), None, 0);
    loop {
        let question =
            CaseList { statuses: statuses.clone(), search: wanted.search.clone(), after, limit: Some(50) };
        let page = ask(desk, question).await?;
        total = total.max(page.total);
        cards.extend(page.cases);
        after = page.next;
        if after.is_none() || cards.len() >= wanted.limit {
            break;
        }
    }
    cards.truncate(wanted.limit);
    if mouth.json {
        let line = |card: &CaseCard| {
            json!({
                "case": card.case, "receipt": card.receipt, "item": card.item, "status": card.status,
                "applicant": card.applicant, "updated_at": rfc3339(card.updated_at), "transfer": card.transfer,
                "differing": card.differing,
            })
        };
        mouth.object(&json!({ "cases": cards.iter().map(line).collect::<Vec<_>>(), "total": total }));
    }
    for card in &cards {
        mouth.line(&format!(
            "{}  {:<22} {}  {}  {}",
            card.case,
            card.status.name(),
            card.applicant,
            card.item_name,
            card.receipt.as_deref().unwrap_or("-")
        ));
    }
    Ok(End::Done)
}

fn changed(mouth: &Mouth, view: &CaseView) -> Result<End, Problem> {
    if mouth.json {
        mouth.object(&json!({ "case": view.case, "receipt": view.receipt, "status": view.status, "conflicts": view.conflicts.len() }));
    }
    mouth.say("case-stands", &[("case", &view.case.to_string()), ("status", view.status.name())]);
    Ok(End::Done)
}

fn refused_by_findings(mouth: &Mouth, found: &[FindingView]) -> Result<End, Problem> {
    for finding in found.iter().filter(|finding| finding.stops) {
        let field = finding
            .field
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| finding.slot.clone())
            .unwrap_or_default();
        mouth.warn("finding-line", &[("field", &field), ("message", &mouth.finding(finding))]);
    }
    if mouth.json {
        mouth.object(&json!({ "findings": findings(mouth, found) }));
    }
    Ok(End::Refused)
}

fn findings(mouth: &Mouth, found: &[FindingView]) -> Vec<Value> {
    let line = |finding: &FindingView| {
        json!({
            "field": finding.field, "slot": finding.slot, "code": finding.code, "message": mouth.finding(finding),
            "stops": finding.stops,
        })
    };
    found.iter().map(line).collect()
}

fn attachment(text: &str) -> Result<Attachment, Problem> {
    let (slot, file) = text.split_once('=').ok_or_else(|| Problem::new(problem::NO_SUCH_SLOT))?;
    let path = Path::new(file);
    let bytes = std::fs::read(path).map_err(|_| unreadable(path))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Attachment { slot: slot.to_owned(), name, bytes })
}

fn json_file(path: &Path) -> Result<Value, Problem> {
    let text = std::fs::read_to_string(path).map_err(|_| unreadable(path))?;
    // Programs on Windows put an invisible mark before the first character.
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| unreadable(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    std::fs::write(path, bytes)
        .map_err(|_| Problem::new(problem::FILE_UNWRITABLE).with("file", path.display()))
}

fn unreadable(path: &Path) -> Problem {
    Problem::new(problem::FILE_UNREADABLE).with("file", path.display())
}

fn case_id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| Problem::new(problem::NO_SUCH_CASE))
}

fn field_path(text: &str) -> Result<FieldPath, Problem> {
    text.parse().map_err(|_| Problem::new(problem::UNKNOWN_FIELD).with("field", text))
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Kept => "kept",
        Fate::Changed => "changed",
        Fate::New => "new",
        Fate::Gone => "gone",
    }
}

fn request() -> String {
    Uuid::now_v7().to_string()
}
