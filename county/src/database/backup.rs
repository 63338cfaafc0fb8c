//! Copies the database to a file while the county works, and looks whether it is sound.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::{Result, View, Write, item, meta};

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

/// Makes a restored database an epoch of its own: every desk offers again what the copy lacks, and the numbers that were
/// given after the copy was made are not given to anything else before their receipts come back (ruling 9). They go on at
/// `now`, milliseconds since 1970: no county gives a number each millisecond, so that a copy may be restored twice.
pub fn begin_epoch(write: &Write<'_>, epoch: &[u8; 16], now: i64) -> Result<()> {
    meta::set(write, meta::EPOCH, &hex::encode(epoch))?;
    let last: i64 = write.sql.query_row(
        "SELECT max((SELECT coalesce(max(seq), 0) FROM item), (SELECT coalesce(max(seq), 0) FROM adopted))",
        [],
        |row| row.get(0),
    )?;
    let mut nothing = [0; 32];
    nothing.iter_mut().zip(epoch).for_each(|(place, byte)| *place = *byte);
    item::adopt(write, &nothing, last.saturating_add(1).max(now).unsigned_abs())
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
