//! Whose hand a change in a document is: actor, desk, person. The first claim stands for ever (ruling 5).

use domain::id::{CaseId, DeskId, PersonId};
use domain::region::RegionCode;
use rusqlite::{OptionalExtension, params};

use super::{Result, View, Write, parsed};

/// A bound actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The writer named inside changes.
    pub actor: [u8; 16],
    /// The desk.
    pub desk: DeskId,
    /// The person.
    pub person: PersonId,
    /// The unit that person worked for.
    pub unit: RegionCode,
    /// The person's name then, for display.
    pub name: String,
}

type Raw = ([u8; 16], String, String, String, String);

fn actor((actor, desk, person, unit, name): Raw) -> Result<Actor> {
    Ok(Actor {
        actor,
        desk: parsed(&desk, "actor.desk")?,
        person: parsed(&person, "actor.person")?,
        unit: parsed(&unit, "actor.unit")?,
        name,
    })
}

/// The binding of that actor.
pub fn get(view: &View<'_>, id: &[u8; 16]) -> Result<Option<Actor>> {
    let mut found =
        view.sql.prepare_cached("SELECT actor, desk, person, unit, name FROM actor WHERE actor = ?1")?;
    let row =
        found.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
    row.optional()?.map(actor).transpose()
}

/// Binds an actor that was not bound yet.
pub fn add(write: &Write<'_>, actor: &Actor, now: i64) -> Result<()> {
    write
        .sql
        .prepare_cached(
            "INSERT INTO actor (actor, desk, person, unit, name, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            actor.actor,
            actor.desk.to_string(),
            actor.person.to_string(),
            actor.unit.as_str(),
            actor.name,
            now
        ])?;
    Ok(())
}

/// Notes that the actor wrote in the case.
pub fn wrote_in(write: &Write<'_>, case: CaseId, actor: &[u8; 16]) -> Result<()> {
    write
        .sql
        .prepare_cached("INSERT INTO case_actor (case_id, actor) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![case.to_string(), actor])?;
    Ok(())
}

/// Everybody who wrote in the case.
pub fn of_case(view: &View<'_>, case: CaseId) -> Result<Vec<Actor>> {
    let mut found = view.sql.prepare_cached(
        "SELECT actor.actor, desk, person, unit, name FROM actor
         JOIN case_actor ON case_actor.actor = actor.actor WHERE case_id = ?1 ORDER BY actor.actor",
    )?;
    let rows = found.query_map([case.to_string()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    })?;
    rows.map(|row| actor(row?)).collect()
}
