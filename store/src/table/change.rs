//! Changes saved since a document was last folded: a short tail, appended to on every save.

use domain::id::CaseId;
use rusqlite::params;

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::{Packed, Sorted};
use crate::tx::{Read, Write};

/// Appends a change to the tail of a case. Returns whether it was new there.
///
/// # Errors
/// When the case has no document.
pub fn append(w: &Write<'_>, case: CaseId, bytes: &[u8]) -> Result<bool, StoreError> {
    if tail(w, case)?.iter().any(|known| known == bytes) {
        return Ok(false);
    }
    let sql = "INSERT INTO change (\"case\", bytes) VALUES (?1, ?2)";
    w.conn.execute(sql, params![Sql(case), Sorted(bytes)])?;
    Ok(true)
}

/// The changes of the tail, oldest first, to be applied on top of the snapshot.
pub fn tail(r: &Read<'_>, case: CaseId) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare("SELECT bytes FROM change WHERE \"case\" = ?1 ORDER BY n")?;
    let rows = statement.query_map([Sql(case)], |row| Ok(row.get::<_, Packed<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How long the tail is; fold the document at about 32.
pub fn tail_len(r: &Read<'_>, case: CaseId) -> Result<usize, StoreError> {
    let mut statement = r.conn.prepare("SELECT count(*) FROM change WHERE \"case\" = ?1")?;
    Ok(statement.query_row([Sql(case)], |row| row.get(0))?)
}
