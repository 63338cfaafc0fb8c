//! Copies of the database: made while work goes on, encrypted under the same key, read through before they count.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::open;
use crate::secret::DbKey;

/// All pages are copied from one view: with a write-ahead log nobody waits for that, and whoever writes meanwhile does not
/// make the copy begin anew.
const PAGES_AT_ONCE: std::ffi::c_int = std::ffi::c_int::MAX;

/// Folder of the copies made every day.
const COPIES: &str = "copies";
/// How many of them are kept.
const KEPT: usize = 3;

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Copies `from` to `target`: into a temporary name, checked, synced, renamed.
pub(crate) fn copy(from: &Connection, target: &Path, db_key: &DbKey) -> Result<BackupReport, StoreError> {
    let failed = |error: std::io::Error| StoreError::io("the copy cannot be written", &error);
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    remove(&part).map_err(failed)?;
    let done = fill(from, &part, db_key).and_then(|()| {
        let file = std::fs::File::open(&part).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        std::fs::rename(&part, target).map_err(failed)?;
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        crate::files::sync_folder(folder).map_err(failed)?;
        Ok(BackupReport { path: target.to_owned(), bytes })
    });
    if done.is_err() {
        remove(&part).map_err(failed)?;
    }
    done
}

fn fill(from: &Connection, part: &Path, db_key: &DbKey) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut to = open::connect(part, db_key, flags)?;
    Backup::new(from, &mut to)?.run_to_completion(PAGES_AT_ONCE, Duration::ZERO, None)?;
    // One file that can be carried away: no write-ahead log beside it.
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    open::check(&to)
}

/// Copies of the database kept beside it, oldest first.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn copies(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error: std::io::Error| StoreError::io("copies cannot be listed", &error);
    let found = match std::fs::read_dir(folder.join(COPIES)) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut copies = found.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    if let Ok(copies) = &mut copies {
        copies.retain(|path| path.extension().is_some_and(|ending| ending == "db"));
        copies.sort();
    }
    copies.map_err(failed)
}

/// Makes the copy of the day below `copies/`, unless it is there, and forgets the oldest ones. Gives whether it was made.
pub(crate) fn copy_of_day(
    from: &Connection,
    folder: &Path,
    day: &str,
    db_key: &DbKey,
) -> Result<bool, StoreError> {
    let target = folder.join(COPIES).join(format!("desk-{day}.db"));
    if target.exists() {
        return Ok(false);
    }
    let failed = |error: std::io::Error| StoreError::io("the folder for copies cannot be made", &error);
    crate::lock::make_private_folder(&folder.join(COPIES)).map_err(failed)?;
    copy(from, &target, db_key)?;
    let copies = copies(folder)?;
    for old in copies.iter().take(copies.len().saturating_sub(KEPT)) {
        std::fs::remove_file(old).map_err(|error| StoreError::io("an old copy cannot be removed", &error))?;
    }
    Ok(true)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
