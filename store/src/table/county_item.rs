//! Signed originals kept while the county could still lose them: thirty days after their receipt (ruling 9).

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::Packed;
use crate::tx::{Read, Write};

/// An original the county numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyItem {
    /// SHA-256 of `bytes`.
    pub item: Digest,
    /// Its case.
    pub case: CaseId,
    /// Number the county gave it.
    pub seq: u64,
    /// As it travelled.
    pub bytes: Vec<u8>,
    /// When its receipt or the item itself arrived.
    pub at: Millis,
    /// The bundle it left in; items of one bundle are offered again together (ruling 4). 0: alone.
    pub bundle: i64,
}

const COLUMNS: &str = "item, \"case\", seq, bytes, at, bundle";

/// Keeps an original; a known one gets the newer number and time.
pub fn put(w: &Write<'_>, item: &CountyItem) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO county_item (item, \"case\", seq, bytes, at, bundle) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (item) DO UPDATE SET seq = excluded.seq, at = excluded.at",
        params![
            Sql(item.item),
            Sql(item.case),
            item.seq,
            Packed(item.bytes.as_slice()),
            item.at,
            item.bundle
        ],
    )?;
    Ok(())
}

/// An original.
pub fn get(r: &Read<'_>, item: Digest) -> Result<Option<CountyItem>, StoreError> {
    let mut statement = r.conn.prepare(&format!("SELECT {COLUMNS} FROM county_item WHERE item = ?1"))?;
    Ok(statement.query_row([Sql(item)], read).optional()?)
}

/// Originals in the county's order after (`seq`, `item`); start with `None`.
pub fn list(r: &Read<'_>, after: Option<(u64, Digest)>, limit: usize) -> Result<Vec<CountyItem>, StoreError> {
    let (seq, item) = after.unwrap_or((0, Digest([0; 32])));
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM county_item WHERE (seq, item) > (?1, ?2) ORDER BY seq, item LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![seq, Sql(item), limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets originals whose receipt is older than `before`. Returns how many.
pub fn prune(w: &Write<'_>, before: Millis) -> Result<usize, StoreError> {
    Ok(w.conn.execute("DELETE FROM county_item WHERE at < ?1", [before])?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<CountyItem> {
    Ok(CountyItem {
        item: row.get::<_, Sql<_>>(0)?.0,
        case: row.get::<_, Sql<_>>(1)?.0,
        seq: row.get(2)?,
        bytes: row.get::<_, Packed<_>>(3)?.0,
        at: row.get(4)?,
        bundle: row.get(5)?,
    })
}
