//! How the window looks, for each person.

use domain::id::PersonId;
use rusqlite::{OptionalExtension as _, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// The text kept for a person under `name`.
pub fn get(r: &Read<'_>, person: PersonId, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = r.conn.prepare("SELECT value FROM setting WHERE person = ?1 AND name = ?2")?;
    Ok(statement.query_row(params![Sql(person), name], |row| row.get(0)).optional()?)
}

/// Keeps a text for a person.
pub fn put(w: &Write<'_>, person: PersonId, name: &str, value: &str) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO setting (person, name, value) VALUES (?1, ?2, ?3) \
         ON CONFLICT (person, name) DO UPDATE SET value = excluded.value",
        params![Sql(person), name, value],
    )?;
    Ok(())
}
