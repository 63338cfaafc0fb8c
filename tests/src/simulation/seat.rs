//! A laptop in the simulation: its machine, its folder, the program while it runs, and its exchange, one step at a time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use desk::clock::Clock;
use desk::dispatch::ask;
use desk::syncing::drive::Drive;
use desk::{Desk, Machine, Place as Data};
use domain::id::PersonId;
use ipc::Problem;
use ipc::account::{Salvage, Unlock};
use ipc::problem::NOTHING_DAMAGED;
use store::{Cost, Read, StoreError};
use sync::item::ItemId;
use sync::receipt::Ack;
use sync::session::{Effect, Event, Report};

use super::host;
use super::lane::Lane;
use super::plan::{Planted, WrongClock};
use super::planted::Bug;
use super::road::Road;
use super::town::Place;
use crate::desk::PASSWORD;

/// Bytes of a chunk over a narrow line: one bundle, however large.
const NARROW: u32 = 1;
/// Steps that lead from an idle session to the next exchange.
const NUDGES: u32 = 3;

/// Somebody's laptop.
pub struct Seat {
    /// Its number in this run.
    pub number: usize,
    /// Its data folder.
    pub folder: PathBuf,
    /// Who sits there.
    pub person: PersonId,
    /// As who.
    pub place: Place,
    /// The program, while it runs.
    pub desk: Option<Arc<Desk>>,
    /// Its exchange, while it runs.
    pub drive: Option<Drive>,
    /// What the session last told people.
    pub told: Option<Report>,
    /// An image of its folder.
    pub image: Option<PathBuf>,
    /// The county has locked it out.
    pub revoked: bool,
    /// Its disk was damaged, and nothing was rescued yet.
    pub damaged: bool,
    /// It was rescued: what lay on the damaged page is gone.
    pub rescued: bool,
    /// Its disk was damaged beyond rescue: it has to be set up anew, which ends its story here.
    pub lost: bool,
    /// Its line is so narrow that everything goes in a request of its own, and the next one goes ahead.
    pub narrow: bool,
    /// Single steps taken, for the trace.
    pub trace: Vec<String>,
    wrong: i64,
    boot: u64,
    booted_at: i64,
    events: VecDeque<Event>,
    effects: VecDeque<Effect>,
    next_try: Option<i64>,
    bug: Bug,
}

impl Seat {
    /// A laptop whose program does not run.
    pub fn at(number: usize, folder: PathBuf, person: PersonId, place: Place) -> Seat {
        Seat {
            number,
            folder,
            person,
            place,
            desk: None,
            drive: None,
            told: None,
            image: None,
            revoked: false,
            damaged: false,
            rescued: false,
            lost: false,
            narrow: false,
            trace: Vec::new(),
            wrong: 0,
            boot: number as u64,
            booted_at: host::now() - 60_000,
            events: VecDeque::new(),
            effects: VecDeque::new(),
            next_try: None,
            bug: Bug::default(),
        }
    }

    /// Plants a bug between this laptop and its disk.
    pub fn plant(&mut self, planted: Option<Planted>) {
        self.bug = Bug::of(planted);
    }

    /// From here on this machine is at work: its wall clock is what programs see.
    pub fn sits(&self) {
        host::set_wrong(self.wrong);
    }

    /// Starts the program; nobody has unlocked it yet.
    pub fn boot(&mut self, road: &Arc<Road>) -> Arc<Desk> {
        self.sits();
        let mut boot = [0; 16];
        boot[..8].copy_from_slice(&self.boot.to_be_bytes());
        let uptime = u64::try_from(host::now() - self.booted_at).unwrap_or(0);
        let lane = Lane { desk: self.number, road: road.clone(), parts: self.narrow };
        let machine = Machine { clock: Clock::of_boot(boot, uptime), carrier: Some(Arc::new(lane)) };
        Desk::open_on(machine, Data { data: self.folder.clone(), cost: Cost::CHEAP_FOR_TESTS }).unwrap()
    }

    /// Starts the program if it does not run, and the person unlocks it.
    pub async fn on(&mut self, road: &Arc<Road>) -> Result<Arc<Desk>, Problem> {
        self.sits();
        if let Some(desk) = &self.desk {
            return Ok(desk.clone());
        }
        let desk = self.boot(road);
        if self.damaged {
            self.rescue(&desk).await?;
        }
        ask(&desk, Unlock { person: self.person, password: PASSWORD.to_owned() }).await?;
        self.drive = Some(Drive::begin(&desk).await?);
        self.desk = Some(desk.clone());
        Ok(desk)
    }

    /// The person has the database rescued, once something could not be read.
    async fn rescue(&mut self, desk: &Arc<Desk>) -> Result<(), Problem> {
        let unlocked = ask(desk, Unlock { person: self.person, password: PASSWORD.to_owned() }).await;
        let rescue = Salvage { person: self.person, password: PASSWORD.to_owned() };
        match ask(desk, rescue).await {
            Ok(_) => (self.damaged, self.rescued) = (false, true),
            Err(problem) if problem.code == NOTHING_DAMAGED => self.damaged = false,
            Err(problem) => {
                self.trace.push(format!("  {} not rescued: {}", self.number, problem.code));
                self.lost = true;
                return Err(problem);
            }
        }
        self.trace.push(format!("  {} rescued, sound before: {}", self.number, unlocked.is_ok()));
        Ok(())
    }

    /// The program ends; what it was doing is forgotten.
    pub fn off(&mut self) {
        self.events.clear();
        self.effects.clear();
        self.next_try = None;
        self.told = None;
        self.drive = None;
        self.desk = None;
    }

