//! The installations the county knows, their keys, and who works at them.

use domain::id::{DeskId, PersonId};
use domain::region::RegionCode;
use rusqlite::{OptionalExtension, Row, params};

use super::{Result, View, Write, hash, parsed};

/// One installation.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its id.
    pub id: DeskId,
    /// Three characters its provisional numbers begin with.
    pub prefix: String,
    /// The unit it stands in.
    pub unit: RegionCode,
    /// Whether it was revoked.
    pub revoked: bool,
    /// SHA-256 of the public key in its certificate.
    pub tls_key: [u8; 32],
    /// The one before, as long as the newer certificate was not seen in use.
    pub tls_key_before: Option<[u8; 32]>,
    /// Ed25519 public key it signs chunks and acts with.
    pub device_key: [u8; 32],
    /// End of its newest certificate, milliseconds.
    pub expires: i64,
    /// When it last asked for anything, milliseconds.
    pub seen: Option<i64>,
    /// The highest place it said it holds.
    pub cursor: u64,
}

/// A person at a desk.
#[derive(Debug, Clone)]
pub struct AtDesk {
    /// The person.
    pub person: PersonId,
    /// The unit they work for there.
    pub unit: RegionCode,
    /// Ed25519 public key they sign acts with there.
    pub key: [u8; 32],
}

const COLUMNS: &str = "id, prefix, unit, state, tls_key, tls_key_before, device_key, expires, seen, cursor";

struct Raw {
    id: String,
    unit: String,
    tls_key: Vec<u8>,
    tls_key_before: Option<Vec<u8>>,
    device_key: Vec<u8>,
    cursor: i64,
    prefix: String,
    revoked: bool,
    expires: i64,
    seen: Option<i64>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        prefix: row.get(1)?,
        unit: row.get(2)?,
        revoked: row.get::<_, String>(3)? != "active",
        tls_key: row.get(4)?,
        tls_key_before: row.get(5)?,
        device_key: row.get(6)?,
        expires: row.get(7)?,
        seen: row.get(8)?,
        cursor: row.get(9)?,
    })
}

fn desk(raw: Raw) -> Result<Desk> {
    Ok(Desk {
        id: parsed(&raw.id, "desk.id")?,
        prefix: raw.prefix,
        unit: parsed(&raw.unit, "desk.unit")?,
        revoked: raw.revoked,
        tls_key: hash(&raw.tls_key, "desk.tls_key")?,
        tls_key_before: raw.tls_key_before.map(|key| hash(&key, "desk.tls_key_before")).transpose()?,
        device_key: hash(&raw.device_key, "desk.device_key")?,
        expires: raw.expires,
        seen: raw.seen,
        cursor: raw.cursor.unsigned_abs(),
    })
}

/// The desk of that id.
pub fn get(view: &View<'_>, id: DeskId) -> Result<Option<Desk>> {
    let mut found = view.sql.prepare_cached(&format!("SELECT {COLUMNS} FROM desk WHERE id = ?1"))?;
    found.query_row([id.to_string()], raw).optional()?.map(desk).transpose()
}

/// Every desk, in the order they came.
pub fn all(view: &View<'_>) -> Result<Vec<Desk>> {
    let mut found = view.sql.prepare(&format!("SELECT {COLUMNS} FROM desk ORDER BY created, id"))?;
    let rows = found.query_map([], raw)?;
    rows.map(|row| desk(row?)).collect()
}

