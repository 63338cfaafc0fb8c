//! The share of each case in the sums by which desk and county see whether they hold the same. It lies with the document.

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
    /// Whether it counts among the drafts.
    pub draft: bool,
    /// Its share.
    pub share: [u8; 16],
}

/// Keeps the share of a case, replacing the one there was.
///
/// # Errors
/// When the case has no document.
pub fn put(w: &Write<'_>, share: &Share) -> Result<(), StoreError> {
    let sql = "UPDATE document SET draft = ?2, share = ?3 WHERE \"case\" = ?1";
    match w.conn.execute(sql, params![Sql(share.case), share.draft, share.share])? {
        1 => Ok(()),
        _ => Err(StoreError::other("the case has no document here")),
    }
}

/// The share of a case; none for one that does not count.
pub fn get(r: &Read<'_>, case: CaseId) -> Result<Option<Share>, StoreError> {
    let mut statement = r
        .conn
        .prepare("SELECT \"case\", draft, share FROM document WHERE \"case\" = ?1 AND share IS NOT NULL")?;
    Ok(statement.query_row([Sql(case)], read).optional()?)
}

/// The case counts no more.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    w.conn.execute("UPDATE document SET share = NULL WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// No case counts any more: all are to be reckoned anew.
pub fn clear(w: &Write<'_>) -> Result<(), StoreError> {
    w.conn.execute("UPDATE document SET share = NULL WHERE share IS NOT NULL", [])?;
    Ok(())
}

/// Walks all shares. Reads every page that documents lie on: for when the sums differ.
pub fn each(r: &Read<'_>, mut seen: impl FnMut(Share)) -> Result<(), StoreError> {
    let mut statement =
        r.conn.prepare("SELECT \"case\", draft, share FROM document WHERE share IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        seen(read(row)?);
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share { case: row.get::<_, Sql<_>>(0)?.0, draft: row.get(1)?, share: row.get(2)? })
}
