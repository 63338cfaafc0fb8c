//! Two people work on the same case without knowing of each other: both values stay until somebody decides.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use desk::dispatch::{ask, put};
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{ActState, CaseAct, CaseBuffer, CaseResolve, CaseReveal, CaseUnsaved, CaseView, Transfer};
use ipc::problem;
use ipc::sync::SyncNow;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{TestDesk, set};
use scenarios::picture::photograph;
use scenarios::until::until;
use serde_json::json;

const VILLAGE: &str = "131099100201";
const TOWNSHIP: &str = "131099100";
/// The account on the social security card, as one of them copied it.
const CARD: &str = "6217000000000000012";
/// The account in the passbook, as the other one copied it.
const BOOK: &str = "6217000000000000020";

/// Two agents of one village with laptops of their own, a case both have, and a county out of reach.
async fn apart() -> (TestCounty, TestDesk, TestDesk, CaseId) {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", VILLAGE, &[Role::VillageAgent])).await;
    let zhou = TestDesk::enrol(&county.code("周敏", VILLAGE, &[Role::VillageAgent])).await;
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    wang.sees(case, Status::Draft).await;
    zhou.sees(case, Status::Draft).await;
    county.down().await;
    (county, wang, zhou, case)
}

async fn photographed(desk: &TestDesk, case: CaseId, slot: &str, name: &str) {
    let args =
        json!({"request": desk.request(), "case": case, "slot": slot, "name": name, "original_seen": true});
    put(&desk.desk, "material_put", args, photograph(320, 200)).await.unwrap();
}

async fn resolve(
    desk: &TestDesk,
    case: CaseId,
    field: &str,
    value: &str,
    reason: &str,
) -> Result<CaseView, ipc::Problem> {
    let (field, value, reason) = (FieldPath::plain(field), value.to_owned(), reason.to_owned());
    ask(&desk.desk, CaseResolve { request: desk.request(), case, field, value, reason }).await
}

fn differing(view: &CaseView) -> Vec<String> {
    view.conflicts.iter().map(|conflict| conflict.field.to_string()).collect()
}

