//! The catalogue releases that were published.

use domain::id::PersonId;
use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write};

/// Notes a release; again with the same number means a new timestamp file for it.
pub fn put(
    write: &Write<'_>,
    number: u64,
    person: Option<PersonId>,
    timestamp: &[u8; 32],
    now: i64,
) -> Result<()> {
    write.sql.execute(
        "INSERT INTO release (number, person, published, timestamp) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (number) DO UPDATE SET timestamp = excluded.timestamp",
        params![
            i64::try_from(number).unwrap_or(i64::MAX),
            person.map(|person| person.to_string()),
            now,
            timestamp
        ],
    )?;
    Ok(())
}

/// The newest release's number.
pub fn newest(view: &View<'_>) -> Result<Option<u64>> {
    let number: Option<Option<i64>> =
        view.sql.query_row("SELECT max(number) FROM release", [], |row| row.get(0)).optional()?;
    Ok(number.flatten().map(i64::unsigned_abs))
}
