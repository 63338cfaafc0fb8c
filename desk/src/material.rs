//! Papers of a case: attaching photographs and PDF files, taking them away and back, the signature, showing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::catalogue::{MaterialOrigin, ServiceItem};
use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::case::CaseView;
use ipc::material::{
    FileState, MaterialGet, MaterialMark, MaterialPut, MaterialRemove, MaterialRestore, MaterialView,
    SignaturePut,
};
use ipc::problem::{self, Problem};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use store::table::{file, meta, upload};
use store::{FileError, Read, StoredFile, Write};
use sync::document::DocEdit;
use uuid::Uuid;

use crate::dispatch::Bytes;
use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::picture::{self, Ready};
use crate::{Desk, blocking, cabinet, clock, draft};

/// Slot of the applicant's signature where the item names no generated form.
pub(crate) const SIGNATURE_SLOT: &str = "M-SIGN";
/// Small files leave before large ones.
const SMALL: u64 = 400 * 1024;
/// Their lane; the large ones are in the next one.
pub(crate) const SMALL_LANE: u8 = 2;

/// What the document says about an attached file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// SHA-256 of the final bytes.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
    /// Name as the person knows it.
    pub name: String,
    /// Whether the original was seen.
    #[serde(default)]
    pub original_seen: bool,
    /// When it was attached, by that desk's clock.
    pub at: Millis,
    /// For a signature: digest of the form that was signed (ruling 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_form: Option<Digest>,
    /// For a signature: digest of the strokes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strokes: Option<Digest>,
}

/// The attachments of a case by their key, `SLOT/UUID`. Entries that cannot be read are passed over.
pub(crate) fn attachments(paper: &Paper) -> BTreeMap<String, Attachment> {
    let read = |(key, json): (String, String)| Some((key, serde_json::from_str(&json).ok()?));
    paper.doc.materials().into_iter().filter_map(read).collect()
}

/// Number of files by slot, the signature's own slot left out.
pub(crate) fn counts(paper: &Paper) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for key in paper.doc.materials().into_keys() {
        if slot_of(&key) != SIGNATURE_SLOT {
            *counts.entry(slot_of(&key).to_owned()).or_default() += 1;
        }
    }
    counts
}

/// The attachments as they are shown.
///
/// # Errors
/// The store's.
pub(crate) fn list(r: &Read<'_>, paper: &Paper) -> Result<Vec<MaterialView>, Fault> {
    let uploads: BTreeMap<Digest, upload::UploadState> =
        upload::of_case(r, paper.case)?.into_iter().map(|upload| (upload.sha256, upload.state)).collect();
    let mut views = Vec::new();
    for (key, entry) in attachments(paper) {
        let here = file::get(r, entry.sha256)?.is_some_and(|row| row.here);
        let state = match uploads.get(&entry.sha256) {
            _ if !here => FileState::Remote,
            Some(upload::UploadState::Waiting) => FileState::Saved,
            Some(upload::UploadState::Sending { .. }) => FileState::Sending,
            Some(upload::UploadState::AtCounty) => FileState::AtCounty,
            Some(upload::UploadState::Refused { .. }) => FileState::Saved,
            // It came from the county.
            None => FileState::AtCounty,
        };
        views.push(MaterialView {
            slot: slot_of(&key).to_owned(),
            file: key,
            name: entry.name,
            mime: entry.mime,
            sha256: entry.sha256,
            size: entry.size,
            original_seen: entry.original_seen,
            at: entry.at,
            state,
        });
    }
    views.sort_by(|a, b| (&a.slot, a.at).cmp(&(&b.slot, b.at)));
    Ok(views)
}

