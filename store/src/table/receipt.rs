//! The county's proofs that it has an item.

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// A proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The item.
    pub item: Digest,
    /// Its case.
    pub case: CaseId,
    /// Number the county gave it.
    pub seq: u64,
    /// Number of the sealed answer it came in ([`crate::table::seal`]).
    pub seal: i64,
    /// When it was received.
    pub at: Millis,
}

/// Keeps a proof; a later one for the same item replaces it (the county may have been restored). Gives its number.
pub(crate) fn put(w: &Write<'_>, receipt: &Receipt) -> Result<i64, StoreError> {
    Ok(w.conn.query_row(
        "INSERT INTO receipt (item, \"case\", seq, seal, at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (item) DO UPDATE SET seq = excluded.seq, seal = excluded.seal, at = excluded.at RETURNING n",
        params![Sql(receipt.item), Sql(receipt.case), receipt.seq, receipt.seal, receipt.at],
        |row| row.get(0),
    )?)
}

/// The proof for an item.
pub fn get(r: &Read<'_>, item: Digest) -> Result<Option<Receipt>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT item, \"case\", seq, seal, at FROM receipt WHERE item = ?1")?;
    Ok(statement.query_row([Sql(item)], read).optional()?)
}

/// The proofs for a case, in the county's order.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<Receipt>, StoreError> {
    let mut statement = r
        .conn
        .prepare("SELECT item, \"case\", seq, seal, at FROM receipt WHERE \"case\" = ?1 ORDER BY seq")?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Receipt> {
    Ok(Receipt {
        item: row.get::<_, Sql<_>>(0)?.0,
        case: row.get::<_, Sql<_>>(1)?.0,
        seq: row.get(2)?,
        seal: row.get(3)?,
        at: row.get(4)?,
    })
}
