//! The document of each case as bytes: a snapshot, its heads, and the heads the county acknowledged.

use domain::id::CaseId;
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::{self, Sql};
use crate::error::StoreError;
use crate::pack::{Packed, Sorted};
use crate::table::{Heads, original};
use crate::tx::{Read, Write};

/// A document as last folded. Changes saved since then lie in [`crate::table::change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The case.
    pub case: CaseId,
    /// Catalogue release the case began on.
    pub release: u64,
    /// Facts of the case that never change, in the caller's encoding.
    pub meta: Vec<u8>,
    /// The folded document.
    pub snapshot: Vec<u8>,
    /// Heads of the whole document, tail included.
    pub heads: Heads,
    /// Heads the county acknowledged last; empty when it never did.
    pub acked_heads: Heads,
}

/// How a document stands with the county, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentHeads {
    /// The case.
    pub case: CaseId,
    /// Heads of the whole document.
    pub heads: Heads,
    /// Heads the county acknowledged last.
    pub acked_heads: Heads,
}

/// Stands for acknowledged heads that are those of the document.
const ALL: &[u8] = b"=";
/// Sets the heads to `?2`, and leaves the acknowledged ones what they were.
const MOVE: &str = "heads = ?2, acked_heads = CASE WHEN acked_heads = ?2 AND ?2 <> x'' THEN x'3d' \
     WHEN acked_heads = x'3d' AND heads <> ?2 THEN heads ELSE acked_heads END";

/// Puts a new document in.
///
/// # Errors
/// When the case has one already.
pub fn insert(w: &Write<'_>, document: &Document) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO document (\"case\", release, facts, snapshot, heads, acked_heads) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            Sql(document.case),
            document.release,
            facts(w, &document.meta)?,
            Sorted(&document.snapshot),
            column::heads_to_blob(&document.heads),
            acked_to_blob(document),
        ],
    )?;
    Ok(())
}

/// Number of those facts, which many cases share.
fn facts(w: &Write<'_>, meta: &[u8]) -> Result<i64, StoreError> {
    w.conn.execute("INSERT INTO facts (meta) VALUES (?1) ON CONFLICT (meta) DO NOTHING", [meta])?;
    Ok(w.conn.query_row("SELECT n FROM facts WHERE meta = ?1", [meta], |row| row.get(0))?)
}

fn acked_to_blob(document: &Document) -> Vec<u8> {
    if document.acked_heads == document.heads && !document.heads.is_empty() {
        return ALL.to_vec();
    }
    column::heads_to_blob(&document.acked_heads)
}

/// Heads of a row and the acknowledged ones, from two columns.
fn read_both(row: &Row<'_>, heads: usize, acked: usize) -> rusqlite::Result<(Heads, Heads)> {
    let heads = row.get::<_, column::Heads>(heads)?.0;
    let acked = match row.get_ref(acked)?.as_blob()? {
        ALL => heads.clone(),
        _ => row.get::<_, column::Heads>(acked)?.0,
    };
    Ok((heads, acked))
}

/// The document of a case.
pub fn get(r: &Read<'_>, case: CaseId) -> Result<Option<Document>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT d.\"case\", d.release, f.meta, d.snapshot, d.heads, d.acked_heads FROM document AS d \
         JOIN facts AS f ON f.n = d.facts WHERE d.\"case\" = ?1",
    )?;
    let read = |row: &Row<'_>| {
        let (heads, acked_heads) = read_both(row, 4, 5)?;
        Ok(Document {
            case: row.get::<_, Sql<_>>(0)?.0,
            release: row.get(1)?,
            meta: row.get(2)?,
            snapshot: row.get::<_, Packed<_>>(3)?.0,
            heads,
            acked_heads,
        })
    };
    Ok(statement.query_row([Sql(case)], read).optional()?)
}

/// How the document of a case stands, without loading it.
pub fn heads(r: &Read<'_>, case: CaseId) -> Result<Option<DocumentHeads>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT \"case\", heads, acked_heads FROM document WHERE \"case\" = ?1")?;
    Ok(statement.query_row([Sql(case)], read_heads).optional()?)
}

