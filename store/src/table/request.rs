//! Commands that were done already, so that clicking twice does one thing.

use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, params};

use crate::error::StoreError;
use crate::tx::{Read, Write};

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Name of the command. The same id with another command is a mistake of the caller.
    pub command: String,
    /// Its answer, JSON.
    pub reply: String,
}

/// What was answered to a request id.
pub fn get(r: &Read<'_>, id: &str) -> Result<Option<Request>, StoreError> {
    let mut statement = r.conn.prepare("SELECT command, reply FROM request WHERE id = ?1")?;
    let read = |row: &rusqlite::Row<'_>| Ok(Request { command: row.get(0)?, reply: row.get(1)? });
    Ok(statement.query_row([id], read).optional()?)
}

/// Keeps the answer, in the transaction that did the work.
///
/// # Errors
/// When the id is there already: the work must not be committed a second time.
pub fn put(w: &Write<'_>, id: &str, request: &Request, at: Millis) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO request (id, command, reply, at) VALUES (?1, ?2, ?3, ?4)",
        params![id, request.command, request.reply, at],
    )?;
    Ok(())
}

/// Forgets answers older than `before`. Returns how many.
pub fn prune(w: &Write<'_>, before: Millis) -> Result<usize, StoreError> {
    Ok(w.conn.execute("DELETE FROM request WHERE at < ?1", [before])?)
}
