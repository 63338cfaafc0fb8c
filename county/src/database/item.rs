//! Everything the county accepted, numbered once and for ever, sealed under the key of its case.

use domain::id::{CaseId, DeskId};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use super::{Result, View, Write, hash, parsed};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole document.
    Document,
    /// Changes to a document.
    Changes,
    /// An official step.
    Act,
    /// Something entered for a unit that had handed the case on: it stands beside the case, not in it.
    Side,
    /// Something for the county alone, such as a look at a covered value: it goes to no desk.
    Note,
}

impl Kind {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Document => "document",
            Kind::Changes => "changes",
            Kind::Act => "act",
            Kind::Side => "side",
            Kind::Note => "note",
        }
    }
}

/// A numbered item.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its number.
    pub seq: u64,
    /// The case it belongs to.
    pub case: CaseId,
    /// Its bytes, sealed.
    pub sealed: Vec<u8>,
    /// The desk that sent it.
    pub desk: DeskId,
    /// When it arrived, milliseconds.
    pub arrived: i64,
    /// Whether it stands beside its case.
    pub side: bool,
}

/// The chain value of an item: SHA-256 over the value before (32 zero bytes for the first), the item's id and the
/// SHA-256 of its ciphertext. Payloads can be erased without breaking it (ruling 22).
pub fn chain(before: &[u8; 32], id: &[u8; 32], sealed: &[u8]) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(before);
    sum.update(id);
    sum.update(Sha256::digest(sealed));
    sum.finalize().into()
}

/// The number of the item with that id, if the county has it.
pub fn seq_of(view: &View<'_>, id: &[u8; 32]) -> Result<Option<u64>> {
    let mut found = view.sql.prepare_cached("SELECT seq FROM item WHERE id = ?1")?;
    Ok(found.query_row([id], |row| row.get::<_, i64>(0)).optional()?.map(i64::unsigned_abs))
}

