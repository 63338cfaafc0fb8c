//! Looking after the desk: what could be wrong with it, a copy of it, putting a copy back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ipc::problem::{self, Problem};
use serde::Serialize;
use store::table::{document, file};
use store::{FolderLock, Keys};
use tokio::net::TcpStream;

use crate::fault::Fault;
use crate::paper::Paper;
use crate::{Desk, blocking, material};

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is in order.
    pub ok: bool,
    /// What was found; never personal data.
    pub detail: String,
}

/// Looks at everything that can be seen without a password, and at more when the desk is unlocked.
///
/// # Errors
/// Never because something is wrong: that is what the checks tell.
pub async fn doctor(desk: &Arc<Desk>) -> Result<Vec<Check>, Problem> {
    let mut checks = Vec::new();
    let folder = desk.place.data.clone();
    let people = blocking::run(move || Ok(Keys::load(&folder)?.people().len())).await;
    checks.push(Check { name: "data_folder", ok: true, detail: desk.place.data.display().to_string() });
    checks.push(match people {
        Ok(0) => Check { name: "people", ok: false, detail: problem::NOT_ENROLLED.to_owned() },
        Ok(count) => Check { name: "people", ok: true, detail: count.to_string() },
        Err(problem) => Check { name: "people", ok: false, detail: problem.code },
    });
    if let Some(open) = desk.if_unlocked() {
        let address = open.identity().address.clone();
        let reached = tokio::time::timeout(Duration::from_secs(3), TcpStream::connect(&address)).await;
        checks.push(Check { name: "county", ok: matches!(reached, Ok(Ok(_))), detail: address });
        let sound = blocking::run(move || Ok(open.store.verify()?)).await;
        let detail = sound.as_ref().err().map(|problem| problem.code.clone()).unwrap_or_default();
        checks.push(Check { name: "database", ok: sound.is_ok(), detail });
    }
    Ok(checks)
}

/// What verifying read, and what is not in order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verified {
    /// Documents read.
    pub cases: u64,
    /// Steps read.
    pub acts: u64,
    /// Files read.
    pub files: u64,
    /// What is not in order, by id; never personal data.
    pub wrong: Vec<String>,
}

/// Reads everything that is stored here: the database's pages, each document and step, each file.
///
/// # Errors
/// `locked`; `database_damaged` when the database itself is not sound.
pub async fn verify(desk: &Arc<Desk>) -> Result<Verified, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.verify()?;
        let mut done = Verified::default();
        let device = open.identity().device_key().public();
        let files = open.store.read::<_, Fault>(|r| {
            let mut after = None;
            loop {
                let page = document::list(r, after, 200)?;
                let Some(last) = page.last() else { break };
                after = Some(last.case);
                for row in page {
                    done.cases += 1;
                    match Paper::any(r, &open, row.case) {
                        Ok(paper) => done.acts += paper.acts.len() as u64,
                        Err(_) => done.wrong.push(format!("case {}", row.case)),
                    }
                    done.wrong.extend(badly_sealed(r, &open, row.case, &device)?);
                }
            }
            Ok(file::all_here(r)?)
        })?;
        for sha256 in files {
            done.files += 1;
            if !material::is_sound(&open, sha256)? {
                done.wrong.push(format!("file {sha256}"));
            }
        }
        Ok(done)
    })
    .await
}

/// Steps made by this person at this desk whose seals no longer fit.
fn badly_sealed(
    r: &store::Read<'_>,
    open: &crate::open::Open,
    case: domain::id::CaseId,
    device: &sync::key::PublicKey,
) -> Result<Vec<String>, Fault> {
    let (desk, person) = (open.identity().desk, open.person());
    let mut keys = crate::identity::keys(r, person)?;
    keys.push(open.person_key.public());
    let mut wrong = Vec::new();
    for row in store::table::act::of_case(r, case)? {
        let kept: crate::paper::Kept = sync::wire::from_cbor(&row.bytes)?;
        let Ok(sync::item::Item::Act(signed)) = sync::item::Item::from_bytes(&kept.item) else {
            wrong.push(format!("act {}", row.id));
            continue;
        };
        let body = signed.body()?;
        if body.desk == desk
            && body.act.by == person
            && keys.iter().all(|key| signed.verify(key, device).is_err())
        {
            wrong.push(format!("act {}", row.id));
        }
    }
    Ok(wrong)
}

/// Copies the database, encrypted as it is, while others go on working. Gives its size in bytes.
///
/// # Errors
/// `locked`, `disk_full`.
pub async fn backup(desk: &Arc<Desk>, target: &Path) -> Result<u64, Problem> {
    let open = desk.unlocked()?;
    let target = target.to_owned();
    blocking::run(move || Ok(open.store.backup(&target)?.bytes)).await
}

/// Puts a copy in the place of the database; what was there is set aside, nothing is deleted.
///
/// # Errors
/// `data_in_use`, `wrong_password`, `database_damaged` when the copy is not sound or belongs to another desk.
pub fn restore(folder: &Path, from: &Path, person: Option<&str>, password: &str) -> Result<(), Problem> {
    let put_back = || -> Result<(), Fault> {
        let lock = FolderLock::take(folder)?;
        let keys = Keys::load(folder)?;
        let fits = |entry: &store::PersonEntry| {
            person.is_none_or(|name| entry.name == name || entry.person.to_string() == name)
        };
        let entry =
            keys.people().into_iter().find(fits).ok_or_else(|| Fault::told(problem::NO_SUCH_PERSON))?;
        let unlocked = keys.unlock(entry.person, password)?;
        store::restore(&lock, from, &unlocked.db_key)?;
        Ok(())
    };
    put_back().map_err(Problem::from)
}
