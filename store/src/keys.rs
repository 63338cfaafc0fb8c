//! Who can open this machine: for each person, the database key and their own signing seed, wrapped under their password.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use atomic_write_file::AtomicWriteFile;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use domain::id::PersonId;
use domain::role::Role;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::KeysError;
use crate::secret::{DbKey, PersonSeed};

/// The name of the key file in a data folder.
pub(crate) const FILE: &str = "keys.json";
const FORMAT: u32 = 1;

/// How much work guessing one password costs (Argon2id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// What the product uses: 64 MiB, two passes; about 100 ms on a desktop core, below 600 ms on a weak laptop.
    pub const STANDARD: Cost = Cost { memory_kib: 64 * 1024, passes: 2 };
    /// Next to no protection, for tests that unlock many times.
    pub const CHEAP_FOR_TESTS: Cost = Cost { memory_kib: 64, passes: 1 };
    /// A key file asking for more than this was not written by us; it would only freeze the machine.
    const MOST: Cost = Cost { memory_kib: 1024 * 1024, passes: 16 };
}

/// What the key file tells about a person without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEntry {
    /// The person.
    pub person: PersonId,
    /// Name, for the unlock screen.
    pub name: String,
    /// Roles, for the unlock screen; what a person may do is decided by the grant, not by this.
    pub roles: Vec<Role>,
}

/// What a right password opens.
#[derive(Debug)]
pub struct Unlocked {
    /// Key of the database, the same for everybody on this machine.
    pub db_key: DbKey,
    /// Seed of this person's signing key.
    pub seed: PersonSeed,
}

/// The key file `keys.json` of one data folder.
#[derive(Debug)]
pub struct Keys {
    folder: PathBuf,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    format: u32,
    people: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    person: PersonId,
    name: String,
    roles: Vec<Role>,
    argon2id: Cost,
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
    #[serde(with = "hex::serde")]
    nonce: [u8; 24],
    /// XChaCha20-Poly1305 over the database key and the seed, 64 bytes and a tag of 16.
    #[serde(with = "hex::serde")]
    wrapped: Vec<u8>,
}

impl Keys {
    /// Reads the key file of a data folder; a folder without one has no people yet.
    pub fn load(folder: &Path) -> Result<Keys, KeysError> {
        let entries = match std::fs::read(folder.join(FILE)) {
            Ok(bytes) => {
                let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| KeysError::Damaged)?;
                if file.format != FORMAT {
                    return Err(KeysError::Damaged);
                }
                file.people
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Keys { folder: folder.to_owned(), entries })
    }

    /// Who can open this machine, in the order they were enrolled.
    pub fn people(&self) -> Vec<PersonEntry> {
        self.entries
            .iter()
            .map(|entry| PersonEntry {
                person: entry.person,
                name: entry.name.clone(),
                roles: entry.roles.clone(),
            })
            .collect()
    }

    /// Gives a person an entry and writes the file. The first person brings a new database key ([`DbKey::generate`]); for
    /// the next ones it comes from whoever has the desk unlocked. Whoever has an entry already, because they forgot their
    /// password and were enrolled again, gets the new one in its place: the old password opens nothing any more.
    ///
    /// # Errors
    /// [`KeysError`]; the file is then unchanged.
    #[expect(clippy::too_many_arguments, reason = "one fact each; a struct would only rename them")]
    pub fn put(
        &mut self,
        person: PersonId,
        name: &str,
        roles: &[Role],
        password: &str,
        db_key: &DbKey,
        seed: &PersonSeed,
        cost: Cost,
    ) -> Result<(), KeysError> {
        let mut entries = self.entries.clone();
        let new = wrap(person, name, roles, password, db_key, seed, cost)?;
        match entries.iter_mut().find(|entry| entry.person == person) {
            Some(entry) => *entry = new,
            None => entries.push(new),
        }
        self.replace(entries)
    }

    /// Opens a person's keys. Takes as long as the cost stored with them; do not call it on a thread that draws.
    ///
    /// # Errors
    /// [`KeysError::WrongPassword`] or [`KeysError::NoSuchPerson`].
    pub fn unlock(&self, person: PersonId, password: &str) -> Result<Unlocked, KeysError> {
        let entry =
            self.entries.iter().find(|entry| entry.person == person).ok_or(KeysError::NoSuchPerson)?;
        unwrap(entry, password)
    }

