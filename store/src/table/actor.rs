//! Which writer of document changes was which person on which desk (ruling 5).

use domain::id::{DeskId, PersonId};
use domain::region::RegionCode;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::Sql;
use crate::error::StoreError;
use crate::tx::{Read, Write};

/// The claim that an actor id belongs to a person on a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Actor id, 16 to 32 bytes.
    pub actor: Vec<u8>,
    /// The desk it wrote on.
    pub desk: DeskId,
    /// The person who wrote.
    pub person: PersonId,
    /// Their name then.
    pub name: String,
    /// Their unit then.
    pub unit: RegionCode,
}

/// Keeps a claim. The first one for an actor stays; returns whether the kept one is the same.
pub fn put(w: &Write<'_>, actor: &Actor) -> Result<bool, StoreError> {
    w.conn.execute(
        "INSERT INTO actor (actor, desk, person, name, unit) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![actor.actor, Sql(actor.desk), Sql(actor.person), actor.name, Sql(&actor.unit)],
    )?;
    Ok(get(w, &actor.actor)?.is_some_and(|kept| kept.desk == actor.desk && kept.person == actor.person))
}

/// Who an actor was.
pub fn get(r: &Read<'_>, actor: &[u8]) -> Result<Option<Actor>, StoreError> {
    let mut statement =
        r.conn.prepare("SELECT actor, desk, person, name, unit FROM actor WHERE actor = ?1")?;
    Ok(statement.query_row([actor], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Actor> {
    Ok(Actor {
        actor: row.get(0)?,
        desk: row.get::<_, Sql<_>>(1)?.0,
        person: row.get::<_, Sql<_>>(2)?.0,
        name: row.get(3)?,
        unit: row.get::<_, Sql<_>>(4)?.0,
    })
}
