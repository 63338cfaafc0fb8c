//! How a laptop becomes a desk: a code is handed out, used once, and turned into a certificate and a grant.

use domain::id::{DeskId, PersonId};
use domain::moment::Millis;
use domain::region::RegionCode;
use domain::role::{Official, Role, Unit};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync::enrol::{EnrolCode, EnrolReply, EnrolRequest, RenewReply, RenewRequest, Renewed};
use sync::refusal::Code;
use sync::wire::NewInstance;

use crate::clock::DAY;
use crate::county::{County, host};
use crate::database::desk::{AtDesk, Desk};
use crate::database::{View, Write, audit, desk, enrol_code, index, meta, person};
use crate::error::Error;
use crate::{random, scope};

/// How long a code is good unless told otherwise.
pub const CODE_LIFE: Millis = 3 * DAY;

/// Letters of the prefixes of provisional numbers: no I, L, O, U.
const PREFIX_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

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
    /// The person's name. Somebody active of that name in that unit is taken to be the same person.
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

/// Makes a one-time code, and the unit and person it is for when they are new.
pub fn make_code(county: &County, new: &NewCode) -> Result<MadeCode, Error> {
    let now = county.now();
    let secret = random::bytes::<16>()?;
    let person = PersonId(random::uuid()?);
    let root: [u8; 32] = Sha256::digest(county.catalogue_root()?).into();
    let made = county.database.write::<_, Error>(|write| {
        let mut unit = person::unit(write, &new.unit)?.unwrap_or_else(|| Unit {
            code: new.unit.clone(),
            name: new.unit.to_string(),
            villages: Vec::new(),
        });
        if let Some(name) = &new.unit_name {
            unit.name.clone_from(name);
        }
        if !new.villages.is_empty() {
            unit.villages.clone_from(&new.villages);
        }
        let readers = readers(write, &new.unit)?;
        person::put_unit(write, &unit)?;
        for (desk, before) in &readers {
            rescope(write, *desk, before)?;
        }
        let person = match person::named(write, &new.name, &new.unit)? {
            Some(known) => known,
            None => {
                person::add(write, person, &new.name, now)?;
                person
            }
        };
        person::set_roles(write, person, &new.unit, &new.roles)?;
        let expires = now.saturating_add(new.life);
        enrol_code::add(write, &Sha256::digest(secret).into(), person, &new.unit, now, expires)?;
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
        let body = json!({ "person": person, "unit": new.unit, "roles": new.roles });
        audit::append(write, now, "enrol_code_made", &body)?;
        let official =
            Official { person, name: new.name.clone(), unit: new.unit.clone(), roles: new.roles.clone() };
        Ok((address, expires, official))
    })?;
    county.announce();
    let (address, expires, official) = made;
    let ca = domain::id::Digest(county.authority.fingerprint());
    let code = EnrolCode { v: 1, address, ca, root: domain::id::Digest(root), secret };
    Ok(MadeCode { code, expires, official })
}

/// The desks at which somebody works for `unit`, each with the scopes it reads now.
fn readers(view: &View<'_>, unit: &RegionCode) -> Result<Vec<(DeskId, Vec<String>)>, Error> {
    let mut readers = Vec::new();
    for desk in desk::all(view)? {
        if desk::people(view, desk.id)?.iter().any(|at| at.unit == *unit) {
            readers.push((desk.id, scope::of_desk(view, desk.id)?));
        }
    }
    Ok(readers)
}

