//! What happens in a simulation, step by step: drawn from a number, kept as a file when it fails, shortened step by step.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::town::Place;

/// One simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The number it was drawn from; also where the random numbers of its machines begin.
    pub seed: u64,
    /// Who takes part.
    pub places: Vec<Place>,
    /// Bytes a second of every link.
    pub rate: u32,
    /// A bug planted into the machines, to see that it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<Planted>,
    /// What happens. Each step keeps its own number when others are taken out.
    pub steps: Vec<(u32, Step)>,
}

/// Bugs that are put between the product and its disk or network, to see that they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planted {
    /// An item leaves the outbox when it was sent, not when it was acknowledged.
    DropsOutboxEarly,
    /// The cursor moves on although what came with it was not kept.
    ReusesCursor,
    /// The county answers before its commit, and the commit is lost.
    AcksBeforeCommit,
    /// A restored county goes on under its old epoch.
    ForgetsEpoch,
}

/// One step. Numbers that name a case, a field or an act count around among those there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Somebody does something.
    Work {
        /// At which desk.
        at: usize,
        /// What.
        work: Work,
    },
    /// The exchange of a desk goes on by so many single steps: an effect done or an event told.
    Link {
        /// Which desk.
        at: usize,
        /// How far.
        moves: u8,
    },
    /// Something happens to one of the desk's next requests.
    Weather {
        /// Which desk.
        at: usize,
        /// What.
        weather: Weather,
    },
    /// The program of a desk dies where it stands.
    Kill {
        /// Which desk.
        at: usize,
    },
    /// The program of a desk dies at one of its next writes to the disk, while somebody does something.
    KillAtWrite {
        /// Which desk.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
        /// What it is doing then; nothing: it is exchanging.
        work: Option<Work>,
    },
    /// The disk of a desk is full after some more writes, while somebody does something.
    DiskFull {
        /// Which desk.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
        /// What it is doing then; nothing: it is exchanging.
        work: Option<Work>,
    },
    /// The machine of a desk starts anew with a clock that is wrong by so many days.
    Reboot {
        /// Which desk.
        at: usize,
        /// How wrong its clock is.
        clock: WrongClock,
    },
    /// The wall clock of a running machine is set.
    SetClock {
        /// Which desk.
        at: usize,
        /// How wrong it is from now on.
        clock: WrongClock,
    },
    /// The folder of a desk is copied to another machine, and both go on.
    Clone {
        /// Which desk.
        at: usize,
    },
    /// An image of a desk's folder is put by.
    Image {
        /// Which desk.
        at: usize,
    },
    /// A desk goes on from its image.
    FromImage {
        /// Which desk.
        at: usize,
    },
    /// A request that was sent long ago reaches the county again.
    Replay {
        /// Which, counted around among those there are.
        which: u16,
    },
    /// The county makes a backup.
    Backup,
    /// The county is restored from its backup.
    Restore,
    /// The county's program dies and is started anew.
    KillCounty,
    /// The county's program dies at one of its next writes, while it answers.
    KillCountyAtWrite {
        /// Which desk it answers.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
    },
    /// The county's disk is full after some more writes, while it answers.
    CountyDiskFull {
        /// Which desk it answers.
        at: usize,
        /// Writes that still reach the disk.
        writes: u8,
    },
    /// The county locks a desk out.
    Revoke {
        /// Which desk.
        at: usize,
    },
    /// Something forged lies among the items a desk sends.
    Forge {
        /// Which desk.
        at: usize,
        /// What.
        forgery: Forgery,
    },
    /// The county publishes another release of its catalogue.
    Publish,
    /// Time passes.
    Pass {
        /// Seconds.
        seconds: u32,
    },
}

