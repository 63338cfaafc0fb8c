//! Words under which a case is found: name, pinyin, initials, number; and those of its item, which stand once for the item.
//! Computed by the caller.

use std::collections::BTreeSet;

use domain::id::CaseId;
use rusqlite::{OptionalExtension as _, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::Write;

/// Replaces the words of a case; only what differs is written.
///
/// # Errors
/// When the case has no line in the list ([`crate::table::case_index`]).
pub fn replace<S: AsRef<str>>(w: &Write<'_>, case: CaseId, keys: &[S]) -> Result<(), StoreError> {
    let line: Option<i64> = w
        .conn
        .query_row("SELECT n FROM case_index WHERE \"case\" = ?1", [Sql(case)], |row| row.get(0))
        .optional()?;
    let line = line.ok_or(StoreError::other("the case has no line in the list"))?;
    let wanted: BTreeSet<&str> = keys.iter().map(AsRef::as_ref).filter(|key| !key.is_empty()).collect();
    let known: BTreeSet<String> = w
        .conn
        .prepare("SELECT key FROM search_key WHERE n = ?1")?
        .query_map([line], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut remove = w.conn.prepare("DELETE FROM search_key WHERE key = ?1 AND n = ?2")?;
    for key in known.iter().filter(|key| !wanted.contains(key.as_str())) {
        remove.execute(params![key, line])?;
    }
    let mut add = w.conn.prepare("INSERT INTO search_key (key, n) VALUES (?1, ?2)")?;
    for key in wanted.into_iter().filter(|key| !known.contains(*key)) {
        add.execute(params![key, line])?;
    }
    Ok(())
}

/// Makes an item known by its words, unless it is.
pub fn of_item(
    w: &Write<'_>,
    item: &str,
    item_name: &str,
    keys: impl FnOnce() -> Vec<String>,
) -> Result<(), StoreError> {
    let known = "SELECT EXISTS (SELECT 1 FROM item_key WHERE item = ?1 AND item_name = ?2)";
    if w.conn.query_row(known, [item, item_name], |row| row.get(0))? {
        return Ok(());
    }
    let mut add =
        w.conn.prepare("INSERT OR IGNORE INTO item_key (item, item_name, key) VALUES (?1, ?2, ?3)")?;
    for key in keys() {
        add.execute([item, item_name, &key])?;
    }
    Ok(())
}
