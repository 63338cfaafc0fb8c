//! Single facts about this desk, by name: the county's epoch, the cursor, the number prefix, counters.

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::tx::{Read, Write};

/// The bytes kept under `name`.
pub fn get(r: &Read<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Keeps bytes under `name`, replacing what was there.
pub fn put(w: &Write<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// Forgets `name`.
pub fn remove(w: &Write<'_>, name: &str) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM meta WHERE name = ?1", [name])?;
    Ok(())
}

/// A value kept as JSON.
pub fn get_json<T: DeserializeOwned>(r: &Read<'_>, name: &str) -> Result<Option<T>, StoreError> {
    let Some(bytes) = get(r, name)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| StoreError::other("a stored value cannot be read"))
}

/// Keeps a value as JSON.
pub fn put_json<T: Serialize>(w: &Write<'_>, name: &str, value: &T) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(value).map_err(|_| StoreError::other("a value cannot be stored"))?;
    put(w, name, &bytes)
}

/// The next number of the counter `name`, starting at 1. It is used up only when the transaction is committed.
pub fn next(w: &Write<'_>, name: &str) -> Result<u64, StoreError> {
    let last: u64 = get_json(w, name)?.unwrap_or(0);
    let next = last.checked_add(1).ok_or(StoreError::other("a counter is used up"))?;
    put_json(w, name, &next)?;
    Ok(next)
}
