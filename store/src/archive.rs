//! A backup: one ZIP file with everything a desk keeps, which can be put back on another machine with a person's password.
//!
//! It holds `keys.json`, `desk.db` and `files/…` as they lie in a data folder, each encrypted as it is there; nothing is
//! packed. A backup is read through before it gets its name, and again before it takes the place of a desk.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use domain::id::Digest;
use rusqlite::OpenFlags;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::backup::BackupReport;
use crate::error::{KeysError, StoreError};
use crate::files::{Files, digest_of, sync_folder};
use crate::keys::{FILE as KEYS, Keys, Unlocked};
use crate::lock::{FolderLock, make_private_folder};
use crate::open;

const DATABASE: &str = "desk.db";
/// Where a backup is unpacked before it counts.
const WORK: &str = "restoring";

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size in bytes.
    pub bytes: u64,
    /// Attached files in it.
    pub files: u64,
    /// Attached files that should lie here and do not.
    pub missing: Vec<Digest>,
}

/// A backup that was put back.
#[derive(Debug)]
pub struct Restored {
    /// What the password opened.
    pub unlocked: Unlocked,
    /// Attached files whose bytes in the backup are not what they were; everything else is there.
    pub damaged: Vec<String>,
}

/// Why a backup was not put back. The folder is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Something lies in the folder already.
    #[error("the data folder is not empty")]
    NotEmpty,
    /// The file is no backup of a desk.
    #[error("the file is no backup")]
    NotABackup,
    /// The backup's keys or database are not what they were.
    #[error("the backup is damaged")]
    Damaged,
    /// The password does not fit, or nobody of that name is in the backup.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a backup of `folder` to `target`. `copy` makes a copy of the database under the name it is given.
pub(crate) fn write(
    folder: &Path,
    files: &BTreeSet<Digest>,
    target: &Path,
    copy: impl FnOnce(&Path) -> Result<BackupReport, StoreError>,
) -> Result<Backup, StoreError> {
    let failed = |error: io::Error| StoreError::io("the backup cannot be written", &error);
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let done = tempfile::tempdir_in(folder).map_err(failed).and_then(|work| {
        let database = work.path().join(DATABASE);
        copy(&database)?;
        let mut backup = pack(folder, &database, files, &part).map_err(failed)?;
        let file = File::open(&part).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        backup.bytes = file.metadata().map_err(failed)?.len();
        read_through(file).map_err(failed)?;
        std::fs::rename(&part, target).map_err(failed)?;
        let beside = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        sync_folder(beside.unwrap_or(Path::new("."))).map_err(failed)?;
        Ok(backup)
    });
    if done.is_err() {
        // It may not have been begun.
        let _gone = std::fs::remove_file(&part);
    }
    done
}

fn pack(folder: &Path, database: &Path, files: &BTreeSet<Digest>, part: &Path) -> io::Result<Backup> {
    let mut zip = ZipWriter::new(BufWriter::new(private(part)?));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(true)
        .unix_permissions(0o600);
    let mut add = |name: &str, path: &Path| -> io::Result<()> {
        let mut plain = File::open(path)?;
        zip.start_file(name, options).map_err(io::Error::from)?;
        io::copy(&mut plain, &mut zip).map(|_| ())
    };
    add(KEYS, &folder.join(KEYS))?;
    add(DATABASE, database)?;
    let mut backup = Backup { bytes: 0, files: 0, missing: Vec::new() };
    for digest in files {
        let name = digest.to_string();
        let (first, rest) = name.split_at_checked(2).unwrap_or((&name, ""));
        let path = folder.join("files").join(first).join(rest);
        if path.is_file() {
            add(&format!("files/{first}/{rest}"), &path)?;
            backup.files += 1;
        } else {
            backup.missing.push(*digest);
        }
    }
    io::Write::flush(&mut zip.finish().map_err(io::Error::from)?)?;
    Ok(backup)
}

fn read_through(file: File) -> io::Result<()> {
    let mut zip = ZipArchive::new(io::BufReader::new(file)).map_err(io::Error::from)?;
    for at in 0..zip.len() {
        io::copy(&mut zip.by_index(at).map_err(io::Error::from)?, &mut io::sink())?;
    }
    Ok(())
}

