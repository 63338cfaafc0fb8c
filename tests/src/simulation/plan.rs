//! What happens in a simulation, step by step: drawn from a number, kept as a file when it fails, shortened step by step.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

pub use super::step::{Forgery, Planted, Step, Weather, Work, WrongClock};
use super::town::Place;

/// Every so-many-th plan has narrow links.
const NARROW: u64 = 3;

/// One simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The number it was drawn from; also where the random numbers of its machines begin.
    pub seed: u64,
    /// Who takes part.
    pub places: Vec<Place>,
    /// Bytes a second of every link.
    pub rate: u32,
    /// Whether the links are so narrow that everything goes in a request of its own, and the next one ahead of the answer to
    /// the one before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub narrow: bool,
    /// A bug planted into the machines, to see that it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<Planted>,
    /// What happens. Each step keeps its own number when others are taken out.
    pub steps: Vec<(u32, Step)>,
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
        let narrow = seed.is_multiple_of(NARROW);
        if narrow {
            // Nothing goes ahead where little waits: exchanges are rarer.
            steps.retain(|step| !matches!(step, Step::Link { .. }) || rng.u8(0..3) == 0);
        }
        let steps = (0..).zip(steps).collect();
        Plan { seed, places, rate, narrow, planted: None, steps }
    }

    /// The plan of a number with courier files made, carried and found among everything else that happens.
    pub fn with_sticks(seed: u64) -> Plan {
        Plan::among(seed, |rng, places| {
            let at = rng.usize(0..places);
            match rng.u8(0..16) {
                0 | 1 => Some(Step::StickUp { at }),
                2 => Some(Step::StickDown { at }),
                // Half of the courier files reach the county, the others anybody.
                3..=5 => {
                    let at = if rng.bool() { places } else { rng.usize(0..places) };
                    Some(Step::StickIn { at, which: rng.u16(..), cut: rng.u8(0..8) == 0 })
                }
                _ => None,
            }
        })
    }

    /// The plan of a number with power cuts, damaged disks, lost logs, cases that go and come back, and items of a newer program
    /// among everything else that happens.
    pub fn with_damage(seed: u64) -> Plan {
        Plan::among(seed, |rng, places| {
            let (at, case) = (rng.usize(0..places), rng.u16(..));
            match rng.u8(0..48) {
                0..=2 => Some(Step::PowerCut { at, writes: rng.u8(0..60), work: some_work(rng) }),
                3 | 4 => Some(Step::CountyPowerCut { at, writes: rng.u8(0..40) }),
                5 => Some(Step::FlipBit { at, page: rng.u16(..) }),
                6 | 7 => Some(Step::LoseLog),
                8 => Some(Step::Newer { case }),
                9 | 10 => Some(Step::Leave { case }),
                11 => Some(Step::ComeBack { case }),
                _ => None,
            }
        })
    }

    /// The plan of a number with cases that end, shrink to a summary and are fetched again. The county is never restored in it: a
    /// case shrinks long after the time in which desks offer anything again, and a life is shorter than that.
    pub fn with_endings(seed: u64) -> Plan {
        let mut plan = Plan::among(seed, |rng, places| {
            let (at, case) = (rng.usize(0..places), rng.u16(..));
            match rng.u8(0..12) {
                0..=2 => Some(Step::Work { at, work: Work::End { case } }),
                3 | 4 => Some(Step::Shrink { at }),
                5 => Some(Step::Work { at, work: Work::Fetch { case } }),
                6 => Some(Step::Link { at, moves: 24 }),
                _ => None,
            }
        });
        plan.steps.retain(|(_, step)| !matches!(step, Step::Backup | Step::Restore));
        plan
    }

    /// The plan of a number with further steps between its own.
    fn among(seed: u64, mut further: impl FnMut(&mut Rng, usize) -> Option<Step>) -> Plan {
        let plan = Plan::draw(seed, false);
        let mut rng = Rng::with_seed(!seed);
        let mut steps = Vec::new();
        for (_, step) in plan.steps {
            steps.push(step);
            steps.extend(further(&mut rng, plan.places.len()));
        }
        Plan { steps: (0..).zip(steps).collect(), ..plan }
    }

    /// Whether the power fails in it.
    pub fn cuts_power(&self) -> bool {
        let cut = |step: &Step| matches!(step, Step::PowerCut { .. } | Step::CountyPowerCut { .. });
        self.steps.iter().any(|(_, step)| cut(step))
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
                (Step::Link { .. }, Planted::SkipsRepair) => vec![Step::LoseLog],
                // Before what went ahead arrives, the desk dies.
                (Step::Link { at, .. }, Planted::TakesAheadAsAnswered) => vec![Step::Kill { at: *at }],
                (Step::Link { at, .. }, Planted::DropsOutboxEarly) => {
                    vec![Step::Weather { at: *at, weather: Weather::CutRequest(500) }]
                }
                _ => Vec::new(),
            };
            steps.push(step);
            steps.extend(after);
        }
        let narrow = plan.narrow || planted == Planted::TakesAheadAsAnswered;
        Plan { planted: Some(planted), narrow, steps: (0..).zip(steps).collect(), ..plan }
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
