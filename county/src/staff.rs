//! Who works for which unit: taking people on, and letting them go so that their desks forget what they may not see.

use domain::id::{DeskId, PersonId};
use domain::region::RegionCode;
use domain::role::{Official, Role, Unit};
use serde_json::json;

use crate::county::County;
use crate::database::{View, Write, audit, desk, index, person};
use crate::enrol::Whom;
use crate::error::Error;
use crate::{random, scope};

/// Where somebody works, and as what.
#[derive(Debug, Clone)]
pub struct Place {
    /// The unit.
    pub unit: RegionCode,
    /// Its name, when it is new or renamed.
    pub unit_name: Option<String>,
    /// Further villages it serves, when they change.
    pub villages: Vec<RegionCode>,
    /// What the person may do there.
    pub roles: Vec<Role>,
}

/// Takes somebody on without a code yet.
pub fn add(county: &County, name: &str, whom: Whom, place: &Place) -> Result<Official, Error> {
    let now = county.now();
    let official = county.database.write::<_, Error>(|write| {
        let official = put(county, write, name, whom, place)?;
        let body = json!({ "person": official.person, "unit": place.unit, "roles": place.roles });
        audit::append(write, now, "person_put", &body)?;
        Ok(official)
    })?;
    county.news.everybody();
    Ok(official)
}

/// Puts a person into a unit with these roles, and the unit and the person in when they are new.
pub(crate) fn put(
    county: &County,
    write: &Write<'_>,
    name: &str,
    whom: Whom,
    place: &Place,
) -> Result<Official, Error> {
    let known = person::unit(write, &place.unit)?;
    let mut unit = known.unwrap_or_else(|| Unit {
        code: place.unit.clone(),
        name: place.unit.to_string(),
        villages: Vec::new(),
    });
    if let Some(name) = &place.unit_name {
        unit.name.clone_from(name);
    }
    if !place.villages.is_empty() {
        unit.villages.clone_from(&place.villages);
    }
    let readers = readers(write, |at| at.unit == place.unit)?;
    person::put_unit(write, &unit)?;
    let namesake = match whom {
        Whom::OfThatName => person::named(write, name, &place.unit)?.into_iter().next(),
        Whom::New => None,
        Whom::Known(person) => Some(person),
    };
    let (person, name) = match namesake {
        Some(known) => (known, person::active(write, known)?.ok_or(Error::NoPerson(known))?),
        None => {
            let person = PersonId(random::uuid()?);
            person::add(write, person, name, county.now())?;
            (person, name.to_owned())
        }
    };
    person::set_roles(write, person, &place.unit, &place.roles)?;
    for (desk, before) in &readers {
        rescope(write, *desk, before)?;
    }
    Ok(Official { person, name, unit: place.unit.clone(), roles: place.roles.clone() })
}

/// Takes somebody's right to work away, in one unit or everywhere. Their desks forget the cases nobody else there may
/// see, and what they signed and did not send yet is refused. False when there is no such person, or not in that unit.
pub fn disable(county: &County, person: PersonId, unit: Option<&RegionCode>) -> Result<bool, Error> {
    let now = county.now();
    let done = county.database.write::<_, Error>(|write| {
        let readers = readers(write, |at| at.person == person)?;
        let done = match unit {
            Some(unit) => person::leave(write, person, unit)?,
            None => person::disable(write, person)?,
        };
        if done {
            for (desk, before) in &readers {
                rescope(write, *desk, before)?;
            }
            let body = json!({ "person": person, "unit": unit });
            audit::append(write, now, "person_disabled", &body)?;
        }
        Ok(done)
    })?;
    county.news.everybody();
    Ok(done)
}

/// Gives somebody who was disabled everywhere their right to work back. False when there is no such person.
pub fn enable(county: &County, person: PersonId) -> Result<bool, Error> {
    let now = county.now();
    let done = county.database.write::<_, Error>(|write| {
        let readers = readers(write, |at| at.person == person)?;
        let done = person::enable(write, person)?;
        if done {
            for (desk, before) in &readers {
                rescope(write, *desk, before)?;
            }
            audit::append(write, now, "person_enabled", &json!({ "person": person }))?;
        }
        Ok(done)
    })?;
    county.news.everybody();
    Ok(done)
}

/// The desks at which somebody works who `fits`, each with the scopes it reads now.
fn readers(
    view: &View<'_>,
    fits: impl Fn(&desk::AtDesk) -> bool,
) -> Result<Vec<(DeskId, Vec<String>)>, Error> {
    let mut readers = Vec::new();
    for desk in desk::all(view)? {
        if desk::people(view, desk.id)?.iter().any(&fits) {
            readers.push((desk.id, scope::of_desk(view, desk.id)?));
        }
    }
    Ok(readers)
}

/// Lets a desk read what it may see in addition to the scopes it had `before`, and takes away what it may not see now.
pub(crate) fn rescope(write: &Write<'_>, id: DeskId, before: &[String]) -> Result<(), Error> {
    let now = scope::of_desk(write, id)?;
    let gained: Vec<String> = now.iter().filter(|scope| !before.contains(scope)).cloned().collect();
    let lost: Vec<String> = before.iter().filter(|scope| !now.contains(scope)).cloned().collect();
    if !gained.is_empty() {
        index::reread(write, id, &gained)?;
    }
    if !lost.is_empty() {
        index::withdraw(write, id, &lost)?;
    }
    Ok(())
}
