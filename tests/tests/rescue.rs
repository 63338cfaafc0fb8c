//! A laptop is lost or its disk goes bad: what was backed up or can be read goes on, and nothing arrives twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;

use desk::dispatch::ask;
use desk::{Desk, Place};
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::{DeskState, Salvage, Unlock};
use ipc::case::{CaseList, CaseOpen, CaseStart, CaseSubmit, Transfer};
use ipc::problem;
use ipc::sync::SyncNow;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, TestDesk, set};
use scenarios::until::until;
use store::Cost;

const VILLAGE: &str = "131099100201";

fn open(folder: &Path) -> Arc<Desk> {
    Desk::open(Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS }).unwrap()
}

async fn handed_in(wang: &TestDesk) -> (domain::id::CaseId, String) {
    let creation = desk::entry::Creation {
        item: GAOLING.to_owned(),
        answers: gaoling(),
        attach: Vec::new(),
        submit: true,
        insist: false,
    };
    let made = desk::entry::create(&wang.desk, creation).await.unwrap();
    (made.case, made.receipt.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_put_back_on_another_laptop_goes_on_without_giving_a_number_twice() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", VILLAGE, &[Role::VillageAgent])).await;
    let (first, _) = handed_in(&wang).await;
    wang.sees(first, Status::Submitted).await;
    let begun = wang.begin(GAOLING, &gaoling()).await.case;
    let outside = tempfile::tempdir().unwrap();
    let backup = outside.path().join("desk.backup");
    assert!(desk::rescue::backup(&wang.desk, &backup).await.unwrap().bytes > 0);
    // After the backup two more were handed in; one arrived, the other one did not.
    let (second, _) = handed_in(&wang).await;
    wang.sees(second, Status::Submitted).await;
    county.down().await;
    let (_lost, lost_number) = handed_in(&wang).await;
    let old = ask(&wang.desk, DeskState {}).await.unwrap().desk.unwrap();
    let person = wang.person;
    drop(wang.off().await);

    let new = outside.path().join("new");
    let wrong = desk::rescue::restore(&new, &backup, None, "not-this-one").unwrap_err();
    assert_eq!(wrong.code, problem::WRONG_PASSWORD);
    desk::rescue::restore(&new, &backup, None, PASSWORD).unwrap();
    let again = desk::rescue::restore(&new, &backup, None, PASSWORD).unwrap_err();
    assert_eq!(again.code, problem::FOLDER_NOT_EMPTY);
    let desk = open(&new);
    ask(&desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
    desk::start(&desk);
    // Without a network she works on; no receipt number is given that the lost laptop gave.
    let submit = CaseSubmit { request: "r1".to_owned(), case: begun, insist: false };
    let number = ask(&desk, submit).await.unwrap().receipt.unwrap();
    assert_ne!(number, lost_number);
    assert!(number > lost_number, "{number} {lost_number}");

    county.up().await;
    for case in [first, second, begun] {
        until(&desk, &format!("{case} at the county"), async || {
            let view = ask(&desk, CaseOpen { case }).await.ok()?;
            (view.status == Status::Submitted && view.transfer == Transfer::AtCounty).then_some(())
        })
        .await;
    }
    let now = ask(&desk, DeskState {}).await.unwrap().desk.unwrap();
    assert_ne!(now, old, "the county gave it an identity of its own");
    let listed = ask(&desk, CaseList::default()).await.unwrap();
    assert_eq!(listed.total, 3);
    // From now on its numbers begin with its own letters.
    let begin = CaseStart { request: "r2".to_owned(), item: GAOLING.to_owned(), village: None };
    let next = ask(&desk, begin).await.unwrap().case;
    let answers = gaoling();
    let edits = answers.as_object().unwrap().iter().filter(|(_, value)| value.is_string());
    let edits = edits.map(|(question, value)| set(question, value.as_str().unwrap())).collect();
    ask(&desk, ipc::case::CaseSave { request: "r3".to_owned(), case: next, edits }).await.unwrap();
    let submit = CaseSubmit { request: "r4".to_owned(), case: next, insist: false };
    let own = ask(&desk, submit).await.unwrap().receipt.unwrap();
    let letters = |number: &str| number.split('-').nth(1).unwrap().to_owned();
    assert_ne!(letters(&own), letters(&lost_number));
    county.down().await;
}

/// Flips bytes in the middle of a page.
fn spoil(path: &Path, page: u64) {
    let mut file = std::fs::File::options().read(true).write(true).open(path).unwrap();
    let mut bytes = [0; 16];
    file.seek(SeekFrom::Start(page * 4096 + 900)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    file.seek(SeekFrom::Start(page * 4096 + 900)).unwrap();
    file.write_all(&bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_with_bad_pages_is_rescued_and_goes_on() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", VILLAGE, &[Role::VillageAgent])).await;
    let mut sent = Vec::new();
    for _ in 0..8 {
        sent.push(handed_in(&wang).await.0);
    }
    for case in &sent {
        wang.sees(*case, Status::Submitted).await;
    }
    // One more is taken in without a network.
    county.down().await;
    let (unsent, number) = handed_in(&wang).await;
    let (desk_before, person) = (ask(&wang.desk, DeskState {}).await.unwrap().desk, wang.person);
    let shut = wang.off().await;
    let database = shut.path().join("desk.db");
    let whole = std::fs::read(&database).unwrap();
    let pages = whole.len() as u64 / 4096;
    assert!(shut.path().join("copies").is_dir(), "a copy is made every day");

    county.up().await;
    for round in 0..6u64 {
        std::fs::write(&database, &whole).unwrap();
        for bad in 0..3 {
            spoil(&database, 1 + (round * 17 + bad * 29) % (pages - 1));
        }
        let desk = open(shut.path());
        let asked = Salvage { person, password: PASSWORD.to_owned() };
        let done = ask(&desk, asked.clone()).await;
        let done = done.unwrap_or_else(|problem| panic!("round {round}: {problem:?}"));
        assert!(done.cases >= 8, "round {round}: {done:?}");
        assert_eq!(ask(&desk, asked).await.unwrap_err().code, problem::NOTHING_DAMAGED);
        ask(&desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
        // What the county has comes again; what only this laptop had is there unless its own page was among the bad ones.
        desk::syncing::exchange(&desk, true).await.unwrap();
        ask(&desk, SyncNow {}).await.unwrap();
        for case in &sent {
            let view = ask(&desk, CaseOpen { case: *case }).await.unwrap();
            assert_eq!(
                (view.status, view.transfer),
                (Status::Submitted, Transfer::AtCounty),
                "round {round}"
            );
            assert_eq!(view.answers.text("applicant_name"), gaoling()["applicant_name"]);
        }
        if let Ok(view) = ask(&desk, CaseOpen { case: unsent }).await {
            assert_eq!(view.receipt.as_deref(), Some(number.as_str()), "round {round}");
        }
        assert_ne!(ask(&desk, DeskState {}).await.unwrap().desk, desk_before);
        desk::care::verify(&desk).await.unwrap();
        ask(&desk, ipc::account::Lock {}).await.unwrap();
        let left = std::fs::read_dir(shut.path().join("set-aside")).unwrap().count();
        assert!(left > round as usize, "every damaged database is kept");
        drop(desk);
    }
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_be_opened_is_said_to_be_damaged_and_not_taken_for_an_empty_one() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", VILLAGE, &[Role::VillageAgent])).await;
    let (case, _) = handed_in(&wang).await;
    wang.sees(case, Status::Submitted).await;
    let person = wang.person;
    let shut = wang.restart().await.off().await;
    std::fs::write(shut.path().join("desk.db"), vec![7; 40_960]).unwrap();
    let desk = open(shut.path());
    let unlock = || Unlock { person, password: PASSWORD.to_owned() };
    for _ in 0..2 {
        assert_eq!(ask(&desk, unlock()).await.unwrap_err().code, problem::DATABASE_DAMAGED);
    }
    // All that is left is the copy of the day, made before she took anything in.
    let done = ask(&desk, Salvage { person, password: PASSWORD.to_owned() }).await.unwrap();
    assert!(!done.complete && done.from_copies > 0, "{done:?}");
    ask(&desk, unlock()).await.unwrap();
    desk::syncing::exchange(&desk, true).await.unwrap();
    assert_eq!(ask(&desk, CaseOpen { case }).await.unwrap().status, Status::Submitted);
    county.down().await;
}