/// Waits until exactly these fields have two values on a desk and everything of the case is at the county.
async fn shows(desk: &TestDesk, case: CaseId, fields: &[&str]) -> CaseView {
    until(&desk.desk, &format!("two values in {fields:?}"), async || {
        let view = desk.look(case).await;
        (differing(&view) == fields && view.transfer == Transfer::AtCounty).then_some(view)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_values_stay_until_somebody_decides_and_then_everybody_sees_one() {
    let (mut county, wang, zhou, case) = apart().await;

    // Both keep working on the case, each on her own laptop.
    let edits = vec![
        set("pay_account", CARD),
        set("pay_account_again", CARD),
        set("hukou_address", "东村二组15号"),
        set("living", "spouse"),
    ];
    let hers = wang.save(case, edits).await.unwrap();
    photographed(&wang, case, "M-ID", "身份证.jpg").await;
    let edits =
        vec![set("pay_account", BOOK), set("pay_account_again", BOOK), set("hukou_address", "东村2组十五号")];
    let theirs = zhou.save(case, edits).await.unwrap();
    photographed(&zhou, case, "M-BANK", "存折.jpg").await;
    assert_eq!((hers.answers.text("pay_account"), theirs.answers.text("pay_account")), (CARD, BOOK));
    assert!(hers.conflicts.is_empty() && theirs.conflicts.is_empty());

    // The county is back: both desks show both values, with who and when.
    county.up().await;
    let fields = ["hukou_address", "pay_account", "pay_account_again"];
    for desk in [&wang, &zhou] {
        until(&desk.desk, "both photographs", async || {
            (desk.look(case).await.materials.len() == 2).then_some(())
        })
        .await;
        let view = shows(desk, case, &fields).await;
        assert_eq!(view.status, Status::Draft);
        let account = &view.conflicts[1];
        let mut said: Vec<(&str, &str)> =
            account.values.iter().map(|value| (value.by.as_str(), value.value.as_str())).collect();
        said.sort_unstable();
        assert_eq!(said, [("周敏", BOOK), ("王桂兰", CARD)]);
        assert!(account.values.iter().all(|value| value.at.is_some_and(|at| at > 0)));
        let listed = desk.cases().await;
        assert_eq!(listed.iter().map(|card| (card.case, card.differing)).collect::<Vec<_>>(), [(case, 3)]);
        // What only one of them did is there for both: nothing was lost.
        assert_eq!(view.answers.text("living"), "spouse");
        let slots: Vec<&str> = view.materials.iter().map(|paper| paper.slot.as_str()).collect();
        assert_eq!(slots, ["M-BANK", "M-ID"]);
    }

    // The account cannot be overwritten by an ordinary save, nor handed in; everything else goes on.
    for value in [CARD, BOOK, "6217000000000000038"] {
        let refused =
            zhou.save(case, vec![set("self_care", "partial"), set("pay_account", value)]).await.unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.args["field"].as_str()),
            (problem::TWO_VALUES, "pay_account")
        );
    }
    assert_eq!(
        zhou.look(case).await.answers.text("self_care"),
        "full",
        "a refused save leaves nothing behind"
    );
    let refused = wang.submit(case).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.args["code"].as_str()), (problem::HAS_FINDINGS, "two_values"));
    let saved = zhou
        .save(case, vec![set("self_care", "partial"), set("hukou_address", "东村2组15号")])
        .await
        .unwrap();
    assert_eq!(
        differing(&saved),
        ["pay_account", "pay_account_again"],
        "an address is settled by writing it again"
    );
    shows(&wang, case, &["pay_account", "pay_account_again"]).await;

    // Somebody decides, with a reason; once for the value shown, once for the other one.
    let refused = resolve(&zhou, case, "pay_account", BOOK, " ").await.unwrap_err();
    assert_eq!(refused.code, problem::REASON_MISSING);
    resolve(&zhou, case, "pay_account", BOOK, "核对存折原件").await.unwrap();
    shows(&wang, case, &["pay_account_again"]).await;
    resolve(&wang, case, "pay_account_again", BOOK, "核对存折原件").await.unwrap();

    // Both desks agree, nothing is lost, the case stands where it stood.
    let views = [shows(&wang, case, &[]).await, shows(&zhou, case, &[]).await];
    for view in &views {
        assert_eq!(view.status, Status::Draft);
        assert_eq!((view.answers.text("pay_account"), view.answers.text("pay_account_again")), (BOOK, BOOK));
        assert_eq!(view.answers.text("hukou_address"), "东村2组15号");
        assert_eq!((view.answers.text("living"), view.answers.text("self_care")), ("spouse", "partial"));
        assert_eq!(view.materials.len(), 2);
        let told: Vec<_> =
            view.timeline.iter().map(|step| (step.kind.as_str(), step.by.as_str(), step.state)).collect();
        assert_eq!(told[0], ("saved", "王桂兰", ActState::Done));
        assert_eq!(
            told[1..],
            [("reconcile", "周敏", ActState::Done), ("reconcile", "王桂兰", ActState::Done)]
        );
        assert_eq!(view.timeline[1].payload.reason.as_deref(), Some("核对存折原件"));
        let (begun, decided) = (view.timeline[0].at, view.timeline[1].at);
        assert!((decided - 600_000..=decided).contains(&begun), "{begun} {decided}");
    }
    assert_eq!(views[0].answers, views[1].answers);

    // Handed in, the clerk sees one value.
    wang.submit(case).await.unwrap();
    wang.sees(case, Status::Submitted).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let seen = li.sees(case, Status::Submitted).await;
    assert!(seen.conflicts.is_empty());
    let reveal =
        CaseReveal { case, field: FieldPath::plain("pay_account"), reason: "核对存折".to_owned() };
    assert_eq!(ask(&li.desk, reveal).await.unwrap().value, BOOK);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_different_decisions_at_once_are_a_difference_again() {
    let (mut county, wang, zhou, case) = apart().await;
    wang.save(case, vec![set("pay_bank", "农信社")]).await.unwrap();
    zhou.save(case, vec![set("pay_bank", "农业银行")]).await.unwrap();
    county.up().await;
    for desk in [&wang, &zhou] {
        shows(desk, case, &["pay_bank"]).await;
    }
    county.down().await;
    resolve(&wang, case, "pay_bank", "农信社", "看过社保卡").await.unwrap();
    resolve(&zhou, case, "pay_bank", "农业银行", "看过存折").await.unwrap();
    county.up().await;
    for desk in [&wang, &zhou] {
        let view = until(&desk.desk, "both decisions", async || {
            let view = desk.look(case).await;
            let numbered = view
                .timeline
                .iter()
                .filter(|step| step.act.is_some() && step.state == ActState::Done)
                .count();
            (numbered == 2 && view.transfer == Transfer::AtCounty).then_some(view)
        })
        .await;
        assert_eq!(differing(&view), ["pay_bank"]);
    }
    resolve(&wang, case, "pay_bank", "农信社", "一起核对").await.unwrap();
    for desk in [&wang, &zhou] {
        let view = shows(desk, case, &[]).await;
        assert_eq!(view.answers.text("pay_bank"), "农信社");
    }
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_after_handing_in_is_kept_aside_and_told_to_its_author() {
    let (mut county, wang, zhou, case) = apart().await;
    photographed(&wang, case, "M-ID", "身份证.jpg").await;
    wang.submit(case).await.unwrap();
    zhou.save(case, vec![set("living", "children")]).await.unwrap();
    let other = zhou.begin(GAOLING, &gaoling()).await.case;
    // Wang's laptop is the only one that meets the county before the case stands there as handed in.
    let zhou = zhou.off().await;
    county.up().await;
    wang.sees(case, Status::Submitted).await;
    let zhou = zhou.on().await;
    let view = until(&zhou.desk, "the refused change", async || {
        let view = zhou.look(case).await;
        (view.transfer == Transfer::NeedsAttention && view.status == Status::Submitted).then_some(view)
    })
    .await;
    assert_eq!(view.answers.text("living"), "alone", "the case is what was handed in");
    let stuck = ask(&zhou.desk, SyncNow {}).await.unwrap().quarantined;
    assert_eq!(
        stuck.iter().map(|one| (one.case, one.code.as_str())).collect::<Vec<_>>(),
        [(case, "wrong_status")]
    );
    // It held nothing else up.
    zhou.sees(other, Status::Draft).await;
    wang.sees(other, Status::Draft).await;
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_from_before_a_case_was_handed_in_does_not_slip_into_it_when_it_comes_back() {
    let (mut county, wang, zhou, case) = apart().await;
    let li = TestDesk::enrol(&{
        county.up().await;
        county.code("李建国", TOWNSHIP, &[Role::TownshipClerk])
    })
    .await;
    let field = FieldPath::plain("contact_phone");
    let before = zhou.look(case).await.answers.text("contact_phone").to_owned();
    let typing = CaseBuffer { case, field: field.clone(), text: "13900000043".to_owned() };
    ask(&zhou.desk, typing).await.unwrap();
    photographed(&wang, case, "M-ID", "身份证.jpg").await;
    wang.submit(case).await.unwrap();
    li.sees(case, Status::Submitted).await;
    zhou.sees(case, Status::Submitted).await;
    let points =
        vec![CorrectionPoint { field: None, slot: Some("M-ID".to_owned()), reason: "看不清".to_owned() }];
    let payload = Payload { points, ..Payload::default() };
    let act = CaseAct { request: li.request(), case, kind: ActKind::RequestCorrection, payload };
    ask(&li.desk, act).await.unwrap();

    // It may be written in again; what Zhou typed long ago is still hers to decide, and changes nothing by itself.
    let view = zhou.sees(case, Status::CorrectionRequested).await;
    assert!(view.may_write);
    assert_eq!(view.answers.text("contact_phone"), before);
    let view = zhou.save(case, vec![set("living", "children")]).await.unwrap();
    assert_eq!(view.answers.text("contact_phone"), before);
    let left: Vec<_> = view.unsaved.iter().map(|one| (one.field.clone(), one.may_take)).collect();
    assert_eq!(left, [(field.clone(), true)]);
    let take = CaseUnsaved { request: zhou.request(), case, field, take: true };
    let view = ask(&zhou.desk, take).await.unwrap();
    assert!(view.unsaved.is_empty());
    assert_eq!(view.answers.text("contact_phone"), "13900000043");
    county.down().await;
}
