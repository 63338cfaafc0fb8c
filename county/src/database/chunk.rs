//! What desks sent in one go, by counter: the same again gets the same answer, other bytes give a clone away.

use domain::id::DeskId;
use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write};

/// How many answers a desk's row keeps; older ones are emptied, their hashes stay.
pub const ANSWERS_KEPT: u64 = 64;

/// Hash and answer of the chunk with that counter. The answer is empty when it is too old.
pub fn get(view: &View<'_>, desk: DeskId, counter: u64) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut found =
        view.sql.prepare_cached("SELECT hash, answer FROM desk_chunk WHERE desk = ?1 AND counter = ?2")?;
    let row = found.query_row(params![desk.to_string(), i64::try_from(counter).unwrap_or(i64::MAX)], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(row.optional()?)
}

/// Keeps hash and answer of a chunk.
pub fn put(
    write: &Write<'_>,
    desk: DeskId,
    counter: u64,
    hash: &[u8; 32],
    answer: &[u8],
    now: i64,
) -> Result<()> {
    let desk = desk.to_string();
    write
        .sql
        .prepare_cached(
            "INSERT INTO desk_chunk (desk, counter, hash, answer, arrived) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (desk, counter) DO UPDATE SET answer = excluded.answer",
        )?
        .execute(params![desk, i64::try_from(counter).unwrap_or(i64::MAX), hash, answer, now])?;
    write
        .sql
        .prepare_cached("UPDATE desk_chunk SET answer = x'' WHERE desk = ?1 AND counter = ?2")?
        .execute(params![
            desk,
            i64::try_from(counter).unwrap_or(i64::MAX).saturating_sub(ANSWERS_KEPT as i64)
        ])?;
    Ok(())
}

/// The highest counter the county saw from that desk, 0 when none.
pub fn last(view: &View<'_>, desk: DeskId) -> Result<u64> {
    let last: Option<i64> = view.sql.query_row(
        "SELECT max(counter) FROM desk_chunk WHERE desk = ?1",
        [desk.to_string()],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(0).unsigned_abs())
}