/// What somebody does at a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Begins a case and fills it in.
    Begin,
    /// Types into a field; it is kept, and not yet saved.
    Type {
        /// Which case.
        case: u16,
        /// Which field.
        field: u8,
    },
    /// Saves a field group.
    Save {
        /// Which case.
        case: u16,
        /// Which field.
        field: u8,
    },
    /// Attaches a paper.
    Attach {
        /// Which case.
        case: u16,
    },
    /// Hands a case in, first or with corrections.
    Submit {
        /// Which case.
        case: u16,
    },
    /// Does one of the official steps that are open to this person.
    Act {
        /// Which case.
        case: u16,
        /// Which of the steps.
        act: u8,
    },
    /// Decides between two values.
    Resolve {
        /// Which case.
        case: u16,
    },
    /// Shows the list, a case and how the link stands: everything said there must be true.
    Look,
}

/// What may happen to a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// No connection.
    Down,
    /// The request breaks off after so many thousandths.
    CutRequest(u16),
    /// The county gets everything, the answer is lost.
    LostAnswer,
    /// The answer breaks off after so many thousandths.
    CutAnswer(u16),
    /// Somebody in between shortens the answer to so many thousandths and says it is whole.
    Shortened(u16),
    /// Somebody in between answers with a page of their own.
    Portal,
    /// The request arrives twice.
    Twice,
    /// The county is too busy.
    Busy,
}

/// What a hostile or broken desk might put among its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Bytes that are no item.
    Noise,
    /// An official step whose seals do not fit.
    Seal,
}

/// How wrong a wall clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongClock {
    /// Right.
    Right,
    /// It shows 1970.
    Year1970,
    /// It shows 2040.
    Year2040,
    /// An hour behind.
    HourBehind,
    /// A day ahead.
    DayAhead,
}

impl Plan {
    /// The plan of a number: a few desks and a few dozen steps, or with `large` many of both.
    pub fn draw(seed: u64, large: bool) -> Plan {
        let mut rng = Rng::with_seed(seed);
        let places = places(&mut rng, large);
        let rate = *rng.choice([8_000, 32_000, 250_000].iter()).unwrap_or(&32_000);
        let many = if large { rng.u32(150..600) } else { rng.u32(8..28) };
        let mut steps = vec![Step::Work { at: 0, work: Work::Begin }];
        // A plan has a mood: some are calm, in some everything breaks.
        let trouble = *rng.choice([5, 25, 50].iter()).unwrap_or(&25);
        for _ in 0..many {
            let step = if rng.u32(0..100) < trouble {
                trouble_at(&mut rng, &places)
            } else {
                peace(&mut rng, &places)
            };
            steps.push(step);
        }
        let steps = (0..).zip(steps).collect();
        Plan { seed, places, rate, planted: None, steps }
    }

    /// The plan of a number with a bug planted, and with the weather in which such a bug does harm.
    pub fn with(planted: Planted, seed: u64) -> Plan {
        let plan = Plan::draw(seed, false);
        let mut steps = Vec::new();
        for (_, step) in plan.steps {
            let after = match (&step, planted) {
                (Step::Work { at, .. }, Planted::AcksBeforeCommit) => {
                    vec![
                        Step::KillCountyAtWrite { at: *at, writes: 0 },
                        Step::Work { at: *at, work: Work::Look },
                    ]
                }
                (Step::Work { .. }, Planted::ForgetsEpoch | Planted::ReusesCursor) if steps.len() < 4 => {
                    vec![Step::Backup]
                }
                (Step::Link { at, .. }, Planted::ForgetsEpoch | Planted::ReusesCursor) => {
                    vec![Step::Restore, Step::Work { at: *at, work: Work::Look }]
                }
                (Step::Link { at, .. }, Planted::DropsOutboxEarly) => {
                    vec![Step::Weather { at: *at, weather: Weather::CutRequest(500) }]
                }
                _ => Vec::new(),
            };
            steps.push(step);
            steps.extend(after);
        }
        Plan { planted: Some(planted), steps: (0..).zip(steps).collect(), ..plan }
    }
}