/// Notes the heads after changes were appended to the tail.
pub fn set_heads(w: &Write<'_>, case: CaseId, heads: &[[u8; 32]]) -> Result<(), StoreError> {
    let sql = format!("UPDATE document SET {MOVE} WHERE \"case\" = ?1");
    one(w.conn.execute(&sql, params![Sql(case), column::heads_to_blob(heads)])?)
}

/// Notes the heads the county acknowledged.
pub fn set_acked_heads(w: &Write<'_>, case: CaseId, heads: &[[u8; 32]]) -> Result<(), StoreError> {
    let sql = "UPDATE document SET acked_heads = CASE WHEN heads = ?2 AND ?2 <> x'' THEN x'3d' ELSE ?2 END \
         WHERE \"case\" = ?1";
    one(w.conn.execute(sql, params![Sql(case), column::heads_to_blob(heads)])?)
}

/// Forgets all acknowledgements, after the county got a new epoch: everything is offered again.
pub fn forget_acked_heads(w: &Write<'_>) -> Result<(), StoreError> {
    w.conn.execute("UPDATE document SET acked_heads = x'' WHERE acked_heads <> x''", [])?;
    Ok(())
}

/// Replaces the snapshot by one that holds the tail as well, and empties the tail.
pub fn fold(w: &Write<'_>, case: CaseId, snapshot: &[u8], heads: &[[u8; 32]]) -> Result<(), StoreError> {
    original::unfold(w, case)?;
    let sql = format!("UPDATE document SET snapshot = ?3, {MOVE} WHERE \"case\" = ?1");
    one(w.conn.execute(&sql, params![Sql(case), column::heads_to_blob(heads), Sorted(snapshot)])?)?;
    w.conn.execute("DELETE FROM change WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

/// Puts a document that came back from the county in the place of the one that shrank to a summary. `at`: when, by the county's
/// clock.
pub fn restore(w: &Write<'_>, document: &Document, at: Millis) -> Result<(), StoreError> {
    original::unfold(w, document.case)?;
    let sql = "UPDATE document SET snapshot = ?2, heads = ?3, acked_heads = ?4, fetched_at = ?5 \
         WHERE \"case\" = ?1";
    one(w.conn.execute(
        sql,
        params![
            Sql(document.case),
            Sorted(&document.snapshot),
            column::heads_to_blob(&document.heads),
            acked_to_blob(document),
            at,
        ],
    )?)
}

/// Documents holding something the county has not acknowledged, in the order of their case ids after `after`.
pub fn not_acknowledged(
    r: &Read<'_>,
    after: Option<CaseId>,
    limit: usize,
) -> Result<Vec<DocumentHeads>, StoreError> {
    page(r, "acked_heads <> x'3d' AND", after, limit)
}

/// All documents in the order of their case ids after `after`, for rebuilding the list and for digests.
pub fn list(r: &Read<'_>, after: Option<CaseId>, limit: usize) -> Result<Vec<DocumentHeads>, StoreError> {
    page(r, "", after, limit)
}

/// Takes a document away, with its tail, after the case was withdrawn from this desk's scope.
pub fn remove(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    original::unfold(w, case)?;
    w.conn.execute("DELETE FROM document WHERE \"case\" = ?1", [Sql(case)])?;
    Ok(())
}

fn page(
    r: &Read<'_>,
    only: &str,
    after: Option<CaseId>,
    limit: usize,
) -> Result<Vec<DocumentHeads>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT \"case\", heads, acked_heads FROM document WHERE {only} \"case\" > coalesce(?1, x'') \
         ORDER BY \"case\" LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![after.map(Sql), limit], read_heads)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_heads(row: &Row<'_>) -> rusqlite::Result<DocumentHeads> {
    let (heads, acked_heads) = read_both(row, 1, 2)?;
    Ok(DocumentHeads { case: row.get::<_, Sql<_>>(0)?.0, heads, acked_heads })
}

fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::other("the case has no document here")) }
}
