//! What goes over the line, counted: a village with 64 kbit/s pays for every byte, and none may creep in unnoticed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use desk::dispatch::ask;
use desk::entry::{self, Creation};
use desk::syncing::{SyncReport, exchange};
use desk::{Desk, Place};
use domain::role::Role;
use ipc::account::Enrol;
use ipc::case::{CaseList, CaseSave};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, set};
use store::Cost;

const VILLAGE: &str = "131099100201";
/// More than fit into one chunk of a line that is not known yet: several are on their way at once.
const CASES: usize = 200;
const CHANGED: usize = 20;

/// A laptop that exchanges only when it is told to.
async fn laptop(county: &TestCounty, folder: &Path, name: &str) -> Arc<Desk> {
    let desk = Desk::open(Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS }).unwrap();
    let code = county.code(name, VILLAGE, &[Role::VillageAgent]);
    ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
    exchange(&desk, true).await.unwrap();
    desk
}

async fn draft(desk: &Arc<Desk>, n: usize) {
    let mut answers = gaoling();
    answers["hukou_address"] = format!("东村{}组{}号", n % 12 + 1, n * 7 + 3).into();
    answers["contact_phone"] = format!("139{:08}", n * 7_654_321 % 100_000_000).into();
    let creation =
        Creation { item: GAOLING.to_owned(), answers, attach: Vec::new(), submit: false, insist: false };
    entry::create(desk, creation).await.unwrap();
}

/// Bytes of the database of a desk that nobody has open any more.
async fn lies(desk: Arc<Desk>, folder: &Path) -> u64 {
    let gone = Arc::downgrade(&desk);
    drop(desk);
    // Whoever still writes something down closes it last, and takes the log away.
    while gone.strong_count() > 0 || folder.join("desk.db-wal").exists() {
        tokio::task::yield_now().await;
    }
    std::fs::metadata(folder.join("desk.db")).unwrap().len()
}

/// One request and less than half a kilobyte, whatever the desk holds.
async fn idles(desk: &Arc<Desk>) -> (u64, u64) {
    let idle: SyncReport = exchange(desk, true).await.unwrap();
    assert_eq!((idle.requests, idle.items_sent, idle.items_received), (1, 0, 0));
    assert!(idle.bytes_up + idle.bytes_down < 440, "{} up, {} down", idle.bytes_up, idle.bytes_down);
    (idle.bytes_up, idle.bytes_down)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_carries_what_changed_and_little_else() {
    let county = TestCounty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("wang");
    let wang = laptop(&county, &at, "王桂兰").await;
    let empty = idles(&wang).await;
    let unused = folder.path().join("unused");
    let before = lies(laptop(&county, &unused, "李梅").await, &unused).await;

    for n in 0..CASES {
        draft(&wang, n).await;
    }
    let sent = exchange(&wang, true).await.unwrap();
    assert_eq!((sent.items_sent, sent.waiting), (CASES as u64, 0));
    // A few chunks carry them all; what comes after them may be said in the same breath or the next.
    assert!(sent.requests <= 5, "{} requests", sent.requests);
    assert!(sent.bytes_up / (CASES as u64) < 90, "{} bytes for each new case", sent.bytes_up / CASES as u64);
    assert!(
        sent.bytes_down / (CASES as u64) < 45,
        "{} bytes for each answer",
        sent.bytes_down / CASES as u64
    );
    let full = idles(&wang).await;
    // Numbers grow by a digit or two.
    assert!(full.0.abs_diff(empty.0) < 64 && full.1.abs_diff(empty.1) < 64, "{empty:?} became {full:?}");

    let zhou = laptop(&county, &folder.path().join("zhou"), "周敏").await;
    let listed = ask(&zhou, CaseList { limit: Some(50), ..CaseList::default() }).await.unwrap();
    assert_eq!((listed.total, listed.cases.len()), (CASES as u64, 50));
    for (n, card) in listed.cases.iter().take(CHANGED).enumerate() {
        let edits =
            vec![set("hukou_address", format!("西村{n}号")), set("contact_phone", format!("138{n:08}"))];
        ask(&zhou, CaseSave { request: format!("change-{n}"), case: card.case, edits }).await.unwrap();
    }
    let changed = exchange(&zhou, true).await.unwrap();
    assert_eq!(changed.items_sent, CHANGED as u64);
    assert!(changed.bytes_up / (CHANGED as u64) < 110, "{} bytes", changed.bytes_up / CHANGED as u64);
    let pulled = exchange(&wang, true).await.unwrap();
    assert_eq!((pulled.items_received, pulled.requests), (CHANGED as u64, 1));
    let each = (pulled.bytes_up + pulled.bytes_down) / CHANGED as u64;
    assert!(each < 125, "{each} bytes for each change");

    // What a village does all day: one case, and one correction of one field. The headers of each request count.
    draft(&wang, CASES).await;
    let told = exchange(&wang, true).await.unwrap();
    assert!(
        told.bytes_up < 580 && told.bytes_down < 420,
        "a case: {} up, {} down",
        told.bytes_up,
        told.bytes_down
    );
    exchange(&zhou, true).await.unwrap();
    let edits = vec![set("hukou_address", "西村88号")];
    ask(&zhou, CaseSave { request: "correction".to_owned(), case: listed.cases[CHANGED].case, edits })
        .await
        .unwrap();
    let told = exchange(&zhou, true).await.unwrap();
    assert!(
        told.bytes_up < 520 && told.bytes_down < 420,
        "a change: {} up, {} down",
        told.bytes_up,
        told.bytes_down
    );
    let told = exchange(&wang, true).await.unwrap();
    assert_eq!(told.items_received, 1);
    assert!(told.bytes_up + told.bytes_down < 760, "heard: {} up, {} down", told.bytes_up, told.bytes_down);

    let each = (lies(wang, &at).await - before) / CASES as u64;
    assert!(each < 1_000, "{each} bytes on the disk for each case");
}
