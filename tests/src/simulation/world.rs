//! Everything that there is in one run: the county, the laptops, the road between them, and the book of what was promised.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use county::database::{backup, case};
use county::{County, Folder};
use domain::id::{CaseId, Digest};
use sync::document::Document;
use sync::item::Actor;

use super::host::{self, Refusal};
use super::ledger::Ledger;
use super::plan::{Plan, Planted, Step};
use super::road::Road;
use super::seat::Seat;
use super::town::{self, Town};

/// Clones a run may have.
const MOST_CLONES: usize = 2;
/// Whoever only reads.
const READER: Actor = Actor([0; 16]);

/// A document, with the sealed bytes it was opened from.
type Opened = (Vec<u8>, Rc<Document>);

/// One run.
pub struct World {
    root: tempfile::TempDir,
    /// The road.
    pub road: Arc<Road>,
    /// The laptops.
    pub seats: Vec<Seat>,
    /// The county, while it runs.
    pub county: Option<Arc<County>>,
    /// What was promised.
    pub ledger: Ledger,
    /// A promise that was seen broken on the way.
    pub broken: Vec<String>,
    /// What happened, in words that are the same in every run of a plan.
    pub trace: Vec<String>,
    planted: Option<Planted>,
    backup: Option<PathBuf>,
    folders: u32,
    /// Courier files that lie around.
    pub(super) sticks: Vec<Vec<u8>>,
    /// Cases that were handed on, with the scopes they were in.
    pub(super) away: BTreeMap<CaseId, BTreeSet<String>>,
    /// Something that only one desk could bring back was lost with a restored county and with that desk: its desk was locked
    /// out, or went back to an old image. What others built on it waits for ever, and is kept by them.
    pub orphaned: bool,
    /// Whether the same laptop was there twice: then a number may have been told that its other half never heard of.
    pub copied: bool,
    restored: bool,
    gone_back: bool,
    /// Documents as they were last opened at the county.
    opened: RefCell<BTreeMap<CaseId, Opened>>,
}

impl World {
    /// The morning of a plan.
    pub fn begin(plan: &Plan) -> World {
        let town = Town::get();
        let root = town::folder();
        let road = Road::new(plan.places.len(), plan.rate);
        let mut seats = Vec::new();
        for (number, place) in plan.places.iter().enumerate() {
            let folder = root.path().join(format!("desk-{number}"));
            let person = town.laptop(*place, &folder);
            let mut seat = Seat::at(number, folder, person, *place);
            seat.plant(plan.planted);
            seat.narrow = plan.narrow;
            seats.push(seat);
        }
        town.county(&root.path().join("county"));
        let mut world = World {
            root,
            road,
            seats,
            county: None,
            ledger: Ledger::default(),
            broken: Vec::new(),
            trace: Vec::new(),
            planted: plan.planted,
            backup: None,
            folders: 0,
            sticks: Vec::new(),
            away: BTreeMap::new(),
            orphaned: false,
            copied: false,
            restored: false,
            gone_back: false,
            opened: RefCell::default(),
        };
        world.open_county();
        world
    }

    pub(super) fn county_folder(&self) -> PathBuf {
        self.root.path().join("county")
    }

    pub(super) fn new_folder(&mut self, name: &str) -> PathBuf {
        self.folders += 1;
        self.root.path().join(format!("{name}-{}", self.folders))
    }

    pub(super) fn open_county(&mut self) {
        let county = Arc::new(County::open(Folder::at(self.county_folder()), Arc::new(host::now)).unwrap());
        self.road.lead_to(Some(county::router(county.clone())));
        self.county = Some(county);
    }

    pub(super) fn kill_county(&mut self) {
        host::break_disk(0, Refusal::Dead);
        self.road.lead_to(None);
        self.county = None;
        host::heal_disk();
    }

    /// The county, which always runs between two steps.
    pub fn county(&self) -> &County {
        self.county.as_ref().unwrap()
    }

