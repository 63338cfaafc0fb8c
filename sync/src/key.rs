//! Seals: a person, a desk and the county each sign with a key of their own, and anybody can check the seal.
//!
//! Every signature covers a context word and then the stored bytes, so that a seal made for one purpose never fits
//! another. The algorithm stands beside each signature; today there is one, Ed25519.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// Ed25519 (RFC 8032), the only algorithm of protocol 1.
pub const ED25519: u8 = 1;

/// A signature and how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Algorithm id, [`ED25519`].
    pub alg: u8,
    /// The signature, 64 bytes for Ed25519.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// The seal does not fit the bytes, the key or the purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// What a seal is for. A seal made for one purpose is refused for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A person vouches for an act.
    ActByPerson,
    /// A desk vouches for the same act and the person's seal on it.
    ActByDesk,
    /// A desk vouches for the items of a chunk.
    Chunk,
    /// The county vouches for what it took in.
    Receipt,
    /// A person vouches for catalogue workbooks.
    Publish,
    /// A desk or the county vouches for what lies in a courier file.
    Courier,
}

impl Purpose {
    fn context(self) -> &'static [u8] {
        match self {
            Purpose::ActByPerson => b"daiban/1/act/person\0",
            Purpose::ActByDesk => b"daiban/1/act/desk\0",
            Purpose::Chunk => b"daiban/1/chunk\0",
            Purpose::Receipt => b"daiban/1/receipt\0",
            Purpose::Publish => b"daiban/1/publish\0",
            Purpose::Courier => b"daiban/1/courier\0",
        }
    }
}

/// The public half of a signing key, 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(#[serde(with = "serde_bytes")] pub [u8; 32]);

impl PublicKey {
    /// Checks that the owner of this key signed `bytes` for `purpose`.
    ///
    /// # Errors
    /// [`BadSignature`] for another key, other bytes, another purpose, or an unknown algorithm.
    pub fn verify(&self, purpose: Purpose, bytes: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        if signature.alg != ED25519 {
            return Err(BadSignature);
        }
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        let seal = ed25519_dalek::Signature::from_slice(&signature.bytes).map_err(|_| BadSignature)?;
        key.verify_strict(&[purpose.context(), bytes].concat(), &seal).map_err(|_| BadSignature)
    }
}

/// The secret half. Made from 32 random bytes that the caller draws and keeps; wiped from memory when dropped.
pub struct SecretKey(SigningKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// The key that belongs to `seed`, 32 bytes from a good random source.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        SecretKey(SigningKey::from_bytes(seed))
    }

    /// The half that may be shown to everybody.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `bytes` for `purpose`.
    pub fn sign(&self, purpose: Purpose, bytes: &[u8]) -> Signature {
        let seal = self.0.sign(&[purpose.context(), bytes].concat());
        Signature { alg: ED25519, bytes: seal.to_bytes().to_vec() }
    }
}
