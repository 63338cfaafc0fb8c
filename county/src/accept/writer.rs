//! Who wrote a change: the county binds every actor to a desk and a person before it applies anything (ruling 5).

use std::collections::BTreeSet;

use domain::id::{CaseId, DeskId};
use domain::lifecycle::{Status, may_write};
use domain::role::{Official, Role, Unit};
use sync::item::Actor;
use sync::refusal::Code;

use super::{Delivery, Stop};
use crate::database::{actor, case, desk, person};
use crate::scope;

/// A person as the county knows them, with the unit they work for.
pub(crate) struct Writer {
    pub official: Official,
    pub unit: Unit,
}

impl Delivery<'_> {
    /// The person behind `id`, bound now if nobody claimed it before. Actors of other machines are refused.
    pub(crate) fn writer(&self, id: Actor) -> Result<Writer, Stop> {
        let (person, unit) = match actor::get(self.write, &id.0)? {
            Some(bound) if self.is_this_machine(bound.desk)? => (bound.person, bound.unit),
            Some(_) => return Err(Code::NotYourActor.into()),
            None => {
                let claim = self.claims.get(&id).ok_or(Code::NotYourActor)?;
                if !self.is_this_machine(claim.desk)? {
                    return Err(Code::NotYourActor.into());
                }
                let at = desk::person(self.write, self.desk.id, claim.person)?.ok_or(Code::UnknownPerson)?;
                if at.unit != claim.unit {
                    return Err(Code::NotYourActor.into());
                }
                (at.person, at.unit)
            }
        };
        let official = person::official(self.write, person, &unit)?.ok_or(Code::UnknownPerson)?;
        let unit = person::unit(self.write, &unit)?.ok_or(Code::OutOfScope)?;
        Ok(Writer { official, unit })
    }

    /// Whether that desk is this one, or what this one was called before it was found to be a copy (ruling 10): its people
    /// go on with what they wrote under the old name. The chunk's seal proved that the machine's key is held here.
    fn is_this_machine(&self, id: DeskId) -> Result<bool, Stop> {
        if id == self.desk.id {
            return Ok(true);
        }
        let before = desk::get(self.write, id)?;
        Ok(before.is_some_and(|before| !before.revoked && before.device_key == self.desk.device_key))
    }

    /// Keeps the binding of an actor whose change is being taken in.
    pub(crate) fn bind(&self, id: Actor, case: CaseId, writer: &Writer) -> Result<(), Stop> {
        if actor::get(self.write, &id.0)?.is_none() {
            let bound = actor::Actor {
                actor: id.0,
                desk: self.desk.id,
                person: writer.official.person,
                unit: writer.official.unit.clone(),
                name: writer.official.name.clone(),
            };
            actor::add(self.write, &bound, self.now)?;
        }
        Ok(actor::wrote_in(self.write, case, &id.0)?)
    }

    /// Whether a unit sees the case now.
    pub(crate) fn in_scope(&self, case: CaseId, unit: &Unit) -> Result<bool, Stop> {
        let mine: BTreeSet<String> = scope::of_unit(unit).into_iter().collect();
        Ok(case::scopes(self.write, case)?.iter().any(|scope| mine.contains(scope)))
    }
}

/// Whether this person may change answers of a case that stands there; otherwise why not.
pub(crate) fn may_change(status: Status, official: &Official) -> Result<(), Code> {
    if may_write(status, official, true) {
        return Ok(());
    }
    let writes_sometimes =
        [Role::VillageAgent, Role::TownshipClerk, Role::Department].iter().any(|role| official.is(*role));
    Err(if writes_sometimes && status != Status::Draft { Code::WrongStatus } else { Code::NotYourRole })
}