    /// A case as the county keeps it.
    pub fn kept_at_county(&self, id: CaseId) -> Option<case::Case> {
        self.county().database.read::<_, county::Error>(|view| Ok(case::get(view, id)?)).unwrap()
    }

    /// What a case holds at the county.
    pub fn at_county(&self, id: CaseId) -> Option<Rc<Document>> {
        let known = self.kept_at_county(id)?;
        if let Some((_, document)) =
            self.opened.borrow().get(&id).filter(|(sealed, _)| *sealed == known.sealed)
        {
            return Some(document.clone());
        }
        let key = self.county().vault.case(id, &known.key).unwrap();
        let bytes = key.open("document", &known.sealed).unwrap();
        let document = Rc::new(Document::load(&bytes, READER).unwrap());
        self.opened.borrow_mut().insert(id, (known.sealed, document.clone()));
        Some(document)
    }

    /// Whether the county has all of these changes of a case.
    pub fn county_has(&self, case: CaseId, heads: &[Digest]) -> bool {
        self.at_county(case).is_some_and(|document| heads.iter().all(|head| document.has(head)))
    }

    /// All machines go out at once; nobody tidies up what nobody will look at.
    pub fn go_out(&mut self) {
        host::break_disk(0, Refusal::Dead);
        self.seats.iter_mut().for_each(Seat::off);
        self.road.lead_to(None);
        self.county = None;
        host::heal_disk();
    }

    /// Lives one step through.
    pub async fn live(&mut self, number: u32, step: &Step) {
        let told = match step {
            Step::Work { at, work } => self.work(number, self.seat(*at), work).await,
            Step::Link { at, moves } => {
                let at = self.seat(*at);
                self.link(at, u32::from(*moves)).await
            }
            Step::Weather { at, weather } => {
                self.road.expect(self.seats[self.seat(*at)].number, *weather);
                String::new()
            }
            Step::Kill { at } => {
                let at = self.seat(*at);
                self.seats[at].kill();
                String::new()
            }
            Step::KillAtWrite { at, writes, work } => {
                let at = self.seat(*at);
                self.broken_disk(number, at, *writes, Refusal::Dead, work.as_ref()).await
            }
            Step::DiskFull { at, writes, work } => {
                let at = self.seat(*at);
                self.broken_disk(number, at, *writes, Refusal::Full, work.as_ref()).await
            }
            Step::Reboot { at, clock } => {
                let at = self.seat(*at);
                self.seats[at].reboot(*clock);
                String::new()
            }
            Step::SetClock { at, clock } => {
                let at = self.seat(*at);
                self.seats[at].set_clock(*clock);
                String::new()
            }
            Step::Clone { at } => self.clone_seat(*at),
            Step::Image { at } => self.image(*at),
            Step::FromImage { at } => self.go_back(*at),
            Step::Replay { which } => self.road.replay(usize::from(*which)).await.to_string(),
            Step::Backup => self.back_up(),
            Step::Restore => self.restore().await,
            Step::KillCounty => {
                self.kill_county();
                self.open_county();
                String::new()
            }
            Step::KillCountyAtWrite { at, writes } => self.broken_county(*at, *writes, Refusal::Dead).await,
            Step::CountyDiskFull { at, writes } => self.broken_county(*at, *writes, Refusal::Full).await,
            Step::Revoke { at } => self.revoke(*at).await,
            Step::Forge { at, forgery } => self.forge(number, self.seat(*at), *forgery).await,
            Step::Publish => self.publish().await,
            Step::StickUp { at } => self.stick_up(self.seat(*at)).await,
            Step::StickDown { at } => self.stick_down(self.seat(*at)),
            Step::StickIn { at, which, cut } => self.stick_in(*at, *which, *cut).await,
            Step::PowerCut { at, writes, work } => self.power_cut(number, *at, *writes, work.as_ref()).await,
            Step::CountyPowerCut { at, writes } => self.county_power_cut(*at, *writes).await,
            Step::FlipBit { at, page } => self.flip_bit(*at, *page),
            Step::LoseLog => self.lose_log(),
            Step::Newer { case } => self.newer(number, *case),
            Step::Leave { case } => self.leave(*case),
            Step::ComeBack { case } => self.come_back(*case),
            Step::Shrink { at } => self.shrink(self.seat(*at)).await,
            Step::Pass { seconds } => {
                host::pass(i64::from(*seconds) * 1000);
                String::new()
            }
        };
        self.road.let_fall().await;
        self.trace.push(format!("{number} {step:?}: {told}"));
        self.gather();
        if self.road.county_died() {
            self.kill_county();
            self.open_county();
        }
    }

