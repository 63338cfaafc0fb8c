//! Opening the encrypted database: the right key or none, and a damaged one is put aside, never deleted.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hkdf::Hkdf;
use rusqlite::{Connection, OpenFlags};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::migrate;
use crate::secret::DbKey;
use crate::tx::database;

const KEY_CHECK: &str = "desk.key-check";
/// Statements kept ready on a connection: more than the tables have.
const STATEMENTS: usize = 256;
/// How long a connection waits for another one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Folder of databases that were replaced or damaged.
pub(crate) const SET_ASIDE: &str = "set-aside";

/// Opens or makes the database of a data folder and migrates it; the writer's connection.
pub(crate) fn open(folder: &Path, db_key: &DbKey) -> Result<Connection, StoreError> {
    let path = database(folder);
    let known = key_check(folder, db_key)?;
    // SQLite takes an empty file for a new database. Ours held tables when its key check was written.
    let emptied = known == KeyCheck::Fits && std::fs::metadata(&path).is_ok_and(|file| file.len() == 0);
    if emptied {
        return Err(StoreError::Damaged { set_aside: Some(set_aside(folder)?) });
    }
    let opened = connect_writer(&path, db_key).and_then(|mut conn| {
        migrate::migrate(&mut conn, folder, db_key)?;
        Ok(conn)
    });
    match opened {
        // A page that cannot be authenticated means another key or damage; the key check tells which.
        Err(StoreError::Damaged { .. }) if known == KeyCheck::Unknown => Err(StoreError::WrongKey),
        Err(StoreError::Damaged { .. }) => Err(StoreError::Damaged { set_aside: Some(set_aside(folder)?) }),
        Ok(conn) => {
            write_key_check(folder, db_key)?;
            Ok(conn)
        }
        other => other,
    }
}

fn connect_writer(path: &Path, db_key: &DbKey) -> Result<Connection, StoreError> {
    let conn = connect(path, db_key, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    private(path)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(conn)
}

/// A connection that can only read.
pub(crate) fn connect_reader(path: &Path, db_key: &DbKey) -> Result<Connection, StoreError> {
    let conn = connect(path, db_key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.execute_batch("PRAGMA query_only = ON;")?;
    Ok(conn)
}

/// Opens `path` with the raw key and proves at once that it fits by reading the schema.
pub(crate) fn connect(path: &Path, db_key: &DbKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let hex = Zeroizing::new(hex::encode(db_key.bytes()));
    // Without a log: SQLCipher would write to standard error whenever a key does not fit.
    conn.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *hex));
    conn.execute_batch(&pragma)?;
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; \
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;",
    )?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(conn)
}

/// Reads every page: authenticity first, then the structure, then the references between tables.
pub(crate) fn check(conn: &Connection) -> Result<(), StoreError> {
    let damaged = StoreError::Damaged { set_aside: None };
    let mut statement = conn.prepare("PRAGMA cipher_integrity_check")?;
    if statement.query([])?.next()?.is_some() {
        return Err(damaged);
    }
    let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    if verdict != "ok" || statement.query([])?.next()?.is_some() {
        return Err(damaged);
    }
    Ok(())
}

/// Moves the database with everything that belongs to it into a new folder below `set-aside/`.
pub(crate) fn set_aside(folder: &Path) -> Result<PathBuf, StoreError> {
    let failed = |error: std::io::Error| StoreError::io("the database cannot be put aside", &error);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let aside = folder.join(SET_ASIDE);
    let place = (0u32..)
        .map(|n| aside.join(format!("{}-{n}", since.as_secs())))
        .find(|place| !place.exists())
        .ok_or(StoreError::other("no name is left to put the database aside"))?;
    crate::lock::make_private_folder(&place).map_err(failed)?;
    for name in ["desk.db", "desk.db-wal", "desk.db-shm", KEY_CHECK] {
        let file = folder.join(name);
        if file.exists() {
            std::fs::rename(&file, place.join(name)).map_err(failed)?;
        }
    }
    crate::files::sync_folder(folder).map_err(failed)?;
    Ok(place)
}

/// What the file beside the database says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyCheck {
    /// It is the key this database was made with.
    Fits,
    /// There is no such file, so nothing is known.
    Unknown,
}

fn key_check(folder: &Path, db_key: &DbKey) -> Result<KeyCheck, StoreError> {
    match std::fs::read(folder.join(KEY_CHECK)) {
        Ok(stored) if stored == check_text(db_key)?.as_bytes() => Ok(KeyCheck::Fits),
        // A torn or foreign file proves nothing about a database that is not there.
        Ok(_) if !database(folder).exists() => Ok(KeyCheck::Unknown),
        Ok(_) => Err(StoreError::WrongKey),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(KeyCheck::Unknown),
        Err(error) => Err(StoreError::io("the key check cannot be read", &error)),
    }
}

fn write_key_check(folder: &Path, db_key: &DbKey) -> Result<(), StoreError> {
    let path = folder.join(KEY_CHECK);
    let text = check_text(db_key)?;
    if std::fs::read(&path).is_ok_and(|stored| stored == text.as_bytes()) {
        return Ok(());
    }
    let failed = |error: std::io::Error| StoreError::io("the key check cannot be written", &error);
    let mut out = atomic_write_file::AtomicWriteFile::open(&path).map_err(failed)?;
    std::io::Write::write_all(&mut out, text.as_bytes()).map_err(failed)?;
    out.commit().map_err(failed)
}

/// A fingerprint of the key that gives nothing of it away.
fn check_text(db_key: &DbKey) -> Result<String, StoreError> {
    let mut out = [0u8; 16];
    Hkdf::<Sha256>::new(None, db_key.bytes())
        .expand(b"daiban key check 1", &mut out)
        .map_err(|_| StoreError::other("the key check cannot be made"))?;
    Ok(hex::encode(out))
}

/// Only the owner may read the database, encrypted or not.
fn private(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(|error| StoreError::io("the database cannot be made private", &error))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
