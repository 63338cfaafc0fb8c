//! The county's written permission to work without a network for a while: is it genuine, for whom, until when?

use domain::moment::Millis;
use domain::region::RegionCode;
use domain::role::Role;
use jiff::Timestamp;
use pasetors::Public;
use pasetors::keys::AsymmetricPublicKey;
use pasetors::token::UntrustedToken;
use pasetors::version4::{PublicToken, V4};
use serde::Deserialize;
use sync::courier::Recipient;

use crate::identity::{Identity, Staff};

/// What a grant says, as far as the desk asks.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: String,
    iat: Option<String>,
    /// The county's `age` recipient; missing in permissions of earlier counties.
    #[serde(default)]
    courier: Option<String>,
    unit: RegionCode,
    roles: Vec<Role>,
}

/// When the grant of a person ends, milliseconds since 1970 UTC; `None` when it is not a genuine grant of this county
/// for this person, with this unit and these roles, at this desk. Time is the caller's to judge: the wall clock of a laptop
/// proves nothing (ruling 12).
pub fn ends(identity: &Identity, staff: &Staff) -> Option<Millis> {
    let exp: Timestamp = claims(identity, staff)?.exp.parse().ok()?;
    Some(exp.as_millisecond())
}

/// When a permission that is kept here was given, milliseconds since 1970 UTC. It was genuine when it was kept.
pub fn issued(staff: &Staff) -> Option<Millis> {
    let token = UntrustedToken::<Public, V4>::try_from(staff.grant.as_str()).ok()?;
    let claims: Claims = serde_json::from_slice(token.untrusted_payload()).ok()?;
    let iat: Timestamp = claims.iat?.parse().ok()?;
    Some(iat.as_millisecond())
}

/// The key to which courier files for the county are sealed. It comes from a genuine grant and from nowhere else (ruling 23).
pub fn courier(identity: &Identity, staff: &Staff) -> Option<Recipient> {
    claims(identity, staff)?.courier?.parse().ok()
}

fn claims(identity: &Identity, staff: &Staff) -> Option<Claims> {
    let token = UntrustedToken::<Public, V4>::try_from(staff.grant.as_str()).ok()?;
    let key = AsymmetricPublicKey::<V4>::from(&identity.county_key.0).ok()?;
    let trusted = PublicToken::verify(&key, &token, None, None).ok()?;
    let claims: Claims = serde_json::from_str(trusted.payload()).ok()?;
    let fits = claims.iss == identity.county.to_string()
        && claims.aud == identity.desk.to_string()
        && claims.sub == staff.official.person.to_string()
        && claims.unit == staff.official.unit
        && staff.official.unit == staff.unit.code
        && claims.roles == staff.official.roles;
    fits.then_some(claims)
}
