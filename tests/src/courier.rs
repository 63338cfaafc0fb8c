//! A stick that goes between desks and the county while nobody has a network.

use std::io::Cursor;
use std::path::PathBuf;

use county::courier::{Arrived, Made};
use county::{County, Error, Folder};
use domain::id::DeskId;
use ipc::Problem;
use ipc::account::DeskState;
use ipc::courier::CourierTaken;

use crate::county::TestCounty;
use crate::desk::TestDesk;

/// A stick.
pub struct Stick(tempfile::TempDir);

impl Stick {
    /// An empty stick.
    pub fn new() -> Self {
        Stick(tempfile::tempdir().unwrap())
    }

    /// A place on it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts bytes on it.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.at(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Default for Stick {
    fn default() -> Self {
        Stick::new()
    }
}

impl TestDesk {
    /// Which desk this is.
    pub async fn id(&self) -> DeskId {
        desk::dispatch::ask(&self.desk, DeskState {}).await.unwrap().desk.unwrap()
    }

    /// The courier file for the county.
    pub async fn pack(&self) -> Vec<u8> {
        desk::courier::make_file(&self.desk, desk::courier::COUNTY).await.unwrap()
    }

    /// Takes a courier file in.
    pub async fn unpack(&self, bytes: &[u8]) -> Result<CourierTaken, Problem> {
        desk::courier::take_file(&self.desk, bytes.to_vec()).await
    }

    /// One way there and back: what this desk has goes to the county, and the county's answer comes home.
    pub async fn courier(&self, county: &TestCounty) -> (Arrived, CourierTaken) {
        let there = county.take(&self.pack().await).unwrap();
        let (_, back) = county.pack(self.id().await);
        (there, self.unpack(&back).await.unwrap())
    }
}

impl TestCounty {
    /// The county as the command line opens it.
    pub fn opened(&self) -> County {
        County::open(Folder::at(self.path()), county::clock::machine()).unwrap()
    }

    /// Takes a courier file in, as `pack import` does.
    pub fn take(&self, bytes: &[u8]) -> Result<Arrived, Error> {
        county::courier::import(&self.opened(), &mut Cursor::new(bytes))
    }

    /// The courier file for a desk, as `pack export` makes it.
    pub fn pack(&self, to: DeskId) -> (Made, Vec<u8>) {
        let mut out = Vec::new();
        let made = county::courier::export(&self.opened(), to, &[], &mut out).unwrap();
        (made, out)
    }
}

/// Puts a folder in the place of another one.
pub fn replace(folder: &std::path::Path, by: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
    }
    copy(by, folder);
}

/// Copies everything in a folder.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}
