//! Ended cases shrink to a summary after the time the county set, and whoever needs one whole fetches it again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

use desk::dispatch::{ask, get, put};
use domain::act::{ActKind, Payload};
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::DeskState;
use ipc::case::{CaseAct, CaseList, CaseOpen, CaseView, Receipt};
use ipc::problem;
use ipc::summary::{CaseFetch, Whole};
use ipc::sync::SyncNow;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::TestDesk;
use scenarios::picture::photograph;
use scenarios::until::until;
use scenarios::workbook::{Change, changed};
use serde_json::json;

/// The county wants ended cases to lie whole for 31 days at its desks.
async fn set_time(desk: &TestDesk) {
    let before = ask(&desk.desk, DeskState {}).await.unwrap().catalogue_release;
    let change = Change { sheet: "settings", cell: "B3", from: "180", to: "31" };
    let bytes = changed(&sample_catalogue().join("calendar.xlsx"), &[change]);
    let args = json!({"request": desk.request(), "name": "calendar.xlsx", "note": "已结束的办件留一个月"});
    let published = put(&desk.desk, "catalogue_publish", args, bytes).await.unwrap();
    assert!(published["release"].is_number(), "{published}");
    until(&desk.desk, "the release", async || {
        (ask(&desk.desk, DeskState {}).await.unwrap().catalogue_release != before).then_some(())
    })
    .await;
}

async fn handed_in(desk: &TestDesk) -> CaseId {
    let case = desk.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": desk.request(), "case": case, "slot": "M-ID", "name": "id.jpg"});
    put(&desk.desk, "material_put", args, photograph(320, 200)).await.unwrap();
    desk.submit(case).await.unwrap();
    desk.sees(case, Status::Submitted).await;
    case
}

/// Ten days at a time, so that nobody's permission to work runs out.
async fn month_but_a_day(county: &TestCounty, desks: &[&TestDesk]) {
    for _ in 0..3 {
        county.pass(10);
        for desk in desks {
            desk.sync().await;
        }
    }
}

async fn withdraw(desk: &TestDesk, case: CaseId) {
    let payload = Payload { reason: Some("本人不再申请".to_owned()), ..Payload::default() };
    ask(&desk.desk, CaseAct { request: desk.request(), case, kind: ActKind::Withdraw, payload })
        .await
        .unwrap();
    desk.sees(case, Status::Withdrawn).await;
}

async fn shrunk(desk: &TestDesk, case: CaseId) -> CaseView {
    until(&desk.desk, "a summary", async || {
        ask(&desk.desk, SyncNow {}).await.ok()?;
        let view = ask(&desk.desk, CaseOpen { case }).await.ok()?;
        view.summary.is_some().then_some(view)
    })
    .await
}

fn shown(view: &CaseView) -> (Option<&str>, usize, usize) {
    (view.receipt.as_deref(), view.answers.fields.len(), view.materials.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_case_shrinks_to_a_summary_and_comes_back_whole_when_it_is_needed() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let admin = [Role::CountyAdmin, Role::Department];
    set_time(&TestDesk::enrol(&county.code("赵明", "131099", &admin)).await).await;
    let (ended, open) = (handed_in(&wang).await, handed_in(&wang).await);
    withdraw(&wang, ended).await;
    li.sees(ended, Status::Withdrawn).await;
    let before = wang.look(ended).await;
    let picture = |desk: &TestDesk| {
        let (at, file) = (desk.desk.clone(), before.materials[0].file.clone());
        async move { get(&at, "material_get", json!({"case": ended, "file": file})).await }
    };
    let photo = picture(&wang).await.unwrap().body;

    month_but_a_day(&county, &[&wang, &li]).await;
    for desk in [&wang, &li] {
        assert_eq!(desk.look(ended).await.summary, None, "its time has not come");
    }

    county.pass(2);
    for desk in [&wang, &li] {
        let view = shrunk(desk, ended).await;
        let summary = view.summary.clone().unwrap();
        assert_eq!((summary.applicant.as_str(), summary.whole), ("张*英", Whole::AtCounty));
        assert_eq!(shown(&view), (before.receipt.as_deref(), 0, 0));
        assert_eq!(view.status, Status::Withdrawn);
        let kinds: Vec<&str> = view.timeline.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["submit", "withdraw"]);
        // It is found as before, by name and number.
        for words in ["zxy", before.receipt.as_deref().unwrap()] {
            let found =
                ask(&desk.desk, CaseList { search: words.to_owned(), ..CaseList::default() }).await.unwrap();
            assert!(found.cases.iter().any(|card| card.case == ended), "{words}");
        }
        assert!(picture(desk).await.is_err());
        let refused = ask(&desk.desk, Receipt { case: ended }).await.unwrap_err();
        assert_eq!(refused.code, problem::ONLY_SUMMARY);
        // What has not ended lies here whole.
        assert!(desk.look(open).await.summary.is_none());
        let verified = desk::care::verify(&desk.desk).await.unwrap();
        assert!(verified.wrong.is_empty(), "{:?}", verified.wrong);
    }

    // The list can be built anew from what is left.
    desk::index::rebuild(&wang.desk).await.unwrap();
    let card = wang.cases().await.into_iter().find(|card| card.case == ended).unwrap();
    assert_eq!((card.applicant.as_str(), card.receipt), ("张*英", before.receipt.clone()));

    // Asked for without a network, it comes when there is one.
    county.down().await;
    let asked = ask(&wang.desk, CaseFetch { case: ended }).await.unwrap();
    assert_eq!(asked.summary.unwrap().whole, Whole::OnItsWay);
    county.up().await;
    let whole = until(&wang.desk, "the whole case", async || {
        let view = wang.look(ended).await;
        view.summary.is_none().then_some(view)
    })
    .await;
    assert_eq!(whole.answers, before.answers);
    assert_eq!((shown(&whole), whole.updated_at), (shown(&before), before.updated_at));
    let back = until(&wang.desk, "the photograph", async || picture(&wang).await.ok()).await;
    assert_eq!(back.body, photo);

    // It stays for a month again: the days that follow leave it as it is.
    for _ in 0..3 {
        county.pass(1);
        wang.sync().await;
        assert!(wang.look(ended).await.summary.is_none());
    }
    county.down().await;
}
