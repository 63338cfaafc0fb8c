//! The county admin publishes a changed workbook; every desk takes it by itself, and only what the county signed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::path::{Path, PathBuf};

use desk::dispatch::{ask, put};
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::DeskState;
use ipc::case::CaseView;
use ipc::catalogue::{CatalogueShow, Published};
use ipc::item::ItemShow;
use ipc::problem::{self, Problem};
use ipc::sync::SyncNow;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::TestDesk;
use scenarios::until::until;
use scenarios::workbook::{Change, changed};
use serde_json::json;

const ADMIN: [Role; 2] = [Role::CountyAdmin, Role::Department];
/// The question as the sample catalogue asks it, and as the county asks it from now on.
const LABEL: (&str, &str) = ("户籍地址", "户口簿上的地址");

fn workbook(changes: &[Change]) -> Vec<u8> {
    changed(&sample_catalogue().join("items/gaoling/item.xlsx"), changes)
}

fn another_label() -> Vec<u8> {
    workbook(&[Change { sheet: "survey", cell: "C8", from: LABEL.0, to: LABEL.1 }])
}

async fn publish(desk: &TestDesk, bytes: Vec<u8>) -> Result<Published, Problem> {
    let args = json!({"request": desk.request(), "name": "高龄津贴.xlsx", "note": "地址问得更清楚"});
    Ok(serde_json::from_value(put(&desk.desk, "catalogue_publish", args, bytes).await?).unwrap())
}

async fn release(desk: &TestDesk) -> u64 {
    ask(&desk.desk, DeskState {}).await.unwrap().catalogue_release.unwrap()
}

async fn takes(desk: &TestDesk, number: u64) {
    until(&desk.desk, &format!("release {number}"), async || (release(desk).await == number).then_some(()))
        .await;
}

/// How a desk asks for the address in a new case.
async fn asks(desk: &TestDesk) -> String {
    let shown = ask(&desk.desk, ItemShow { code: GAOLING.to_owned() }).await.unwrap();
    shown.item.form.field("hukou_address").unwrap().label.clone()
}

