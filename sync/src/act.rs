//! A signed act: the official step, what its author was looking at, and the seals of person and desk on it.

use domain::act::Act;
use domain::id::{CountyId, DeskId, Digest};
use domain::moment::Moment;
use serde::{Deserialize, Serialize};

use crate::key::{BadSignature, PublicKey, Purpose, SecretKey, Signature};
use crate::wire::{WireError, from_cbor, to_cbor};

/// What the seals cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActBody {
    /// The county it is meant for.
    pub county: CountyId,
    /// The desk it was made on.
    pub desk: DeskId,
    /// The step.
    pub act: Act,
    /// Heads of the document its author was looking at, sorted: an approval names what it approved.
    pub heads: Vec<Digest>,
    /// When, as far as the desk can know.
    pub moment: Moment,
}

/// An act with the seals of the person and of the desk. The stored bytes are signed and never re-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAct {
    /// CBOR of an [`ActBody`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The person's seal over `bytes`.
    pub person: Signature,
    /// The desk's seal over `bytes` and the person's seal.
    pub desk: Signature,
}

impl SignedAct {
    /// Signs `body` with the person's own key and the key of the desk (ruling 18).
    pub fn sign(body: &ActBody, person: &SecretKey, desk: &SecretKey) -> Self {
        let bytes = to_cbor(body);
        let person = person.sign(Purpose::ActByPerson, &bytes);
        let desk = desk.sign(Purpose::ActByDesk, &[bytes.as_slice(), &person.bytes].concat());
        SignedAct { bytes, person, desk }
    }

    /// Reads the body without checking the seals.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are no act.
    pub fn body(&self) -> Result<ActBody, WireError> {
        from_cbor(&self.bytes)
    }

    /// Checks both seals against the keys that the county has on record for person and desk.
    ///
    /// # Errors
    /// [`BadSignature`] when either does not fit.
    pub fn verify(&self, person: &PublicKey, desk: &PublicKey) -> Result<(), BadSignature> {
        person.verify(Purpose::ActByPerson, &self.bytes, &self.person)?;
        desk.verify(Purpose::ActByDesk, &[self.bytes.as_slice(), &self.person.bytes].concat(), &self.desk)
    }
}
