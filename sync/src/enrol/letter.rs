//! Enrolment without a network: the laptop's request and the county's answer are two files that somebody carries.
//!
//! The request is an `age` file under a passphrase that follows from the code, so that a lost stick gives nobody the code.
//! The answer is signed by the county's CA, whose fingerprint stands in the code. It also brings the key to the box in
//! which the laptop keeps its new keys meanwhile: a laptop that is stolen before holds nothing that opens.

use std::collections::BTreeMap;
use std::io::Read;

use age::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

use super::{EnrolReply, EnrolRequest};
use crate::wire::{from_cbor, to_cbor};

/// Most bytes of a request.
pub const MOST_REQUEST: usize = 64 * 1024;
/// Most bytes of an answer; most of it is the catalogue.
pub const MOST_REPLY: usize = 256 * 1024 * 1024;
/// What the CA signs begins with this: no certificate does.
const SIGNED: &[u8] = b"daiban/1/enrol/reply\0";
/// The passphrases are full keys already; making them dear to guess would only cost time (log2 of scrypt's N).
const WORK: u8 = 1;

/// What laptop and county both know of a code: SHA-256 of its secret, which is all the county keeps of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shared([u8; 32]);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(…)")
    }
}

/// Why such a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// Not such a file, or cut off.
    #[error("not an enrolment file")]
    NotALetter,
    /// Another county signed it, or it was altered on the way.
    #[error("the enrolment answer is not from the county of the code, or was altered")]
    NotProven,
    /// No random numbers from the system.
    #[error("nothing can be sealed")]
    Unusable,
}

impl Shared {
    /// Of the secret of a code.
    pub fn of(secret: &[u8; 16]) -> Shared {
        Shared(Sha256::digest(secret).into())
    }

    /// As the county keeps it.
    pub fn from_hash(hash: [u8; 32]) -> Shared {
        Shared(hash)
    }

    /// The passphrase of the box in which a laptop keeps its new keys until the county's answer is there.
    pub fn key_of_box(&self) -> String {
        self.passphrase("box")
    }

    /// Under which name the laptop keeps that box, one for each code.
    pub fn name_of_box(&self) -> String {
        self.passphrase("name").chars().take(16).collect()
    }

    fn passphrase(&self, purpose: &str) -> String {
        let words = ["daiban/1/enrol/", purpose, "\0"].concat();
        hex::encode(Sha256::new().chain_update(words).chain_update(self.0).finalize())
    }
}

/// Locks something into a box that opens with `passphrase`: an `age` file.
///
/// # Errors
/// [`LetterError::Unusable`].
pub fn lock(passphrase: &str, bytes: &[u8]) -> Result<Vec<u8>, LetterError> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK);
    age::encrypt(&recipient, bytes).map_err(|_| LetterError::Unusable)
}

/// Opens such a box; `None` when it is another one's, or damaged.
pub fn unlock(passphrase: &str, locked: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(WORK);
    let opened = age::Decryptor::new_buffered(locked).ok()?;
    let reading = opened.decrypt(std::iter::once(&identity as &dyn age::Identity)).ok()?;
    let mut bytes = Vec::new();
    reading.take(most as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= most).then_some(bytes)
}

/// The laptop's request as a file.
///
/// # Errors
/// [`LetterError::Unusable`].
pub fn write_request(request: &EnrolRequest) -> Result<Vec<u8>, LetterError> {
    lock(&Shared::of(&request.secret).passphrase("request"), &to_cbor(request))
}

/// Reads a request that was made with that code; `None` when it was made with another one.
pub fn read_request(shared: &Shared, file: &[u8]) -> Option<EnrolRequest> {
    let bytes = unlock(&shared.passphrase("request"), file, MOST_REQUEST)?;
    let request: EnrolRequest = from_cbor(&bytes).ok()?;
    (Shared::of(&request.secret) == *shared).then_some(request)
}

/// What the county answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Opens the box in which the laptop keeps its new keys.
    pub key_of_box: String,
    /// The same that is answered online.
    pub reply: EnrolReply,
    /// The catalogue repository, `metadata/…` and `targets/…` with their bytes, so that the desk can work at once. The
    /// names are looked up and never become paths.
    pub catalogue: BTreeMap<String, ByteBuf>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("desk", &self.reply.desk).finish_non_exhaustive()
    }
}

/// An answer as it travels.
#[derive(Serialize, Deserialize)]
struct Letter {
    /// Version, 1.
    v: u8,
    /// CBOR of an [`Answer`].
    #[serde(with = "serde_bytes")]
    answer: Vec<u8>,
    /// The CA's signature over a context and those bytes: ECDSA P-256 with SHA-256, DER.
    #[serde(with = "serde_bytes")]
    signature: Vec<u8>,
}

