//! Copies the database to a file while the county works, and looks whether it is sound.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::{Error, Result, View, Write, item, meta};

/// Writes a copy as of one moment to `path`, telling `progress` (pages left, pages in all).
pub fn copy(view: &View<'_>, path: &Path, mut progress: impl FnMut(u64, u64)) -> Result<()> {
    let mut to = Connection::open(path)?;
    {
        let backup = Backup::new(view.sql, &mut to)?;
        loop {
            let step = backup.step(256)?;
            let at = backup.progress();
            progress(u64::try_from(at.remaining).unwrap_or(0), u64::try_from(at.pagecount).unwrap_or(0));
            match step {
                rusqlite::backup::StepResult::Done => break,
                rusqlite::backup::StepResult::More => {}
                _ => std::thread::park_timeout(Duration::from_millis(20)),
            }
        }
    }
    to.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(())
}

/// Numbers that are left free, whatever the clock says: more than a county gives between two backups.
const NUMBERS_LEFT_FREE: i64 = 1_000_000;

/// Makes a restored database an epoch of its own: every desk offers again what the copy lacks, and the numbers that were
/// given after the copy was made are not given to anything else before their receipts come back (ruling 9). They go on at
/// `now`, milliseconds since 1970: no county gives a number each millisecond, so that a copy may be restored twice. Should the
/// clock be wrong, [`NUMBERS_LEFT_FREE`] are left free.
pub fn begin_epoch(write: &Write<'_>, epoch: &[u8; 16], now: i64) -> Result<()> {
    meta::set(write, meta::EPOCH, &hex::encode(epoch))?;
    let last: i64 = write.sql.query_row(
        "SELECT max((SELECT coalesce(max(seq), 0) FROM item), (SELECT coalesce(max(seq), 0) FROM adopted))",
        [],
        |row| row.get(0),
    )?;
    let mut nothing = [0; 32];
    nothing.iter_mut().zip(epoch).for_each(|(place, byte)| *place = *byte);
    item::adopt(write, &nothing, last.saturating_add(NUMBERS_LEFT_FREE).max(now).unsigned_abs())
}

/// What SQLite itself finds wrong with the file; empty when it is sound.
pub fn damage(view: &View<'_>) -> Result<Vec<String>> {
    let mut found = view.sql.prepare("PRAGMA integrity_check")?;
    let lines: Vec<String> = found.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// A copy that files are being added to.
pub struct Copy {
    sql: Connection,
}

/// Opens a copy made by [`copy`], to put keys and files beside the tables.
pub fn open_copy(path: &Path) -> Result<Copy> {
    let sql = Connection::open(path)?;
    sql.execute_batch(
        "BEGIN; CREATE TABLE backup_file (name TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
    )?;
    Ok(Copy { sql })
}

/// Adds a file under its path below the data folder.
pub fn add_file(copy: &mut Copy, name: &str, bytes: &[u8]) -> Result<()> {
    copy.sql
        .execute("INSERT INTO backup_file (name, bytes) VALUES (?1, ?2)", rusqlite::params![name, bytes])?;
    Ok(())
}

/// Makes the copy complete.
pub fn close_copy(copy: Copy) -> Result<()> {
    copy.sql.execute_batch("COMMIT")?;
    Ok(())
}

/// Whether this is a backup that [`close_copy`] completed.
pub fn is_one(path: &Path) -> bool {
    let look = || -> rusqlite::Result<i64> {
        let sql = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        sql.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('backup_file', 'item', 'meta')",
            [],
            |row| row.get(0),
        )
    };
    look().is_ok_and(|tables| tables == 3)
}

/// Hands out the files beside the tables, by their paths below the data folder, and takes them out of the copy. Gives how
/// many there were.
pub fn take_files<E: From<Error>>(
    path: &Path,
    mut take: impl FnMut(&str, &[u8]) -> std::result::Result<(), E>,
) -> std::result::Result<u64, E> {
    let sql = Connection::open(path).map_err(Error::from)?;
    let mut count = 0;
    {
        let mut found = sql.prepare("SELECT name, bytes FROM backup_file").map_err(Error::from)?;
        let mut rows = found.query([]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let (name, bytes): (String, Vec<u8>) =
                (row.get(0).map_err(Error::from)?, row.get(1).map_err(Error::from)?);
            take(&name, &bytes)?;
            count += 1;
        }
    }
    sql.execute_batch("DROP TABLE backup_file; VACUUM;").map_err(Error::from)?;
    Ok(count)
}