    /// Takes over what road and laptops have written down.
    pub fn gather(&mut self) {
        for seat in &mut self.seats {
            self.trace.append(&mut seat.trace);
        }
        self.trace.append(&mut self.road.trace());
        self.broken.append(&mut self.road.broken());
    }

    pub(super) fn seat(&self, at: usize) -> usize {
        at % self.seats.len()
    }

    /// The exchange of a desk goes on.
    pub async fn link(&mut self, at: usize, moves: u32) -> String {
        if let Err(problem) = self.seats[at].on(&self.road).await {
            return problem.code;
        }
        self.seats[at].exchange(moves).await;
        if self.seats[at].is_up_to_date() {
            self.seats[at].files().await;
        }
        self.numbers(at);
        String::new()
    }

    pub(super) async fn broken_disk(
        &mut self,
        number: u32,
        at: usize,
        writes: u8,
        refusal: Refusal,
        work: Option<&super::plan::Work>,
    ) -> String {
        if let Err(problem) = self.seats[at].on(&self.road).await {
            return problem.code;
        }
        host::break_disk(u32::from(writes), refusal);
        let told = match work {
            Some(work) => self.work(number, at, work).await,
            None => {
                self.seats[at].exchange(24).await;
                String::new()
            }
        };
        let refused = host::heal_disk();
        if refusal == Refusal::Dead {
            self.seats[at].kill();
        }
        // Whoever was not answered asks again, as the window does: under the same name it happens once.
        match work {
            Some(work) if refused => format!("{told}, again: {}", self.work(number, at, work).await),
            _ => told,
        }
    }

    pub(super) async fn broken_county(&mut self, at: usize, writes: u8, refusal: Refusal) -> String {
        let at = self.seat(at);
        if self.planted == Some(Planted::AcksBeforeCommit) && refusal == Refusal::Dead {
            // What the county answers from here on it will not have kept.
            let before = self.new_folder("before");
            town::copy(&self.county_folder(), &before);
            let told = self.link(at, 24).await;
            self.kill_county();
            fs::remove_dir_all(self.county_folder()).unwrap();
            fs::rename(before, self.county_folder()).unwrap();
            self.open_county();
            return told;
        }
        self.road.break_county(self.seats[at].number, u32::from(writes), refusal);
        self.link(at, 12).await
    }

    fn clone_seat(&mut self, at: usize) -> String {
        let at = self.seat(at);
        let clones = self.seats.iter().filter(|seat| seat.number >= 100).count();
        if clones >= MOST_CLONES {
            return "no more".to_owned();
        }
        let folder = self.new_folder("clone");
        town::copy(&self.seats[at].folder, &folder);
        let (person, place) = (self.seats[at].person, self.seats[at].place);
        let mut seat = Seat::at(self.seats.len(), folder, person, place);
        seat.number = 100 + clones;
        seat.narrow = self.seats[at].narrow;
        seat.revoked = self.seats[at].revoked;
        seat.damaged = self.seats[at].damaged;
        self.copied = true;
        seat.plant(self.planted);
        self.seats.push(seat);
        String::new()
    }

    fn image(&mut self, at: usize) -> String {
        let at = self.seat(at);
        let folder = self.new_folder("image");
        town::copy(&self.seats[at].folder, &folder);
        self.seats[at].image = Some(folder);
        String::new()
    }

