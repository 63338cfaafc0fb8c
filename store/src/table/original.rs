//! Signed originals kept while the county could still lose them: thirty days after their receipt (ruling 9).
//!
//! An original says once more what the document of its case says. When nobody waits for it, it is put down as what differs from
//! the document beside it; before that document is written anew, it stands for itself again. What comes out is held against the
//! digest it is known by.

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use crate::column::Sql;
use crate::error::StoreError;
use crate::pack::{self, Packed};
use crate::tx::{Read, Write};

/// An original the county numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
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

/// How an original lies in its row.
mod form {
    /// By itself; it may become a difference.
    pub(super) const NEW: u8 = 0;
    /// As what differs from the document of its case, as earlier programs put it down.
    pub(super) const DIFFERENCE: u8 = 1;
    /// By itself, since a difference would be no smaller.
    pub(super) const WHOLE: u8 = 2;
    /// As what differs from what all originals say and the document of its case.
    pub(super) const FITTED: u8 = 3;
}

/// The words in which all originals say what they are (docs/protocol.md, Items). Only saves room, and may never change: originals
/// were put down as what differs from it.
const ENVELOPE: &[u8] = include_bytes!("original/envelope.cbor");

/// With the document where it is needed to read the original.
const SELECT: &str = "SELECT p.item, p.\"case\", p.seq, p.at, o.receipt, o.bundle, o.form, o.bytes, f.meta, d.snapshot \
     FROM original AS o JOIN receipt AS p ON p.n = o.receipt \
     LEFT JOIN document AS d ON o.form IN (1, 3) AND d.\"case\" = p.\"case\" LEFT JOIN facts AS f ON f.n = d.facts";
/// New ones, with the document. An original that nothing left with needs no bundle any more.
const SELECT_NEW: &str = "SELECT p.item, p.\"case\", p.seq, p.at, o.receipt, \
     CASE WHEN EXISTS (SELECT 1 FROM original AS b WHERE b.bundle = o.bundle AND b.bundle <> 0 AND b.receipt <> o.receipt) \
       OR EXISTS (SELECT 1 FROM outbox AS b WHERE b.bundle = o.bundle) THEN o.bundle ELSE 0 END, \
     o.form, o.bytes, f.meta, d.snapshot \
     FROM original AS o JOIN receipt AS p ON p.n = o.receipt LEFT JOIN document AS d ON d.\"case\" = p.\"case\" \
     LEFT JOIN facts AS f ON f.n = d.facts WHERE o.form = 0 LIMIT ?1";

/// Keeps the original of an item that still waits in the outbox, as it lies there, under the number of its receipt; one that is
/// there stays.
pub(crate) fn keep(w: &Write<'_>, receipt: i64, item: Digest) -> Result<(), StoreError> {
    let sql = "INSERT INTO original (receipt, bytes, bundle) SELECT ?1, bytes, bundle FROM outbox WHERE item = ?2 \
         ON CONFLICT (receipt) DO NOTHING";
    w.conn.execute(sql, params![receipt, Sql(item)])?;
    Ok(())
}

/// An original.
///
/// # Errors
/// [`StoreError::Damaged`] when it cannot be made from the document any more.
pub fn get(r: &Read<'_>, item: Digest) -> Result<Option<Original>, StoreError> {
    let mut statement = r.conn.prepare(&format!("{SELECT} WHERE p.item = ?1"))?;
    statement.query_row([Sql(item)], Lying::read).optional()?.map(|lying| lying.whole()).transpose()
}

/// Originals in the county's order after (`seq`, `item`); start with `None`.
///
/// # Errors
/// As [`get`].
pub fn list(r: &Read<'_>, after: Option<(u64, Digest)>, limit: usize) -> Result<Vec<Original>, StoreError> {
    let (seq, item) = after.unwrap_or((0, Digest([0; 32])));
    // Which ones is seen from the receipts alone: documents are read of those that are given.
    let mut statement = r.conn.prepare(&format!(
        "{SELECT} WHERE o.receipt IN (SELECT q.n FROM receipt AS q JOIN original AS k ON k.receipt = q.n \
         WHERE q.seq >= ?1 AND (q.seq > ?1 OR q.item > ?2) ORDER BY q.seq, q.item LIMIT ?3) ORDER BY p.seq, p.item"
    ))?;
    let rows = statement.query_map(params![seq, Sql(item), limit], Lying::read)?;
    rows.map(|row| row?.whole()).collect()
}