fn asked_in(view: &CaseView) -> (u64, &str) {
    (view.release, view.item.form.field("hukou_address").unwrap().label.as_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_workbook_reaches_every_desk_and_drafts_keep_what_they_began_on() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let zhao = TestDesk::enrol(&county.code("赵明", "131099", &ADMIN)).await;
    let first = release(&wang).await;
    let begun = wang.begin(GAOLING, &gaoling()).await;
    assert_eq!(asked_in(&begun), (first, LABEL.0));

    let published = publish(&zhao, another_label()).await.unwrap();
    let second = published.release.unwrap_or_else(|| panic!("{:?}", published.findings));
    assert!(second > first);
    for desk in [&wang, &li, &zhao] {
        takes(desk, second).await;
        assert_eq!(asks(desk).await, LABEL.1);
        let shown = ask(&desk.desk, CatalogueShow {}).await.unwrap();
        assert_eq!(shown.current.unwrap().note, "地址问得更清楚");
    }

    // The draft keeps the release it began on, to the end; a new one is asked the new way.
    let draft = wang.look(begun.case).await;
    assert_eq!(asked_in(&draft), (first, LABEL.0));
    let later = wang.begin(GAOLING, &gaoling()).await;
    assert_eq!(asked_in(&later), (second, LABEL.1));
    for case in [begun.case, later.case] {
        let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg"});
        put(&wang.desk, "material_put", args, scenarios::picture::photograph(320, 200)).await.unwrap();
        wang.submit(case).await.unwrap();
        wang.sees(case, Status::Submitted).await;
    }
    // A desk that joins now opens both, each with its own questions.
    let sun = TestDesk::enrol(&county.code("孙丽", "131099100", &[Role::TownshipClerk])).await;
    for desk in [&li, &sun] {
        assert_eq!(asked_in(&desk.sees(begun.case, Status::Submitted).await), (first, LABEL.0));
        assert_eq!(asked_in(&desk.sees(later.case, Status::Submitted).await), (second, LABEL.1));
    }
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbook_with_errors_publishes_nothing_and_says_where_they_are() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let zhao = TestDesk::enrol(&county.code("赵明", "131099", &ADMIN)).await;
    let first = release(&zhao).await;
    let wrong = [
        Change { sheet: "survey", cell: "C8", from: LABEL.0, to: LABEL.1 },
        Change { sheet: "survey", cell: "H7", from: "string-length(.) = 12", to: "string-length(. = 12" },
        Change { sheet: "materials", cell: "D5", from: "deferrable", to: "sometimes" },
    ];
    let published = publish(&zhao, workbook(&wrong)).await.unwrap();
    assert_eq!(published.release, None);
    for place in [("survey", 7, "constraint"), ("materials", 5, "necessity")] {
        let found = published
            .findings
            .iter()
            .find(|found| (found.sheet.as_str(), found.row, found.column.as_str()) == place);
        let found = found.unwrap_or_else(|| panic!("{place:?} is not among {:?}", published.findings));
        assert_eq!(found.level, "error");
        assert!(!found.message.is_empty() && !found.code.is_empty(), "{found:?}");
    }
    let nothing = publish(&zhao, b"PK, but no workbook".to_vec()).await.unwrap_err();
    assert_eq!(nothing.code, problem::NOT_A_WORKBOOK);

    // Neither does anybody else publish.
    assert_eq!(publish(&wang, another_label()).await.unwrap_err().code, problem::NOT_ALLOWED);

    // Every desk goes on with the release it has, and the next good workbook is not disturbed by the bad ones.
    for desk in [&wang, &zhao] {
        desk.sync().await;
        assert_eq!((release(desk).await, asks(desk).await.as_str()), (first, LABEL.0));
        assert_eq!(ask(&desk.desk, CatalogueShow {}).await.unwrap().earlier, []);
    }
    let second = publish(&zhao, another_label()).await.unwrap().release.unwrap();
    takes(&wang, second).await;
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_somebody_tampered_with_is_refused_and_the_earlier_one_stays_in_use() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let zhao = TestDesk::enrol(&county.code("赵明", "131099", &ADMIN)).await;
    let first = release(&wang).await;
    let wang = wang.off().await;
    let second = publish(&zhao, another_label()).await.unwrap().release.unwrap();
    takes(&zhao, second).await;

    // Somebody at the county changes one byte of the published form.
    let forms = forms(county.path());
    assert!(!forms.is_empty());
    for form in &forms {
        flip(form);
    }
    let wang = wang.on().await;
    let told =
        until(&wang.desk, "the refusal", async || ask(&wang.desk, SyncNow {}).await.unwrap().problem).await;
    assert_eq!(told.code, problem::CATALOGUE_REJECTED);
    assert_eq!((release(&wang).await, asks(&wang).await.as_str()), (first, LABEL.0));
    // The work goes on, the exchange too.
    let begun = wang.begin(GAOLING, &gaoling()).await;
    assert_eq!(asked_in(&begun), (first, LABEL.0));
    wang.sees(begun.case, Status::Draft).await;

    // Put right, the release is taken without anybody's doing.
    for form in &forms {
        flip(form);
    }
    wang.sync().await;
    takes(&wang, second).await;
    until(&wang.desk, "no more complaint", async || {
        ask(&wang.desk, SyncNow {}).await.unwrap().problem.is_none().then_some(())
    })
    .await;
    county.down().await;
}

/// The published form of 高龄津贴 in the county's folder, under all its names, the earlier release's left out.
fn forms(county: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![county.join("catalogue/repository/targets")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(&format!("{GAOLING}.json"))
                && std::fs::read_to_string(&path).unwrap().contains(LABEL.1)
            {
                found.push(path);
            }
        }
    }
    found
}

/// Changes one byte in the middle of a file; a second time changes it back.
fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
}
