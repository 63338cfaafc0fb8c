//! Reading and writing the cupboard: one writer at a time, all or nothing, while others go on reading.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::{CachedStatement, Connection, Params, Row, Transaction, TransactionBehavior};

use crate::archive::{self, Backup};
use crate::error::{FileError, StoreError};
use crate::files::{Files, Swept};
use crate::lock::FolderLock;
use crate::room::{self, Room};
use crate::secret::DbKey;
use crate::{backup, open, table};

/// The open cupboard of one desk. Share it behind an `Arc`; close it by dropping it.
pub struct Store {
    // Connections before the lock: they are closed while the folder is still held.
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Opened when two read at once for the first time.
    second: OnceLock<Mutex<Connection>>,
    files: Files,
    db_key: DbKey,
    lock: FolderLock,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// A consistent view of the data, taken when the closure of [`Store::read`] begins.
pub struct Read<'c> {
    pub(crate) conn: Statements<'c>,
}

/// A connection as the tables use it: each statement is made ready once and kept, since taking in one case runs dozens.
pub(crate) struct Statements<'c>(pub(crate) &'c Connection);

impl<'c> Statements<'c> {
    pub(crate) fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
        self.0.prepare_cached(sql)
    }

    pub(crate) fn execute(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.prepare(sql)?.execute(values)
    }

    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.prepare(sql)?.query_row(values, read)
    }
}

/// A write transaction. It reads as well: every function that takes a [`Read`] takes this too.
pub struct Write<'c> {
    read: Read<'c>,
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;
    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl Store {
    /// Opens the database of a data folder, or makes a new one when there is none: checks the key, copies the database
    /// aside before migrating it, migrates.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] (nothing touched); [`StoreError::Damaged`] with the place the files were moved to (the
    /// next call makes a new database); [`StoreError::NewerSchema`]; [`StoreError::DiskFull`].
    pub fn open(lock: &FolderLock, db_key: &DbKey) -> Result<Store, StoreError> {
        let writer = open::open(lock.folder(), db_key)?;
        Ok(Store {
            reader: Mutex::new(open::connect_reader(&database(lock.folder()), db_key)?),
            second: OnceLock::new(),
            writer: Mutex::new(writer),
            files: Files::new(lock.folder(), db_key),
            db_key: db_key.clone(),
            lock: lock.clone(),
        })
    }

    /// Whether a data folder has a database, sound or not.
    pub fn exists(lock: &FolderLock) -> bool {
        database(lock.folder()).exists()
    }

    /// Whether the database of a data folder was set aside, and none has taken its place.
    pub fn is_lost(lock: &FolderLock) -> bool {
        !Store::exists(lock) && lock.folder().join(open::SET_ASIDE).is_dir()
    }

    /// As [`Store::open`], in a folder that nobody can unlock yet: a database under another key, left by an enrolment
    /// that broke off, is put aside.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_anew(lock: &FolderLock, db_key: &DbKey) -> Result<Store, StoreError> {
        match Store::open(lock, db_key) {
            Err(StoreError::WrongKey) => {
                open::set_aside(lock.folder())?;
                Store::open(lock, db_key)
            }
            opened => opened,
        }
    }

    /// Runs `work` in one transaction and commits it, durably, when it returns `Ok`. When it returns an error or
    /// panics, or the machine stops, nothing of it remains. Other writers wait; so never call it inside itself.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = held(&self.writer);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let done = work(&Write { read: Read { conn: Statements(&tx) } })?;
        tx.commit().map_err(StoreError::from)?;
        Ok(done)
    }

    /// Runs `work` on a consistent view. Does not wait for writers. Do not call it inside [`Store::write`]: it would
    /// not see what is being written.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Read<'_>) -> Result<T, E>) -> Result<T, E> {
        let conn = self.reader();
        let tx =
            Transaction::new_unchecked(&conn, TransactionBehavior::Deferred).map_err(StoreError::from)?;
        work(&Read { conn: Statements(&tx) })
    }

    /// The attached files.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.lock.folder()
    }

    /// Removes files that no row names and reports rows whose file is gone. Call it once, at start.
    pub fn sweep_files(&self) -> Result<Swept, FileError> {
        let rows = self.read(table::file::all_here).map_err(|error| match error {
            StoreError::DiskFull => FileError::DiskFull,
            _ => FileError::Io(0),
        })?;
        let removed = self.files.sweep(|digest| rows.contains(&digest))?;
        Ok(Swept { removed, missing: rows.into_iter().filter(|digest| !self.files.holds(*digest)).collect() })
    }

    /// Reads every page of the database and checks it: `Ok` when it is sound. Takes a while; for `doctor`.
    pub fn verify(&self) -> Result<(), StoreError> {
        open::check(&self.reader())
    }

    /// Copies everything this desk keeps into one file while others go on working: database, keys and attached files, each
    /// encrypted as it lies here; the copy of the database is read through. An existing file there is replaced.
    pub fn backup(&self, target: &Path) -> Result<Backup, StoreError> {
        let files = self.read(table::file::all_here)?;
        let copy = |part: &Path| backup::copy(&self.reader(), part, &self.db_key);
        archive::write(self.lock.folder(), &files, target, copy)
    }

    /// Copies the database into `copies/`, at most once for each `day`; the last three stay. Gives whether it did.
    pub fn copy_of_day(&self, day: &str) -> Result<bool, StoreError> {
        backup::copy_of_day(&self.reader(), self.lock.folder(), day, &self.db_key)
    }

    /// What fills the database, the largest first. Reads all of it.
    pub fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        room::rooms(&self.reader())
    }

    /// Gives room back that the database no longer needs, when that is worth writing it anew; whoever saves meanwhile waits.
    /// Gives whether it did.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], with everything as it was.
    pub fn compact(&self) -> Result<bool, StoreError> {
        room::compact(&held(&self.writer))
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        if let Ok(first) = self.reader.try_lock() {
            return first;
        }
        let second = self.second.get().or_else(|| {
            let second = open::connect_reader(&database(self.lock.folder()), &self.db_key).ok()?;
            Some(self.second.get_or_init(|| Mutex::new(second)))
        });
        second.and_then(|second| second.try_lock().ok()).unwrap_or_else(|| held(&self.reader))
    }
}

