//! Photographs and papers on their way in: slice by slice, sealed on the disk before they are reported, and accepted
//! only when the whole is what was announced.

use std::fs;
use std::path::PathBuf;

use domain::id::{CaseId, DeskId, Digest};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync::refusal::Code;

use crate::clock::DAY;
use crate::county::County;
use crate::database::desk::Desk;
use crate::database::file::{self, Upload};
use crate::database::{View, audit, case, index};
use crate::error::Error;
use crate::folder::{private_folder, write_private};
use crate::seal::CaseKey;
use crate::{random, scope};

/// Most bytes of one file.
pub const MOST_BYTES: u64 = 20 * 1024 * 1024;
/// Most bytes a desk may have begun to send and not finished.
const MOST_OPEN: u64 = 20 * MOST_BYTES;
/// How long an upload that does not go on is kept.
const OPEN_LIFE: i64 = 30 * DAY;

/// What a desk announces before it sends a file.
#[derive(Debug, Clone)]
pub struct Announced {
    /// The case.
    pub case: CaseId,
    /// What the file must turn out to be.
    pub sha256: Digest,
    /// Size in bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
}

/// How far an upload is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Its id.
    pub id: String,
    /// Bytes that are safely here.
    pub position: u64,
    /// Bytes in all.
    pub size: u64,
    /// When it is forgotten unless it goes on, milliseconds since 1970 UTC; none for a file that is whole.
    pub expires: Option<i64>,
}

impl Progress {
    fn of(upload: &Upload) -> Progress {
        let whole = upload.done || upload.position == upload.size;
        Progress {
            id: upload.id.clone(),
            position: upload.position,
            size: upload.size,
            expires: (!whole).then_some(upload.touched + OPEN_LIFE),
        }
    }
}

/// The case, if that desk may see it.
pub(crate) fn visible(view: &View<'_>, desk: DeskId, id: CaseId) -> Result<case::Case, Error> {
    let found = case::get(view, id)?.ok_or(Code::NotFound)?;
    let scopes = scope::of_desk(view, desk)?;
    match case::scopes(view, id)?.iter().any(|scope| scopes.contains(scope)) {
        true => Ok(found),
        // Whoever may not see a case does not learn that it exists.
        false => Err(Code::NotFound.into()),
    }
}

/// The case, if that desk may see it, or could until it was handed on: what was attached there before still arrives.
fn open_to(view: &View<'_>, desk: DeskId, id: CaseId) -> Result<case::Case, Error> {
    let found = case::get(view, id)?.ok_or(Code::NotFound)?;
    let mut scopes = scope::of_desk(view, desk)?;
    let sees = case::scopes(view, id)?.iter().any(|scope| scopes.contains(scope));
    scopes.push(index::desk_scope(desk));
    match sees || index::left(view, id, &scopes)? {
        true => Ok(found),
        false => Err(Code::NotFound.into()),
    }
}

/// Begins an upload. A file that this case holds already is whole at once and costs no bytes; whoever handed the case on does
/// not learn what others attached, and sends it all the same.
pub fn begin(county: &County, desk: &Desk, announced: &Announced) -> Result<Progress, Error> {
    if announced.size > MOST_BYTES {
        return Err(Code::TooLarge.into());
    }
    let mime_ok = announced.mime.len() <= 100 && announced.mime.bytes().all(|byte| byte.is_ascii_graphic());
    if announced.size == 0 || !mime_ok {
        return Err(Code::Malformed.into());
    }
    let id = random::uuid()?.simple().to_string();
    let now = county.now();
    let upload = county.database.write::<_, Error>(|write| {
        open_to(write, desk.id, announced.case)?;
        let knows = visible(write, desk.id, announced.case).is_ok()
            || file::was_sent(write, announced.case, &announced.sha256, desk.id)?;
        let there = file::get(write, announced.case, &announced.sha256)?.filter(|_| knows);
        if there.as_ref().is_some_and(|file| file.size != announced.size) {
            return Err(Code::HashDiffers.into());
        }
        if there.is_none()
            && let Some(begun) = file::begun(write, announced.case, &announced.sha256, desk.id)?
                .filter(|begun| begun.size == announced.size)
        {
            // The answer to the first announcement was lost: what arrived since is not sent again.
            return Ok(begun);
        }
        if there.is_none() && file::open_bytes(write, desk.id)? + announced.size > MOST_OPEN {
            return Err(Code::TooFast.into());
        }
        let upload = Upload {
            id,
            case: announced.case,
            sha256: announced.sha256,
            size: announced.size,
            mime: announced.mime.clone(),
            desk: desk.id,
            position: if there.is_some() { announced.size } else { 0 },
            done: there.is_some(),
            touched: now,
        };
        file::begin(write, &upload)?;
        Ok(upload)
    })?;
    if !upload.done {
        private_folder(&county.folder.uploads().join(&upload.id))?;
    }
    Ok(Progress::of(&upload))
}

/// How far that upload is. Only the desk that began it may ask.
pub fn progress(county: &County, desk: &Desk, id: &str) -> Result<Progress, Error> {
    let (upload, known) = county.database.read(|view| own(view, desk, id))?;
    if upload.position == upload.size && !upload.done {
        // The county stopped between the last slice and the check.
        complete(county, &upload, &county.vault.case(known.id, &known.key)?)?;
    }
    Ok(Progress::of(&upload))
}

