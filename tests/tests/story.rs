//! The main job as four people live it: taken in without a network, received, corrected, decided, told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use desk::dispatch::{ask, get, put};
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{ActState, CaseAct, CaseCheck, CaseReveal, Receipt, Transfer};
use ipc::item::ItemSearch;
use ipc::material::FileState;
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::{TestDesk, set};
use scenarios::picture::photograph;
use scenarios::until::until;
use serde_json::{Value, json};

const GAOLING: &str = "130511901000";

fn gaoling() -> Value {
    let text = std::fs::read_to_string(sample_catalogue().join("examples/gaoling.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn act(desk: &TestDesk, case: domain::id::CaseId, kind: ActKind, payload: Payload) {
    ask(&desk.desk, CaseAct { request: desk.request(), case, kind, payload }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allowance_is_done_without_leaving_the_village() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let zhao = TestDesk::enrol(&county.code("赵明", "131099", &[Role::CountyAdmin, Role::Department])).await;

    // The county is out of reach; the village agent works on.
    county.down().await;
    for words in ["高龄", "glbt", "gaoling", GAOLING] {
        let found = ask(&wang.desk, ItemSearch { words: words.to_owned() }).await.unwrap();
        assert_eq!(found.items[0].code, GAOLING, "{words}");
    }
    let mut answers = gaoling();
    answers["hukou_address"] = json!("东村二组");
    let begun = wang.begin(GAOLING, &answers).await;
    let case = begun.case;
    assert_eq!(begun.status, Status::Draft);
    assert!(wang.look(case).await.may_write);

    let wrong = wang.save(case, vec![set("applicant_id_no", "131099194003150022")]).await.unwrap();
    let check = ask(&wang.desk, CaseCheck { case }).await.unwrap();
    assert!(!check.ready);
    assert!(
        check.findings.iter().any(|finding| {
            finding.field == Some(FieldPath::plain("applicant_id_no")) && finding.code.contains("check")
        }),
        "{:?}",
        check.findings
    );
    assert!(wang.submit(case).await.is_err());
    assert_eq!(wrong.status, Status::Draft);
    wang.save(case, vec![set("applicant_id_no", "131099194003150021")]).await.unwrap();

    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg", "original_seen": true});
    put(&wang.desk, "material_put", args, photograph(2400, 1600)).await.unwrap();
    let strokes = json!([{"points": [{"x": 1.0, "y": 2.0, "time": 1}]}]);
    let ink = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(60, 20).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let args = json!({"request": wang.request(), "case": case, "strokes": strokes});
    put(&wang.desk, "signature_put", args, ink).await.unwrap();

    let handed_in = wang.submit(case).await.unwrap();
    assert_eq!(handed_in.status, Status::Collected);
    assert_eq!(handed_in.transfer, Transfer::Waiting);
    let receipt = ask(&wang.desk, Receipt { case }).await.unwrap();
    assert!(receipt.number.starts_with("131099100201-"), "{}", receipt.number);
    assert!(receipt.applicant.contains('*'), "{}", receipt.applicant);

    // Her program is killed and started again; nothing is missing.
    let wang = wang.restart().await;
    let after = wang.look(case).await;
    assert_eq!(after.status, Status::Collected);
    assert_eq!(after.answers.text("applicant_name"), "张秀英");

    // The county comes up; the desk notices by itself.
    county.up().await;
    let at_county = wang.sees(case, Status::Submitted).await;
    assert!(at_county.timeline.iter().any(|entry| entry.kind == "submit" && entry.seq.is_some()));

    // The township clerk sees it, with the photograph, and covered values only.
    let seen = li.sees(case, Status::Submitted).await;
    assert!(
        !seen.answers.text("applicant_id_no").contains("19400315"),
        "{}",
        seen.answers.text("applicant_id_no")
    );
    let field = FieldPath::plain("applicant_id_no");
    let reveal = CaseReveal { case, field: field.clone(), reason: "核对身份证".to_owned() };
    assert_eq!(ask(&li.desk, reveal).await.unwrap().value, "131099194003150021");
    let paper = until(&li.desk, "the photograph at the county", async || {
        let view = li.look(case).await;
        view.materials.into_iter().find(|paper| paper.slot == "M-ID")
    })
    .await;
    until(&wang.desk, "the photograph acknowledged", async || {
        let view = wang.look(case).await;
        view.materials.iter().all(|paper| paper.state == FileState::AtCounty).then_some(())
    })
    .await;
    let shown = get(&li.desk, "material_get", json!({"case": case, "file": paper.file})).await.unwrap();
    assert_eq!(shown.mime, "image/jpeg");
    let picture = image::load_from_memory(&shown.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (1600, 1067), "made smaller before it was kept");

    // She asks for one thing to be corrected, naming the field.
    let points = vec![CorrectionPoint {
        field: Some(FieldPath::plain("hukou_address")),
        slot: None,
        reason: "请写到门牌号".to_owned(),
    }];
    act(&li, case, ActKind::RequestCorrection, Payload { points: points.clone(), ..Payload::default() })
        .await;
    let asked = wang.sees(case, Status::CorrectionRequested).await;
    assert_eq!(asked.corrections, points);
    assert!(asked.may_write);

    // The village corrects and hands in again.
    wang.save(case, vec![set("hukou_address", "东村二组15号")]).await.unwrap();
    wang.submit(case).await.unwrap();
    let corrected = li.sees(case, Status::CorrectionSubmitted).await;
    let kinds: Vec<&str> = corrected.timeline.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["saved", "submit", "request_correction", "submit_correction"]);
    assert!(corrected.timeline.iter().all(|entry| entry.state == ActState::Done));

    // Accepted, forwarded, approved; the village sees the outcome.
    act(&li, case, ActKind::Accept, Payload::default()).await;
    li.sees(case, Status::Accepted).await;
    act(&li, case, ActKind::Forward, Payload::default()).await;
    zhao.sees(case, Status::Forwarded).await;
    act(&zhao, case, ActKind::Approve, Payload { reason: Some("符合条件".to_owned()), ..Payload::default() })
        .await;
    let done = wang.sees(case, Status::Approved).await;
    assert!(!done.may_write);
    assert_eq!(done.answers.text("hukou_address"), "东村二组15号");
    for desk in [&wang, &li, &zhao] {
        assert_eq!(desk.cases().await.iter().filter(|card| card.case == case).count(), 1);
    }
    county.down().await;
}
