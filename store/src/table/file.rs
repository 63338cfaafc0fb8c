//! Attached files as the database knows them: what they are, whether they lie here, which cases name them.

use std::collections::BTreeSet;

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::table::outbox::Waiting;
use crate::tx::{Read, Write};

/// Milliseconds until a file is asked for again that the county does not have, and how often that is doubled.
const FIRST_WAIT: Millis = 30_000;
const DOUBLED: u32 = 9;
const LONGEST_WAIT: Millis = FIRST_WAIT << DOUBLED;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// SHA-256 of its plain bytes.
    pub sha256: Digest,
    /// Plain bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
    /// Whether the bytes lie on this machine.
    pub here: bool,
    /// When it became known.
    pub at: Millis,
}

/// A case naming a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The case.
    pub case: CaseId,
    /// Material slot.
    pub slot: String,
    /// Key of the attachment in the case.
    pub key: String,
    /// The file.
    pub sha256: Digest,
}

/// Makes a file known, after its bytes were kept (`here`) or announced. Being here is never taken back by this.
pub fn put(w: &Write<'_>, file: &FileRow) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO file (sha256, size, mime, here, at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (sha256) DO UPDATE SET here = max(here, excluded.here)",
        params![Sql(file.sha256), file.size, file.mime, file.here, file.at],
    )?;
    Ok(())
}

/// A file.
pub fn get(r: &Read<'_>, sha256: Digest) -> Result<Option<FileRow>, StoreError> {
    let mut statement = r.conn.prepare("SELECT sha256, size, mime, here, at FROM file WHERE sha256 = ?1")?;
    Ok(statement.query_row([Sql(sha256)], read).optional()?)
}

/// Notes whether the bytes lie here, after fetching them or finding them gone.
pub fn set_here(w: &Write<'_>, sha256: Digest, here: bool) -> Result<(), StoreError> {
    w.conn.execute("UPDATE file SET here = ?2 WHERE sha256 = ?1", params![Sql(sha256), here])?;
    Ok(())
}

/// Files named by a case whose bytes are not here and that may be asked for at `now`: those asked for least often first, then the
/// smallest, with one case that names each.
pub fn missing(r: &Read<'_>, now: Millis, limit: usize) -> Result<Vec<(CaseId, FileRow)>, StoreError> {
    let mut statement = r.conn.prepare(
        "SELECT f.sha256, f.size, f.mime, f.here, f.at, \
         (SELECT \"case\" FROM file_ref AS n WHERE n.sha256 = f.sha256 LIMIT 1) AS named \
         FROM file AS f WHERE f.here = 0 AND named IS NOT NULL \
         AND (f.not_before <= ?1 OR f.not_before > ?1 + ?2) ORDER BY f.asked, f.size, f.sha256 LIMIT ?3",
    )?;
    // A time further ahead than anything is put off was written under a clock that was wrong.
    let rows = statement
        .query_map(params![now, LONGEST_WAIT, limit], |row| Ok((row.get::<_, Sql<_>>(5)?.0, read(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The county does not have a file yet: it is asked for again half a minute later, then after twice that time, and so on up to a
/// few hours. What arrives there meanwhile comes after at most as long as it was waited for.
pub fn put_off(w: &Write<'_>, sha256: Digest, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE file SET not_before = ?2 + (?3 << min(asked, ?4)), asked = asked + 1 WHERE sha256 = ?1";
    w.conn.execute(sql, params![Sql(sha256), now, FIRST_WAIT, DOUBLED])?;
    Ok(())
}

/// How many files named by cases are not here, and their bytes.
pub fn missing_in_all(r: &Read<'_>) -> Result<Waiting, StoreError> {
    let sql = "SELECT count(*), coalesce(sum(f.size), 0) FROM file AS f WHERE f.here = 0 \
               AND EXISTS (SELECT 1 FROM file_ref AS n WHERE n.sha256 = f.sha256)";
    Ok(r.conn.query_row(sql, [], |row| Ok(Waiting { items: row.get(0)?, cases: 0, bytes: row.get(1)? }))?)
}

/// Digests of all files that should lie on this machine.
pub fn all_here(r: &Read<'_>) -> Result<BTreeSet<Digest>, StoreError> {
    let mut statement = r.conn.prepare("SELECT sha256 FROM file WHERE here = 1")?;
    let rows = statement.query_map([], |row| Ok(row.get::<_, Sql<_>>(0)?.0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Lets a case name a file; the same slot and key point to the new file afterwards.
///
/// # Errors
/// When the file is not known.
pub fn attach(w: &Write<'_>, named: &FileRef) -> Result<(), StoreError> {
    w.conn.execute(
        "INSERT INTO file_ref (\"case\", slot, key, sha256) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (\"case\", slot, key) DO UPDATE SET sha256 = excluded.sha256",
        params![Sql(named.case), named.slot, named.key, Sql(named.sha256)],
    )?;
    Ok(())
}

/// Takes an attachment of a case away; the file itself stays. Returns whether it was there.
pub fn detach(w: &Write<'_>, case: CaseId, slot: &str, key: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM file_ref WHERE \"case\" = ?1 AND slot = ?2 AND key = ?3";
    Ok(w.conn.execute(sql, params![Sql(case), slot, key])? == 1)
}

/// The files a case names, by slot and key.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<FileRef>, StoreError> {
    let mut statement = r
        .conn
        .prepare("SELECT \"case\", slot, key, sha256 FROM file_ref WHERE \"case\" = ?1 ORDER BY slot, key")?;
    let rows = statement.query_map([Sql(case)], |row| {
        Ok(FileRef {
            case: row.get::<_, Sql<_>>(0)?.0,
            slot: row.get(1)?,
            key: row.get(2)?,
            sha256: row.get::<_, Sql<_>>(3)?.0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets a file that no case names and nothing waits to send. Returns whether it was forgotten; only then may its bytes
/// be removed, after the transaction was committed.
pub fn forget(w: &Write<'_>, sha256: Digest) -> Result<bool, StoreError> {
    let unnamed = "NOT EXISTS (SELECT 1 FROM file_ref WHERE sha256 = ?1) \
         AND NOT EXISTS (SELECT 1 FROM upload WHERE sha256 = ?1 AND state IN ('waiting', 'sending'))";
    w.conn.execute(&format!("DELETE FROM upload WHERE sha256 = ?1 AND {unnamed}"), [Sql(sha256)])?;
    Ok(w.conn.execute(&format!("DELETE FROM file WHERE sha256 = ?1 AND {unnamed}"), [Sql(sha256)])? == 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        sha256: row.get::<_, Sql<_>>(0)?.0,
        size: row.get(1)?,
        mime: row.get(2)?,
        here: row.get(3)?,
        at: row.get(4)?,
    })
}
