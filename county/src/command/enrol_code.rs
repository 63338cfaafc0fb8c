//! `enrol-code`: a one-time code for a person, as text and as a picture for a camera.

use clap::Args;
use domain::id::PersonId;
use domain::region::RegionCode;
use domain::role::Role;
use serde_json::{Value, json};

use super::{Done, Failure, Out, Place, people};
use crate::clock::rfc3339;
use crate::county::{County, host};
use crate::database::person::{role_name, role_of};
use crate::enrol::{MadeCode, NewCode, Whom, make_code_for, namesakes};

const HOUR: i64 = 60 * 60 * 1000;

#[derive(Args)]
pub(super) struct NewEnrolCode {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_name = "CODE")]
    unit: RegionCode,
    #[arg(long, value_name = "ROLE", required = true, value_delimiter = ',', value_parser = role)]
    role: Vec<Role>,
    #[command(flatten)]
    who: Who,
    #[arg(long)]
    unit_name: Option<String>,
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    village: Vec<RegionCode>,
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(i64).range(1..=24 * 30))]
    hours: i64,
}

/// Which person is meant: by name, and by id where several bear it.
#[derive(Args)]
pub(super) struct Who {
    #[arg(long, required_unless_present = "person")]
    name: Option<String>,
    #[arg(long, value_name = "PERSON", conflicts_with = "name")]
    person: Option<PersonId>,
    #[arg(long, conflicts_with = "person")]
    new: bool,
}

impl Who {
    /// The name, and which person of that name. Where somebody of that name works here already, and was enrolled, nobody
    /// but the operator can know whether it is the same person: they are asked to say so.
    pub(super) fn find(self, county: &County, unit: &RegionCode) -> Result<(String, Whom), Failure> {
        let name = self.name.unwrap_or_default();
        if let Some(person) = self.person {
            return Ok((name, Whom::Known(person)));
        }
        let namesakes = if self.new { Vec::new() } else { namesakes(county, &name, unit)? };
        if namesakes.len() > 1 || namesakes.iter().any(|(_, enrolled)| *enrolled) {
            let ids: Vec<String> = namesakes.iter().map(|(person, _)| person.to_string()).collect();
            let given = vec![("name", name), ("people", ids.join(" "))];
            return Err(Failure::Said("failed-namesakes", given));
        }
        Ok((name, if self.new { Whom::New } else { Whom::OfThatName }))
    }
}

pub(super) fn role(name: &str) -> Result<Role, String> {
    role_of(name).ok_or_else(|| "village_agent, township_clerk, department, county_admin".to_owned())
}

impl NewEnrolCode {
    pub(super) fn run(self, out: &Out) -> Done {
        let county = self.place.county()?;
        people::inside(&county, &self.unit, &self.village)?;
        if let Some(address) = self.address.as_deref().filter(|address| host(address).is_none()) {
            return Err(Failure::Said("failed-address", vec![("address", address.to_owned())]));
        }
        let mut roles = self.role;
        roles.sort();
        roles.dedup();
        let (name, whom) = self.who.find(&county, &self.unit)?;
        let new = NewCode {
            unit: self.unit,
            unit_name: self.unit_name,
            villages: self.village,
            roles,
            name,
            address: self.address,
            life: self.hours * HOUR,
        };
        let made = make_code_for(&county, &new, whom).map_err(people::told)?;
        if self.place.json {
            out.json(&as_json(&made));
        } else {
            show(out, &made);
        }
        Ok(())
    }
}

/// `{code, expires_at, unit, role, roles, person}`; `role` joins several by commas.
pub(super) fn as_json(made: &MadeCode) -> Value {
    let roles: Vec<&str> = made.official.roles.iter().map(|role| role_name(*role)).collect();
    json!({
        "code": made.code.to_string(),
        "expires_at": rfc3339(made.expires),
        "unit": made.official.unit,
        "role": roles.join(","),
        "roles": roles,
        "person": made.official.person,
    })
}

pub(super) fn show(out: &Out, made: &MadeCode) {
    let code = made.code.to_string();
    if let Ok(picture) = fast_qr::QRBuilder::new(code.as_str()).build() {
        out.line(&picture.to_str());
    }
    out.line(&code);
    let given = [("name", made.official.name.as_str()), ("until", &rfc3339(made.expires))];
    out.say("code-made", &given);
}