    /// Wraps a person's keys anew under another password.
    ///
    /// # Errors
    /// [`KeysError::WrongPassword`] when `old` does not fit; nothing is changed then.
    pub fn change_password(
        &mut self,
        person: PersonId,
        old: &str,
        new: &str,
        cost: Cost,
    ) -> Result<(), KeysError> {
        let Unlocked { db_key, seed } = self.unlock(person, old)?;
        let mut entries = self.entries.clone();
        let entry = entries.iter_mut().find(|entry| entry.person == person).ok_or(KeysError::NoSuchPerson)?;
        *entry = wrap(person, &entry.name, &entry.roles, new, &db_key, &seed, cost)?;
        self.replace(entries)
    }

    fn replace(&mut self, people: Vec<Entry>) -> Result<(), KeysError> {
        let file = KeyFile { format: FORMAT, people };
        let text = serde_json::to_vec_pretty(&file).map_err(|_| KeysError::Unusable)?;
        write_private(&self.folder.join(FILE), &text)?;
        self.entries = file.people;
        Ok(())
    }
}

/// Writes a whole file that only its owner may read, and its folder if need be: after a power cut either the old bytes or
/// the new ones are there.
///
/// # Errors
/// [`KeysError::DiskFull`], [`KeysError::Io`]; what was there is untouched then.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    if let Some(folder) = file.parent() {
        crate::lock::make_private_folder(folder)?;
    }
    let mut options = AtomicWriteFile::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        atomic_write_file::unix::OpenOptionsExt::preserve_mode(&mut options, false);
        options.mode(0o600);
    }
    let mut out = options.open(file)?;
    out.write_all(bytes)?;
    out.commit()?;
    Ok(())
}

fn wrap(
    person: PersonId,
    name: &str,
    roles: &[Role],
    password: &str,
    db_key: &DbKey,
    seed: &PersonSeed,
    cost: Cost,
) -> Result<Entry, KeysError> {
    let mut salt = [0u8; 16];
    let mut nonce = [0u8; 24];
    getrandom::fill(&mut salt).map_err(|_| KeysError::Unusable)?;
    getrandom::fill(&mut nonce).map_err(|_| KeysError::Unusable)?;
    let cipher = cipher(password, &salt, cost)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(64));
    plain.extend_from_slice(db_key.bytes());
    plain.extend_from_slice(seed.bytes());
    let wrapped = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &bound_to(person) })
        .map_err(|_| KeysError::Unusable)?;
    Ok(Entry { person, name: name.to_owned(), roles: roles.to_vec(), argon2id: cost, salt, nonce, wrapped })
}

fn unwrap(entry: &Entry, password: &str) -> Result<Unlocked, KeysError> {
    if entry.argon2id.memory_kib > Cost::MOST.memory_kib || entry.argon2id.passes > Cost::MOST.passes {
        return Err(KeysError::Damaged);
    }
    let cipher = cipher(password, &entry.salt, entry.argon2id)?;
    let plain = cipher
        .decrypt(&XNonce::from(entry.nonce), Payload { msg: &entry.wrapped, aad: &bound_to(entry.person) })
        .map(Zeroizing::new)
        .map_err(|_| KeysError::WrongPassword)?;
    let (db_key, rest) = plain.split_first_chunk::<32>().ok_or(KeysError::Damaged)?;
    let seed: &[u8; 32] = rest.try_into().map_err(|_| KeysError::Damaged)?;
    Ok(Unlocked { db_key: DbKey::from_bytes(db_key), seed: PersonSeed::from_bytes(seed) })
}

/// The key a password gives. It is normalised first (NFKC), because a Chinese input method may type the digits and
/// letters of a password in full width on one day and in half width on another.
fn cipher(password: &str, salt: &[u8; 16], cost: Cost) -> Result<XChaCha20Poly1305, KeysError> {
    let password: Zeroizing<String> = Zeroizing::new(password.nfkc().collect());
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(|_| KeysError::Unusable)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut key[..])
        .map_err(|_| KeysError::Unusable)?;
    Ok(XChaCha20Poly1305::new(&Key::from(*key)))
}

/// An entry cannot be moved to another person's name: the person is part of what the tag covers.
fn bound_to(person: PersonId) -> Vec<u8> {
    [b"daiban keys 1 ".as_slice(), person.0.as_bytes()].concat()
}