/// The bytes the CA signs for an answer.
pub fn to_be_signed(answer: &Answer) -> Vec<u8> {
    [SIGNED, &to_cbor(answer)].concat()
}

/// The answer as a file. `signature` is the CA's over [`to_be_signed`].
pub fn write_reply(answer: &Answer, signature: Vec<u8>) -> Vec<u8> {
    to_cbor(&Letter { v: 1, answer: to_cbor(answer), signature })
}

/// An answer of which it is not known yet who gave it.
#[derive(Debug)]
pub struct Unproven {
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "only desks believe answers"))]
    signed: Vec<u8>,
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "only desks believe answers"))]
    signature: Vec<u8>,
    answer: Answer,
}

/// Reads an answer; nothing of it may be believed before [`Unproven::prove`].
///
/// # Errors
/// [`LetterError::NotALetter`].
pub fn read_reply(file: &[u8]) -> Result<Unproven, LetterError> {
    let letter: Letter = from_cbor(file).map_err(|_| LetterError::NotALetter)?;
    if letter.v != 1 {
        return Err(LetterError::NotALetter);
    }
    let answer: Answer = from_cbor(&letter.answer).map_err(|_| LetterError::NotALetter)?;
    let signed = [SIGNED, &letter.answer].concat();
    Ok(Unproven { signed, signature: letter.signature, answer })
}

impl Unproven {
    /// The passphrase to try on the boxes that are here. It proves nothing.
    pub fn key_of_box(&self) -> &str {
        &self.answer.key_of_box
    }

    /// Whom it claims to be for. It proves nothing.
    pub fn person(&self) -> domain::id::PersonId {
        self.answer.reply.person
    }

    /// The answer, if the CA and the catalogue root are those that the code names and the CA signed it.
    ///
    /// # Errors
    /// [`LetterError::NotProven`].
    #[cfg(feature = "client")]
    pub fn prove(self, code: &super::EnrolCode) -> Result<Answer, LetterError> {
        let fits = |bytes: &[u8], digest: domain::id::Digest| {
            let found: [u8; 32] = Sha256::digest(bytes).into();
            found == digest.0
        };
        let reply = &self.answer.reply;
        if !fits(&reply.ca_der, code.ca) || !fits(&reply.tuf_root, code.root) {
            return Err(LetterError::NotProven);
        }
        let ca = rustls::pki_types::CertificateDer::from(reply.ca_der.as_slice());
        let ca = webpki::EndEntityCert::try_from(&ca).map_err(|_| LetterError::NotProven)?;
        ca.verify_signature(webpki::aws_lc_rs::ECDSA_P256_SHA256, &self.signed, &self.signature)
            .map_err(|_| LetterError::NotProven)?;
        Ok(self.answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_opens_with_its_own_passphrase_only() {
        let shared = Shared::of(&[7; 16]);
        let locked = lock(&shared.key_of_box(), b"keys").unwrap();
        assert_eq!(unlock(&shared.key_of_box(), &locked, 10).as_deref(), Some(&b"keys"[..]));
        assert_eq!(unlock(&shared.key_of_box(), &locked, 3), None, "more than expected");
        assert_eq!(unlock(&Shared::of(&[8; 16]).key_of_box(), &locked, 10), None);
        let mut damaged = locked.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(unlock(&shared.key_of_box(), &damaged, 10), None);
        assert_eq!(unlock(&shared.key_of_box(), b"age", 10), None);
    }

    #[test]
    fn the_county_reads_a_request_by_the_hash_alone_and_a_finder_reads_nothing() {
        let request = EnrolRequest {
            secret: [7; 16],
            csr_der: vec![1, 2, 3],
            device_key: crate::key::SecretKey::from_seed(&[1; 32]).public(),
            person_key: crate::key::SecretKey::from_seed(&[2; 32]).public(),
            desk: None,
            clock: domain::moment::Moment { device: 0, zone: 480, boot: [1; 16], monotonic: 1, county: None },
        };
        let file = write_request(&request).unwrap();
        assert!(!file.windows(16).any(|part| part == [7; 16]), "the secret does not travel in the open");
        let known = Shared::from_hash(Sha256::digest([7; 16]).into());
        assert_eq!(read_request(&known, &file).map(|read| read.csr_der), Some(vec![1, 2, 3]));
        assert!(read_request(&Shared::of(&[8; 16]), &file).is_none());
    }
}
