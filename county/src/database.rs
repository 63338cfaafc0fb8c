//! Where the county keeps what it knows; the only place that speaks SQL.
//!
//! One file per table below `database/`. Functions that only look take [`View`], functions that write take [`Write`],
//! so that a write outside a transaction cannot be spelled. SQL is kept plain, so that PostgreSQL can join.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

pub mod act;
pub mod actor;
pub mod audit;
pub mod backup;
pub mod case;
pub mod chunk;
pub mod courier;
pub mod desk;
pub mod enrol_code;
pub mod file;
pub mod index;
pub mod item;
pub mod meta;
pub mod person;
pub mod release;
pub mod share;

mod embedded {
    refinery::embed_migrations!("../migrations/county/sqlite");
}

/// Something went wrong between the county and its database. Never shown to desks in detail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite said no.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The tables could not be brought to the shape this program needs.
    #[error("database migration: {0}")]
    Migration(#[from] refinery::Error),
    /// A row holds what this program never wrote.
    #[error("database row damaged: {0}")]
    Damaged(&'static str),
    /// There is no database in the data folder.
    #[error("no county database at {0}")]
    Absent(PathBuf),
}

/// What database functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Reading. Everything read through one view comes from one moment.
pub struct View<'c> {
    sql: &'c Connection,
}

/// Writing, inside one transaction; also reads what it wrote.
pub struct Write<'c> {
    view: View<'c>,
}

impl<'c> Deref for Write<'c> {
    type Target = View<'c>;
    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

/// The county's database: one writer at a time, any number of readers, several processes.
pub struct Database {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

const IDLE_READERS: usize = 8;

fn open(path: &Path, create: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    } else if !path.exists() {
        return Err(Error::Absent(path.to_owned()));
    }
    let sql = Connection::open_with_flags(path, flags)?;
    sql.busy_timeout(Duration::from_secs(20))?;
    sql.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledgement goes out after the commit: it must survive a power cut.
    sql.pragma_update(None, "synchronous", "FULL")?;
    sql.pragma_update(None, "foreign_keys", true)?;
    sql.pragma_update(None, "cache_size", -16_384)?;
    sql.set_prepared_statement_cache_capacity(128);
    Ok(sql)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding a connection rolled its transaction back: the connection is sound.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Database {
    /// Makes a new, empty database at `path`.
    pub fn create(path: &Path) -> Result<Database> {
        let mut writer = open(path, true)?;
        embedded::migrations::runner().run(&mut writer)?;
        Ok(Database { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Opens the database at `path` and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Database> {
        let mut writer = open(path, false)?;
        embedded::migrations::runner().run(&mut writer)?;
        Ok(Database { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Looks something up.
    pub fn read<T, E: From<Error>>(
        &self,
        look: impl FnOnce(&View<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let idle = held(&self.readers).pop();
        let mut sql = match idle {
            Some(sql) => sql,
            None => open(&self.path, false)?,
        };
        let seen = {
            let moment = sql.transaction().map_err(Error::from)?;
            look(&View { sql: &moment })
        };
        let mut idle = held(&self.readers);
        if idle.len() < IDLE_READERS {
            idle.push(sql);
        }
        seen
    }

    /// Changes something: everything `change` did is kept when it returns `Ok`, nothing when it returns `Err`.
    pub fn write<T, E: From<Error>>(
        &self,
        change: impl FnOnce(&Write<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut sql = held(&self.writer);
        let moment = sql.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::from)?;
        let done = change(&Write { view: View { sql: &moment } })?;
        moment.commit().map_err(Error::from)?;
        Ok(done)
    }

    /// A number that changes whenever another process wrote (commands beside a running server); our own writes, which
    /// all go through the one writer, do not change it.
    pub fn written_by_others(&self) -> Result<i64> {
        Ok(held(&self.writer).query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}

impl Write<'_> {
    /// Tries `part` on its own: when it returns `Err`, what it wrote is undone and the rest of the transaction stands.
    pub fn attempt<T, E>(
        &self,
        part: impl FnOnce() -> std::result::Result<T, E>,
    ) -> Result<std::result::Result<T, E>> {
        self.sql.execute_batch("SAVEPOINT attempt")?;
        let done = part();
        if done.is_err() {
            self.sql.execute_batch("ROLLBACK TO attempt")?;
        }
        self.sql.execute_batch("RELEASE attempt")?;
        Ok(done)
    }
}

/// Reads a column that holds text of ours.
fn parsed<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T> {
    text.parse().map_err(|_| Error::Damaged(what))
}

/// Reads a column that holds 32 bytes.
fn hash(bytes: &[u8], what: &'static str) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::Damaged(what))
}
