//! Looking after the desk: what could be wrong with it, and what to do about it.

use std::sync::Arc;
use std::time::Duration;

use ipc::problem::{self, Problem};
use serde::Serialize;
use store::table::{act, file, outbox, quarantine};
use store::{Keys, Store};
use sync::item::Item;
use tokio::net::TcpStream;

use crate::fault::Fault;
use crate::paper::{self, Paper};
use crate::{Desk, blocking, index, material};

/// Less room than this on the disk is told: a day of photographs and a copy of the database need it.
const ROOM: u64 = 500 << 20;

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
    if let Ok(free) = store::free_space(&desk.place.data) {
        checks.push(Check { name: "disk", ok: free >= ROOM, detail: format!("{} MiB", free >> 20) });
    }
    if Store::is_lost(&desk.folder) {
        checks.push(Check { name: "database", ok: false, detail: problem::DATABASE_DAMAGED.to_owned() });
    }
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

/// Reads everything that is stored here: the database's pages, each document and step, each file; and whether everything
/// the county lacks is on its way. What is not can be put right by building the lists anew ([`crate::index::rebuild`]).
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
            for case in index::cases(r)? {
                done.cases += 1;
                match Paper::any(r, &open, case) {
                    Ok(paper) => {
                        done.acts += paper.acts.len() as u64;
                        if paper.summary.is_none() {
                            done.wrong.extend(not_on_its_way(r, &paper)?);
                        }
                    }
                    Err(_) => done.wrong.push(format!("case {case}")),
                }
                done.wrong.extend(badly_sealed(r, &open, case, &device)?);
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

/// What the county lacks of a case and nobody sends. What the county refused lies aside and is no concern here.
fn not_on_its_way(r: &store::Read<'_>, paper: &Paper) -> Result<Vec<String>, Fault> {
    let (mut sent, mut steps) = (paper.acked.clone(), Vec::new());
    for waiting in outbox::of_case(r, paper.case)? {
        match Item::from_bytes(&waiting.bytes)? {
            Item::Document { heads, .. } | Item::Changes { heads, .. } => sent.extend(heads),
            Item::Act(signed) => steps.push(signed.body()?.act.id),
        }
    }
    let mut wrong = Vec::new();
    for step in paper.acts.iter().filter(|step| step.state == act::ActState::Waiting) {
        if !steps.contains(&step.body.act.id) {
            wrong.push(format!("act {} is not on its way", step.body.act.id));
        }
    }
    let sent = paper.doc.at(&paper::known(&paper.doc, &sent))?.heads();
    let is_begun = !paper.acked.is_empty() || !paper.doc.answers().fields.is_empty();
    if is_begun && sent != paper.doc.heads() && quarantine::of_case(r, paper.case)?.is_empty() {
        wrong.push(format!("case {} is not on its way", paper.case));
    }
    Ok(wrong)
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
