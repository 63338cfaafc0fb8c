//! The carry box: courier files for somebody else, kept byte for byte until they are handed on.

use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use domain::id::Digest;
use domain::moment::Millis;
use ipc::problem;
use sync::courier::{Label, Written, label, sum};

use super::{folder, told, unreadable};
use crate::fault::Fault;

/// Most files in the box, and most bytes of them: what strangers put on sticks must not fill the disk.
const MOST_FILES: usize = 200;
const MOST_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// Milliseconds a file stays in the box: by then its sender has made a newer one that holds everything of it.
const KEPT: Millis = 60 * 24 * 3600 * 1000;

/// A courier file in the box.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Where it lies.
    pub path: PathBuf,
    /// Its address.
    pub label: Label,
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256, which is also its name.
    pub sha256: Digest,
    /// Since when it is here, by this machine's clock.
    pub at: Millis,
    /// Why the county will never take it, once it said so.
    pub refused: Option<String>,
}

/// Ending of the note beside a file that the county refused.
const REFUSED: &str = "refused";

/// Everything in the box, oldest first. What is no courier file of ours is passed over.
///
/// # Errors
/// When the box cannot be read.
pub fn list(data: &Path) -> Result<Vec<Kept>, Fault> {
    let entries = match fs::read_dir(folder(data)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) => return Err(Fault::Broken("the carry box cannot be read")),
    };
    let mut kept: Vec<Kept> = entries.filter_map(|entry| look(&entry.ok()?.path())).collect();
    kept.sort_by_key(|kept| (kept.at, kept.sha256));
    Ok(kept)
}

fn look(path: &Path) -> Option<Kept> {
    let sha256 = path.file_name()?.to_str()?.parse().ok()?;
    let file = File::open(path).ok()?;
    let facts = file.metadata().ok()?;
    let at = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_millis();
    Some(Kept {
        label: label(file).ok()?,
        path: path.to_owned(),
        bytes: facts.len(),
        sha256,
        at: Millis::try_from(at).ok()?,
        refused: fs::read_to_string(path.with_extension(REFUSED)).ok(),
    })
}

/// Keeps a courier file as it is. One that is here already stays.
///
/// # Errors
/// `disk_full`; `pack_too_large` when the box is full.
pub fn keep(data: &Path, file: &mut impl BufRead) -> Result<Digest, Fault> {
    put(data, |to| io::copy(file, to).map(drop).map_err(unreadable))
}

/// Puts into the box what `copy` writes.
///
/// # Errors
/// As [`keep`].
pub fn put(data: &Path, copy: impl FnOnce(&mut dyn Write) -> Result<(), Fault>) -> Result<Digest, Fault> {
    let there = list(data)?;
    let bytes = there.iter().fold(0u64, |sum, kept| sum.saturating_add(kept.bytes));
    if there.len() >= MOST_FILES || bytes > MOST_BYTES {
        return Err(Fault::told(problem::PACK_TOO_LARGE));
    }
    let folder = folder(data);
    let failed = |error: io::Error| told(error.into());
    fs::create_dir_all(&folder).map_err(failed)?;
    let mut part = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    copy(&mut part)?;
    part.as_file().sync_all().map_err(failed)?;
    let Written { sha256, .. } = sum(&mut File::open(part.path()).map_err(failed)?).map_err(failed)?;
    part.persist(folder.join(sha256.to_string())).map_err(|error| failed(error.error))?;
    Ok(sha256)
}

/// Takes files out of the box that arrived where they were to go.
///
/// # Errors
/// When the box cannot be read.
pub fn arrived(data: &Path, files: &[Digest]) -> Result<(), Fault> {
    for kept in list(data)? {
        if files.contains(&kept.sha256) {
            remove(&kept);
        }
    }
    Ok(())
}

/// Throws away what lay here for so long that it has been replaced.
///
/// # Errors
/// When the box cannot be read.
pub fn sweep(data: &Path, now: Millis) -> Result<(), Fault> {
    for kept in list(data)? {
        if now.saturating_sub(kept.at) > KEPT {
            remove(&kept);
        }
    }
    Ok(())
}

/// Notes why the county will never take a file. It stays to be seen, and is not handed on again.
pub fn refuse(kept: &Kept, code: &str) {
    if let Err(error) = fs::write(kept.path.with_extension(REFUSED), code) {
        tracing::warn!(%error, "it is not noted that a carried courier file was refused");
    }
}

/// Takes one file out of the box. One that stays is handed on once more, which is harmless.
pub fn remove(kept: &Kept) {
    if let Err(error) = fs::remove_file(&kept.path) {
        tracing::warn!(%error, "a carried courier file stays in the box");
    }
    let _none = fs::remove_file(kept.path.with_extension(REFUSED));
}
