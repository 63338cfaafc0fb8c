//! Desk and county are killed at any moment, and the line between them is cut at any byte, or loses packets, over real TLS:
//! whatever was answered arrives, once, with its papers whole.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that tells its dice and what it saw"
)]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use desk::dispatch::ask;
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{CaseList, CaseSave, CaseStart, CaseSubmit, Edit};
use ipc::material::MaterialPut;
use ipc::sync::Watch;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{TestDesk, set};
use scenarios::line::Line;
#[cfg(target_os = "linux")]
use scenarios::packets::{Ends, NOT_HERE, Packets, Weather};
use scenarios::picture::pdf;
use scenarios::program::{Platform, Program, run_county};
use scenarios::until::until;

/// Rounds run with every test, on each line; `DAIBAN_KILLS` for more.
const ROUNDS: usize = 6;
/// Bytes of a round's work on the line, about: a cut falls anywhere into them.
const BYTES: u64 = 100_000;

/// How long a moment of work may last before something is killed.
const MOMENT: Duration = Duration::from_millis(700);

/// A paper of another content in each round, long enough to be sent in several slices.
fn paper(round: usize) -> Vec<u8> {
    let mut dice = fastrand::Rng::with_seed(round as u64);
    let mut bytes = b"%PDF-1.4\n%".to_vec();
    bytes.extend(std::iter::repeat_with(|| dice.alphanumeric()).map(|letter| letter as u8).take(90_000));
    bytes.push(b'\n');
    bytes.extend(pdf());
    bytes
}

/// One case with its papers, taken in at a laptop; gives its number.
async fn take_in(program: &Program, round: usize) -> Option<(CaseId, String)> {
    let request = |what: &str| format!("{round}-{what}");
    let start = CaseStart { request: request("start"), item: GAOLING.to_owned(), village: None };
    let case = program.call(&start).await?.unwrap().case;
    let answers = gaoling();
    let plain = answers.as_object().unwrap().iter().filter(|(_, value)| value.is_string());
    let edits: Vec<Edit> = plain.map(|(field, value)| set(field, value.as_str().unwrap())).collect();
    program.call(&CaseSave { request: request("save"), case, edits }).await?.unwrap();
    for slot in ["M-ID", "M-BANK"] {
        let put = MaterialPut {
            request: request(slot),
            case,
            slot: slot.to_owned(),
            name: format!("{slot}.pdf"),
            original_seen: true,
        };
        program.put(&put, &paper(round)).await?.unwrap();
    }
    let submit = CaseSubmit { request: request("submit"), case, insist: true };
    Some((case, program.call(&submit).await?.unwrap().receipt.unwrap()))
}

/// Waits until nothing of the laptop waits to be sent.
async fn all_sent(program: &Program) {
    let mut revision = 0;
    loop {
        let told = program.call(&Watch { after: revision }).await.unwrap().unwrap();
        revision = told.revision;
        assert!(told.sync.quarantined.is_empty(), "{:?}", told.sync.quarantined);
        if (told.sync.waiting_items, told.sync.waiting_files) == (0, 0) {
            return;
        }
    }
}

/// What lies between the laptop and its county.
enum Between {
    /// A line of bytes, which a program between them slows, holds up and cuts.
    Bytes(Line),
    /// A line of packets between two networks.
    #[cfg(target_os = "linux")]
    Packets(Packets),
}

impl Between {
    /// What a command begins with that runs where the county is.
    fn at_county(&self) -> Vec<&str> {
        match self {
            Between::Bytes(_) => Vec::new(),
            #[cfg(target_os = "linux")]
            Between::Packets(line) => line.at_county().to_vec(),
        }
    }

    fn cut_after(&self, bytes: u64) {
        match self {
            Between::Bytes(line) => line.cut_after(bytes),
            #[cfg(target_os = "linux")]
            Between::Packets(line) => line.cut_after(bytes),
        }
    }

    /// Another weather: bad, middling or good.
    fn turns(&self, which: u8) {
        match self {
            Between::Bytes(line) => match which {
                0 => line.weather(64_000, 20, 50),
                1 => line.weather(0, 5, 10),
                _ => line.weather(0, 0, 0),
            },
            #[cfg(target_os = "linux")]
            Between::Packets(line) => {
                let (rate, delay, lost) = [(64_000, 20, 80), (0, 5, 30), (0, 0, 0)][usize::from(which)];
                line.becomes(Weather { lost, delay: Duration::from_millis(delay), rate });
            }
        }
    }

