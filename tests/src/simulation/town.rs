//! The town every simulation begins in: a county with its catalogue, and laptops that are enrolled and up to date. It is
//! made once, by the product, and copied for every run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use county::enrol::{CODE_LIFE, NewCode};
use county::{County, Folder, Setup};
use desk::dispatch::ask;
use domain::id::PersonId;
use domain::role::Role;
use ipc::account::Enrol;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::host::{self, Host};
use super::road::Road;
use super::seat::Seat;
use crate::county::{region, sample_catalogue};
use crate::desk::PASSWORD;

/// The morning on which every simulation begins: 5 January 2026, 08:00 in China.
pub const MORNING: i64 = 1_767_571_200_000;
/// Where the random numbers of the town come from.
const TOWN_SEED: u64 = 131_099;

/// Who takes part, with the laptop they sit at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Village agent of East Village.
    Wang,
    /// Another agent of East Village, at a laptop of her own.
    Zhou,
    /// Clerk of their township.
    Li,
    /// The county's department.
    Zhao,
    /// Agent of a village in another township.
    Sun,
    /// Clerk of that township.
    Qian,
}

impl Place {
    /// Everybody.
    pub const ALL: [Place; 6] = [Place::Wang, Place::Zhou, Place::Li, Place::Zhao, Place::Sun, Place::Qian];

    /// Whether cases are taken in there.
    pub fn is_village(self) -> bool {
        matches!(self, Place::Wang | Place::Zhou | Place::Sun)
    }

    fn name(self) -> &'static str {
        match self {
            Place::Wang => "王桂兰",
            Place::Zhou => "周敏",
            Place::Li => "李雪",
            Place::Zhao => "赵明",
            Place::Sun => "孙芳",
            Place::Qian => "钱伟",
        }
    }

    /// The unit they work for.
    pub fn unit(self) -> &'static str {
        match self {
            Place::Wang | Place::Zhou => "131099100201",
            Place::Li => "131099100",
            Place::Zhao => "131099",
            Place::Sun => "131099101202",
            Place::Qian => "131099101",
        }
    }

    fn roles(self) -> &'static [Role] {
        match self {
            Place::Wang | Place::Zhou | Place::Sun => &[Role::VillageAgent],
            Place::Li | Place::Qian => &[Role::TownshipClerk],
            Place::Zhao => &[Role::CountyAdmin, Role::Department],
        }
    }
}

/// The one service that is asked for in a simulation: a catalogue of it alone is published in a quarter of the time.
const SERVICE: &str = "items/gaoling/item.xlsx";
/// What a catalogue needs beside its services.
const TABLES: [&str; 2] = ["regions.xlsx", "calendar.xlsx"];

/// The town as it was made, held in memory: every life begins with a copy of it.
pub struct Town {
    catalogue: Files,
    county: Files,
    laptops: Vec<(Place, PersonId, Files)>,
}

/// The folders below a folder, and the files, by their names in it.
#[derive(Default)]
struct Files {
    folders: Vec<PathBuf>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Files {
    fn of(folder: &Path) -> Files {
        let mut files = Files::default();
        files.gather(folder, Path::new(""));
        files
    }

    fn gather(&mut self, folder: &Path, below: &Path) {
        self.folders.push(below.to_owned());
        for entry in fs::read_dir(folder.join(below)).unwrap() {
            let entry = entry.unwrap();
            let name = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.gather(folder, &name);
            } else if !is_index(&name) {
                self.files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
    }

    fn lay(&self, folder: &Path) {
        host::of_old(|| {
            self.folders.iter().for_each(|name| fs::create_dir_all(folder.join(name)).unwrap());
            self.files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
        });
    }
}

impl Town {
    /// The town; made at the first call.
    pub fn get() -> &'static Town {
        static TOWN: OnceLock<Town> = OnceLock::new();
        TOWN.get_or_init(Town::build)
    }

    fn build() -> Town {
        let root = folder();
        let sample = sample_catalogue();
        let mut catalogue = Files { folders: vec!["items/gaoling".into()], files: Vec::new() };
        for name in TABLES.into_iter().chain([SERVICE]) {
            catalogue.files.push((name.into(), fs::read(sample.join(name)).unwrap()));
        }
        catalogue.lay(&root.path().join("catalogue"));
        let _host = Host::take(MORNING - 24 * 3_600_000, TOWN_SEED);
        host::tick(50);
        let people = runtime().block_on(settle(root.path()));
        host::tick(0);
        let laptop = |(place, person): (Place, PersonId)| {
            (place, person, Files::of(&root.path().join(place.unit()).join(place.name())))
        };
        let laptops = people.into_iter().map(laptop).collect();
        Town { catalogue, county: Files::of(&root.path().join("county")), laptops }
    }

    /// The laptop of somebody, copied into a folder.
    pub fn laptop(&self, place: Place, to: &Path) -> PersonId {
        let (_, person, files) = self.laptops.iter().find(|(known, ..)| *known == place).unwrap();
        files.lay(to);
        *person
    }

    /// The county, copied into a folder.
    pub fn county(&self, to: &Path) {
        self.county.lay(to);
    }

    /// The workbooks of its catalogue, copied into a folder.
    pub fn catalogue(&self, to: &Path) {
        self.catalogue.lay(to);
    }
}

async fn settle(root: &Path) -> Vec<(Place, PersonId)> {
    let setup =
        Setup {
            region: region("131099"), name: "示范县".to_owned(), address: "127.0.0.1:8443".to_owned()
        };
    let clock: county::clock::Clock = Arc::new(host::now);
    let place = root.join("county");
    County::create(&Folder::at(&place), &setup, &clock).await.unwrap();
    let county = Arc::new(County::open(Folder::at(&place), clock).unwrap());
    let catalogue = root.join("catalogue");
    let published = county::publish::folder(&county, &catalogue, "示例目录", None, false, Default::default());
    let published = published.await.unwrap();
    assert!(published.release.is_some(), "{:?}", published.findings);
    let road = Road::new(Place::ALL.len(), 1_000_000);
    road.lead_to(Some(county::router(county.clone())));
    let mut people = Vec::new();
    for (number, one) in Place::ALL.into_iter().enumerate() {
        let new = NewCode {
            unit: region(one.unit()),
            unit_name: None,
            villages: Vec::new(),
            roles: one.roles().to_vec(),
            name: one.name().to_owned(),
            address: None,
            life: CODE_LIFE,
        };
        let code = county::enrol::make_code(&county, &new).unwrap().code.to_string();
        let mut seat = Seat::at(number, root.join(one.unit()).join(one.name()), PersonId(uuid(0)), one);
        let desk = seat.boot(&road);
        let view = ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
        people.push((one, view.me.unwrap().person));
        drop(desk);
        seat.person = people[number].1;
        seat.on(&road).await.unwrap();
        seat.exchange(200).await;
        assert!(seat.is_up_to_date(), "{one:?} is not up to date: {:?}", seat.told);
        seat.off();
    }
    road.lead_to(None);
    people
}

/// An id that is nobody's.
pub fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

/// One thread and one helper, so that nothing ever happens at the same time as something else.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

/// A folder in memory where there is one: the simulated disk needs no other.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let named = || tempfile::Builder::new().prefix("daiban-simulation-").to_owned();
    if memory.is_dir() { named().tempdir_in(memory) } else { named().tempdir() }.unwrap()
}

/// Copies a folder as it lies on the disk; indexes of write-ahead logs are made anew by whoever opens them.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target): (PathBuf, PathBuf) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&path, &target);
        } else if !is_index(&path) {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn is_index(file: &Path) -> bool {
    file.to_string_lossy().ends_with("-shm")
}
