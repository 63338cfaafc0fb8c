//! Desk and county see by themselves that they hold something different, and put it right without being asked.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]

use county::County;
use county::database::{index, meta};
use county::folder::Folder;
use domain::lifecycle::Status;
use domain::role::Role;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::TestDesk;
use scenarios::picture::photograph;
use serde_json::json;

async fn handed_in(desk: &TestDesk) -> domain::id::CaseId {
    let case = desk.begin(GAOLING, &gaoling()).await.case;
    let args = json!({
        "request": desk.request(), "case": case, "slot": "M-ID", "name": "id.jpg", "original_seen": true,
    });
    desk::dispatch::put(&desk.desk, "material_put", args, photograph(320, 200)).await.unwrap();
    desk.submit(case).await.unwrap();
    desk.sees(case, Status::Submitted).await;
    case
}

/// Everything that waits in the county's log for somebody is taken out of it; with `silently` nobody is told so.
fn forget_the_log(county: &TestCounty, silently: bool) {
    let county = County::open(Folder::at(county.path()), county::clock::machine()).unwrap();
    county
        .database
        .write::<_, county::Error>(|write| {
            index::prune(write, index::last(write)?)?;
            if silently {
                meta::set(write, meta::FLOOR, "0")?;
            }
            Ok(())
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_came_over_the_log_comes_all_the_same() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let first = handed_in(&wang).await;
    li.sees(first, Status::Submitted).await;
    let mut li = Some(li);
    for silently in [false, true] {
        let away = li.take().unwrap().off().await;
        let case = handed_in(&wang).await;
        county.down().await;
        forget_the_log(&county, silently);
        county.up().await;
        let back = away.on().await;
        back.sees(case, Status::Submitted).await;
        assert!(back.cases().await.iter().any(|card| card.case == first), "what was there stays");
        li = Some(back);
    }
    county.down().await;
}
