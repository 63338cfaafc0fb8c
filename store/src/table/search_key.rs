//! Words under which a case is found: name, pinyin, initials, number, item. Computed by the caller.

use domain::id::CaseId;
use rusqlite::params;

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::Write;

/// Replaces the words of a case.
///
/// # Errors
/// When the case has no line in the list ([`crate::table::case_index`]).
pub fn replace<S: AsRef<str>>(w: &Write<'_>, case: CaseId, keys: &[S]) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM search_key WHERE \"case\" = ?1", [Sql(case)])?;
    let mut statement =
        w.conn.prepare("INSERT INTO search_key (key, \"case\") VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for key in keys.iter().map(AsRef::as_ref).filter(|key| !key.is_empty()) {
        statement.execute(params![key, Sql(case)])?;
    }
    Ok(())
}
