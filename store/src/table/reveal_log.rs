//! Who looked at a covered value, and why. The log only grows; the database refuses anything else.

use domain::answer::FieldPath;
use domain::id::{CaseId, PersonId};
use domain::moment::Millis;
use rusqlite::params;

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// One look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// Who looked.
    pub person: PersonId,
    /// At which case.
    pub case: CaseId,
    /// At which field.
    pub field: FieldPath,
    /// Why, in their words.
    pub reason: String,
    /// When, by the desk's clock.
    pub at: Millis,
}

/// Appends a look; returns its number.
pub fn append(w: &Write<'_>, reveal: &Reveal) -> Result<u64, StoreError> {
    w.conn.execute(
        "INSERT INTO reveal_log (person, \"case\", field, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![Sql(reveal.person), Sql(reveal.case), reveal.field.to_string(), reveal.reason, reveal.at],
    )?;
    u64::try_from(w.conn.last_insert_rowid()).map_err(|_| StoreError::other("the log is full"))
}

/// The looks after number `after` (0: from the first), oldest first, at most `limit`, with their numbers.
pub fn after(r: &Read<'_>, after: u64, limit: usize) -> Result<Vec<(u64, Reveal)>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT n, person, \"case\", field, reason, at FROM reveal_log WHERE n > ?1 ORDER BY n LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, limit], |row| {
        let field: String = row.get(3)?;
        Ok((
            row.get(0)?,
            Reveal {
                person: row.get::<_, Sql<_>>(1)?.0,
                case: row.get::<_, Sql<_>>(2)?.0,
                field: field.parse().map_err(|_| rusqlite::types::FromSqlError::InvalidType)?,
                reason: row.get(4)?,
                at: row.get(5)?,
            },
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