/// Attaches a file. Its bytes are durable before the record names it.
pub(crate) async fn put(desk: &Arc<Desk>, ask: MaterialPut, body: Vec<u8>) -> Result<CaseView, Problem> {
    let open = desk.unlocked()?;
    let (ready, kept) = keep(open, body, picture::ready).await?;
    let MaterialPut { request, case, slot, name, original_seen } = ask;
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, item) = draft::writable(w, open, case)?;
        room(&paper, &item, &slot)?;
        let entry = entry(&ready, kept, name, original_seen);
        paper.write(w, &[attach(w, &paper, &slot, &entry)?], clock::device())?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, request, "material_put", Box::new(work)).await
}

/// The applicant's signature, bound to the form as it stands.
pub(crate) async fn sign(desk: &Arc<Desk>, ask: SignaturePut, body: Vec<u8>) -> Result<CaseView, Problem> {
    let open = desk.unlocked()?;
    let (ready, kept) = keep(open, body, |body| picture::signature(&body)).await?;
    let SignaturePut { request, case, strokes } = ask;
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, item) = draft::writable(w, open, case)?;
        let leftover = draft::planned(w, &paper, &item, &[])?;
        paper.write(w, &leftover, clock::device())?;
        let slot = signature_slot(&item);
        let mut edits = Vec::new();
        // One signature at a time: the new one replaces the old one.
        for (key, old) in attachments(&paper) {
            if old.signed_form.is_some() {
                edits.push(DocEdit::RemoveMaterial { key });
            }
        }
        let strokes = serde_json::to_vec(&strokes).map_err(|_| Fault::told(problem::BAD_QUESTION))?;
        let entry = Attachment {
            signed_form: Some(form_digest(&paper)),
            strokes: Some(Digest(sha2::Sha256::digest(strokes).into())),
            ..entry(&ready, kept, "signature.png".to_owned(), false)
        };
        edits.push(attach(w, &paper, slot, &entry)?);
        paper.write(w, &edits, clock::device())?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, request, "signature_put", Box::new(work)).await
}

/// Digest of what the applicant signed, if the signature is of the form as it stands now (ruling 2).
pub(crate) fn signed_form(paper: &Paper, _item: &ServiceItem) -> Option<Digest> {
    let now = form_digest(paper);
    attachments(paper).into_values().find_map(|entry| entry.signed_form.filter(|signed| *signed == now))
}

/// SHA-256 over the form's own digest and all answers, in a fixed order.
fn form_digest(paper: &Paper) -> Digest {
    let mut hash = sha2::Sha256::new();
    hash.update(paper.meta.form.0);
    let answers = paper.doc.answers();
    for (path, answer) in answers.fields.iter().filter(|(_, answer)| !answer.value.is_empty()) {
        for text in [path.to_string(), answer.value.clone()] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
    Digest(hash.finalize().into())
}

fn signature_slot(item: &ServiceItem) -> &str {
    let form = item.materials.iter().find(|slot| slot.origin == MaterialOrigin::Generated);
    form.map_or(SIGNATURE_SLOT, |slot| slot.key.as_str())
}

/// Takes an attachment away; the file stays, so that it can come back.
pub(crate) async fn remove(desk: &Arc<Desk>, ask: MaterialRemove) -> Result<CaseView, Problem> {
    let MaterialRemove { request, case, file: key } = ask;
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, _) = draft::writable(w, open, case)?;
        let entries = paper.doc.materials();
        let json = entries.get(&key).ok_or_else(|| Fault::told(problem::NO_SUCH_FILE))?;
        meta::put(w, &removed_name(case, &key), json.as_bytes())?;
        let sha256 = serde_json::from_str::<Attachment>(json).ok().map(|entry| entry.sha256);
        paper.write(w, &[DocEdit::RemoveMaterial { key: key.clone() }], clock::device())?;
        file::detach(w, case, slot_of(&key), &key)?;
        if let Some(sha256) = sha256
            && !file::of_case(w, case)?.iter().any(|named| named.sha256 == sha256)
        {
            upload::cancel(w, case, sha256)?;
        }
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, request, "material_remove", Box::new(work)).await
}