/// Numbers an item and keeps it. An adopted item gets the number its receipt names. A step keeps that number only behind every
/// step of its case that is here already: it was checked after them, and steps are read in the order of their numbers. One of
/// those may have come back without a receipt, under a number of today.
pub fn append(
    write: &Write<'_>,
    id: &[u8; 32],
    kind: Kind,
    case: CaseId,
    sealed: &[u8],
    desk: DeskId,
    now: i64,
) -> Result<u64> {
    let last: Option<Vec<u8>> = write
        .sql
        .prepare_cached("SELECT chain FROM item ORDER BY entry DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let before = last.map_or(Ok([0; 32]), |last| hash(&last, "item.chain"))?;
    // One writer at a time: the next number cannot be taken by somebody else.
    let seq: i64 = write
        .sql
        .prepare_cached(
            "SELECT coalesce(
                 (SELECT seq FROM adopted WHERE id = ?1 AND (?2 <> 'act'
                     OR seq > (SELECT coalesce(max(seq), 0) FROM item WHERE case_id = ?3 AND kind = 'act'))),
                 max((SELECT coalesce(max(seq), 0) FROM item), (SELECT coalesce(max(seq), 0) FROM adopted)) + 1)",
        )?
        .query_row(params![id, kind.name(), case.to_string()], |row| row.get(0))?;
    write
        .sql
        .prepare_cached(
            "INSERT INTO item (seq, id, case_id, kind, sealed, desk, arrived, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![seq, id, case.to_string(), kind.name(), sealed, desk.to_string(), now, chain(&before, id, sealed)])?;
    Ok(seq.unsigned_abs())
}

/// Remembers the number an item had before the county was restored, unless either is taken already.
pub fn adopt(write: &Write<'_>, id: &[u8; 32], seq: u64) -> Result<()> {
    write
        .sql
        .prepare_cached(
            "INSERT INTO adopted (id, seq) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM item WHERE id = ?1 OR seq = ?2)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![id, i64::try_from(seq).unwrap_or(i64::MAX)])?;
    Ok(())
}

/// Whether that item was accepted before the county was restored.
pub fn is_adopted(view: &View<'_>, id: &[u8; 32]) -> Result<bool> {
    let mut found = view.sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM adopted WHERE id = ?1)")?;
    Ok(found.query_row([id], |row| row.get(0))?)
}

/// The number of the newest item of a case that carried its document on.
pub fn last_of_document(view: &View<'_>, case: CaseId) -> Result<Option<u64>> {
    let mut found = view
        .sql
        .prepare_cached("SELECT max(seq) FROM item WHERE case_id = ?1 AND kind IN ('document', 'changes')")?;
    let seq: Option<i64> = found.query_row([case.to_string()], |row| row.get(0))?;
    Ok(seq.map(i64::unsigned_abs))
}

/// The acts of a case, sealed, in the county's order.
pub fn acts(view: &View<'_>, case: CaseId) -> Result<Vec<Vec<u8>>> {
    let mut found = view
        .sql
        .prepare_cached("SELECT sealed FROM item WHERE case_id = ?1 AND kind = 'act' ORDER BY seq")?;
    let rows = found.query_map([case.to_string()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The numbers of everything of a case that goes to desks, in the county's order.
pub fn of_case(view: &View<'_>, case: CaseId) -> Result<Vec<u64>> {
    let mut found =
        view.sql.prepare_cached("SELECT seq FROM item WHERE case_id = ?1 AND kind <> 'note' ORDER BY seq")?;
    let rows = found.query_map([case.to_string()], |row| row.get::<_, i64>(0))?;
    Ok(rows.map(|seq| seq.map(i64::unsigned_abs)).collect::<rusqlite::Result<_>>()?)
}

/// An act by which a case was handed in.
#[derive(Debug, Clone)]
pub struct HandedIn {
    /// Its place in the order of entry.
    pub entry: u64,
    /// Its number.
    pub seq: u64,
    /// The case.
    pub case: CaseId,
    /// The act, sealed.
    pub sealed: Vec<u8>,
}

/// The acts behind `entry` by which cases were handed in, first or corrected, in the order of entry.
pub fn handed_in(view: &View<'_>, entry: u64, limit: u32) -> Result<Vec<HandedIn>> {
    let mut found = view.sql.prepare_cached(
        "SELECT item.entry, item.seq, item.case_id, item.sealed FROM item CROSS JOIN act ON act.seq = item.seq
         WHERE item.entry > ?1 AND act.kind IN ('submit', 'submit_correction') ORDER BY item.entry LIMIT ?2",
    )?;
    let mut rows = found.query(params![i64::try_from(entry).unwrap_or(i64::MAX), limit])?;
    let mut acts = Vec::new();
    while let Some(row) = rows.next()? {
        acts.push(HandedIn {
            entry: row.get::<_, i64>(0)?.unsigned_abs(),
            seq: row.get::<_, i64>(1)?.unsigned_abs(),
            case: parsed(&row.get::<_, String>(2)?, "item.case_id")?,
            sealed: row.get(3)?,
        });
    }
    Ok(acts)
}

/// The item of that number.
pub fn get(view: &View<'_>, seq: u64) -> Result<Option<Item>> {
    let mut found =
        view.sql.prepare_cached("SELECT case_id, sealed, desk, arrived, kind FROM item WHERE seq = ?1")?;
    let row: Option<(String, Vec<u8>, String, i64, String)> = found
        .query_row([i64::try_from(seq).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    row.map(|(case, sealed, desk, arrived, kind)| {
        Ok(Item {
            seq,
            case: parsed(&case, "item.case_id")?,
            sealed,
            desk: parsed(&desk, "item.desk")?,
            arrived,
            side: kind == Kind::Side.name(),
        })
    })
    .transpose()
}

/// Checks the chain over all items: their count, or the number of the first wrong one.
pub fn verify(view: &View<'_>) -> Result<std::result::Result<u64, u64>> {
    let mut found = view.sql.prepare("SELECT seq, id, sealed, chain FROM item ORDER BY entry")?;
    let mut rows = found.query([])?;
    let (mut count, mut before) = (0, [0; 32]);
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.unsigned_abs();
        let id = hash(&row.get::<_, Vec<u8>>(1)?, "item.id")?;
        let sum = chain(&before, &id, &row.get::<_, Vec<u8>>(2)?);
        if row.get::<_, Vec<u8>>(3)? != sum {
            return Ok(Err(seq));
        }
        (count, before) = (count + 1, sum);
    }
    Ok(Ok(count))
}
