//! Locks what citizens entrust to the county: every case has its own key, and all keys lie under the vault key.
//!
//! XChaCha20-Poly1305; the sealed form is the 24-byte nonce followed by the ciphertext. What a sealed thing is for
//! (`about`) is authenticated with it, so that a row cannot be moved to another case.

use std::cell::RefCell;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::id::CaseId;
use zeroize::Zeroizing;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

use crate::error::Error;
use crate::random;

const NONCE: usize = 24;
/// What is packed before it is sealed: documents and items. Photographs are packed as they are.
const PACKED: [&str; 2] = ["document", "item"];
/// Desks wait while it is packed.
const LEVEL: i32 = 3;
/// What a packed thing begins with (RFC 8878), and no document and no item does.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// No packed thing is longer than this.
const MOST: u64 = 64 * 1024 * 1024;

thread_local! {
    /// Setting one up costs half of what packing a case with it costs.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Decompressor<'static>> = RefCell::new(Decompressor::default());
}

/// Opens and makes the keys of cases.
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

/// The key of one case.
pub struct CaseKey {
    cipher: XChaCha20Poly1305,
    case: CaseId,
}

impl Vault {
    /// A vault under this key, 32 bytes.
    pub fn new(key: &[u8]) -> Result<Vault, Error> {
        Ok(Vault { cipher: cipher(key)? })
    }

    /// A new key for a case, and its wrapped form to keep beside the case.
    pub fn new_case(&self, case: CaseId) -> Result<(CaseKey, Vec<u8>), Error> {
        let key = Zeroizing::new(random::bytes::<32>()?);
        let wrapped = seal(&self.cipher, &about("key", case), key.as_slice())?;
        Ok((CaseKey { cipher: cipher(key.as_slice())?, case }, wrapped))
    }

    /// The key of a case from its wrapped form.
    pub fn case(&self, case: CaseId, wrapped: &[u8]) -> Result<CaseKey, Error> {
        let key = Zeroizing::new(open(&self.cipher, &about("key", case), wrapped)?);
        Ok(CaseKey { cipher: cipher(&key)?, case })
    }
}

impl CaseKey {
    /// Seals `plain`; `what` says what it is (`document`, `item`, `file`, `slice`).
    pub fn seal(&self, what: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        if PACKED.contains(&what) {
            return seal(&self.cipher, &about(what, self.case), &pack(plain)?);
        }
        seal(&self.cipher, &about(what, self.case), plain)
    }

    /// Opens what was sealed as `what` for this case.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let opened = open(&self.cipher, &about(what, self.case), sealed)?;
        // Earlier programs sealed documents and items as they were.
        if PACKED.contains(&what) && opened.starts_with(&MAGIC) {
            return unpack(&opened);
        }
        Ok(opened)
    }
}

fn pack(plain: &[u8]) -> Result<Vec<u8>, Error> {
    let packed = COMPRESSOR.with_borrow_mut(|ready| {
        let compressor = match ready {
            Some(compressor) => compressor,
            None => ready.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(plain)
    });
    packed.map_err(|_| Error::Sealed)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let length = get_frame_content_size(packed).ok().flatten().filter(|length| *length <= MOST);
    let length = length.and_then(|length| usize::try_from(length).ok()).ok_or(Error::Sealed)?;
    DECOMPRESSOR.with_borrow_mut(|ready| ready.decompress(packed, length)).map_err(|_| Error::Sealed)
}

fn about(what: &str, case: CaseId) -> Vec<u8> {
    format!("daiban/county/{what}/{case}").into_bytes()
}

fn cipher(key: &[u8]) -> Result<XChaCha20Poly1305, Error> {
    Ok(XChaCha20Poly1305::new(&Key::try_from(key).map_err(|_| Error::Sealed)?))
}

fn seal(cipher: &XChaCha20Poly1305, aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = random::bytes::<NONCE>()?;
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad }).map_err(|_| Error::Sealed)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let (nonce, msg) = sealed.split_at_checked(NONCE).ok_or(Error::Sealed)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| Error::Sealed)?;
    cipher.decrypt(&nonce, Payload { msg, aad }).map_err(|_| Error::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_packed_and_those_of_earlier_programs_still_open() {
        let vault = Vault::new(&[7; 32]).unwrap();
        let case = CaseId(uuid::Uuid::from_u128(1));
        let (key, _) = vault.new_case(case).unwrap();
        let form = "the same words ".repeat(100);
        for what in PACKED {
            let sealed = key.seal(what, form.as_bytes()).unwrap();
            assert!(sealed.len() < 200, "{}", sealed.len());
            assert_eq!(key.open(what, &sealed).unwrap(), form.as_bytes());
            let before = seal(&key.cipher, &about(what, case), form.as_bytes()).unwrap();
            assert_eq!(key.open(what, &before).unwrap(), form.as_bytes());
        }
        let photograph = [MAGIC.as_slice(), form.as_bytes()].concat();
        assert_eq!(key.open("slice", &key.seal("slice", &photograph).unwrap()).unwrap(), photograph);
    }

    #[test]
    fn what_was_sealed_for_one_case_opens_for_no_other() {
        let vault = Vault::new(&[7; 32]).unwrap();
        let (one, other) = (CaseId(uuid::Uuid::from_u128(1)), CaseId(uuid::Uuid::from_u128(2)));
        let (key, wrapped) = vault.new_case(one).unwrap();
        let sealed = key.seal("item", b"words").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"words"));
        assert_eq!(vault.case(one, &wrapped).unwrap().open("item", &sealed).unwrap(), b"words");
        assert!(vault.case(one, &wrapped).unwrap().open("file", &sealed).is_err());
        assert!(vault.case(other, &wrapped).is_err());
    }
}