    /// The program dies: not even what it does on its way out reaches the disk.
    pub fn kill(&mut self) {
        host::break_disk(0, host::Refusal::Dead);
        self.off();
        host::heal_disk();
    }

    /// The machine starts anew with another clock.
    pub fn reboot(&mut self, clock: WrongClock) {
        self.kill();
        self.boot += 1000;
        self.booted_at = host::now();
        self.set_clock(clock);
    }

    /// Sets the wall clock.
    pub fn set_clock(&mut self, clock: WrongClock) {
        self.wrong = match clock {
            WrongClock::Right => 0,
            WrongClock::Year1970 => 3_600_000 - host::now(),
            WrongClock::Year2040 => 2_208_988_800_000 - host::now(),
            WrongClock::HourBehind => -3_600_000,
            WrongClock::DayAhead => 86_400_000,
        };
        self.sits();
    }

    /// What lies in its store.
    pub fn look<T>(&self, look: impl FnOnce(&Read<'_>) -> Result<T, StoreError>) -> Option<T> {
        // A damaged page cannot be read: the person is told, and has the database rescued.
        self.drive.as_ref()?.store().read(look).ok()
    }

    /// Everything was exchanged, as far as this desk knows.
    pub fn is_up_to_date(&self) -> bool {
        matches!(self.told, Some(Report::UpToDate(_))) && self.events.is_empty() && self.effects.is_empty()
    }

    /// Nothing more will happen before somebody does something.
    pub fn is_halted(&self) -> bool {
        matches!(self.told, Some(Report::Halted(_)))
    }

    /// Whether its story is over: it was locked out, or its disk is beyond rescue.
    pub fn is_out(&self) -> bool {
        self.revoked || self.lost
    }

    /// Something new waits to be sent.
    pub fn ring(&mut self) {
        self.events.push_back(Event::OutboxChanged);
    }

    /// The exchange goes on by at most so many single steps; when it rests it is begun anew.
    pub async fn exchange(&mut self, moves: u32) {
        self.sits();
        let mut nudges = 0;
        for _ in 0..moves {
            if !self.go_on().await {
                if nudges == NUDGES || (nudges > 0 && (self.is_up_to_date() || self.is_halted())) {
                    return;
                }
                nudges += 1;
                let nudge = self.nudge();
                self.events.push_back(nudge);
            }
        }
    }

    /// What moves a session that rests: its own timer, or a person who wants it now.
    fn nudge(&mut self) -> Event {
        match self.next_try.take() {
            Some(at) if at - host::now() < 10 * 60_000 => {
                host::pass((at - host::now()).max(0));
                Event::Timer
            }
            _ => Event::Start,
        }
    }

    /// One single step, if there is one to take.
    async fn go_on(&mut self) -> bool {
        let Some(drive) = &mut self.drive else { return false };
        if let Some(mut effect) = self.effects.pop_front() {
            if let (true, Effect::Send(ask)) = (self.narrow, &mut effect) {
                ask.budget = ask.budget.min(NARROW);
            }
            self.trace.push(format!("  {} {}", self.number, name(&effect)));
            match &effect {
                Effect::NextTry(at) => self.next_try = Some(*at),
                Effect::Report(report) => {
                    self.told = Some(report.clone());
                    if matches!(report, Report::UpToDate(_)) && drive.give_back().is_err() {
                        self.trace.push(format!("  {} gave no room back", self.number));
                    }
                }
                _ => {}
            }
            let event = self.bug.perform(drive, effect).await;
            self.events.extend(event);
            return true;
        }
        if let Some(event) = self.events.pop_front() {
            self.effects.extend(drive.step(host::now(), event));
            return true;
        }
        false
    }

    /// Sends and fetches files, as far as the line goes.
    pub async fn files(&mut self) -> (u64, u64) {
        self.sits();
        match &self.drive {
            Some(drive) => drive.files().await,
            None => (0, 0),
        }
    }
}

fn name(effect: &Effect) -> String {
    match effect {
        Effect::Send(ask) => {
            format!("send chunk {} offer {} cursor {}", ask.budget > 0, ask.offer, ask.cursor)
        }
        Effect::Store(intake) => format!(
            "store acks {}{} items {} unknown {} withdrawn {} cursor {} instance {}{}",
            intake.acks.len(),
            untaken(&intake.acks),
            intake.items.len(),
            intake.unknown.len(),
            intake.withdrawn.len(),
            intake.cursor,
            intake.instance.is_some(),
            intake.compared.as_ref().map_or(String::new(), |compared| {
                format!(" compared {} heaps {} cases", compared.heaps.len(), compared.held.len())
            }),
        ),
        Effect::StopWaiting => "stop waiting".to_owned(),
        Effect::ReOffer { .. } => "offer again".to_owned(),
        Effect::FetchCatalogue(_) => "fetch catalogue".to_owned(),
        Effect::Renew => "renew".to_owned(),
        Effect::NextTry(_) => "wait".to_owned(),
        Effect::Report(report) => format!("report {}", said(report)),
    }
}

/// What the county did not take at once, by its words.
fn untaken(acks: &[(ItemId, Ack)]) -> String {
    let said: Vec<String> = acks
        .iter()
        .filter_map(|(_, ack)| match ack {
            Ack::Stored { .. } | Ack::Had { .. } => None,
            Ack::Refused { code } => Some(code.name().to_owned()),
            Ack::Later { .. } => Some("later".to_owned()),
            Ack::Needs { .. } => Some("needs".to_owned()),
        })
        .collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(" ")) }
}

fn said(report: &Report) -> String {
    match report {
        Report::UpToDate(_) => "up to date".to_owned(),
        other => format!("{other:?}"),
    }
}