/// Takes a removed attachment back.
pub(crate) async fn restore(desk: &Arc<Desk>, ask: MaterialRestore) -> Result<CaseView, Problem> {
    let MaterialRestore { request, case, file: key } = ask;
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, item) = draft::writable(w, open, case)?;
        room(&paper, &item, slot_of(&key))?;
        let json = meta::get(w, &removed_name(case, &key))?.and_then(|bytes| String::from_utf8(bytes).ok());
        let json = json.ok_or_else(|| Fault::told(problem::NO_SUCH_FILE))?;
        let entry: Attachment =
            serde_json::from_str(&json).map_err(|_| Fault::told(problem::NO_SUCH_FILE))?;
        name_file(w, case, &key, entry.sha256)?;
        if file::get(w, entry.sha256)?.is_some_and(|row| row.here) {
            queue(w, case, &entry)?;
        }
        paper.write(w, &[DocEdit::PutMaterial { key, json }], clock::device())?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, request, "material_restore", Box::new(work)).await
}

/// Notes that the original was looked at.
pub(crate) async fn mark(desk: &Arc<Desk>, ask: MaterialMark) -> Result<CaseView, Problem> {
    let MaterialMark { request, case, file: key, original_seen } = ask;
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let (mut paper, _) = draft::writable(w, open, case)?;
        let entry = attachments(&paper).remove(&key).ok_or_else(|| Fault::told(problem::NO_SUCH_FILE))?;
        let json = to_json(&Attachment { original_seen, ..entry })?;
        paper.write(w, &[DocEdit::PutMaterial { key, json }], clock::device())?;
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, request, "material_mark", Box::new(work)).await
}

/// The bytes of an attached file; one that is not on this machine yet is fetched at once.
pub(crate) async fn get(desk: &Arc<Desk>, ask: MaterialGet) -> Result<Bytes, Problem> {
    let open = desk.unlocked()?;
    match read(&open, ask.clone()).await {
        Err(missing) if missing.code == problem::FILE_NOT_HERE => {
            let entry = find(&open, ask.clone()).await?;
            // Whatever the line says, what the person can do about it is to wait for the network.
            crate::upload::fetch_now(desk, &open, ask.case, entry.sha256).await.map_err(|_| missing)?;
            read(&open, ask).await
        }
        told => told,
    }
}

async fn find(open: &Arc<Open>, ask: MaterialGet) -> Result<Attachment, Problem> {
    let open = open.clone();
    blocking::run(move || attached(&open, &ask)).await
}

fn attached(open: &Open, ask: &MaterialGet) -> Result<Attachment, Fault> {
    open.store.read::<_, Fault>(|r| {
        let paper = Paper::load(r, open, ask.case)?;
        attachments(&paper).remove(&ask.file).ok_or_else(|| Fault::told(problem::NO_SUCH_FILE))
    })
}

async fn read(open: &Arc<Open>, ask: MaterialGet) -> Result<Bytes, Problem> {
    let open = open.clone();
    blocking::run(move || {
        let entry = attached(&open, &ask)?;
        let body = open.store.files().read(entry.sha256)?;
        // The type is told by the bytes, not by whoever attached them.
        let mime = if body.starts_with(b"%PDF-") { "application/pdf" } else { entry.mime.as_str() };
        let mime = if ["image/jpeg", "image/png", "application/pdf"].contains(&mime) {
            mime
        } else {
            "application/octet-stream"
        };
        Ok(Bytes { mime: mime.to_owned(), body })
    })
    .await
}

/// Makes a file ready and keeps its bytes, durably.
pub(crate) async fn keep(
    open: Arc<Open>,
    body: Vec<u8>,
    ready: impl FnOnce(Vec<u8>) -> Result<Ready, Problem> + Send + 'static,
) -> Result<(Ready, StoredFile), Problem> {
    blocking::run(move || {
        let ready = ready(body)?;
        let kept = open.store.files().put(&ready.bytes)?;
        Ok((Ready { bytes: Vec::new(), ..ready }, kept))
    })
    .await
}

