//! What a person at a desk would notice of the cupboard: nothing lost, nothing readable, nothing half done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a failed step is a failed test, in helpers too"
)]

mod cases;
mod catalogue;
mod exchange;
mod files;
mod keys;
mod killed;
mod opening;
mod record;
mod rescue;
mod room;

use std::path::PathBuf;

use domain::id::{CaseId, Digest, PersonId};
use domain::lifecycle::Status;
use store::table::case_index::CaseLine;
use store::{DbKey, FolderLock, Store};
use uuid::Uuid;

/// A desk in a folder of its own.
struct Desk {
    dir: tempfile::TempDir,
    key: DbKey,
    store: Option<(Store, FolderLock)>,
}

impl Desk {
    fn new() -> Desk {
        let mut desk =
            Desk { dir: tempfile::tempdir().unwrap(), key: DbKey::generate().unwrap(), store: None };
        desk.start();
        desk
    }

    fn store(&self) -> &Store {
        &self.store.as_ref().unwrap().0
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn stop(&mut self) {
        self.store = None;
    }

    fn start(&mut self) {
        // A program that the test beside this one starts holds every lock between its fork and its exec.
        let begun = std::time::Instant::now();
        loop {
            match self.try_start() {
                Err(store::StoreError::InUse) if begun.elapsed().as_secs() < 10 => std::thread::yield_now(),
                done => return done.unwrap(),
            }
        }
    }

    fn try_start(&mut self) -> Result<(), store::StoreError> {
        let lock = FolderLock::take(&self.folder())?;
        self.store = Some((Store::open(&lock, &self.key)?, lock));
        Ok(())
    }
}

fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn digest(n: u8) -> Digest {
    Digest([n; 32])
}

/// The line of a case in the sample county.
fn line(n: u128, status: Status, updated_at: i64) -> CaseLine {
    CaseLine {
        case: case(n),
        item: "000111001000".to_owned(),
        item_name: "高龄津贴".to_owned(),
        release: 1,
        status,
        applicant: "王*英".to_owned(),
        number: None,
        village: Some("131099100201".parse().unwrap()),
        unit: "131099100201".parse().unwrap(),
        scopes: ["draft:131099100201".to_owned()].into(),
        updated_at,
        collected_at: None,
        differing: 0,
        unseen: false,
        discarded_at: None,
    }
}
