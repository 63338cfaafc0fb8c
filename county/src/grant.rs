//! The paper that lets a person work without a network for a while: PASETO v4.public, signed by the county.
//!
//! Claims: `iss` county id, `aud` desk id, `sub` person id, `iat`, `nbf`, `exp` (RFC 3339), `name`, `unit` (region code),
//! `roles` (array of role names) and `courier` (the county's `age` recipient, to which courier files are sealed).

use domain::id::{CountyId, DeskId};
use domain::moment::Millis;
use domain::role::Official;
use pasetors::claims::Claims;
use pasetors::keys::AsymmetricSecretKey;
use pasetors::version4::V4;

use crate::clock::{DAY, rfc3339};
use crate::database::person::role_name;
use crate::error::Error;

/// How long a grant lasts, milliseconds. It is renewed whenever the desk renews its certificate.
pub const LIFE: Millis = 30 * DAY;

/// Makes grants with the county's key.
pub struct Granter {
    county: CountyId,
    key: AsymmetricSecretKey<V4>,
    courier: String,
}

impl Granter {
    /// Signs with the Ed25519 key that belongs to `seed`, and tells every desk the county's `age` recipient.
    pub fn new(county: CountyId, seed: &[u8; 32], courier: String) -> Result<Granter, Error> {
        let pair = ed25519_dalek::SigningKey::from_bytes(seed).to_keypair_bytes();
        let key = AsymmetricSecretKey::from(&pair).map_err(|_| Error::Lacking("county.key"))?;
        Ok(Granter { county, key, courier })
    }

    /// A grant for `official` at `desk`.
    pub fn grant(&self, desk: DeskId, official: &Official, now: Millis) -> Result<String, Error> {
        let make = || {
            let mut claims = Claims::new()?;
            claims.issuer(&self.county.to_string())?;
            claims.audience(&desk.to_string())?;
            claims.subject(&official.person.to_string())?;
            claims.issued_at(&rfc3339(now))?;
            claims.not_before(&rfc3339(now - DAY))?;
            claims.expiration(&rfc3339(now + LIFE))?;
            claims.add_additional("name", official.name.as_str())?;
            claims.add_additional("unit", official.unit.as_str())?;
            let roles: Vec<&str> = official.roles.iter().map(|role| role_name(*role)).collect();
            claims.add_additional("roles", roles)?;
            claims.add_additional("courier", self.courier.as_str())?;
            pasetors::public::sign(&self.key, &claims, None, None)
        };
        make().map_err(|_| Error::Broken("a grant could not be made"))
    }
}