/// Puts a backup into an empty data folder. `unlock` opens one of the people's keys with their password; nothing of the
/// folder changes unless it fits and keys and database are sound.
pub fn restore(
    lock: &FolderLock,
    from: &Path,
    unlock: impl FnOnce(&Keys) -> Result<Unlocked, KeysError>,
) -> Result<Restored, RestoreError> {
    let folder = lock.folder();
    let work = folder.join(WORK);
    let failed = |error: io::Error| StoreError::io("the backup cannot be put back", &error);
    clear(&work).map_err(failed)?;
    let mut entries = std::fs::read_dir(folder).map_err(failed)?;
    let is_other =
        |entry: io::Result<std::fs::DirEntry>| entry.is_ok_and(|entry| entry.file_name() != "lock");
    if entries.any(is_other) {
        return Err(RestoreError::NotEmpty);
    }
    let done = unpack(from, &work).and_then(|damaged| {
        let keys = Keys::load(&work)?;
        let unlocked = unlock(&keys)?;
        let sound = open::connect(&work.join(DATABASE), &unlocked.db_key, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .and_then(|conn| open::check(&conn));
        sound.map_err(|error| match error {
            StoreError::Damaged { .. } => RestoreError::Damaged,
            other => other.into(),
        })?;
        let damaged = damaged.into_iter().chain(unsound(&work, &unlocked)?).collect();
        // Without keys a folder is no desk yet: they come last.
        for name in ["files", DATABASE, KEYS] {
            if work.join(name).exists() {
                std::fs::rename(work.join(name), folder.join(name)).map_err(failed)?;
            }
        }
        sync_folder(folder).map_err(failed)?;
        Ok(Restored { unlocked, damaged })
    });
    clear(&work).map_err(failed)?;
    done
}

fn unpack(from: &Path, work: &Path) -> Result<Vec<String>, RestoreError> {
    let failed =
        |error: io::Error| RestoreError::Store(StoreError::io("the backup cannot be unpacked", &error));
    let file = File::open(from).map_err(|_| RestoreError::NotABackup)?;
    let mut zip = ZipArchive::new(io::BufReader::new(file)).map_err(|_| RestoreError::NotABackup)?;
    if zip.index_for_name(KEYS).is_none() || zip.index_for_name(DATABASE).is_none() {
        return Err(RestoreError::NotABackup);
    }
    make_private_folder(work).map_err(failed)?;
    let mut damaged = Vec::new();
    for at in 0..zip.len() {
        let mut entry = match zip.by_index(at) {
            Ok(entry) => entry,
            Err(ZipError::Io(error)) => return Err(failed(error)),
            Err(_) => return Err(RestoreError::Damaged),
        };
        let name = entry.name().to_owned();
        // No name leads anywhere else than to what a desk keeps.
        if ![KEYS, DATABASE].contains(&name.as_str()) && !is_file_name(&name) {
            return Err(RestoreError::NotABackup);
        }
        let path = work.join(&name);
        make_private_folder(path.parent().unwrap_or(work)).map_err(failed)?;
        let mut out = private(&path).map_err(failed)?;
        match io::copy(&mut entry, &mut out).and_then(|_| out.sync_all()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData && is_file_name(&name) => {
                std::fs::remove_file(&path).map_err(failed)?;
                damaged.push(name);
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(RestoreError::Damaged),
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(damaged)
}

/// Names of the unpacked files whose bytes are not those of their digest.
fn unsound(work: &Path, unlocked: &Unlocked) -> Result<Vec<String>, RestoreError> {
    let failed = |error: io::Error| StoreError::io("the files of the backup cannot be read", &error);
    let files = Files::new(work, &unlocked.db_key);
    let mut wrong = Vec::new();
    let Ok(folders) = std::fs::read_dir(work.join("files")) else { return Ok(wrong) };
    for folder in folders {
        for entry in std::fs::read_dir(folder.map_err(failed)?.path()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if let Some(digest) = digest_of(&path).filter(|digest| files.verify(*digest).is_err()) {
                wrong.push(digest.to_string());
            }
        }
    }
    Ok(wrong)
}

fn is_file_name(name: &str) -> bool {
    name.strip_prefix("files/").is_some_and(|rest| {
        matches!(rest.split_once('/'), Some((first, rest)) if format!("{first}{rest}").parse::<Digest>().is_ok() && first.len() == 2)
    })
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn clear(work: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(work) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