/// A connection, also after a panic elsewhere: the transaction was rolled back when it was dropped.
fn held(conn: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    conn.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the database of a data folder lies.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("desk.db")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::meta;

    #[test]
    fn a_full_disk_is_told_and_what_was_kept_before_stays() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(dir.path()).unwrap();
        let key = DbKey::generate().unwrap();
        let store = Store::open(&lock, &key).unwrap();
        store.write(|w| meta::put(w, "kept", b"1")).unwrap();
        let pages: i64 = held(&store.writer).query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = |pages: i64| {
            held(&store.writer)
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
                .unwrap();
        };
        limit(pages + 2);
        let full = store.write(|w| {
            meta::put(w, "kept", b"2")?;
            meta::put(w, "large", &[0; 200_000])
        });
        assert!(matches!(full, Err(StoreError::DiskFull)));
        assert_eq!(store.read(|r| meta::get(r, "kept")).unwrap().as_deref(), Some(b"1".as_slice()));
        // Somebody made room.
        limit(pages + 1000);
        store.write(|w| meta::put(w, "large", &[0; 200_000])).unwrap();
        store.verify().unwrap();
    }

    #[test]
    fn a_full_disk_of_the_operating_system_is_recognised() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(matches!(FileError::from(full()), FileError::DiskFull));
        assert!(matches!(crate::KeysError::from(full()), crate::KeysError::DiskFull));
        assert!(matches!(StoreError::io("x", &full()), StoreError::DiskFull));
    }
}
