//! What the county sealed: one answer proves many items, and is kept once.
//!
//! An answer names each item it proves, and so do the receipts. When nobody waits for it, it is put down as what differs from
//! theirs; what comes out is held against the digest it is known by.

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::pack::{self, Packed};
use crate::tx::{Read, Write};

/// Keeps an answer; a known one stays. Gives the number receipts name it by. Its receipts are put in after it.
pub fn put(w: &Write<'_>, bytes: &[u8]) -> Result<i64, StoreError> {
    let hash = Sha256::digest(bytes);
    let sql = "INSERT INTO seal (hash, bytes, since) VALUES (?1, ?2, (SELECT coalesce(max(n), 0) FROM receipt)) \
         ON CONFLICT (hash) DO NOTHING";
    w.conn.execute(sql, params![hash.as_slice(), Packed(bytes)])?;
    Ok(w.conn.query_row("SELECT n FROM seal WHERE hash = ?1", [hash.as_slice()], |row| row.get(0))?)
}

/// An answer as it came; `None` when it is lost, or what it has to be made from.
pub fn get(r: &Read<'_>, n: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = r.conn.prepare("SELECT hash, bytes, since, until FROM seal WHERE n = ?1")?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get(3)?))
    };
    let Some((hash, kept, since, until)) = statement.query_row([n], read).optional()? else {
        return Ok(None);
    };
    let (Some(since), Some(until)) = (since, until) else {
        return Ok(pack::unpack(&kept).ok());
    };
    let whole = pack::from_difference(&kept, &proved(r, since, until)?).ok();
    Ok(whole.filter(|bytes| Sha256::digest(bytes).as_slice() == hash))
}

/// Puts answers down as what differs from the receipts that came with them, at most `limit`. Gives how many it looked at: fewer
/// mean that none is left.
pub fn fold(w: &Write<'_>, limit: usize) -> Result<usize, StoreError> {
    let mut new = w.conn.prepare(
        "SELECT n, bytes, since, coalesce((SELECT min(since) FROM seal AS later WHERE later.n > seal.n), \
         (SELECT max(n) FROM receipt), 0) FROM seal WHERE since IS NOT NULL AND until IS NULL ORDER BY n LIMIT ?1",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found: Vec<(i64, Vec<u8>, i64, i64)> = new.query_map([limit], read)?.collect::<Result<_, _>>()?;
    for (n, kept, since, until) in &found {
        let plain = pack::unpack(kept).map_err(|_| StoreError::Damaged { set_aside: None })?;
        let difference = pack::difference(&plain, &proved(w, *since, *until)?).ok();
        match difference.filter(|difference| difference.len() < kept.len()) {
            Some(difference) => {
                let sql = "UPDATE seal SET bytes = ?2, until = ?3 WHERE n = ?1";
                w.conn.execute(sql, params![n, difference, until])?;
            }
            None => _ = w.conn.execute("UPDATE seal SET since = NULL WHERE n = ?1", [n])?,
        }
    }
    Ok(found.len())
}

/// Names of the items that these receipts prove, in the order in which they came. A receipt never changes its item or its number.
fn proved(r: &Read<'_>, since: i64, until: i64) -> Result<Vec<u8>, StoreError> {
    let mut statement = r.conn.prepare("SELECT item FROM receipt WHERE n > ?1 AND n <= ?2 ORDER BY n")?;
    let items = statement.query_map([since, until], |row| row.get::<_, Vec<u8>>(0))?;
    Ok(items.collect::<Result<Vec<_>, _>>()?.concat())
}
