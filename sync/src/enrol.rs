//! How a laptop becomes a desk: the code somebody is handed, what the laptop asks, and what the county answers.

pub mod letter;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{CountyId, DeskId, Digest, PersonId};
use domain::moment::{Millis, Moment};
use domain::role::{Official, Unit};
use serde::{Deserialize, Serialize};

use crate::key::PublicKey;
use crate::wire::{Epoch, from_cbor, to_cbor};

/// What every enrolment code begins with.
const PREFIX: &str = "DB1.";

/// A one-time code (ruling 17). As text: `DB1.` and base64url of its CBOR.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolCode {
    /// Version of this shape, 1.
    pub v: u8,
    /// Where the county listens, `host:port`.
    pub address: String,
    /// SHA-256 of the county's CA certificate (DER).
    pub ca: Digest,
    /// SHA-256 of the catalogue's root.json.
    pub root: Digest,
    /// The secret that can be used once.
    #[serde(with = "serde_bytes")]
    pub secret: [u8; 16],
}

impl fmt::Debug for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolCode")
            .field("address", &self.address)
            .field("ca", &self.ca)
            .finish_non_exhaustive()
    }
}

/// The text is no enrolment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment code")]
pub struct EnrolCodeError;

impl fmt::Display for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(to_cbor(self)))
    }
}

impl FromStr for EnrolCode {
    type Err = EnrolCodeError;
    fn from_str(text: &str) -> Result<Self, EnrolCodeError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.strip_prefix(PREFIX).ok_or(EnrolCodeError)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| EnrolCodeError)?;
        let code: EnrolCode = from_cbor(&bytes).map_err(|_| EnrolCodeError)?;
        if code.v == 1 { Ok(code) } else { Err(EnrolCodeError) }
    }
}

/// `POST /v1/enrol`, the only route without a client certificate.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The secret of the code.
    #[serde(with = "serde_bytes")]
    pub secret: [u8; 16],
    /// PKCS #10 request for the TLS client certificate, DER.
    #[serde(with = "serde_bytes")]
    pub csr_der: Vec<u8>,
    /// The desk's signing key.
    pub device_key: PublicKey,
    /// The person's signing key.
    pub person_key: PublicKey,
    /// This desk, when the machine is enrolled already and a further person joins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskId>,
    /// The laptop's clocks.
    pub clock: Moment,
}

/// What the county answers to [`EnrolRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The county.
    pub county: CountyId,
    /// Its display name.
    pub county_name: String,
    /// Epoch of its database.
    pub epoch: Epoch,
    /// Its CA certificate, DER; its hash stands in the code.
    #[serde(with = "serde_bytes")]
    pub ca_der: Vec<u8>,
    /// The desk's client certificate, DER.
    #[serde(with = "serde_bytes")]
    pub client_cert_der: Vec<u8>,
    /// The desk.
    pub desk: DeskId,
    /// Three letters that begin the provisional numbers of this desk.
    pub prefix: String,
    /// The person.
    pub person: PersonId,
    /// The person as the county knows them.
    pub official: Official,
    /// The unit they work for.
    pub unit: Unit,
    /// Offline permission of the person, PASETO v4.public.
    pub grant: String,
    /// The county's key for receipts and grants.
    pub county_key: PublicKey,
    /// The catalogue's root.json; its hash stands in the code.
    #[serde(with = "serde_bytes")]
    pub tuf_root: Vec<u8>,
    /// The county's clock.
    pub time: Millis,
}

/// `POST /v1/renew`: also with an expired, unrevoked certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewRequest {
    /// PKCS #10 request for the next TLS client certificate, DER.
    #[serde(with = "serde_bytes")]
    pub csr_der: Vec<u8>,
    /// The laptop's clocks.
    pub clock: Moment,
}

/// What the county answers to [`RenewRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewReply {
    /// The desk's new client certificate, DER.
    #[serde(with = "serde_bytes")]
    pub client_cert_der: Vec<u8>,
    /// New offline permissions of the desk's persons.
    pub grants: Vec<Renewed>,
    /// The county's clock.
    pub time: Millis,
}

/// One person's renewed permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// The person.
    pub person: PersonId,
    /// As the county knows them now.
    pub official: Official,
    /// The unit they work for.
    pub unit: Unit,
    /// The permission, PASETO v4.public.
    pub grant: String,
}
