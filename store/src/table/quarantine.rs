//! Items that were refused or cannot be used: kept with a code until a person has looked at them.

use domain::id::{CaseId, Digest, PersonId};
use domain::moment::Millis;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// Which way an item was going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the county, which refused it.
    Up,
    /// From the county; this desk cannot use it.
    Down,
}

/// An item that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// SHA-256 of `bytes`.
    pub item: Digest,
    /// The case.
    pub case: CaseId,
    /// Who made it, if known.
    pub person: Option<PersonId>,
    /// Which way it was going.
    pub direction: Direction,
    /// Refusal code, snake_case.
    pub code: String,
    /// The item.
    pub bytes: Vec<u8>,
    /// When it was refused.
    pub at: Millis,
    /// The bundle it left in; items of one bundle go once more together. 0: alone.
    pub bundle: i64,
    /// Version of the program that could not go on with it.
    pub program: String,
}

const COLUMNS: &str = "item, \"case\", person, direction, code, bytes, at, bundle, program";

/// Puts an item in, or notes that it was refused again.
pub fn put(w: &Write<'_>, entry: &Quarantined) -> Result<(), StoreError> {
    let direction = match entry.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    w.conn.execute(
        "INSERT INTO quarantine (item, \"case\", person, direction, code, bytes, at, bundle, program) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (item) DO UPDATE SET code = excluded.code, at = excluded.at, bundle = excluded.bundle, \
         program = excluded.program, settled = 0",
        params![
            Sql(entry.item),
            Sql(entry.case),
            entry.person.map(Sql),
            direction,
            entry.code,
            entry.bytes,
            entry.at,
            entry.bundle,
            entry.program
        ],
    )?;
    Ok(())
}

/// What needs a person, oldest first, at most `limit`.
pub fn open(r: &Read<'_>, limit: usize) -> Result<Vec<Quarantined>, StoreError> {
    let mut statement = r
        .conn
        .prepare(&format!("SELECT {COLUMNS} FROM quarantine WHERE settled = 0 ORDER BY at, item LIMIT ?1"))?;
    let rows = statement.query_map([limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One item, settled or not.
pub fn get(r: &Read<'_>, item: Digest) -> Result<Option<Quarantined>, StoreError> {
    let mut statement = r.conn.prepare(&format!("SELECT {COLUMNS} FROM quarantine WHERE item = ?1"))?;
    Ok(statement.query_row([Sql(item)], read).optional()?)
}

/// Everything of a case that was ever put aside here, settled or not, oldest first: its branches.
pub fn of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<Quarantined>, StoreError> {
    let mut statement = r
        .conn
        .prepare(&format!("SELECT {COLUMNS} FROM quarantine WHERE \"case\" = ?1 ORDER BY at, rowid"))?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What of a case needs a person, oldest first.
pub fn open_of_case(r: &Read<'_>, case: CaseId) -> Result<Vec<Quarantined>, StoreError> {
    let mut statement = r.conn.prepare(&format!(
        "SELECT {COLUMNS} FROM quarantine WHERE \"case\" = ?1 AND settled = 0 ORDER BY at, rowid"
    ))?;
    let rows = statement.query_map([Sql(case)], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes an item out, because it goes once more.
pub fn remove(w: &Write<'_>, item: Digest) -> Result<(), StoreError> {
    w.conn.execute("DELETE FROM quarantine WHERE item = ?1", [Sql(item)])?;
    Ok(())
}

/// How many items need a person.
pub fn count(r: &Read<'_>) -> Result<u64, StoreError> {
    Ok(r.conn.query_row("SELECT count(*) FROM quarantine WHERE settled = 0", [], |row| row.get(0))?)
}

/// A person dealt with an item; it stays readable. Returns whether it was open.
pub fn settle(w: &Write<'_>, item: Digest) -> Result<bool, StoreError> {
    Ok(w.conn.execute("UPDATE quarantine SET settled = 1 WHERE item = ?1 AND settled = 0", [Sql(item)])? == 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let direction: String = row.get(3)?;
    let direction = match direction.as_str() {
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => {
            let error = Box::new(FromSqlError::InvalidType);
            return Err(rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error));
        }
    };
    Ok(Quarantined {
        item: row.get::<_, Sql<_>>(0)?.0,
        case: row.get::<_, Sql<_>>(1)?.0,
        person: row.get::<_, Option<Sql<_>>>(2)?.map(|person| person.0),
        direction,
        code: row.get(4)?,
        bytes: row.get(5)?,
        at: row.get(6)?,
        bundle: row.get(7)?,
        program: row.get(8)?,
    })
}