/// Puts originals down as what differs from their documents, at most `limit`. Gives how many it looked at: fewer mean that
/// none is left.
pub fn fold(w: &Write<'_>, limit: usize) -> Result<usize, StoreError> {
    let mut new = w.conn.prepare(SELECT_NEW)?;
    let found = new.query_map([limit], Lying::read)?.collect::<Result<Vec<_>, _>>()?;
    for lying in &found {
        let plain = pack::unpack(&lying.kept).map_err(|_| StoreError::Damaged { set_aside: None })?;
        let smaller = |difference: &Vec<u8>| difference.len() < lying.kept.len();
        let difference = lying.base(form::FITTED).and_then(|base| pack::difference(&plain, &base).ok());
        match difference.filter(smaller) {
            Some(difference) => lay(w, lying, &difference, form::FITTED)?,
            None => lay(w, lying, &lying.kept, form::WHOLE)?,
        }
    }
    Ok(found.len())
}

/// Lets the originals of a case stand for themselves again, before its document is written anew or goes.
///
/// # Errors
/// As [`get`].
pub(crate) fn unfold(w: &Write<'_>, case: CaseId) -> Result<(), StoreError> {
    let mut folded = w.conn.prepare(&format!("{SELECT} WHERE o.form IN (1, 3) AND p.\"case\" = ?1"))?;
    let found = folded.query_map([Sql(case)], Lying::read)?.collect::<Result<Vec<_>, _>>()?;
    for lying in found {
        let whole = lying.whole()?;
        lay(w, &lying, &pack::pack(&whole.bytes), form::NEW)?;
    }
    Ok(())
}

/// Lays an original down in another form. A row that is only made smaller would leave its page half empty; taken out and put
/// in again it lets pages grow together.
fn lay(w: &Write<'_>, lying: &Lying, bytes: &[u8], form: u8) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM original WHERE receipt = ?1", [lying.receipt])?;
    let sql = "INSERT INTO original (receipt, bundle, form, bytes) VALUES (?1, ?2, ?3, ?4)";
    w.conn.execute(sql, params![lying.receipt, lying.item.bundle, form, bytes])?;
    Ok(())
}

/// Forgets originals whose receipt is older than `before`. Returns how many.
pub fn prune(w: &Write<'_>, before: Millis) -> Result<usize, StoreError> {
    let sql = "DELETE FROM original WHERE (SELECT at FROM receipt WHERE n = original.receipt) < ?1";
    Ok(w.conn.execute(sql, [before])?)
}

/// Takes out originals that cannot be made from their documents any more, after a rescue. Gives how many.
pub(crate) fn remove_unreadable(r: &Read<'_>) -> Result<usize, StoreError> {
    let mut statement = r.conn.prepare(&format!("{SELECT} WHERE o.form IN (1, 3)"))?;
    let mut lost = Vec::new();
    for lying in statement.query_map([], Lying::read)? {
        let lying = lying?;
        lost.extend(lying.whole().is_err().then_some(lying.receipt));
    }
    for receipt in &lost {
        r.conn.execute("DELETE FROM original WHERE receipt = ?1", [receipt])?;
    }
    Ok(lost.len())
}

/// An original as it lies in its row.
struct Lying {
    /// Number of its receipt.
    receipt: i64,
    /// Without its bytes.
    item: Original,
    form: u8,
    kept: Vec<u8>,
    /// Facts and document of its case to hold it against; `None` where they are not asked for or not there.
    document: Option<(Vec<u8>, Vec<u8>)>,
}