/// Lets a desk read what it may see in addition to the scopes it had `before`, and takes away what it may not see now.
fn rescope(write: &Write<'_>, id: DeskId, before: &[String]) -> Result<(), Error> {
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

/// Turns a code into a desk, or into a further person at a desk. Asking again with the same keys, because the answer
/// was lost on the way, gives the same desk again.
pub fn redeem(county: &County, request: &EnrolRequest) -> Result<EnrolReply, Error> {
    let now = county.now();
    let hash: [u8; 32] = Sha256::digest(request.secret).into();
    let new_desk = DeskId(random::uuid()?);
    let tuf_root = county.catalogue_root()?;
    let reply = county.database.write::<_, Error>(|write| {
        let code = enrol_code::get(write, &hash)?.ok_or(Code::BadEnrolCode)?;
        let official = person::official(write, code.person, &code.unit)?.ok_or(Code::UnknownPerson)?;
        let unit = person::unit(write, &code.unit)?.ok_or(Error::Lacking("unit"))?;
        let again = match (code.used, code.desk) {
            (Some(_), Some(id)) => {
                Some(same_again(write, id, code.person, request)?.ok_or(Code::EnrolCodeUsed)?)
            }
            (Some(_), None) => return Err(Code::EnrolCodeUsed.into()),
            (None, _) if now > code.expires => return Err(Code::EnrolCodeExpired.into()),
            (None, _) => None,
        };
        let joined = match request.desk {
            Some(id) => Some(desk::get(write, id)?.filter(|desk| !desk.revoked).ok_or(Code::UnknownDevice)?),
            None => None,
        };
        let known = again.or(joined);
        let id = known.as_ref().map_or(new_desk, |desk| desk.id);
        // The request proves that its sender holds the key it names.
        let issued = county.authority.desk(&request.csr_der, id, now).map_err(|_| Code::Malformed)?;
        let known = match known {
            Some(desk) => {
                let same = desk.tls_key == issued.tls_key || desk.tls_key_before == Some(issued.tls_key);
                if !same || desk.device_key != request.device_key.0 {
                    return Err(
                        if code.used.is_some() { Code::EnrolCodeUsed } else { Code::UnknownDevice }.into()
                    );
                }
                desk::renewed(write, id, &issued.tls_key, issued.expires)?;
                desk
            }
            None => {
                let desk = Desk {
                    id,
                    prefix: free_prefix(write)?,
                    unit: code.unit.clone(),
                    revoked: false,
                    tls_key: issued.tls_key,
                    tls_key_before: None,
                    device_key: request.device_key.0,
                    expires: issued.expires,
                    seen: None,
                    cursor: 0,
                };
                desk::add(write, &desk, now)?;
                desk
            }
        };
        if code.used.is_none() {
            let before = scope::of_desk(write, id)?;
            let at = AtDesk { person: code.person, unit: code.unit.clone(), key: request.person_key.0 };
            desk::put_person(write, id, &at, now)?;
            enrol_code::spend(write, &hash, id, now)?;
            if request.desk.is_some() {
                rescope(write, id, &before)?;
            }
            let kind = if request.desk.is_some() { "person_joined_desk" } else { "desk_enrolled" };
            audit::append(
                write,
                now,
                kind,
                &json!({ "desk": id, "person": code.person, "unit": code.unit }),
            )?;
        }
        Ok(EnrolReply {
            county: county.id,
            county_name: county.name.clone(),
            epoch: county.epoch,
            ca_der: county.authority.certificate().to_vec(),
            client_cert_der: issued.der,
            desk: id,
            prefix: known.prefix,
            person: code.person,
            grant: county.granter.grant(id, &official, now)?,
            official,
            unit,
            county_key: county.public_key,
            tuf_root,
            time: now,
        })
    })?;
    county.announce();
    Ok(reply)
}

/// The desk a used code made, if the same machine and person ask again.
fn same_again(
    view: &View<'_>,
    id: DeskId,
    person: PersonId,
    request: &EnrolRequest,
) -> Result<Option<Desk>, Error> {
    let same_person = desk::person(view, id, person)?.is_some_and(|at| at.key == request.person_key.0);
    let desk = desk::get(view, id)?.filter(|desk| !desk.revoked && desk.device_key == request.device_key.0);
    Ok(desk.filter(|_| same_person))
}

fn free_prefix(view: &View<'_>) -> Result<String, Error> {
    for _ in 0..1000 {
        let letters = random::bytes::<3>()?
            .map(|byte| PREFIX_LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0'));
        let prefix: String = letters.iter().map(|letter| char::from(*letter)).collect();
        if !desk::prefix_taken(view, &prefix)? {
            return Ok(prefix);
        }
    }
    Err(Error::Broken("no free prefix for another desk"))
}

/// Gives a desk its next certificate and its people their next grants.
pub fn renew(county: &County, id: DeskId, request: &RenewRequest) -> Result<RenewReply, Error> {
    let now = county.now();
    let issued = county.authority.desk(&request.csr_der, id, now).map_err(|_| Code::Malformed)?;
    county.database.write::<_, Error>(|write| {
        desk::renewed(write, id, &issued.tls_key, issued.expires)?;
        let mut grants = Vec::new();
        for at in desk::people(write, id)? {
            let Some(official) = person::official(write, at.person, &at.unit)? else { continue };
            let Some(unit) = person::unit(write, &at.unit)? else { continue };
            let grant = county.granter.grant(id, &official, now)?;
            grants.push(Renewed { person: at.person, official, unit, grant });
        }
        audit::append(write, now, "desk_renewed", &json!({ "desk": id }))?;
        Ok(RenewReply { client_cert_der: issued.der.clone(), grants, time: now })
    })
}

/// Makes a cloned desk a desk of its own (ruling 10): new id, prefix and certificate, same keys, same people.
pub fn separate(
    county: &County,
    write: &Write<'_>,
    clone: &Desk,
    certificate: &[u8],
) -> Result<NewInstance, Error> {
    let now = county.now();
    let id = DeskId(random::uuid()?);
    let issued = county.authority.sibling(certificate, id, now)?;
    let prefix = free_prefix(write)?;
    let desk = Desk {
        id,
        prefix: prefix.clone(),
        tls_key: issued.tls_key,
        tls_key_before: None,
        expires: issued.expires,
        seen: None,
        cursor: 0,
        ..clone.clone()
    };
    desk::add(write, &desk, now)?;
    for at in desk::people(write, clone.id)? {
        desk::put_person(write, id, &at, now)?;
    }
    audit::append(write, now, "desk_separated", &json!({ "desk": id, "clone_of": clone.id }))?;
    Ok(NewInstance { desk: id, prefix, client_cert_der: issued.der })
}
