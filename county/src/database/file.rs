//! Photographs and papers: which arrived whole, and which are on their way.

use domain::id::{CaseId, DeskId, Digest};
use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write, hash, parsed};

/// A file that arrived whole.
#[derive(Debug, Clone)]
pub struct File {
    /// Its size in bytes.
    pub size: u64,
    /// Its media type as the desk said.
    pub mime: String,
}

/// A file on its way.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Random id, part of its address.
    pub id: String,
    /// The case it belongs to.
    pub case: CaseId,
    /// What it must turn out to be.
    pub sha256: Digest,
    /// Size in bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
    /// The desk that sends it.
    pub desk: DeskId,
    /// Bytes that are safely here.
    pub position: u64,
    /// Whether it arrived whole.
    pub done: bool,
    /// When it began or last went on, milliseconds since 1970 UTC.
    pub touched: i64,
}

/// The file of that hash in that case.
pub fn get(view: &View<'_>, case: CaseId, sha256: &Digest) -> Result<Option<File>> {
    let row = view.sql.query_row(
        "SELECT size, mime FROM file WHERE case_id = ?1 AND sha256 = ?2",
        params![case.to_string(), sha256.0],
        |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)),
    );
    Ok(row.optional()?.map(|(size, mime)| File { size: size.unsigned_abs(), mime }))
}

/// Starts an upload.
pub fn begin(write: &Write<'_>, upload: &Upload) -> Result<()> {
    write.sql.execute(
        "INSERT INTO upload (id, case_id, sha256, size, mime, desk, position, state, touched)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            upload.id,
            upload.case.to_string(),
            upload.sha256.0,
            i64::try_from(upload.size).unwrap_or(i64::MAX),
            upload.mime,
            upload.desk.to_string(),
            i64::try_from(upload.position).unwrap_or(i64::MAX),
            if upload.done { "done" } else { "open" },
            upload.touched
        ],
    )?;
    Ok(())
}

/// The upload of that file for that case which the desk began and did not finish.
pub fn begun(view: &View<'_>, case: CaseId, sha256: &Digest, desk: DeskId) -> Result<Option<Upload>> {
    let mut found = view.sql.prepare_cached(
        "SELECT id FROM upload WHERE case_id = ?1 AND sha256 = ?2 AND desk = ?3 AND state = 'open'
         ORDER BY position DESC LIMIT 1",
    )?;
    let id: Option<String> = found
        .query_row(params![case.to_string(), sha256.0, desk.to_string()], |row| row.get(0))
        .optional()?;
    id.map_or(Ok(None), |id| upload(view, &id))
}

/// Whether that desk sent that file for that case, whole.
pub fn was_sent(view: &View<'_>, case: CaseId, sha256: &Digest, desk: DeskId) -> Result<bool> {
    let mut found = view.sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM upload WHERE case_id = ?1 AND sha256 = ?2 AND desk = ?3 AND state = 'done')",
    )?;
    Ok(found.query_row(params![case.to_string(), sha256.0, desk.to_string()], |row| row.get(0))?)
}

/// The upload of that id.
pub fn upload(view: &View<'_>, id: &str) -> Result<Option<Upload>> {
    let mut found = view.sql.prepare_cached(
        "SELECT case_id, sha256, size, mime, desk, position, state, touched FROM upload WHERE id = ?1",
    )?;
    let mut rows = found.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Upload {
        id: id.to_owned(),
        case: parsed(&row.get::<_, String>(0)?, "upload.case_id")?,
        sha256: Digest(hash(&row.get::<_, Vec<u8>>(1)?, "upload.sha256")?),
        size: row.get::<_, i64>(2)?.unsigned_abs(),
        mime: row.get(3)?,
        desk: parsed(&row.get::<_, String>(4)?, "upload.desk")?,
        position: row.get::<_, i64>(5)?.unsigned_abs(),
        done: row.get::<_, String>(6)? == "done",
        touched: row.get(7)?,
    }))
}

/// Moves an upload from `from` to `to` bytes. False when somebody else moved it meanwhile.
pub fn advance(write: &Write<'_>, id: &str, from: u64, to: u64, now: i64) -> Result<bool> {
    let moved = write.sql.execute(
        "UPDATE upload SET position = ?3, touched = ?4 WHERE id = ?1 AND position = ?2 AND state = 'open'",
        params![id, i64::try_from(from).unwrap_or(i64::MAX), i64::try_from(to).unwrap_or(i64::MAX), now],
    )?;
    Ok(moved > 0)
}

/// Throws away what arrived: it is not what was announced.
pub fn restart(write: &Write<'_>, id: &str) -> Result<()> {
    write.sql.execute("UPDATE upload SET position = 0 WHERE id = ?1 AND state = 'open'", [id])?;
    Ok(())
}

/// The upload is whole: its file is there for everybody in scope.
pub fn finish(write: &Write<'_>, upload: &Upload, now: i64) -> Result<()> {
    write.sql.execute("UPDATE upload SET state = 'done', position = size WHERE id = ?1", [&upload.id])?;
    write.sql.execute(
        "INSERT INTO file (case_id, sha256, size, mime, desk, arrived) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![
            upload.case.to_string(),
            upload.sha256.0,
            i64::try_from(upload.size).unwrap_or(i64::MAX),
            upload.mime,
            upload.desk.to_string(),
            now
        ],
    )?;
    Ok(())
}

/// Bytes this desk began to send and did not finish.
pub fn open_bytes(view: &View<'_>, desk: DeskId) -> Result<u64> {
    let sum: i64 = view.sql.query_row(
        "SELECT coalesce(sum(size), 0) FROM upload WHERE desk = ?1 AND state = 'open'",
        [desk.to_string()],
        |row| row.get(0),
    )?;
    Ok(sum.unsigned_abs())
}

/// Forgets uploads that did not go on since `before` and never finished; their ids, for sweeping the folder.
pub fn expire(write: &Write<'_>, before: i64) -> Result<Vec<String>> {
    let mut found =
        write.sql.prepare("DELETE FROM upload WHERE state = 'open' AND touched < ?1 RETURNING id")?;
    let rows = found.query_map([before], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every file that arrived whole: its case and hash.
pub fn all(view: &View<'_>) -> Result<Vec<(CaseId, Digest)>> {
    let mut found = view.sql.prepare("SELECT case_id, sha256 FROM file ORDER BY case_id, sha256")?;
    let rows = found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    rows.map(|row| {
        let (case, sha256) = row?;
        Ok((parsed(&case, "file.case_id")?, Digest(hash(&sha256, "file.sha256")?)))
    })
    .collect()
}
