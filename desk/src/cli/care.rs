//! Looking after the desk: checks, copies, putting a copy back.

use std::sync::Arc;

use desk::Desk;
use ipc::problem::Problem;
use serde_json::json;

use super::End;
use super::line::{Backup, Common};
use super::password;
use super::speak::Mouth;

/// Needs no password: it looks at what can be seen from outside.
pub async fn doctor(desk: &Arc<Desk>, mouth: &Mouth) -> Result<End, Problem> {
    let found = desk::care::doctor(desk).await?;
    if mouth.json {
        mouth.object(&json!({ "ok": found.iter().all(|check| check.ok), "checks": found }));
    }
    for check in &found {
        let mark = if check.ok { "✓" } else { "✗" };
        mouth.line(&format!("{mark} {} {}", check.name, check.detail));
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
    let bytes = desk::care::backup(desk, &ask.file).await?;
    if mouth.json {
        mouth.object(&json!({ "file": ask.file, "bytes": bytes }));
    }
    mouth.say("backed-up", &[("file", &ask.file.display().to_string())]);
    Ok(End::Done)
}

pub fn restore(common: &Common, mouth: &Mouth, ask: &Backup) -> Result<End, Problem> {
    let password = password::ask(common)?;
    desk::care::restore(&common.folder()?, &ask.file, common.person.as_deref(), &password)?;
    if mouth.json {
        mouth.object(&json!({ "file": ask.file }));
    }
    mouth.say("restored", &[("file", &ask.file.display().to_string())]);
    Ok(End::Done)
}
