//! Who this desk is to its county: its keys, its number letters, and where the county is. Kept in the encrypted store.

use domain::id::{CountyId, DeskId};
use domain::role::{Official, Unit};
use serde::{Deserialize, Serialize};
use store::table::meta;
use store::{Read, Write};
use sync::key::{PublicKey, SecretKey};

use crate::fault::Fault;

const DESK: &str = "identity";
const PERSON: &str = "person/";

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
pub fn staff(r: &Read<'_>, person: domain::id::PersonId) -> Result<Option<Staff>, Fault> {
    Ok(meta::get_json(r, &format!("{PERSON}{person}"))?)
}

/// Keeps what is known of a person.
pub fn put_staff(w: &Write<'_>, staff: &Staff) -> Result<(), Fault> {
    Ok(meta::put_json(w, &format!("{PERSON}{}", staff.official.person), staff)?)
}