    fn go_back(&mut self, at: usize) -> String {
        let at = self.seat(at);
        let Some(image) = self.seats[at].image.clone() else { return "no image".to_owned() };
        self.seats[at].kill();
        fs::remove_dir_all(&self.seats[at].folder).unwrap();
        town::copy(&image, &self.seats[at].folder);
        // The image may have been taken of a damaged disk.
        (self.copied, self.gone_back) = (true, true);
        self.orphaned |= self.restored;
        // What the laptop had told nobody is gone with its disk; what had reached the county is not.
        let kept: Vec<bool> =
            self.ledger.entries.iter().map(|entry| self.county_has(entry.case, &entry.heads)).collect();
        let mut kept = kept.into_iter();
        for entry in &mut self.ledger.entries {
            if !kept.next().unwrap_or(false) && entry.seat == at && entry.excused.is_none() {
                entry.excused = Some("gone with the disk it lay on");
            }
        }
        String::new()
    }

    fn back_up(&mut self) -> String {
        let folder = self.new_folder("backup");
        town::copy(&self.county_folder(), &folder);
        for name in ["county.db", "county.db-wal"] {
            let file = folder.join(name);
            if file.exists() {
                fs::remove_file(file).unwrap();
            }
        }
        let copied = self.county().database.read::<_, county::Error>(|view| {
            backup::copy(view, &folder.join("county.db"), |_, _| {})?;
            Ok(())
        });
        copied.unwrap();
        self.backup = Some(folder);
        String::new()
    }

    async fn restore(&mut self) -> String {
        let Some(backup) = self.backup.clone() else { return "no backup".to_owned() };
        self.restored = true;
        self.orphaned |=
            self.gone_back || self.seats.iter().any(|seat| seat.revoked || seat.lost || seat.rescued);
        self.kill_county();
        fs::remove_dir_all(self.county_folder()).unwrap();
        town::copy(&backup, &self.county_folder());
        self.open_county();
        if self.planted != Some(Planted::ForgetsEpoch) {
            let begun = self
                .county()
                .database
                .write::<_, county::Error>(|write| county::restore::begin(write, host::now()));
            begun.unwrap();
            self.kill_county();
            self.open_county();
        }
        // Whom the county had locked out it locks out again: that is written down on paper.
        for at in 0..self.seats.len() {
            if self.seats[at].revoked && self.seats[at].on(&self.road).await.is_ok() {
                self.lock_out(at);
            }
        }
        String::new()
    }

    /// A desk is locked out, and with it every copy that still goes by its name.
    async fn revoke(&mut self, at: usize) -> String {
        let at = self.seat(at);
        let mut names = Vec::new();
        for seat in 0..self.seats.len() {
            if let Err(problem) = self.seats[seat].on(&self.road).await {
                return problem.code;
            }
            names.push(super::check::desk_of(self, seat));
        }
        for seat in 0..self.seats.len() {
            if names[seat] != names[at] {
                continue;
            }
            self.lock_out(seat);
            self.orphaned |= self.restored;
            self.seats[seat].revoked = true;
            for entry in self.ledger.entries.iter_mut().filter(|entry| entry.seat == seat) {
                entry.excused.get_or_insert("its desk was locked out");
            }
        }
        String::new()
    }

    fn lock_out(&self, at: usize) {
        let county = self.county();
        for id in super::check::desk_of(self, at) {
            let done = county.database.write::<_, county::Error>(|write| {
                Ok(county::database::desk::revoke(write, id, host::now())?)
            });
            done.unwrap();
        }
        county.news.everybody();
    }

    async fn publish(&mut self) -> String {
        let catalogue = self.new_folder("catalogue");
        Town::get().catalogue(&catalogue);
        let published =
            county::publish::folder(self.county(), &catalogue, "again", None, false, Default::default());
        match published.await {
            Ok(outcome) => format!("{}", outcome.release.is_some()),
            Err(_) => "failed".to_owned(),
        }
    }
}
