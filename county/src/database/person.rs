//! People, the units they work in and the roles they hold there.

use domain::id::PersonId;
use domain::region::RegionCode;
use domain::role::{Official, Role, Unit};
use rusqlite::{OptionalExtension, params};

use super::{Error, Result, View, Write, parsed};

/// A person with one of their units, as `user list` shows them.
#[derive(Debug, Clone)]
pub struct Line {
    /// The person in that unit.
    pub official: Official,
    /// Whether the person may still work.
    pub active: bool,
}

/// The name a role has in the database and on the command line.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::VillageAgent => "village_agent",
        Role::TownshipClerk => "township_clerk",
        Role::Department => "department",
        Role::CountyAdmin => "county_admin",
    }
}

/// The role of that name.
pub fn role_of(name: &str) -> Option<Role> {
    [Role::VillageAgent, Role::TownshipClerk, Role::Department, Role::CountyAdmin]
        .into_iter()
        .find(|role| role_name(*role) == name)
}

fn roles(view: &View<'_>, person: PersonId, unit: &RegionCode) -> Result<Vec<Role>> {
    let mut found = view
        .sql
        .prepare_cached("SELECT role FROM membership WHERE person = ?1 AND unit = ?2 ORDER BY role")?;
    let names = found.query_map(params![person.to_string(), unit.as_str()], |row| row.get::<_, String>(0))?;
    names.map(|name| role_of(&name?).ok_or(Error::Damaged("membership.role"))).collect()
}

/// The person as they stand in `unit` now, from the county's own table; nobody when unknown or disabled.
pub fn official(view: &View<'_>, person: PersonId, unit: &RegionCode) -> Result<Option<Official>> {
    let Some(name) = active(view, person)? else { return Ok(None) };
    let roles = roles(view, person, unit)?;
    Ok((!roles.is_empty()).then(|| Official { person, name, unit: unit.clone(), roles }))
}

/// The active people of that name in that unit, the first to come first.
pub fn named(view: &View<'_>, name: &str, unit: &RegionCode) -> Result<Vec<PersonId>> {
    let mut found = view.sql.prepare(
        "SELECT DISTINCT person.id FROM person JOIN membership ON membership.person = person.id
         WHERE person.name = ?1 AND membership.unit = ?2 AND person.state = 'active'
         ORDER BY person.created, person.id",
    )?;
    let ids = found.query_map(params![name, unit.as_str()], |row| row.get::<_, String>(0))?;
    ids.map(|id| parsed(&id?, "person.id")).collect()
}

/// The name of a person who may work; nobody when unknown or disabled.
pub fn active(view: &View<'_>, person: PersonId) -> Result<Option<String>> {
    let mut found = view.sql.prepare_cached("SELECT name FROM person WHERE id = ?1 AND state = 'active'")?;
    Ok(found.query_row([person.to_string()], |row| row.get(0)).optional()?)
}

/// Whether that person was enrolled at any desk.
pub fn is_enrolled(view: &View<'_>, person: PersonId) -> Result<bool> {
    Ok(view.sql.query_row(
        "SELECT EXISTS (SELECT 1 FROM desk_person WHERE person = ?1)",
        [person.to_string()],
        |row| row.get(0),
    )?)
}

/// Adds a person.
pub fn add(write: &Write<'_>, person: PersonId, name: &str, now: i64) -> Result<()> {
    write.sql.execute(
        "INSERT INTO person (id, name, state, created) VALUES (?1, ?2, 'active', ?3)",
        params![person.to_string(), name, now],
    )?;
    Ok(())
}

/// Makes `roles` the roles of that person in that unit.
pub fn set_roles(write: &Write<'_>, person: PersonId, unit: &RegionCode, roles: &[Role]) -> Result<()> {
    write.sql.execute(
        "DELETE FROM membership WHERE person = ?1 AND unit = ?2",
        params![person.to_string(), unit.as_str()],
    )?;
    for role in roles {
        write.sql.execute(
            "INSERT INTO membership (person, unit, role) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![person.to_string(), unit.as_str(), role_name(*role)],
        )?;
    }
    Ok(())
}

/// Everybody, a line for each unit they work in.
pub fn all(view: &View<'_>) -> Result<Vec<Line>> {
    let mut found = view.sql.prepare(
        "SELECT DISTINCT person.id, person.name, person.state, membership.unit
         FROM person JOIN membership ON membership.person = person.id ORDER BY membership.unit, person.name, person.id",
    )?;
    let rows = found.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, name, state, unit) = row?;
        let person = parsed(&id, "person.id")?;
        let unit: RegionCode = parsed(&unit, "membership.unit")?;
        let roles = roles(view, person, &unit)?;
        Ok(Line { official: Official { person, name, unit, roles }, active: state == "active" })
    })
    .collect()
}

/// Takes a person's right to work away. False when there is no such person.
pub fn disable(write: &Write<'_>, person: PersonId) -> Result<bool> {
    Ok(write.sql.execute("UPDATE person SET state = 'disabled' WHERE id = ?1", [person.to_string()])? > 0)
}

/// Gives a person's right to work back. False when there is no such person.
pub fn enable(write: &Write<'_>, person: PersonId) -> Result<bool> {
    Ok(write.sql.execute("UPDATE person SET state = 'active' WHERE id = ?1", [person.to_string()])? > 0)
}

/// Ends what a person is in one unit. False when they are nothing there.
pub fn leave(write: &Write<'_>, person: PersonId, unit: &RegionCode) -> Result<bool> {
    let left = write.sql.execute(
        "DELETE FROM membership WHERE person = ?1 AND unit = ?2",
        params![person.to_string(), unit.as_str()],
    )?;
    Ok(left > 0)
}

/// The unit of that code.
pub fn unit(view: &View<'_>, code: &RegionCode) -> Result<Option<Unit>> {
    let row: Option<(String, String)> = view
        .sql
        .prepare_cached("SELECT name, villages FROM unit WHERE code = ?1")?
        .query_row([code.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(name, villages)| {
        let villages =
            villages.split_whitespace().map(|code| parsed(code, "unit.villages")).collect::<Result<_>>()?;
        Ok(Unit { code: code.clone(), name, villages })
    })
    .transpose()
}

/// Adds a unit or gives it another name and other villages.
pub fn put_unit(write: &Write<'_>, unit: &Unit) -> Result<()> {
    let villages: Vec<&str> = unit.villages.iter().map(RegionCode::as_str).collect();
    write.sql.execute(
        "INSERT INTO unit (code, name, villages) VALUES (?1, ?2, ?3)
         ON CONFLICT (code) DO UPDATE SET name = excluded.name, villages = excluded.villages",
        params![unit.code.as_str(), unit.name, villages.join(" ")],
    )?;
    Ok(())
}

/// The name of a person, whether they still work or not.
pub fn name(view: &View<'_>, person: PersonId) -> Result<Option<String>> {
    Ok(view
        .sql
        .query_row("SELECT name FROM person WHERE id = ?1", [person.to_string()], |row| row.get(0))
        .optional()?)
}
