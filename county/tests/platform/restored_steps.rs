//! Official steps after a restore: whatever number they come back with, they are read in the order in which they build on each
//! other.

use std::fs;
use std::path::{Path, PathBuf};

use county::database::{Database, act, backup, case};
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::id::{ActId, CaseId, Digest};
use domain::lifecycle::Status;
use sync::item::Item;
use sync::receipt::{Ack, SignedReceipts};
use sync::version::SPOKEN;

use crate::town::{Laptop, Paper, Town, line, refused, stored};

/// A case was handed in, and the county's database was copied then.
struct Begun {
    town: Town,
    agent: Laptop,
    clerk: Laptop,
    paper: Paper,
    heads: Vec<Digest>,
    copy: PathBuf,
}

impl Begun {
    async fn new() -> Begun {
        let town = Town::begin().await;
        let (mut agent, clerk) = (town.agent().await, town.clerk().await);
        let paper = Paper::begin(&agent, "张大爷");
        let heads = paper.document.heads();
        agent.push(&[paper.whole(), agent.submit(&paper)]).await;
        let copy = copy_of(&town);
        Begun { town, agent, clerk, paper, heads, copy }
    }
}

/// A copy of the county's database as it is now.
fn copy_of(town: &Town) -> PathBuf {
    let copy = town.dir.path().join("copy.db");
    let copied =
        town.county().database.read::<_, county::Error>(|view| Ok(backup::copy(view, &copy, |_, _| {})?));
    copied.unwrap();
    copy
}

/// The county goes on from a copy; the laptops know of its new epoch.
async fn goes_back(town: Town, copy: &Path, laptops: &mut [&mut Laptop]) -> Town {
    let Town { dir, time, running } = town;
    let now = running.county.now();
    running.stop().await;
    let database = dir.path().join("county.db");
    for name in ["county.db-wal", "county.db-shm"] {
        let _absent = fs::remove_file(dir.path().join(name));
    }
    fs::copy(copy, &database).unwrap();
    let opened = Database::open(&database).unwrap();
    opened.write::<_, county::Error>(|write| county::restore::begin(write, now)).unwrap();
    drop(opened);
    let town = Town::reopen(dir, time).await;
    for laptop in laptops {
        laptop.client = line(&town, &laptop.identity);
        laptop.epoch = town.county().epoch;
    }
    town
}

/// Hands a step in; gives its number and the county's receipt.
async fn done(laptop: &mut Laptop, step: &Item) -> (u64, SignedReceipts) {
    let chunk = laptop.chunk(std::slice::from_ref(step));
    let reply = laptop.send(chunk).await;
    (stored(&laptop.results(&reply)[0]), reply.receipts.unwrap())
}

/// The laptop shows a receipt of before.
async fn shows(laptop: &Laptop, receipt: SignedReceipts) {
    let mut request = laptop.request(None);
    request.adopt = vec![receipt];
    laptop.client.sync(SPOKEN.max, &request).await.unwrap();
}

fn id_of(step: &Item) -> ActId {
    let Item::Act(signed) = step else { panic!("no step") };
    signed.body().unwrap().act.id
}

fn stands(town: &Town, id: CaseId) -> Status {
    let known = town.county().database.read::<_, county::Error>(|view| Ok(case::get(view, id)?));
    known.unwrap().unwrap().status
}

fn number(town: &Town, step: &Item) -> u64 {
    let number = town.county().database.read::<_, county::Error>(|view| Ok(act::seq_of(view, id_of(step))?));
    number.unwrap().unwrap()
}

fn points() -> Payload {
    let point = CorrectionPoint { field: None, slot: Some("M-ID".into()), reason: "unreadable".into() };
    Payload { points: vec![point], ..Payload::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_comes_back_without_its_number_still_stands_before_those_that_build_on_it() {
    let Begun { town, mut agent, mut clerk, paper, heads, copy } = Begun::new().await;
    let asks = clerk.act(paper.case, ActKind::RequestCorrection, points(), heads.clone());
    let corrects = agent.act(paper.case, ActKind::SubmitCorrection, Payload::default(), heads.clone());
    let accepts = clerk.act(paper.case, ActKind::Accept, Payload::default(), heads);
    // The answer to this one is lost on the way: its author never got the receipt.
    done(&mut clerk, &asks).await;
    let (_, corrected) = done(&mut agent, &corrects).await;
    let (_, accepted) = done(&mut clerk, &accepts).await;
    let town = goes_back(town, &copy, &mut [&mut agent, &mut clerk]).await;
    shows(&agent, corrected).await;
    shows(&clerk, accepted).await;
    done(&mut clerk, &asks).await;
    done(&mut agent, &corrects).await;
    done(&mut clerk, &accepts).await;
    assert_eq!(stands(&town, paper.case), Status::Accepted);
    let numbers = [&asks, &corrects, &accepts].map(|step| number(&town, step));
    assert!(numbers.is_sorted(), "{numbers:?}");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_the_one_it_builds_on_and_keeps_its_number_when_that_one_does() {
    let Begun { town, mut agent, mut clerk, paper, heads, copy } = Begun::new().await;
    let asks = clerk.act(paper.case, ActKind::RequestCorrection, points(), heads.clone());
    let corrects = agent.act(paper.case, ActKind::SubmitCorrection, Payload::default(), heads);
    let (first, asked) = done(&mut clerk, &asks).await;
    let (second, corrected) = done(&mut agent, &corrects).await;
    let town = goes_back(town, &copy, &mut [&mut agent, &mut clerk]).await;
    shows(&agent, corrected).await;
    // The later one comes first: it is not refused, it waits.
    let waits = agent.push(std::slice::from_ref(&corrects)).await.remove(0);
    assert!(matches!(waits, Ack::Later { .. }), "{waits:?}");
    shows(&clerk, asked).await;
    assert_eq!(done(&mut clerk, &asks).await.0, first);
    assert_eq!(done(&mut agent, &corrects).await.0, second);
    assert_eq!(stands(&town, paper.case), Status::CorrectionSubmitted);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_comes_too_late_for_its_place_is_refused_and_changes_nothing() {
    let Begun { town, mut agent, mut clerk, paper, heads, copy } = Begun::new().await;
    let accepts = clerk.act(paper.case, ActKind::Accept, Payload::default(), heads.clone());
    let forwards = clerk.act(paper.case, ActKind::Forward, Payload::default(), heads);
    done(&mut clerk, &accepts).await;
    let (number_before, forwarded) = done(&mut clerk, &forwards).await;
    let town = goes_back(town, &copy, &mut [&mut agent, &mut clerk]).await;
    shows(&clerk, forwarded).await;
    // A case may be forwarded without having been accepted, so this one does not wait.
    assert_eq!(done(&mut clerk, &forwards).await.0, number_before);
    let late = clerk.push(std::slice::from_ref(&accepts)).await.remove(0);
    assert_eq!(refused(&late), "wrong_status");
    assert_eq!(stands(&town, paper.case), Status::Forwarded);
    town.running.stop().await;
}
