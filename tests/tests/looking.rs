//! Covered values: whoever has to choose between two of them looks first, and the county knows who looked and at what.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use desk::dispatch::ask;
use domain::answer::FieldPath;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{CaseOpen, CaseResolve, CaseReveal, Transfer};
use ipc::problem;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{TestDesk, set};
use scenarios::picture::photograph;
use scenarios::until::until;
use serde_json::json;

const CARD: &str = "6217000000000000012";
const BOOK: &str = "6217000000000000020";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_a_covered_value_is_in_the_countys_book_and_on_no_other_desk() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let clerk = [Role::TownshipClerk];
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &clerk)).await;
    let sun = TestDesk::enrol(&county.code("孙静", "131099100", &clerk)).await;
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    for (slot, name) in [("M-ID", "身份证.jpg"), ("M-BANK", "存折.jpg")] {
        let args = json!({"request": wang.request(), "case": case, "slot": slot, "name": name, "original_seen": true});
        desk::dispatch::put(&wang.desk, "material_put", args, photograph(320, 200)).await.unwrap();
    }
    wang.submit(case).await.unwrap();
    li.sees(case, Status::Submitted).await;
    sun.sees(case, Status::Submitted).await;

    // Two clerks correct the account, each without knowing of the other.
    county.down().await;
    let account = FieldPath::plain("pay_account");
    for (desk, value) in [(&li, CARD), (&sun, BOOK)] {
        let edits = vec![set("pay_account", value), set("pay_account_again", value)];
        desk.save(case, edits).await.unwrap();
    }
    county.up().await;
    let view = until(&li.desk, "two values", async || {
        let view = li.look(case).await;
        (view.conflicts.len() == 2 && view.transfer == Transfer::AtCounty).then_some(view)
    })
    .await;

    // She may choose, and sees who wrote what and when; the numbers are covered.
    let both: Vec<&str> = view.conflicts[0].values.iter().map(|value| value.value.as_str()).collect();
    assert!(both.iter().all(|value| value.contains('*')), "{both:?}");
    assert!(view.covered.contains(&account));
    let choose = |value: &str| CaseResolve {
        request: li.request(),
        case,
        field: account.clone(),
        value: value.to_owned(),
        reason: "核对存折原件".to_owned(),
    };
    assert_eq!(ask(&li.desk, choose(both[0])).await.unwrap_err().code, problem::REVEAL_FIRST);
    let look = |reason: &str| CaseReveal { case, field: account.clone(), reason: reason.to_owned() };
    assert_eq!(ask(&li.desk, look(" ")).await.unwrap_err().code, problem::REASON_MISSING);
    let shown = ask(&li.desk, look("两处账号不一致，核对存折")).await.unwrap();
    let mut full: Vec<&str> = shown.values.iter().map(|value| value.value.as_str()).collect();
    full.sort_unstable();
    assert_eq!(full, [CARD, BOOK]);
    ask(&li.desk, choose(BOOK)).await.unwrap();

    // The county's book says who looked at which field of which case; the reason stays sealed with the item.
    let looks = until(&li.desk, "the look at the county", async || {
        let book = county.book();
        let looks: Vec<_> = book.into_iter().filter(|(kind, _)| kind == "value_revealed").collect();
        (!looks.is_empty()).then_some(looks)
    })
    .await;
    let [(_, body)] = looks.as_slice() else { panic!("{looks:?}") };
    assert_eq!(body["person"], li.person.to_string());
    assert_eq!((&body["case"], &body["field"]), (&json!(case), &json!("pay_account")));
    assert!(!body.to_string().contains("存折"), "{body}");

    // Nobody else hears of it, also not whoever gets the case only now.
    let zhao = TestDesk::enrol(&county.code("周敏", "131099100", &clerk)).await;
    for desk in [&sun, &wang, &zhao] {
        let settled = until(&desk.desk, "one value", async || {
            let view = ask(&desk.desk, CaseOpen { case }).await.ok()?;
            let one =
                view.conflicts.len() == 1 && view.timeline.iter().any(|entry| entry.kind == "reconcile");
            (one && view.transfer == Transfer::AtCounty).then_some(view)
        })
        .await;
        assert_eq!(settled.status, Status::Submitted);
        assert_eq!(desk::care::verify(&desk.desk).await.unwrap().acts, 2, "handed in and decided");
    }
    assert_eq!(desk::care::verify(&li.desk).await.unwrap().acts, 3, "and her look");
    county.down().await;
}
