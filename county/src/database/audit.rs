//! The book of what happened. Rows are only ever added; each carries a hash over the row before it.

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Result, View, Write, hash};

/// One row of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Number, from 1 without gaps.
    pub seq: i64,
    /// When, milliseconds.
    pub at: i64,
    /// What: `county_created`, `enrol_code_made`, `desk_enrolled`, `act_accepted`, …
    pub kind: String,
    /// JSON with ids; never personal data.
    pub body: String,
    /// Hex of the hash of this row: [`chain`] of the row before and this one.
    pub hash: String,
}

/// The hash of a row: SHA-256 over the hash before it (32 zero bytes for the first), number, time, kind and body,
/// numbers as 8 bytes big-endian, kind and body each after their length as 8 bytes big-endian.
pub fn chain(before: &[u8; 32], seq: i64, at: i64, kind: &str, body: &str) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(before);
    sum.update(seq.to_be_bytes());
    sum.update(at.to_be_bytes());
    for text in [kind, body] {
        sum.update((text.len() as u64).to_be_bytes());
        sum.update(text.as_bytes());
    }
    sum.finalize().into()
}

/// Writes a row at the end.
pub fn append(write: &Write<'_>, at: i64, kind: &str, body: &serde_json::Value) -> Result<()> {
    let last: Option<(i64, Vec<u8>)> = write
        .sql
        .query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (seq, before) = match last {
        Some((seq, before)) => (seq + 1, hash(&before, "audit.hash")?),
        None => (1, [0; 32]),
    };
    let body = body.to_string();
    let sum = chain(&before, seq, at, kind, &body);
    write
        .sql
        .prepare_cached("INSERT INTO audit (seq, at, kind, body, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![seq, at, kind, body, sum])?;
    Ok(())
}

/// When the last thing was written into the book, milliseconds.
pub fn last_at(view: &View<'_>) -> Result<Option<i64>> {
    let last = view.sql.query_row("SELECT at FROM audit ORDER BY seq DESC LIMIT 1", [], |row| row.get(0));
    Ok(last.optional()?)
}

/// Shows every row in order to `each`, until it says stop by returning false.
pub fn walk(view: &View<'_>, mut each: impl FnMut(Row) -> bool) -> Result<()> {
    let mut found = view.sql.prepare("SELECT seq, at, kind, body, hash FROM audit ORDER BY seq")?;
    let mut rows = found.query([])?;
    while let Some(row) = rows.next()? {
        let sum: Vec<u8> = row.get(4)?;
        let row = Row {
            seq: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            body: row.get(3)?,
            hash: hex::encode(sum),
        };
        if !each(row) {
            break;
        }
    }
    Ok(())
}

/// Checks the whole book: the number of rows and the hash of the last one, or the number of the first wrong row.
pub fn verify(view: &View<'_>) -> Result<std::result::Result<(i64, String), i64>> {
    let (mut count, mut before, mut wrong) = (0, [0; 32], None);
    walk(view, |row| {
        let sum = chain(&before, row.seq, row.at, &row.kind, &row.body);
        if row.seq != count + 1 || hex::encode(sum) != row.hash {
            wrong = Some(count + 1);
            return false;
        }
        (count, before) = (row.seq, sum);
        true
    })?;
    Ok(match wrong {
        Some(seq) => Err(seq),
        None => Ok((count, hex::encode(before))),
    })
}
