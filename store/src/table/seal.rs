//! What the county sealed: one answer proves many items, and is kept once.

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::pack::Packed;
use crate::tx::{Read, Write};

/// Keeps an answer; a known one stays. Gives the number receipts name it by.
pub fn put(w: &Write<'_>, bytes: &[u8]) -> Result<i64, StoreError> {
    let hash = Sha256::digest(bytes);
    let sql = "INSERT INTO seal (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
    w.conn.execute(sql, params![hash.as_slice(), Packed(bytes)])?;
    Ok(w.conn.query_row("SELECT n FROM seal WHERE hash = ?1", [hash.as_slice()], |row| row.get(0))?)
}

/// An answer as it came.
pub fn get(r: &Read<'_>, n: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare("SELECT bytes FROM seal WHERE n = ?1")?;
    Ok(statement.query_row([n], |row| Ok(row.get::<_, Packed<_>>(0)?.0)).optional()?)
}
