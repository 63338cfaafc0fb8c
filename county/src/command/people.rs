//! `user list|disable`: the people who work with desks.

use clap::{Args, Subcommand};
use domain::id::PersonId;
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::database::{audit, person};
use crate::error::Error;

#[derive(Subcommand)]
pub(super) enum User {
    List(List),
    Disable(Disable),
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Disable {
    #[arg(value_name = "PERSON")]
    person: PersonId,
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
            User::Disable(disable) => {
                let county = disable.place.county()?;
                let now = county.now();
                let done = county.database.write::<_, Error>(|write| {
                    let done = person::disable(write, disable.person)?;
                    if done {
                        audit::append(write, now, "person_disabled", &json!({ "person": disable.person }))?;
                    }
                    Ok(done)
                })?;
                if !done {
                    return Err(Failure::Said(
                        "failed-no-person",
                        vec![("person", disable.person.to_string())],
                    ));
                }
                if disable.place.json {
                    out.json(&json!({ "person": disable.person, "state": "disabled" }));
                } else {
                    out.say("person-was-disabled", &[("person", &disable.person.to_string())]);
                }
                Ok(())
            }
        }
    }
}

fn state(line: &person::Line) -> &'static str {
    if line.active { "active" } else { "disabled" }
}
