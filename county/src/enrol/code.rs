//! One-time codes: made for one person in one unit, good for a few days.

use domain::id::PersonId;
use domain::moment::Millis;
use domain::region::RegionCode;
use domain::role::{Official, Role};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync::enrol::EnrolCode;

use crate::clock::DAY;
use crate::county::{County, host};
use crate::database::{audit, enrol_code, meta, person};
use crate::error::Error;
use crate::random;
use crate::staff::{self, Place};

/// How long a code is good unless told otherwise.
pub const CODE_LIFE: Millis = 3 * DAY;

/// What a code is asked for.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// The unit.
    pub unit: RegionCode,
    /// Its name, when it is new or renamed.
    pub unit_name: Option<String>,
    /// Further villages it serves, when they change.
    pub villages: Vec<RegionCode>,
    /// What the person may do there.
    pub roles: Vec<Role>,
    /// The person's name.
    pub name: String,
    /// `host:port` for the code, when not the county's usual one.
    pub address: Option<String>,
    /// How long it is good, milliseconds.
    pub life: Millis,
}

/// A code that was made.
#[derive(Debug, Clone)]
pub struct MadeCode {
    /// The code; its secret exists nowhere else.
    pub code: EnrolCode,
    /// When it ends.
    pub expires: Millis,
    /// Whom it is for.
    pub official: Official,
}

/// Which person of that name is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Whoever is active under that name in that unit; a new person when nobody is.
    OfThatName,
    /// Another person, whoever bears the name already.
    New,
    /// This one.
    Known(PersonId),
}

/// Makes a one-time code for whoever bears that name in that unit, and the unit and person when they are new.
pub fn make_code(county: &County, new: &NewCode) -> Result<MadeCode, Error> {
    make_code_for(county, new, Whom::OfThatName)
}

/// The active people of that name in that unit, each with whether they were enrolled anywhere yet.
pub fn namesakes(county: &County, name: &str, unit: &RegionCode) -> Result<Vec<(PersonId, bool)>, Error> {
    county.database.read(|view| {
        let people = person::named(view, name, unit)?;
        people.into_iter().map(|person| Ok((person, person::is_enrolled(view, person)?))).collect()
    })
}

/// As [`make_code`], for the person that is meant.
pub fn make_code_for(county: &County, new: &NewCode, whom: Whom) -> Result<MadeCode, Error> {
    let now = county.now();
    let secret = random::bytes::<16>()?;
    let root: [u8; 32] = Sha256::digest(county.catalogue_root()?).into();
    let made = county.database.write::<_, Error>(|write| {
        let place = Place {
            unit: new.unit.clone(),
            unit_name: new.unit_name.clone(),
            villages: new.villages.clone(),
            roles: new.roles.clone(),
        };
        let official = staff::put(county, write, &new.name, whom, &place)?;
        let expires = now.saturating_add(new.life);
        let hash = Sha256::digest(secret).into();
        enrol_code::add(write, &hash, official.person, &new.unit, now, expires)?;
        if let Some(host) = new.address.as_deref().and_then(host) {
            let hosts = meta::get(write, meta::HOSTS)?.unwrap_or_default();
            if !hosts.split_whitespace().any(|known| known == host) {
                meta::set(write, meta::HOSTS, format!("{hosts} {host}").trim())?;
            }
        }
        let address = match &new.address {
            Some(address) => address.clone(),
            None => meta::get(write, meta::ADDRESS)?.ok_or(Error::Lacking("address"))?,
        };
        let body = json!({ "person": official.person, "unit": new.unit, "roles": new.roles });
        audit::append(write, now, "enrol_code_made", &body)?;
        Ok((address, expires, official))
    })?;
    county.news.everybody();
    let (address, expires, official) = made;
    let ca = domain::id::Digest(county.authority.fingerprint());
    let code = EnrolCode { v: 1, address, ca, root: domain::id::Digest(root), secret };
    Ok(MadeCode { code, expires, official })
}
