//! Putting a backup back: the county goes on from it under an epoch of its own, and every desk offers again what the copy
//! lacks.

use std::fs;
use std::path::{Component, Path, PathBuf};

use domain::moment::Millis;
use serde_json::json;
use sync::wire::Epoch;

use crate::catalogue;
use crate::clock::Clock;
use crate::county::County;
use crate::database::{Database, Write, audit, backup, item, meta};
use crate::error::Error;
use crate::folder::{Folder, private_folder, write_private};
use crate::random;

/// What a backup holds beside its tables, by the folder's name.
pub const KEPT_FOLDERS: [&str; 3] = ["keys", "catalogue", "files"];

/// What was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Keys, files of the catalogue and papers.
    pub files: u64,
    /// When the last thing happened that the backup knows of, milliseconds. What came later is offered again by the desks.
    pub until: Millis,
    /// The epoch that begins.
    pub epoch: Epoch,
}

/// Puts the backup at `from` into a folder in which there is no county. Nothing counts as set up there before all of it is on
/// the disk; a restore that was interrupted is begun anew.
///
/// # Errors
/// [`Error::NotABackup`] and [`Error::BackupDamaged`]; the county's folder has no database then.
pub fn restore(folder: &Folder, from: &Path, clock: &Clock) -> Result<Restored, Error> {
    folder.create()?;
    let started = folder.root().join("county.db.new");
    for name in ["county.db.new", "county.db.new-wal", "county.db.new-shm"] {
        let left = folder.root().join(name);
        if left.exists() {
            fs::remove_file(&left).map_err(Error::file(&left))?;
        }
    }
    // Made before it is filled, so that it is its owner's alone from the first byte on.
    write_private(&started, &[])?;
    fs::copy(from, &started).map_err(Error::file(from))?;
    if !backup::is_one(&started) {
        fs::remove_file(&started).map_err(Error::file(&started))?;
        return Err(Error::NotABackup);
    }
    let files = backup::take_files(&started, |name, bytes| {
        let path = place(folder, name).ok_or(Error::NotABackup)?;
        if let Some(parent) = path.parent() {
            private_folder(parent)?;
        }
        write_private(&path, bytes)
    })?;
    let now = clock();
    let (until, epoch) = {
        let database = Database::open(&started)?;
        let until = database.read::<_, Error>(|view| {
            if let Some(damage) = backup::damage(view)?.into_iter().next() {
                return Err(Error::BackupDamaged(damage));
            }
            if let Err(row) = audit::verify(view)? {
                return Err(Error::BackupDamaged(format!("audit {row}")));
            }
            if let Err(number) = item::verify(view)? {
                return Err(Error::BackupDamaged(format!("item {number}")));
            }
            Ok(audit::last_at(view)?.unwrap_or(0))
        })?;
        (until, database.write::<_, Error>(|write| begin(write, now))?)
    };
    fs::File::open(&started).and_then(|file| file.sync_all()).map_err(Error::file(&started))?;
    let database = folder.database();
    fs::rename(&started, &database).map_err(Error::file(&database))?;
    fs::File::open(folder.root()).and_then(|root| root.sync_all()).map_err(Error::file(folder.root()))?;
    // It opens only if its keys are those of its database.
    County::open(folder.clone(), clock.clone())?;
    Ok(Restored { files, until, epoch })
}

/// Makes a database that was put back an epoch of its own. Its numbers go on where no number that was lost can be, and so do
/// those of the catalogue's releases.
///
/// # Errors
/// The database's; no random numbers.
pub fn begin(write: &Write<'_>, now: Millis) -> Result<Epoch, Error> {
    let epoch = Epoch(random::bytes::<16>()?);
    backup::begin_epoch(write, &epoch.0, now)?;
    meta::set(write, meta::RELEASES, &catalogue::first_after_restore(now)?.to_string())?;
    audit::append(write, now, "county_restored", &json!({ "epoch": epoch.to_string() }))?;
    Ok(epoch)
}

/// Where a file of a backup belongs; none for a name that no backup of ours has.
fn place(folder: &Folder, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = !name.contains('\\') && path.components().all(|part| matches!(part, Component::Normal(_)));
    let first = path.components().next()?.as_os_str().to_str()?;
    (plain && KEPT_FOLDERS.contains(&first)).then(|| folder.root().join(path))
}
