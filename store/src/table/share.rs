//! The share of each case in the sums by which desk and county see whether they hold the same.

use domain::id::CaseId;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// One case in the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The case.
    pub case: CaseId,
    /// First byte of the SHA-256 of its id: which heap of cases it is summed up in.
    pub bucket: u8,
    /// Whether it counts among the drafts.
    pub draft: bool,
    /// Its share.
    pub share: [u8; 16],
}

/// Keeps the share of a case, replacing the one there was.
pub fn put(w: &Write<'_>, share: &Share) -> Result<(), StoreError> {
    let mut statement = w.conn.prepare(
        "INSERT INTO share (\"case\", bucket, draft, share) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (\"case\") DO UPDATE \
         SET bucket = excluded.bucket, draft = excluded.draft, share = excluded.share",
    )?;
    statement.execute(params![Sql(share.case), share.bucket, share.draft, share.share])?;
    Ok(())
}

/// The share of a case.
pub fn get(r: &Read<'_>, case: CaseId) -> Result<Option<Share>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT \"case\", bucket, draft, share FROM share WHERE \"case\" = ?1")?;
    Ok(statement.query_row([Sql(case)], read).optional()?)
}

/// The case counts no more.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM share WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Walks all shares, or those of one heap. Costs a few dozen bytes each; no document is touched.
pub fn each(r: &Read<'_>, bucket: Option<u8>, mut seen: impl FnMut(Share)) -> Result<(), StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT \"case\", bucket, draft, share FROM share WHERE ?1 IS NULL OR bucket = ?1 ORDER BY \"case\"",
    )?;
    let mut rows = statement.query([bucket])?;
    while let Some(row) = rows.next()? {
        seen(read(row)?);
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share {
        case: row.get::<_, Sql<_>>(0)?.0,
        bucket: row.get(1)?,
        draft: row.get(2)?,
        share: row.get(3)?,
    })
}
