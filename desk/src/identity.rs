//! Who this desk is to its county: its keys, its number letters, and where the county is. Kept in the encrypted store.

use domain::id::{CountyId, DeskId, PersonId};
use domain::role::{Official, Unit};
use serde::{Deserialize, Serialize};
use store::table::meta;
use store::{Read, Write};
use sync::enrol::Renewed;
use sync::key::{PublicKey, SecretKey};

use crate::fault::Fault;

const DESK: &str = "identity";
const PERSON: &str = "person/";
const KEYS: &str = "signs/";

/// What the county gave this desk, and the desk's own keys.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// The desk; another one after it was found to be a copy (ruling 10).
    pub desk: DeskId,
    /// Three letters of its provisional numbers.
    pub prefix: String,
    /// The county.
    pub county: CountyId,
    /// Its name.
    pub county_name: String,
    /// Where it listens, `host:port`.
    pub address: String,
    /// Its key for receipts and grants.
    pub county_key: PublicKey,
    /// Its CA certificate, DER.
    #[serde(with = "hex::serde")]
    pub ca_der: Vec<u8>,
    /// This desk's TLS certificate, DER.
    #[serde(with = "hex::serde")]
    pub client_cert_der: Vec<u8>,
    /// This desk's TLS key, PKCS #8 DER.
    #[serde(with = "hex::serde")]
    pub tls_key_der: Vec<u8>,
    /// Seed of this desk's signing key.
    #[serde(with = "hex::serde")]
    pub device_seed: [u8; 32],
    /// The catalogue's root.json.
    #[serde(with = "hex::serde")]
    pub tuf_root: Vec<u8>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("desk", &self.desk)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// This desk's signing key.
    pub fn device_key(&self) -> SecretKey {
        SecretKey::from_seed(&self.device_seed)
    }
}

/// A person as the county knows them, with the permission to work without a network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Staff {
    /// Name, unit and roles.
    pub official: Official,
    /// The unit.
    pub unit: Unit,
    /// The permission, PASETO v4.public.
    pub grant: String,
    /// Why the county took the permission back, as the code of a problem; none as long as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<String>,
}

impl From<Renewed> for Staff {
    fn from(renewed: Renewed) -> Staff {
        Staff { official: renewed.official, unit: renewed.unit, grant: renewed.grant, taken_back: None }
    }
}

/// Reads who this desk is.
pub fn get(r: &Read<'_>) -> Result<Option<Identity>, Fault> {
    Ok(meta::get_json(r, DESK)?)
}

/// Keeps who this desk is.
pub fn put(w: &Write<'_>, identity: &Identity) -> Result<(), Fault> {
    Ok(meta::put_json(w, DESK, identity)?)
}

/// Reads what is known of a person.
pub fn staff(r: &Read<'_>, person: PersonId) -> Result<Option<Staff>, Fault> {
    Ok(meta::get_json(r, &format!("{PERSON}{person}"))?)
}

/// Notes that the county took a person's permission back, for the reason whose sentence has that code.
pub fn take_back(w: &Write<'_>, person: PersonId, why: &str) -> Result<(), Fault> {
    match staff(w, person)? {
        Some(known) => put_staff(w, &Staff { taken_back: Some(why.to_owned()), ..known }),
        None => Ok(()),
    }
}

/// The keys a person signed with at this desk, oldest first: whoever is enrolled again gets another one, and what was
/// signed before stays good.
pub fn keys(r: &Read<'_>, person: PersonId) -> Result<Vec<PublicKey>, Fault> {
    Ok(meta::get_json(r, &format!("{KEYS}{person}"))?.unwrap_or_default())
}

/// Notes the key a person signs with from now on.
pub fn put_key(w: &Write<'_>, person: PersonId, key: PublicKey) -> Result<(), Fault> {
    let mut known = keys(w, person)?;
    if known.last() != Some(&key) {
        known.push(key);
        meta::put_json(w, &format!("{KEYS}{person}"), &known)?;
    }
    Ok(())
}

/// Keeps what is known of a person.
pub fn put_staff(w: &Write<'_>, staff: &Staff) -> Result<(), Fault> {
    Ok(meta::put_json(w, &format!("{PERSON}{}", staff.official.person), staff)?)
}
