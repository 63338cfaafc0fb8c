//! Looking after the desk: checks, copies, putting a copy back.

use std::sync::Arc;

use desk::Desk;
use ipc::problem::Problem;
use serde_json::json;

use super::End;
use super::line::{Backup, Common};
use super::speak::Mouth;
use super::{entrance, password};

/// Needs no password: without one it looks at what can be seen from outside.
pub async fn doctor(desk: &Arc<Desk>, common: &Common, mouth: &Mouth) -> Result<End, Problem> {
    let mut refused = None;
    if password::is_given(common) {
        refused = super::unlock(desk, common).await.err();
    }
    let mut found = desk::care::doctor(desk).await?;
    if let Some(problem) = refused {
        found.push(desk::care::Check { name: "unlock", ok: false, detail: problem.code });
    }
    if mouth.json {
        mouth.object(&json!({ "ok": found.iter().all(|check| check.ok), "checks": found }));
    }
    for check in &found {
        let mark = if check.ok { "✓" } else { "✗" };
        mouth.line(&format!("{mark} {} {}", check.name, check.detail));
        if !check.ok {
            mouth.say(&format!("hint-{}", check.name), &[]);
        }
    }
    Ok(if found.iter().all(|check| check.ok) { End::Done } else { End::Refused })
}

pub async fn verify(desk: &Arc<Desk>, mouth: &Mouth) -> Result<End, Problem> {
    let report = desk::care::verify(desk).await?;
    if mouth.json {
        mouth.object(&report);
    }
    let number = |value: u64| value.to_string();
    mouth.say(
        "verified",
        &[("cases", &number(report.cases)), ("acts", &number(report.acts)), ("files", &number(report.files))],
    );
    for wrong in &report.wrong {
        mouth.warn("verify-wrong", &[("what", wrong)]);
    }
    if !report.wrong.is_empty() {
        mouth.say("hint-verify", &[]);
    }
    Ok(if report.wrong.is_empty() { End::Done } else { End::Refused })
}

pub async fn rebuild(desk: &Arc<Desk>, mouth: &Mouth) -> Result<End, Problem> {
    let cases = desk::index::rebuild(desk).await?;
    if mouth.json {
        mouth.object(&json!({ "cases": cases }));
    }
    mouth.say("rebuilt", &[("cases", &cases.to_string())]);
    Ok(End::Done)
}

pub async fn backup(desk: &Arc<Desk>, mouth: &Mouth, ask: &Backup) -> Result<End, Problem> {
    let made = desk::rescue::backup(desk, &ask.file).await?;
    if mouth.json {
        let (bytes, files, missing) = (made.bytes, made.files, made.missing);
        mouth.object(&json!({ "file": ask.file, "bytes": bytes, "files": files, "missing": missing }));
    }
    mouth.say("backed-up", &[("file", &ask.file.display().to_string())]);
    if made.missing > 0 {
        mouth.warn("backup-lacks-files", &[("count", &made.missing.to_string())]);
    }
    Ok(End::Done)
}

pub fn restore(common: &Common, mouth: &Mouth, ask: &Backup) -> Result<End, Problem> {
    let password = password::ask(common)?;
    let damaged = desk::rescue::restore(&common.folder()?, &ask.file, common.person.as_deref(), &password)?;
    if mouth.json {
        mouth.object(&json!({ "file": ask.file, "damaged": damaged }));
    }
    mouth.say("restored", &[("file", &ask.file.display().to_string())]);
    for file in &damaged {
        mouth.warn("verify-wrong", &[("what", file)]);
    }
    Ok(if damaged.is_empty() { End::Done } else { End::Refused })
}

pub async fn salvage(desk: &Arc<Desk>, common: &Common, mouth: &Mouth) -> Result<End, Problem> {
    let state = desk::account::state(desk).await?;
    let person = entrance::choose(&state.people, common.person.as_deref())?;
    let password = password::ask(common)?;
    let done = desk::rescue::salvage(desk, ipc::account::Salvage { person, password }).await?;
    if mouth.json {
        mouth.object(&done);
    }
    let key = if done.complete { "salvaged" } else { "salvaged-with-holes" };
    mouth.say(key, &[("cases", &done.cases.to_string())]);
    Ok(End::Done)
}
