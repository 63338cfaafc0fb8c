//! What is being typed and not part of the record yet, so that a loss of power costs a few letters at most.

use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::moment::Millis;
use rusqlite::params;

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// Text left in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The field.
    pub field: FieldPath,
    /// Its text so far.
    pub text: String,
    /// When it was typed.
    pub at: Millis,
    /// Whether the case went on since, so that a person has to decide what becomes of it.
    pub aside: bool,
}

/// Keeps what is being typed, replacing the field's earlier text.
pub fn put(w: &Write<'_>, case: CaseId, typed: &Typed) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO draft_buffer (\"case\", field, text, at, aside) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (\"case\", field) DO UPDATE SET text = excluded.text, at = excluded.at, aside = excluded.aside",
        params![Sql(case), typed.field.to_string(), typed.text, typed.at, typed.aside],
    )?;
    Ok(())
}

/// Everything left over for a case.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<Typed>, StoreError> {
    let mut statement = r
        .conn
        .prepare("SELECT field, text, at, aside FROM draft_buffer WHERE \"case\" = ?1 ORDER BY field")?;
    let rows = statement.query_map([Sql(case)], |row| {
        let field: String = row.get(0)?;
        Ok(Typed {
            field: field.parse().map_err(|_| rusqlite::types::FromSqlError::InvalidType)?,
            text: row.get(1)?,
            at: row.get(2)?,
            aside: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The case went on: what is left over becomes part of it only when a person says so.
pub fn put_aside(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("UPDATE draft_buffer SET aside = 1 WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Forgets a field, in the transaction that writes it into the record.
pub fn remove(w: &Write<'_>, case: CaseId, field: &FieldPath) -> Result<(), StoreError> {
    let sql = "DELETE FROM draft_buffer WHERE \"case\" = ?1 AND field = ?2";
    w.conn.execute(sql, params![Sql(case), field.to_string()])?;
    Ok(())
}

/// Forgets everything left over for a case.
pub fn remove_of_case(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM draft_buffer WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}
