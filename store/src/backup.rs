//! Copies of the database: made while work goes on, encrypted under the same key, read through before they count.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::lock::FolderLock;
use crate::open;
use crate::secret::DbKey;
use crate::tx::database;

/// Pages copied before other connections get a turn.
const PAGES_AT_ONCE: std::ffi::c_int = 256;

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

/// Opens a copy with the key and reads it through.
///
/// # Errors
/// [`StoreError::Damaged`] also when the key does not fit: a copy has nothing beside it that could tell the difference.
pub fn verify_backup(path: &Path, db_key: &DbKey) -> Result<(), StoreError> {
    open::check(&open::connect(path, db_key, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Puts a copy in the place of the database of a data folder. The database that is there is moved to `set-aside/`,
/// and its place is returned. Open the store afterwards; it migrates the copy if it is older.
///
/// # Errors
/// As [`verify_backup`]; the database in use is then untouched.
pub fn restore(lock: &FolderLock, from: &Path, db_key: &DbKey) -> Result<Option<PathBuf>, StoreError> {
    let copy_of = open::connect(from, db_key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let path = database(lock.folder());
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    copy(&copy_of, &new, db_key)?;
    let aside = if path.exists() { Some(open::set_aside(lock.folder())?) } else { None };
    std::fs::rename(&new, &path)
        .map_err(|error| StoreError::io("the copy cannot be put in place", &error))?;
    Ok(aside)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
