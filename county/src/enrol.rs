//! How a laptop becomes a desk and stays one: a code is used once and turned into a certificate and grants.

mod by_file;
mod code;

use domain::id::{DeskId, PersonId};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync::enrol::{EnrolReply, EnrolRequest, RenewReply, RenewRequest, Renewed};
use sync::refusal::Code;
use sync::wire::NewInstance;

use crate::county::County;
use crate::database::desk::{AtDesk, Desk};
use crate::database::{View, Write, audit, desk, enrol_code, person};
use crate::error::Error;
use crate::staff::rescope;
use crate::{random, scope};

pub use by_file::answer;
pub use code::{CODE_LIFE, MadeCode, NewCode, Whom, make_code, make_code_for, namesakes};

/// Letters of the prefixes of provisional numbers: no I, L, O, U.
const PREFIX_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Most desks that one machine and its copies may become.
const MOST_COPIES: u64 = 16;

/// Turns a code into a desk, or into a further person at a desk. Asking again with the same keys, because the answer
/// was lost on the way, gives the same desk again.
pub fn redeem(county: &County, request: &EnrolRequest) -> Result<EnrolReply, Error> {
    let now = county.now();
    let hash: [u8; 32] = Sha256::digest(request.secret).into();
    let new_desk = DeskId(random::uuid()?);
    let tuf_root = county.catalogue_root()?;
    // Anybody on the network may ask: whoever has no code of ours does not get as far as the one writer.
    if county.database.read::<_, Error>(|view| Ok(enrol_code::get(view, &hash)?))?.is_none() {
        return Err(Code::BadEnrolCode.into());
    }
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
                // Public keys are no secret: nobody becomes a desk under the signing key of another one.
                if desk::with_key(write, &request.device_key.0)? > 0 {
                    return Err(Code::UnknownDevice.into());
                }
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
            if let Some(at) = desk::person(write, id, code.person)?
                && at.unit != code.unit
                && person::official(write, code.person, &at.unit)?.is_some()
            {
                return Err(Code::OtherUnitHere.into());
            }
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
    county.news.everybody();
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
            grants.extend(renewed(county, write, id, &at)?);
        }
        audit::append(write, now, "desk_renewed", &json!({ "desk": id }))?;
        Ok(RenewReply { client_cert_der: issued.der.clone(), grants, time: now })
    })
}

/// The next grant of a person at a desk; nothing for somebody who may not work there any more.
fn renewed(county: &County, view: &View<'_>, id: DeskId, at: &AtDesk) -> Result<Option<Renewed>, Error> {
    let Some(official) = person::official(view, at.person, &at.unit)? else { return Ok(None) };
    let Some(unit) = person::unit(view, &at.unit)? else { return Ok(None) };
    let grant = county.granter.grant(id, &official, county.now())?;
    Ok(Some(Renewed { person: at.person, official, unit, grant }))
}

/// Makes a cloned desk a desk of its own (ruling 10): new id, prefix and certificate, same keys, same people.
pub fn separate(
    county: &County,
    write: &Write<'_>,
    clone: &Desk,
    certificate: &[u8],
) -> Result<NewInstance, Error> {
    let now = county.now();
    // A machine that claims to be copied again and again is broken or hostile; there are not endless prefixes.
    if desk::with_key(write, &clone.device_key)? >= MOST_COPIES {
        return Err(Code::TooFast.into());
    }
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
    let mut grants = Vec::new();
    for at in desk::people(write, clone.id)? {
        for key in desk::keys(write, clone.id, at.person)?.iter().rev() {
            desk::put_key(write, id, at.person, key, now)?;
        }
        desk::put_person(write, id, &at, now)?;
        grants.extend(renewed(county, write, id, &at)?);
    }
    audit::append(write, now, "desk_separated", &json!({ "desk": id, "clone_of": clone.id }))?;
    Ok(NewInstance { desk: id, prefix, client_cert_der: issued.der, grants })
}
