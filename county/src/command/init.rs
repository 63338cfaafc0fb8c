//! `init`: sets a county up and hands out the first admin's enrolment code.

use clap::Args;
use domain::region::{RegionCode, RegionLevel};
use domain::role::Role;
use serde_json::json;

use super::{Done, Failure, Out, Place, enrol_code, waiting};
use crate::clock;
use crate::county::{County, DEFAULT_ADDRESS, Setup, host};
use crate::enrol::{CODE_LIFE, NewCode, make_code};

#[derive(Args)]
pub(super) struct Init {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_name = "CODE")]
    region: RegionCode,
    #[arg(long)]
    name: String,
    #[arg(long, default_value = "sqlite")]
    db: String,
    #[arg(long, value_name = "HOST:PORT", default_value = DEFAULT_ADDRESS)]
    address: String,
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
}

impl Init {
    pub(super) fn run(self, out: &Out) -> Done {
        let folder = self.place.folder();
        if folder.is_set_up() {
            return Err(Failure::Said(
                "failed-set-up-already",
                vec![("path", folder.root().display().to_string())],
            ));
        }
        if self.region.level() != RegionLevel::County {
            return Err(Failure::Said("failed-not-a-county", vec![("region", self.region.to_string())]));
        }
        if self.db != "sqlite" {
            return Err(Failure::Said("failed-database-kind", vec![("db", self.db)]));
        }
        if host(&self.address).is_none() {
            return Err(Failure::Said("failed-address", vec![("address", self.address)]));
        }
        let setup = Setup { region: self.region.clone(), name: self.name.clone(), address: self.address };
        let clock = clock::machine();
        waiting(County::create(&folder, &setup, &clock))?;
        let county = County::open(folder, clock)?;
        let made = make_code(
            &county,
            &NewCode {
                unit: self.region,
                unit_name: Some(self.name),
                villages: Vec::new(),
                roles: vec![Role::CountyAdmin],
                name: self.admin.unwrap_or_else(|| out.texts.say("first-admin", &[])),
                address: None,
                life: CODE_LIFE,
            },
        )?;
        if self.place.json {
            let mut told = enrol_code::as_json(&made);
            if let Some(told) = told.as_object_mut() {
                told.insert("county".to_owned(), json!(county.id));
                told.insert("name".to_owned(), json!(county.name));
                told.insert("region".to_owned(), json!(county.region));
                told.insert("ca_sha256".to_owned(), json!(made.code.ca));
            }
            out.json(&told);
        } else {
            out.say(
                "county-set-up",
                &[("name", &county.name), ("path", &county.folder.root().display().to_string())],
            );
            enrol_code::show(out, &made);
        }
        Ok(())
    }
}