/// How many desks sign with that key: a machine and those copied from it.
pub fn with_key(view: &View<'_>, device_key: &[u8; 32]) -> Result<u64> {
    let mut found = view.sql.prepare_cached("SELECT count(*) FROM desk WHERE device_key = ?1")?;
    Ok(found.query_row([device_key], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// Whether a desk has that prefix already.
pub fn prefix_taken(view: &View<'_>, prefix: &str) -> Result<bool> {
    Ok(view
        .sql
        .query_row("SELECT EXISTS (SELECT 1 FROM desk WHERE prefix = ?1)", [prefix], |row| row.get(0))?)
}

/// Adds a desk.
pub fn add(write: &Write<'_>, desk: &Desk, now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO desk (id, prefix, unit, tls_key, device_key, expires, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            desk.id.to_string(), desk.prefix, desk.unit.as_str(), desk.tls_key, desk.device_key, desk.expires, now
        ],
    )?;
    Ok(())
}

/// Notes the key and end of the certificate it was given. The key before stays good until the new one is seen in use:
/// the answer may get lost on the way.
pub fn renewed(write: &Write<'_>, id: DeskId, tls_key: &[u8; 32], expires: i64) -> Result<()> {
    write.sql.execute(
        "UPDATE desk SET tls_key_before = CASE WHEN tls_key = ?2 THEN tls_key_before ELSE tls_key END,
                         tls_key = ?2, expires = ?3 WHERE id = ?1",
        params![id.to_string(), tls_key, expires],
    )?;
    Ok(())
}

/// Locks a desk out. False when there is no such desk, or it is out already.
pub fn revoke(write: &Write<'_>, id: DeskId, now: i64) -> Result<bool> {
    let changed = write.sql.execute(
        "UPDATE desk SET state = 'revoked', revoked = ?2 WHERE id = ?1 AND state = 'active'",
        params![id.to_string(), now],
    )?;
    Ok(changed > 0)
}

/// Notes that the desk was here with its newest key, what it holds and which catalogue it knows.
pub fn saw(write: &Write<'_>, id: DeskId, cursor: u64, catalogue: Option<&[u8; 32]>, now: i64) -> Result<()> {
    write
        .sql
        .prepare_cached("UPDATE desk SET seen = ?2, cursor = max(cursor, ?3), catalogue = coalesce(?4, catalogue) WHERE id = ?1")?
        .execute(params![
            id.to_string(),
            now,
            i64::try_from(cursor).unwrap_or(i64::MAX),
            catalogue.map(|hash| hash.as_slice())
        ])?;
    Ok(())
}

/// Forgets the key before: the desk uses the new one.
pub fn settled(write: &Write<'_>, id: DeskId) -> Result<()> {
    write.sql.execute("UPDATE desk SET tls_key_before = NULL WHERE id = ?1", [id.to_string()])?;
    Ok(())
}

/// Puts a person at a desk, or gives them another key there.
pub fn put_person(write: &Write<'_>, id: DeskId, at: &AtDesk, now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO desk_person (desk, person, unit, key, enrolled) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (desk, person) DO UPDATE SET unit = excluded.unit, key = excluded.key, enrolled = excluded.enrolled",
        params![id.to_string(), at.person.to_string(), at.unit.as_str(), at.key, now],
    )?;
    put_key(write, id, at.person, &at.key, now)
}

/// Every key that person signed with at that desk, newest first. Whoever is enrolled again gets another one; what they
/// signed before and sends later stays good.
pub fn keys(view: &View<'_>, id: DeskId, person: PersonId) -> Result<Vec<[u8; 32]>> {
    let mut found = view.sql.prepare_cached(
        "SELECT key FROM desk_person_key WHERE desk = ?1 AND person = ?2 ORDER BY since DESC, rowid DESC",
    )?;
    let rows =
        found.query_map(params![id.to_string(), person.to_string()], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|key| hash(&key?, "desk_person_key.key")).collect()
}

/// Notes a key that person signs, or signed, with at that desk.
pub fn put_key(write: &Write<'_>, id: DeskId, person: PersonId, key: &[u8; 32], now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO desk_person_key (desk, person, key, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![id.to_string(), person.to_string(), key, now],
    )?;
    Ok(())
}

/// Everybody at that desk.
pub fn people(view: &View<'_>, id: DeskId) -> Result<Vec<AtDesk>> {
    let mut found = view.sql.prepare_cached(
        "SELECT person, unit, key FROM desk_person WHERE desk = ?1 ORDER BY enrolled, person",
    )?;
    let rows = found.query_map([id.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    rows.map(|row| {
        let (person, unit, key) = row?;
        Ok(AtDesk {
            person: parsed(&person, "desk_person.person")?,
            unit: parsed(&unit, "desk_person.unit")?,
            key: hash(&key, "desk_person.key")?,
        })
    })
    .collect()
}

/// That person at that desk.
pub fn person(view: &View<'_>, id: DeskId, person: PersonId) -> Result<Option<AtDesk>> {
    Ok(people(view, id)?.into_iter().find(|at| at.person == person))
}