fn own(view: &View<'_>, desk: &Desk, id: &str) -> Result<(Upload, case::Case), Error> {
    let upload = file::upload(view, id)?.filter(|upload| upload.desk == desk.id).ok_or(Code::NotFound)?;
    let known = open_to(view, desk.id, upload.case)?;
    Ok((upload, known))
}

/// Adds a slice at `from`. The new position is on the disk before it is returned. The last slice completes the file,
/// or throws all of it away when it is not what was announced.
pub fn append(county: &County, desk: &Desk, id: &str, from: u64, slice: &[u8]) -> Result<Progress, Error> {
    let (upload, known) = county.database.read(|view| own(view, desk, id))?;
    if upload.position != from || upload.done {
        return Err(Error::Offset { expected: upload.position });
    }
    let to = from + slice.len() as u64;
    if to > upload.size {
        return Err(Code::TooLarge.into());
    }
    let now = county.now();
    if !slice.is_empty() {
        let key = county.vault.case(known.id, &known.key)?;
        // A slice left over from a moment of power loss is overwritten: its bytes were never reported.
        write_private(&slice_path(county, id, from), &key.seal("slice", slice)?)?;
        if !county.database.write::<_, Error>(|write| Ok(file::advance(write, id, from, to, now)?))? {
            let upload =
                county.database.read::<_, Error>(|view| own(view, desk, id).map(|(upload, _)| upload))?;
            return Err(Error::Offset { expected: upload.position });
        }
        if to == upload.size {
            complete(county, &upload, &key)?;
        }
    }
    metrics::counter!("daiban_file_bytes_total").increment(slice.len() as u64);
    Ok(Progress::of(&Upload { position: to, touched: now, ..upload }))
}

fn slice_path(county: &County, id: &str, from: u64) -> PathBuf {
    county.folder.uploads().join(id).join(format!("{from:012}"))
}

fn file_path(county: &County, case: CaseId, sha256: &Digest) -> PathBuf {
    county.folder.files().join(case.to_string()).join(sha256.to_string())
}

fn complete(county: &County, upload: &Upload, key: &CaseKey) -> Result<(), Error> {
    let mut whole = Vec::with_capacity(usize::try_from(upload.size).unwrap_or(0));
    while (whole.len() as u64) < upload.size {
        let path = slice_path(county, &upload.id, whole.len() as u64);
        let sealed = match fs::read(&path) {
            // Two slices for one place crossed on the way: the whole does not fit together and is sent again.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            sealed => sealed.map_err(Error::file(&path))?,
        };
        let slice = key.open("slice", &sealed)?;
        if slice.is_empty() {
            return Err(Error::Sealed);
        }
        whole.extend_from_slice(&slice);
    }
    let now = county.now();
    let told = json!({ "case": upload.case, "sha256": upload.sha256, "desk": upload.desk });
    if Sha256::digest(&whole).as_slice() != upload.sha256.0 {
        county.database.write::<_, Error>(|write| {
            file::restart(write, &upload.id)?;
            Ok(audit::append(write, now, "file_refused", &told)?)
        })?;
        return Err(Code::HashDiffers.into());
    }
    // First the file with its name on the disk, then the row that speaks of it.
    let path = file_path(county, upload.case, &upload.sha256);
    if let Some(parent) = path.parent() {
        private_folder(parent)?;
    }
    write_private(&path, &key.seal("file", &whole)?)?;
    county.database.write::<_, Error>(|write| {
        file::finish(write, upload, now)?;
        Ok(audit::append(write, now, "file_received", &told)?)
    })?;
    remove_slices(county, &upload.id);
    metrics::counter!("daiban_files_total").increment(1);
    Ok(())
}

fn remove_slices(county: &County, id: &str) {
    let path = county.folder.uploads().join(id);
    if let Err(error) = fs::remove_dir_all(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, upload = id, "slices could not be removed");
    }
}

/// A file of a case, whole, with its media type.
pub fn read(county: &County, desk: &Desk, case: CaseId, sha256: &Digest) -> Result<(Vec<u8>, String), Error> {
    let (known, found) = county.database.read::<_, Error>(|view| {
        let known = visible(view, desk.id, case)?;
        let found = file::get(view, case, sha256)?.ok_or(Code::NotFound)?;
        Ok((known, found))
    })?;
    let path = file_path(county, case, sha256);
    let sealed = fs::read(&path).map_err(Error::file(&path))?;
    Ok((county.vault.case(case, &known.key)?.open("file", &sealed)?, found.mime))
}

/// Forgets uploads that did not go on for a month, and slices nobody knows.
pub fn sweep(county: &County) -> Result<(), Error> {
    let before = county.now() - OPEN_LIFE;
    for id in county.database.write::<_, Error>(|write| Ok(file::expire(write, before)?))? {
        remove_slices(county, &id);
    }
    Ok(())
}

/// Whether the file of a row lies on the disk.
pub fn is_there(county: &County, case: CaseId, sha256: &Digest) -> bool {
    file_path(county, case, sha256).is_file()
}