    fn heal(&self) {
        match self {
            Between::Bytes(line) => line.heal(),
            #[cfg(target_os = "linux")]
            Between::Packets(line) => line.heal(),
        }
    }

    fn told(&self) -> String {
        match self {
            Between::Bytes(line) => format!("{} cuts, {} bytes up", line.cuts(), line.up()),
            #[cfg(target_os = "linux")]
            Between::Packets(line) => format!("{:?}", line.passed()),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seed() -> u64 {
    let seed =
        number("DAIBAN_SEED").unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64);
    println!("DAIBAN_SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_and_wherever_the_line_is_cut_everything_arrives_once() {
    let seed = seed();
    let county = TestCounty::set_up().await;
    let line = Line::to(county.address(), seed).await;
    let (direct, over) = (county.address(), line.address());
    rounds(seed, &county, direct, over, &Between::Bytes(line)).await;
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_is_killed_while_packets_are_lost_everything_arrives_once() {
    let Some(ends) = Ends::enter() else { return println!("skipped: {NOT_HERE}") };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let seed = seed();
        let Some(line) = ends.lay(seed) else { return println!("skipped: {NOT_HERE}") };
        let county = TestCounty::set_up().await;
        let address = line.address(county.address().port());
        rounds(seed, &county, address, address, &Between::Packets(line)).await;
    });
}

/// Rounds of work and death. The county listens at `direct`, and the laptop calls it at `over`.
async fn rounds(seed: u64, county: &TestCounty, direct: SocketAddr, over: SocketAddr, line: &Between) {
    let rounds = number("DAIBAN_KILLS").map_or(ROUNDS, |rounds| usize::try_from(rounds).unwrap());
    let mut dice = fastrand::Rng::with_seed(seed);
    let life = county::enrol::CODE_LIFE;
    let code = county.code_over(Some(over), life, "王桂兰", "131099100201", &[Role::VillageAgent]);
    let clerk = county.code_over(Some(direct), life, "李雪", "131099100", &[Role::TownshipClerk]);
    let begin = async || Platform::start_through(&line.at_county(), county.path(), direct).await;
    let mut platform = begin().await;
    let laptop = TestDesk::enrol(&code).await.off().await;
    let mut program = Program::start(laptop.path()).await;
    let mut cases: Vec<(CaseId, String)> = Vec::new();
    for round in 0..rounds {
        if dice.u8(0..4) > 0 {
            line.cut_after(dice.u64(0..BYTES));
        }
        line.turns(dice.u8(0..3));
        cases.push(take_in(&program, round).await.unwrap());
        // The one place where time decides: that is what a power cut does.
        tokio::time::sleep(MOMENT.mul_f64(dice.f64())).await;
        let which = dice.u8(0..3);
        if which != 1 {
            program.kill().await;
        }
        if which != 0 {
            platform.kill().await;
            platform = begin().await;
        }
        if which != 1 {
            program = Program::start(laptop.path()).await;
        }
    }
    line.heal();
    all_sent(&program).await;
    println!("{rounds} kills, {}", line.told());

    let li = TestDesk::enrol(&clerk).await;
    let there = until(&li.desk, "every case", async || {
        let (mut there, mut after) = (Vec::new(), None);
        loop {
            let page = ask(&li.desk, CaseList { after, ..CaseList::default() }).await.unwrap();
            there.extend(page.cases);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let whole = there.iter().all(|card| card.status == Status::Submitted);
        (whole && there.len() == cases.len()).then_some(there)
    })
    .await;
    let sent: BTreeSet<&(CaseId, String)> = cases.iter().collect();
    assert_eq!(sent.len(), cases.len());
    for card in &there {
        let number = card.receipt.clone().unwrap();
        assert!(sent.contains(&(card.case, number)), "{card:?} was never answered");
        let view = li.look(card.case).await;
        assert_eq!(view.materials.len(), 2);
        assert_eq!(view.timeline.iter().filter(|step| step.kind == "submit").count(), 1);
    }
    program.kill().await;
    let (status, told) = run_county(county.path(), &["doctor"]);
    assert_eq!((status, told["ok"].as_bool()), (0, Some(true)), "{told}");
    platform.kill().await;
}
