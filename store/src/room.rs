//! How much room the database takes: which tables fill it, and giving back what it no longer needs.

use std::time::Duration;

use rusqlite::Connection;

use crate::error::StoreError;
use crate::open::PATIENCE;

/// A file is written anew when at least one in so many of its pages is free: what that costs was freed before.
const WORTHWHILE: u64 = 8;
/// Free pages that nobody minds: the next cases fill them.
const FEW: u64 = 64;
/// Pages above which a file is never written anew, since that takes as much memory as the file is long (128 MiB: some forty
/// thousand cases). The outbox of a day is small beside so large a file.
const MOST: u64 = 32_768;

/// Room that a table or an index takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Name of the table or index.
    pub name: String,
    /// Bytes of its pages in the file.
    pub bytes: u64,
    /// Bytes of them that nothing lies in.
    pub unused: u64,
}

/// What fills the file, the largest first. Reads every page.
pub(crate) fn rooms(conn: &Connection) -> Result<Vec<Room>, StoreError> {
    let mut statement =
        conn.prepare("SELECT name, pgsize, unused FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC")?;
    let rows = statement
        .query_map([], |row| Ok(Room { name: row.get(0)?, bytes: row.get(1)?, unused: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes the file anew without its free pages when that gives enough of it back. Gives whether it did.
pub(crate) fn compact(conn: &Connection) -> Result<bool, StoreError> {
    let pages = |pragma: &str| conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, u64>(0));
    let (all, free) = (pages("page_count")?, pages("freelist_count")?);
    if free < FEW || free < all / WORTHWHILE || all > MOST {
        return Ok(false);
    }
    // Words that nothing has any more lie in the index until it is put together.
    conn.execute_batch("INSERT INTO search_key (search_key) VALUES ('optimize'); VACUUM;")?;
    // What was written anew lies in the log until it is worked in. Whoever still reads keeps it there a little longer: nobody who
    // wants to save waits for that.
    conn.busy_timeout(Duration::ZERO)?;
    let worked_in = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    conn.busy_timeout(PATIENCE)?;
    worked_in?;
    Ok(true)
}
