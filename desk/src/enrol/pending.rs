//! The keys of an enrolment that is not finished: kept until the county's answer is here, so that asking once more is the
//! same request, and locked so that they open with the code, or with the county's answer, and with nothing else.

use std::path::{Path, PathBuf};

use domain::id::DeskId;
use rcgen::KeyPair;
use serde::{Deserialize, Serialize};
use store::{DbKey, PersonSeed};
use sync::enrol::EnrolCode;
use sync::enrol::letter::{self, Shared};
use sync::wire::{from_cbor, to_cbor};
use zeroize::Zeroizing;

use crate::Desk;
use crate::fault::Fault;
use crate::open::Open;

/// Folder of the boxes, below the data folder.
const FOLDER: &str = "enrolling";
/// Most bytes of a box.
const MOST: usize = 64 * 1024;

/// An enrolment under way.
pub struct Pending {
    /// The code.
    pub code: EnrolCode,
    /// The desk that a further person joins; none for a machine that becomes a desk.
    pub desk: Option<DeskId>,
    /// The signing key of the person.
    pub person_seed: PersonSeed,
    /// The keys of the machine.
    pub machine: Machine,
}

/// The keys of a machine.
pub struct Machine {
    /// Opens the database.
    pub db_key: DbKey,
    /// TLS key, PKCS #8 DER.
    pub tls_key_der: Vec<u8>,
    /// Seed of the machine's signing key.
    pub device_seed: [u8; 32],
}

/// What lies in a box. The keys of a machine that is a desk already are not in it.
#[derive(Serialize, Deserialize)]
struct Kept {
    code: EnrolCode,
    desk: Option<DeskId>,
    #[serde(with = "serde_bytes")]
    person_seed: [u8; 32],
    #[serde(with = "serde_bytes")]
    machine: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct KeptMachine {
    #[serde(with = "serde_bytes")]
    db_key: [u8; 32],
    #[serde(with = "serde_bytes")]
    tls_key_der: Vec<u8>,
    #[serde(with = "serde_bytes")]
    device_seed: [u8; 32],
}

impl Pending {
    /// The keys of an earlier try with this code at this desk, or new ones. They are durable when this returns.
    pub fn begin(desk: &Desk, code: EnrolCode, here: Option<&Open>) -> Result<Pending, Fault> {
        let shared = Shared::of(&code.secret);
        let path = folder(desk).join(shared.name_of_box());
        if let Some(known) = read(&path, &shared.key_of_box(), here)?
            && known.code == code
        {
            return Ok(known);
        }
        let made = Pending {
            code,
            desk: here.map(|open| open.identity().desk),
            person_seed: PersonSeed::generate()?,
            machine: here.map_or_else(Machine::new, |open| Ok(Machine::of(open)))?,
        };
        store::write_private(&path, &made.locked(&shared)?)?;
        Ok(made)
    }

    /// The enrolment whose box opens with this key; none when it is another machine's.
    pub fn opened_by(desk: &Desk, key: &str, here: Option<&Open>) -> Result<Option<Pending>, Fault> {
        let entries = match std::fs::read_dir(folder(desk)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(Fault::Broken("the folder of enrolments cannot be read")),
        };
        for entry in entries.flatten() {
            if let Some(found) = read(&entry.path(), key, here)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Throws the box away: the keys lie where they belong, or the code is of no use any more.
    pub fn forget(&self, desk: &Desk) -> Result<(), Fault> {
        let path = folder(desk).join(Shared::of(&self.code.secret).name_of_box());
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault::Broken("the box of an enrolment cannot be removed"))
            }
            _ => Ok(()),
        }
    }

    fn locked(&self, shared: &Shared) -> Result<Vec<u8>, Fault> {
        let machine = match self.desk {
            Some(_) => Vec::new(),
            None => to_cbor(&KeptMachine {
                db_key: *self.machine.db_key.bytes(),
                tls_key_der: self.machine.tls_key_der.clone(),
                device_seed: self.machine.device_seed,
            }),
        };
        let kept = Kept {
            code: self.code.clone(),
            desk: self.desk,
            person_seed: *self.person_seed.bytes(),
            machine,
        };
        let bytes = Zeroizing::new(to_cbor(&kept));
        letter::lock(&shared.key_of_box(), &bytes).map_err(|_| Fault::Broken("a box cannot be locked"))
    }
}

impl Machine {
    fn new() -> Result<Machine, Fault> {
        let mut device_seed = [0; 32];
        getrandom::fill(&mut device_seed).map_err(|_| Fault::Broken("no random numbers"))?;
        let tls_key = KeyPair::generate().map_err(|_| Fault::Broken("no TLS key can be made"))?;
        Ok(Machine { db_key: DbKey::generate()?, tls_key_der: tls_key.serialize_der(), device_seed })
    }

    fn of(open: &Open) -> Machine {
        let identity = open.identity();
        Machine {
            db_key: open.db_key.clone(),
            tls_key_der: identity.tls_key_der.clone(),
            device_seed: identity.device_seed,
        }
    }
}

/// What lies in a box, if it opens and belongs to this desk as it is now.
fn read(path: &Path, key: &str, here: Option<&Open>) -> Result<Option<Pending>, Fault> {
    let Ok(locked) = std::fs::read(path) else { return Ok(None) };
    let Some(bytes) = letter::unlock(key, &locked, MOST).map(Zeroizing::new) else { return Ok(None) };
    let Ok(kept) = from_cbor::<Kept>(&bytes) else { return Ok(None) };
    let machine = match (here, kept.desk) {
        (Some(open), Some(desk)) if open.identity().desk == desk => Machine::of(open),
        (None, None) => {
            let Ok(machine) = from_cbor::<KeptMachine>(&kept.machine) else { return Ok(None) };
            Machine {
                db_key: DbKey::from_bytes(&machine.db_key),
                tls_key_der: machine.tls_key_der,
                device_seed: machine.device_seed,
            }
        }
        _ => return Ok(None),
    };
    let person_seed = PersonSeed::from_bytes(&kept.person_seed);
    Ok(Some(Pending { code: kept.code, desk: kept.desk, person_seed, machine }))
}

fn folder(desk: &Desk) -> PathBuf {
    desk.place.data.join(FOLDER)
}