/// Whether the item asks for that paper and has room for one more.
///
/// # Errors
/// `no_such_slot`, `slot_full`.
pub(crate) fn room(paper: &Paper, item: &ServiceItem, slot: &str) -> Result<(), Fault> {
    let known = item.materials.iter().find(|known| known.key == slot);
    let known = known.ok_or_else(|| Fault::told(problem::NO_SUCH_SLOT))?;
    let there = counts(paper).get(slot).copied().unwrap_or(0);
    if there >= usize::from(known.max_files) {
        return Err(Problem::new(problem::SLOT_FULL).with("max", known.max_files).into());
    }
    Ok(())
}

/// The description of a file that was just kept.
pub(crate) fn entry(ready: &Ready, kept: StoredFile, name: String, original_seen: bool) -> Attachment {
    Attachment {
        sha256: kept.sha256,
        size: kept.size,
        mime: ready.mime.to_owned(),
        name,
        original_seen,
        at: clock::device(),
        signed_form: None,
        strokes: None,
    }
}

/// Asks for a file to be sent; one that is on its way goes on.
fn queue(w: &Write<'_>, case: CaseId, entry: &Attachment) -> Result<(), Fault> {
    let lane = if entry.size <= SMALL { SMALL_LANE } else { SMALL_LANE + 1 };
    Ok(upload::queue(w, case, entry.sha256, lane)?)
}

/// Lets the case name the file and queues it for the county; gives the edit that writes it into the record.
///
/// # Errors
/// The store's.
pub(crate) fn attach(w: &Write<'_>, paper: &Paper, slot: &str, entry: &Attachment) -> Result<DocEdit, Fault> {
    let key = format!("{slot}/{}", Uuid::now_v7());
    let row = file::FileRow {
        sha256: entry.sha256,
        size: entry.size,
        mime: entry.mime.clone(),
        here: true,
        at: entry.at,
    };
    file::put(w, &row)?;
    name_file(w, paper.case, &key, entry.sha256)?;
    queue(w, paper.case, entry)?;
    Ok(DocEdit::PutMaterial { key, json: to_json(entry)? })
}

/// Makes known the files that a document from elsewhere names; those not here are fetched later.
///
/// # Errors
/// The store's.
pub(crate) fn announce(w: &Write<'_>, paper: &Paper) -> Result<(), Fault> {
    for (key, entry) in attachments(paper) {
        let row = file::FileRow {
            sha256: entry.sha256,
            size: entry.size,
            mime: entry.mime,
            here: false,
            at: entry.at,
        };
        file::put(w, &row)?;
        name_file(w, paper.case, &key, entry.sha256)?;
    }
    Ok(())
}

/// Whether a file lies here and is whole.
pub(crate) fn is_sound(open: &Open, sha256: Digest) -> Result<bool, Fault> {
    match open.store.files().verify(sha256) {
        Ok(_) => Ok(true),
        Err(FileError::Missing | FileError::Damaged) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

fn name_file(w: &Write<'_>, case: CaseId, key: &str, sha256: Digest) -> Result<(), Fault> {
    Ok(file::attach(w, &file::FileRef { case, slot: slot_of(key).to_owned(), key: key.to_owned(), sha256 })?)
}

fn to_json(entry: &Attachment) -> Result<String, Fault> {
    serde_json::to_string(entry).map_err(|_| Fault::Broken("an attachment cannot be written"))
}

fn removed_name(case: CaseId, key: &str) -> String {
    format!("removed/{case}/{key}")
}

/// The slot that a key of an attachment, `SLOT/UUID`, lies in.
pub(crate) fn slot_of(key: &str) -> &str {
    key.split_once('/').map_or(key, |(slot, _)| slot)
}
