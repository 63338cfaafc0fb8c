//! Who writes in a case from which a branch was cut off: a new hand, so that no hand ever writes two things as its n-th.

use domain::id::CaseId;
use rusqlite::{OptionalExtension as _, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// From now on `actor` writes in the case instead of `instead_of` (16 bytes each).
pub fn put(w: &Write<'_>, case: CaseId, instead_of: &[u8; 16], actor: &[u8; 16]) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO writer (\"case\", instead_of, actor) VALUES (?1, ?2, ?3) \
         ON CONFLICT (\"case\") DO UPDATE SET instead_of = excluded.instead_of, actor = excluded.actor",
        params![Sql(case), instead_of, actor],
    )?;
    Ok(())
}

/// Who writes in the case instead of `actor`, if somebody does.
pub fn instead(r: &Read<'_>, case: CaseId, actor: &[u8; 16]) -> Result<Option<[u8; 16]>, StoreError> {
    let mut statement = r.conn.prepare("SELECT actor FROM writer WHERE \"case\" = ?1 AND instead_of = ?2")?;
    Ok(statement.query_row(params![Sql(case), actor], |row| row.get(0)).optional()?)
}

/// The case is gone from this desk.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM writer WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}
