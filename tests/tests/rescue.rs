//! A laptop is lost or its disk goes bad: what was backed up or can be read goes on, and nothing arrives twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use desk::dispatch::ask;
use desk::{Desk, Place};
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::{DeskState, Salvage, Unlock};
use ipc::case::{CaseList, CaseOpen, CaseStart, CaseSubmit, Transfer};
use ipc::problem;
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
