//! `user list|add|disable|enable`: the people who work with desks.

use clap::{Args, Subcommand};
use domain::id::PersonId;
use domain::region::RegionCode;
use domain::role::Role;
use serde_json::json;

use super::enrol_code::{Who, role};
use super::{Done, Failure, Out, Place};
use crate::county::County;
use crate::database::person;
use crate::error::Error;
use crate::staff;

#[derive(Subcommand)]
pub(super) enum User {
    List(List),
    Add(Add),
    Disable(Disable),
    Enable(Enable),
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    who: Who,
    #[arg(long, value_name = "CODE")]
    unit: RegionCode,
    #[arg(long, value_name = "ROLE", required = true, value_delimiter = ',', value_parser = role)]
    role: Vec<Role>,
    #[arg(long)]
    unit_name: Option<String>,
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    village: Vec<RegionCode>,
}

#[derive(Args)]
pub(super) struct Enable {
    #[arg(value_name = "PERSON")]
    person: PersonId,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Disable {
    #[arg(value_name = "PERSON")]
    person: PersonId,
    /// In this unit only.
    #[arg(long, value_name = "CODE")]
    unit: Option<RegionCode>,
    #[command(flatten)]
    place: Place,
}

impl User {
    pub(super) fn run(self, out: &Out) -> Done {
        match self {
            User::List(list) => {
                let people = list.place.county()?.database.read::<_, Error>(|view| Ok(person::all(view)?))?;
                if list.place.json {
                    let users: Vec<_> = people
                        .iter()
                        .map(|line| {
                            json!({
                                "person": line.official.person, "name": line.official.name, "unit": line.official.unit,
                                "roles": line.official.roles, "state": state(line),
                            })
                        })
                        .collect();
                    out.json(&json!({ "users": users }));
                    return Ok(());
                }
                for line in &people {
                    let roles: Vec<&str> =
                        line.official.roles.iter().map(|role| person::role_name(*role)).collect();
                    let state = out.texts.say(&format!("person-{}", state(line)), &[]);
                    let person = &line.official;
                    out.line(&format!(
                        "{}  {}  {}  {}  {}",
                        person.person,
                        person.unit,
                        person.name,
                        roles.join(","),
                        state
                    ));
                }
                out.say("people-count", &[("count", &people.len().to_string())]);
                Ok(())
            }
            User::Add(add) => add.run(out),
            User::Disable(disable) => {
                let county = disable.place.county()?;
                let done = staff::disable(&county, disable.person, disable.unit.as_ref())?;
                said(out, &disable.place, disable.person, done, "disabled", "person-was-disabled")
            }
            User::Enable(enable) => {
                let done = staff::enable(&enable.place.county()?, enable.person)?;
                said(out, &enable.place, enable.person, done, "active", "person-was-enabled")
            }
        }
    }
}

fn said(out: &Out, place: &Place, person: PersonId, done: bool, state: &str, sentence: &'static str) -> Done {
    if !done {
        return Err(Failure::Said("failed-no-person", vec![("person", person.to_string())]));
    }
    if place.json {
        out.json(&json!({ "person": person, "state": state }));
    } else {
        out.say(sentence, &[("person", &person.to_string())]);
    }
    Ok(())
}

impl Add {
    fn run(self, out: &Out) -> Done {
        let county = self.place.county()?;
        inside(&county, &self.unit, &self.village)?;
        let (name, whom) = self.who.find(&county, &self.unit)?;
        let mut roles = self.role;
        roles.sort();
        roles.dedup();
        let place =
            staff::Place { unit: self.unit, unit_name: self.unit_name, villages: self.village, roles };
        let official = staff::add(&county, &name, whom, &place).map_err(told)?;
        if self.place.json {
            out.json(&json!({
                "person": official.person, "name": official.name, "unit": official.unit,
                "roles": official.roles, "state": "active",
            }));
        } else {
            let person = official.person.to_string();
            out.say("person-was-added", &[("person", &person), ("name", &official.name)]);
        }
        Ok(())
    }
}

/// Whether a unit and its villages lie in the county; otherwise why not.
pub(super) fn inside(county: &County, unit: &RegionCode, villages: &[RegionCode]) -> Result<(), Failure> {
    match std::iter::once(unit).chain(villages).find(|code| !county.region.contains(code)) {
        None => Ok(()),
        Some(code) => {
            let given = vec![("unit", code.to_string()), ("region", county.region.to_string())];
            Err(Failure::Said("failed-unit-elsewhere", given))
        }
    }
}

/// An id nobody has, in a sentence.
pub(super) fn told(error: Error) -> Failure {
    match error {
        Error::NoPerson(person) => Failure::Said("failed-no-person", vec![("person", person.to_string())]),
        error => Failure::Error(error),
    }
}

fn state(line: &person::Line) -> &'static str {
    if line.active { "active" } else { "disabled" }
}