impl Lying {
    fn read(row: &Row<'_>) -> rusqlite::Result<Lying> {
        let case: CaseId = row.get::<_, Sql<_>>(1)?.0;
        let document: Option<(Vec<u8>, Vec<u8>)> = match row.get::<_, Option<Packed<Vec<u8>>>>(9)? {
            Some(snapshot) => Some((row.get(8)?, snapshot.0)),
            None => None,
        };
        Ok(Lying {
            receipt: row.get(4)?,
            item: Original {
                item: row.get::<_, Sql<_>>(0)?.0,
                case,
                seq: row.get(2)?,
                bytes: Vec::new(),
                at: row.get(3)?,
                bundle: row.get(5)?,
            },
            form: row.get(6)?,
            kept: row.get(7)?,
            document,
        })
    }

    /// What an original in that form is held against.
    fn base(&self, form: u8) -> Option<Vec<u8>> {
        let (meta, snapshot) = self.document.as_ref()?;
        let known = if form == form::FITTED { ENVELOPE } else { &[] };
        Some([known, self.item.case.0.as_bytes(), meta, snapshot].concat())
    }

    fn whole(&self) -> Result<Original, StoreError> {
        let differs = [form::DIFFERENCE, form::FITTED].contains(&self.form);
        let bytes = match self.base(self.form) {
            Some(base) if differs => pack::from_difference(&self.kept, &base),
            None if differs => Err(std::io::ErrorKind::NotFound.into()),
            _ => pack::unpack(&self.kept),
        };
        let fits = |bytes: &Vec<u8>| !differs || Sha256::digest(bytes).as_slice() == self.item.item.0;
        let whole = bytes.ok().filter(fits);
        let bytes = whole.ok_or(StoreError::Damaged { set_aside: None })?;
        Ok(Original { bytes, ..self.item.clone() })
    }
}

#[cfg(test)]
mod tests {
    use domain::id::CaseId;
    use uuid::Uuid;

    use super::*;
    use crate::table::document::{self, Document};
    use crate::table::receipt::{self, Receipt};
    use crate::{DbKey, FolderLock, Store};

    #[test]
    fn an_original_that_an_earlier_program_put_down_comes_out_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(dir.path()).unwrap();
        let store = Store::open(&lock, &DbKey::generate().unwrap()).unwrap();
        let case = CaseId(Uuid::from_u128(7));
        let (meta, snapshot) = (b"facts of the case".to_vec(), b"what was entered, word by word".repeat(9));
        let bytes = [b"signed: ".as_slice(), &snapshot].concat();
        let item = Digest(Sha256::digest(&bytes).into());
        let earlier = [case.0.as_bytes().as_slice(), &meta, &snapshot].concat();
        let kept = pack::difference(&bytes, &earlier).unwrap();
        let lies_as =
            |r: &Read<'_>| r.conn.query_row("SELECT form FROM original", [], |row| row.get::<_, u8>(0));
        store
            .write::<_, StoreError>(|w| {
                let row =
                    Document { case, release: 1, meta, snapshot, heads: Vec::new(), acked_heads: Vec::new() };
                document::insert(w, &row)?;
                let n = receipt::put(w, &Receipt { item, case, seq: 1, seal: 0, at: 5 })?;
                let sql = "INSERT INTO original (receipt, bundle, form, bytes) VALUES (?1, 3, ?2, ?3)";
                w.conn.execute(sql, params![n, form::DIFFERENCE, kept])?;
                assert_eq!(get(w, item)?.unwrap().bytes, bytes);
                // Once its document is written anew, it is put down as originals are today. It left alone: its bundle is forgotten.
                document::fold(w, case, b"something else", &[])?;
                assert_eq!((get(w, item)?.unwrap().bytes, lies_as(w)?), (bytes.clone(), form::NEW));
                document::fold(w, case, &bytes, &[])?;
                assert_eq!(fold(w, 9)?, 1);
                assert_eq!(lies_as(w)?, form::FITTED);
                let fitted = get(w, item)?.unwrap();
                assert_eq!((fitted.bytes, fitted.bundle), (bytes, 0));
                Ok(())
            })
            .unwrap();
    }
}
