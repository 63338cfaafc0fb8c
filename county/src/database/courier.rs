//! What desks said in their courier files, and what has to be known to answer them.

use domain::id::{CaseId, DeskId, Digest};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sync::courier::{FileAnswer, Up};
use sync::wire::{Epoch, from_cbor, to_cbor};

use super::{Error, Result, View, Write, hash};

/// What a desk said in its newest courier file.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Number of that courier file.
    pub number: u64,
    /// When it was taken in, milliseconds.
    pub arrived: i64,
    /// What it said.
    pub said: Said,
    /// Number of the last courier file that was made for the desk.
    pub sent: u64,
}

/// What a desk said, and what became of the files it brought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Said {
    /// The epoch its cursor belongs to.
    pub epoch: Option<Epoch>,
    /// Its words.
    pub up: Up,
    /// Its files.
    pub files: Vec<FileAnswer>,
}

/// What that desk said last.
pub fn get(view: &View<'_>, desk: DeskId) -> Result<Option<Heard>> {
    let mut found =
        view.sql.prepare_cached("SELECT number, arrived, said, sent FROM courier WHERE desk = ?1")?;
    let row: Option<(i64, i64, Vec<u8>, i64)> = found
        .query_row([desk.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    row.map(|(number, arrived, said, sent)| {
        Ok(Heard {
            number: number.unsigned_abs(),
            arrived,
            said: from_cbor(&said).map_err(|_| Error::Damaged("courier.said"))?,
            sent: sent.unsigned_abs(),
        })
    })
    .transpose()
}

/// Keeps what a desk said in its courier file of that number. An older one changes nothing.
pub fn heard(write: &Write<'_>, desk: DeskId, number: u64, said: &Said, now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO courier (desk, number, arrived, said) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (desk) DO UPDATE SET number = excluded.number, arrived = excluded.arrived, said = excluded.said
         WHERE excluded.number >= courier.number",
        params![desk.to_string(), i64::try_from(number).unwrap_or(i64::MAX), now, to_cbor(said)],
    )?;
    Ok(())
}

/// The number of the next courier file for a desk that was heard from.
pub fn next(write: &Write<'_>, desk: DeskId) -> Result<u64> {
    let sent: i64 = write.sql.query_row(
        "UPDATE courier SET sent = sent + 1 WHERE desk = ?1 RETURNING sent",
        [desk.to_string()],
        |row| row.get(0),
    )?;
    Ok(sent.unsigned_abs())
}

/// Notes that a courier file of somebody else arrived through `carrier`.
pub fn carried(write: &Write<'_>, carrier: DeskId, sha256: &Digest, now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO courier_box (carrier, sha256, arrived) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![carrier.to_string(), sha256.0, now],
    )?;
    Ok(())
}

/// Courier files of others that arrived through `carrier`, newest first.
pub fn boxes(view: &View<'_>, carrier: DeskId, limit: u32) -> Result<Vec<Digest>> {
    let mut found = view.sql.prepare(
        "SELECT sha256 FROM courier_box WHERE carrier = ?1 ORDER BY arrived DESC, sha256 LIMIT ?2",
    )?;
    let rows = found.query_map(params![carrier.to_string(), limit], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|row| Ok(Digest(hash(&row?, "courier_box.sha256")?))).collect()
}

/// Hash and counter tell whether a chunk was answered before; these are the answers from a counter on, oldest first.
pub fn answers(view: &View<'_>, desk: DeskId, from: u64) -> Result<Vec<Vec<u8>>> {
    let mut found = view.sql.prepare(
        "SELECT answer FROM desk_chunk WHERE desk = ?1 AND counter >= ?2 AND answer <> x'' ORDER BY counter",
    )?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let rows = found.query_map(params![desk.to_string(), from], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A file that arrived whole, as far as a courier file names it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it is.
    pub sha256: Digest,
    /// Its bytes.
    pub size: u64,
    /// Its media type.
    pub mime: String,
}

/// The files of a case that other desks than `desk` brought.
pub fn files_of_others(view: &View<'_>, case: CaseId, desk: DeskId) -> Result<Vec<Kept>> {
    let mut found = view.sql.prepare_cached(
        "SELECT sha256, size, mime FROM file WHERE case_id = ?1 AND desk <> ?2 ORDER BY size, sha256",
    )?;
    let rows = found.query_map(params![case.to_string(), desk.to_string()], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (sha256, size, mime) = row?;
        Ok(Kept { sha256: Digest(hash(&sha256, "file.sha256")?), size: size.unsigned_abs(), mime })
    })
    .collect()
}
