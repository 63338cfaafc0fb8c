//! Words under which a case is found: name, pinyin, initials, number; and those of its item, which stand once for the item.
//! Computed by the caller.

use std::collections::BTreeSet;

use domain::id::CaseId;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::Write;

/// Replaces the words of a case, unless they are the same. A word with a space in it counts as several.
///
/// # Errors
/// When the case has no line in the list ([`crate::table::case_index`]).
pub fn replace<S: AsRef<str>>(w: &Write<'_>, case: CaseId, keys: &[S]) -> Result<(), StoreError> {
    let line: Option<(i64, u32)> = w
        .conn
        .query_row("SELECT n, words FROM case_index WHERE \"case\" = ?1", [Sql(case)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (line, known) = line.ok_or(StoreError::other("the case has no line in the list"))?;
    let words: BTreeSet<&str> = keys.iter().map(AsRef::as_ref).filter(|key| !key.is_empty()).collect();
    let words = words.into_iter().collect::<Vec<_>>().join(" ");
    let sum = sum(&words);
    if sum == known {
        return Ok(());
    }
    forget(w, line)?;
    w.conn.execute("INSERT INTO search_key (rowid, words) VALUES (?1, ?2)", params![line, words])?;
    w.conn.execute("UPDATE case_index SET words = ?2 WHERE n = ?1", [line, i64::from(sum)])?;
    Ok(())
}

/// Forgets the words of a line.
pub(crate) fn forget(w: &Write<'_>, line: i64) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM search_key WHERE rowid = ?1", [line])?;
    Ok(())
}

/// What the index is asked for the words that begin with `word`.
pub(crate) fn beginning(word: &str) -> String {
    format!("\"{}\"*", word.replace('"', "\"\""))
}

/// Tells whether words differ; never 0, which stands for none.
fn sum(words: &str) -> u32 {
    let digest = Sha256::digest(words.as_bytes());
    digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte)).max(1)
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