fn places(rng: &mut Rng, large: bool) -> Vec<Place> {
    if large {
        return Place::ALL.to_vec();
    }
    let mut places = vec![Place::Wang];
    for (place, chance) in
        [(Place::Zhou, 40), (Place::Li, 80), (Place::Zhao, 40), (Place::Sun, 15), (Place::Qian, 10)]
    {
        if places.len() < 4 && rng.u32(0..100) < chance {
            places.push(place);
        }
    }
    places
}

fn peace(rng: &mut Rng, places: &[Place]) -> Step {
    let at = rng.usize(0..places.len());
    let case = rng.u16(..);
    match rng.u32(0..100) {
        0..38 => Step::Link { at, moves: rng.u8(1..24) },
        38..43 => Step::Pass { seconds: *rng.choice([5, 70, 4_000, 90_000].iter()).unwrap_or(&5) },
        43..46 => Step::Work { at, work: Work::Look },
        _ => {
            let village = places.get(at).is_some_and(|place| place.is_village());
            let work = match (village, rng.u32(0..100)) {
                (true, 0..15) => Work::Begin,
                (true, 15..22) => Work::Type { case, field: rng.u8(..) },
                (true, 22..55) => Work::Save { case, field: rng.u8(..) },
                (true, 55..62) => Work::Attach { case },
                (true, 62..85) => Work::Submit { case },
                (true, 85..93) => Work::Resolve { case },
                (true, _) => Work::Act { case, act: rng.u8(..) },
                (false, 0..65) => Work::Act { case, act: rng.u8(..) },
                (false, 65..85) => Work::Save { case, field: rng.u8(..) },
                (false, _) => Work::Resolve { case },
            };
            Step::Work { at, work }
        }
    }
}

fn some_work(rng: &mut Rng) -> Option<Work> {
    let case = rng.u16(..);
    match rng.u8(0..5) {
        0 => Some(Work::Save { case, field: rng.u8(..) }),
        1 => Some(Work::Submit { case }),
        2 => Some(Work::Begin),
        _ => None,
    }
}

fn trouble_at(rng: &mut Rng, places: &[Place]) -> Step {
    let at = rng.usize(0..places.len());
    match rng.u32(0..100) {
        0..42 => {
            let weather = match rng.u8(0..12) {
                0 => Weather::Down,
                1 | 2 => Weather::CutRequest(rng.u16(0..1000)),
                3..6 => Weather::LostAnswer,
                6 | 7 => Weather::CutAnswer(rng.u16(0..1000)),
                8 => Weather::Shortened(rng.u16(0..1000)),
                9 => Weather::Portal,
                10 => Weather::Twice,
                _ => Weather::Busy,
            };
            Step::Weather { at, weather }
        }
        42..54 => Step::Kill { at },
        54..60 => Step::KillAtWrite { at, writes: rng.u8(0..40), work: some_work(rng) },
        60..64 => Step::DiskFull { at, writes: rng.u8(0..40), work: some_work(rng) },
        64..67 => Step::Reboot { at, clock: wrong_clock(rng) },
        67..69 => Step::SetClock { at, clock: wrong_clock(rng) },
        69..71 => Step::Clone { at },
        71..74 => Step::Image { at },
        74..76 => Step::FromImage { at },
        76..80 => Step::Replay { which: rng.u16(..) },
        80..84 => Step::Backup,
        84..88 => Step::Restore,
        88..90 => Step::KillCounty,
        90..93 => Step::KillCountyAtWrite { at, writes: rng.u8(0..30) },
        93..95 => Step::CountyDiskFull { at, writes: rng.u8(0..30) },
        95..96 if places.len() > 2 => Step::Revoke { at },
        95..98 => Step::Forge { at, forgery: if rng.bool() { Forgery::Noise } else { Forgery::Seal } },
        _ => Step::Publish,
    }
}

fn wrong_clock(rng: &mut Rng) -> WrongClock {
    match rng.u8(0..5) {
        0 => WrongClock::Right,
        1 => WrongClock::Year1970,
        2 => WrongClock::Year2040,
        3 => WrongClock::HourBehind,
        _ => WrongClock::DayAhead,
    }
}
