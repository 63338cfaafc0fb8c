//! Cases this desk may no longer see, on which something still waits to be sent: hidden, and gone when it has arrived.

use domain::id::CaseId;
use domain::moment::Millis;
use rusqlite::params;

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// Notes that a case is leaving.
pub fn put(w: &Write<'_>, case: CaseId, at: Millis) -> Result<(), StoreError> {
    let sql = "INSERT INTO leaving (\"case\", at) VALUES (?1, ?2) ON CONFLICT (\"case\") DO NOTHING";
    w.conn.execute(sql, params![Sql(case), at])?;
    Ok(())
}

/// Whether a case is leaving.
pub fn holds(r: &Read<'_>, case: CaseId) -> Result<bool, StoreError> {
    let mut statement = r.conn.prepare("SELECT EXISTS (SELECT 1 FROM leaving WHERE \"case\" = ?1)")?;
    Ok(statement.query_row([Sql(case)], |row| row.get(0))?)
}

/// The case is gone, or it came back. Returns whether it was leaving.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<bool, StoreError> {
    Ok(w.conn.execute("DELETE FROM leaving WHERE \"case\" = ?1", [Sql(case)])? == 1)
}

/// All that are leaving.
pub fn list(r: &Read<'_>) -> Result<Vec<CaseId>, StoreError> {
    let mut statement = r.conn.prepare("SELECT \"case\" FROM leaving ORDER BY at, \"case\"")?;
    let rows = statement.query_map([], |row| Ok(row.get::<_, Sql<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
