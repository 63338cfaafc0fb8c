//! What other programs are told: how the desk stands, and one case with everything about it.

use std::sync::Arc;

use domain::id::{ActId, CaseId, Digest};
use domain::lifecycle::Status;
use ipc::case::{ActState, Transfer};
use ipc::material::FileState;
use ipc::problem::Problem;
use serde::Serialize;
use serde_json::Value;
use store::table::{catalogue, outbox, quarantine, upload};

use crate::clock::rfc3339;
use crate::fault::Fault;
use crate::paper::Paper;
use crate::syncing;
use crate::{Desk, blocking, case, reveal, standing};

/// How the desk stands.
#[derive(Debug, Clone, Serialize)]
pub struct DeskStatus {
    /// The desk.
    pub desk: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Epoch of the county's database, hexadecimal.
    pub epoch: Option<String>,
    /// Last number of the county stored here.
    pub cursor: u64,
    /// Items not acknowledged.
    pub waiting_items: u64,
    /// Files not acknowledged.
    pub waiting_files: u64,
    /// Items that need a person.
    pub quarantined: u64,
    /// Last complete exchange, RFC 3339.
    pub last_sync_at: Option<String>,
    /// Catalogue release in use.
    pub catalogue_release: Option<u64>,
}

/// How the desk stands.
///
/// # Errors
/// `locked`.
pub async fn status(desk: &Arc<Desk>) -> Result<DeskStatus, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let position = standing::position(r)?;
            Ok(DeskStatus {
                desk: open.identity().desk.to_string(),
                unit: Some(open.unit().code.to_string()),
                epoch: position.epoch.map(|epoch| epoch.to_string()),
                cursor: position.cursor,
                waiting_items: outbox::waiting(r)?.items,
                waiting_files: upload::waiting(r)?.items,
                quarantined: quarantine::count(r)?,
                last_sync_at: syncing::last_sync(r)?.map(rfc3339),
                catalogue_release: catalogue::current(r)?,
            })
        })
    })
    .await
}

/// One case with everything about it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseReport {
    /// The case.
    pub case: CaseId,
    /// Item code.
    pub item: String,
    /// Item name.
    pub item_name: String,
    /// Release it began on.
    pub release: u64,
    /// Where it stands.
    pub status: Status,
    /// How far its data travelled.
    pub transfer: Transfer,
    /// Its number.
    pub receipt: Option<String>,
    /// Answers file; covered values are masked unless revealed.
    pub answers: Value,
    /// Fields that are covered.
    pub covered: Vec<String>,
    /// Fields with two values.
    pub conflicts: Vec<ConflictReport>,
    /// What is left of a case that ended long ago.
    pub summary: Option<ipc::summary::Summary>,
    /// Typing that is not part of the record.
    pub unsaved: Vec<ipc::case::Unsaved>,
    /// For a draft: the newer release it could go on with.
    pub newer: Option<u64>,
    /// For a case that was handed in: what its form and papers lack or have wrong.
    pub findings: Vec<ipc::case::FindingView>,
    /// Attached files.
    pub materials: Vec<MaterialReport>,
    /// Official steps in order.
    pub acts: Vec<ActReport>,
    /// Last change, RFC 3339.
    pub updated_at: String,
}

/// A field with two values.
#[derive(Debug, Clone, Serialize)]
pub struct ConflictReport {
    /// The field.
    pub field: String,
    /// Its values.
    pub values: Vec<ConflictValueReport>,
}

/// One of several values.
#[derive(Debug, Clone, Serialize)]
pub struct ConflictValueReport {
    /// The value.
    pub value: String,
    /// Who wrote it.
    pub by: String,
    /// When, RFC 3339.
    pub at: Option<String>,
}

/// An attached file.
#[derive(Debug, Clone, Serialize)]
pub struct MaterialReport {
    /// Slot key.
    pub slot: String,
    /// Key of the attachment.
    pub file: String,
    /// Name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// How far it is.
    pub state: FileState,
}

/// An official step.
#[derive(Debug, Clone, Serialize)]
pub struct ActReport {
    /// The step.
    pub act: Option<ActId>,
    /// Its kind.
    pub kind: String,
    /// Who.
    pub by: String,
    /// When, by the device's clock, RFC 3339.
    pub at: String,
    /// The county's number.
    pub seq: Option<u64>,
    /// `waiting`, `done` or `refused`.
    pub state: ActState,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// What it carried.
    pub payload: domain::act::Payload,
}

/// One case with everything about it. With a reason covered values are shown too, and each look is written to the log.
///
/// # Errors
/// `locked`, `no_such_case`.
pub async fn case(desk: &Arc<Desk>, id: CaseId, reason: Option<&str>) -> Result<CaseReport, Problem> {
    let mut view = case::open(desk, id).await?;
    let mut answers = view.answers;
    if let Some(reason) = reason {
        let open = desk.unlocked()?;
        let (at_desk, reason, covered) = (desk.clone(), reason.to_owned(), view.covered.clone());
        let (revealed, both) = blocking::run(move || {
            open.store.write::<_, Fault>(|w| {
                let mut paper = Paper::load(w, &open, id)?;
                for field in &covered {
                    reveal::note(w, &open, &at_desk, &mut paper, field, &reason)?;
                }
                Ok((paper.doc.answers(), case::conflicts(w, &paper)?))
            })
        })
        .await?;
        for field in &view.covered {
            if let Some(answer) = revealed.fields.get(field) {
                answers.fields.insert(field.clone(), answer.clone());
            }
        }
        view.conflicts = both;
        desk.link.wake();
    }
    let covered =
        if reason.is_some() { Vec::new() } else { view.covered.iter().map(ToString::to_string).collect() };
    let conflicts = view.conflicts.into_iter().map(|conflict| ConflictReport {
        field: conflict.field.to_string(),
        values: conflict
            .values
            .into_iter()
            .map(|value| ConflictValueReport { value: value.value, by: value.by, at: value.at.map(rfc3339) })
            .collect(),
    });
    let materials = view.materials.into_iter().map(|material| MaterialReport {
        slot: material.slot,
        file: material.file,
        name: material.name,
        sha256: material.sha256,
        size: material.size,
        state: material.state,
    });
    let acts = view.timeline.into_iter().filter(|entry| entry.act.is_some()).map(|entry| ActReport {
        act: entry.act,
        kind: entry.kind,
        by: entry.by,
        at: rfc3339(entry.at),
        seq: entry.seq,
        state: entry.state,
        refusal: entry.refusal,
        payload: entry.payload,
    });
    Ok(CaseReport {
        case: id,
        item: view.item.code,
        item_name: view.item.name,
        release: view.release,
        status: view.status,
        transfer: view.transfer,
        receipt: view.receipt,
        answers: answers.to_json(),
        covered,
        conflicts: conflicts.collect(),
        summary: view.summary,
        unsaved: view.unsaved,
        newer: view.newer,
        findings: view.findings,
        materials: materials.collect(),
        acts: acts.collect(),
        updated_at: rfc3339(view.updated_at),
    })
}

/// The document of a case for other Automerge programs.
///
/// # Errors
/// `locked`, `no_such_case`.
pub async fn automerge(desk: &Arc<Desk>, id: CaseId) -> Result<Vec<u8>, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || open.store.read::<_, Fault>(|r| Ok(Paper::load(r, &open, id)?.doc.save()))).await
}
