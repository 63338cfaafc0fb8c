//! One-time codes that let a person set up a desk. Only the hash of a code's secret is kept.

use domain::id::{DeskId, PersonId};
use domain::region::RegionCode;
use rusqlite::params;

use super::{Result, View, Write, hash, parsed};

/// A code that was given out.
#[derive(Debug, Clone)]
pub struct EnrolCode {
    /// Whom it is for.
    pub person: PersonId,
    /// In which unit.
    pub unit: RegionCode,
    /// When it ends, milliseconds.
    pub expires: i64,
    /// When it was used.
    pub used: Option<i64>,
    /// Which desk it made or joined.
    pub desk: Option<DeskId>,
}

/// Keeps a new code.
pub fn add(
    write: &Write<'_>,
    hash: &[u8; 32],
    person: PersonId,
    unit: &RegionCode,
    now: i64,
    expires: i64,
) -> Result<()> {
    write.sql.execute(
        "INSERT INTO enrol_code (hash, person, unit, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![hash, person.to_string(), unit.as_str(), now, expires],
    )?;
    Ok(())
}

/// The code whose secret has that hash.
pub fn get(view: &View<'_>, hash: &[u8; 32]) -> Result<Option<EnrolCode>> {
    let mut found = view
        .sql
        .prepare_cached("SELECT person, unit, expires, used, desk FROM enrol_code WHERE hash = ?1")?;
    let mut rows = found.query([hash])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let desk: Option<String> = row.get(4)?;
    Ok(Some(EnrolCode {
        person: parsed(&row.get::<_, String>(0)?, "enrol_code.person")?,
        unit: parsed(&row.get::<_, String>(1)?, "enrol_code.unit")?,
        expires: row.get(2)?,
        used: row.get(3)?,
        desk: desk.map(|desk| parsed(&desk, "enrol_code.desk")).transpose()?,
    }))
}

/// The hashes of all secrets, the newest codes first.
pub fn hashes(view: &View<'_>) -> Result<Vec<[u8; 32]>> {
    let mut found = view.sql.prepare("SELECT hash FROM enrol_code ORDER BY created DESC")?;
    let rows = found.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| hash(&bytes?, "enrol_code.hash")).collect()
}

/// Marks the code as used by that desk.
pub fn spend(write: &Write<'_>, hash: &[u8; 32], desk: DeskId, now: i64) -> Result<()> {
    write.sql.execute(
        "UPDATE enrol_code SET used = ?2, desk = ?3 WHERE hash = ?1 AND used IS NULL",
        params![hash, now, desk.to_string()],
    )?;
    Ok(())
}
