//! What is wrong gets one clear code, nothing is half done, and everything else goes on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use desk::dispatch::{ask, put};
use desk::{Desk, Place};
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::{DeskState, Enrol, Stage};
use ipc::case::Transfer;
use ipc::problem::{self, Problem};
use ipc::sync::{Link, SyncNow, SyncView};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, TestDesk, set};
use scenarios::picture::{pdf, photograph};
use scenarios::program::run;
use scenarios::until::until;
use serde_json::{Value, json};
use store::Cost;

const VILLAGE: &str = "131099100201";

async fn wang(county: &TestCounty) -> TestDesk {
    TestDesk::enrol(&county.code("王桂兰", VILLAGE, &[Role::VillageAgent])).await
}

/// Waits until the desk complains of that.
async fn complains(desk: &TestDesk, code: &str) -> SyncView {
    until(&desk.desk, code, async || {
        let view = ask(&desk.desk, SyncNow {}).await.unwrap();
        view.problem.as_ref().is_some_and(|problem| problem.code == code).then_some(view)
    })
    .await
}

async fn enrol(desk: &Arc<Desk>, code: &str) -> Result<(), Problem> {
    ask(desk, Enrol { code: code.to_owned(), password: PASSWORD.to_owned() }).await.map(|_| ())
}

fn fresh(folder: &Path) -> Arc<Desk> {
    Desk::open(Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_expired_or_was_used_makes_no_desk_and_the_next_one_does() {
    let mut county = TestCounty::start().await;
    let used = county.code("王桂兰", VILLAGE, &[Role::VillageAgent]);
    TestDesk::enrol(&used).await;
    let expired = county.code_for(-1, "周敏", VILLAGE, &[Role::VillageAgent]);
    let mut other = used.clone();
    other.pop();

    let folder = tempfile::tempdir().unwrap();
    let desk = fresh(folder.path());
    for (code, told) in [
        (&used, problem::ENROL_CODE_USED),
        (&expired, problem::ENROL_CODE_EXPIRED),
        (&other, problem::BAD_ENROL_CODE),
    ] {
        assert_eq!(enrol(&desk, code).await.unwrap_err().code, told);
        let state = ask(&desk, DeskState {}).await.unwrap();
        assert_eq!((state.stage, state.people.len()), (Stage::Fresh, 0), "{told}");
        assert!(!folder.path().join("keys.json").exists());
    }
    enrol(&desk, &county.code("周敏", VILLAGE, &[Role::VillageAgent])).await.unwrap();
    assert_eq!(ask(&desk, DeskState {}).await.unwrap().stage, Stage::Open);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_desk_says_so_sends_nothing_more_and_keeps_everything() {
    let mut county = TestCounty::start().await;
    let wang = wang(&county).await;
    let zhou = TestDesk::enrol(&county.code("周敏", VILLAGE, &[Role::VillageAgent])).await;
    let sent = wang.begin(GAOLING, &gaoling()).await.case;
    wang.sees(sent, Status::Draft).await;
    zhou.sees(sent, Status::Draft).await;
    county.revoke(ask(&wang.desk, DeskState {}).await.unwrap().desk.unwrap());

    let late = wang.begin(GAOLING, &gaoling()).await.case;
    wang.save(sent, vec![set("living", "spouse")]).await.unwrap();
    let view = complains(&wang, problem::DEVICE_REVOKED).await;
    assert_eq!((view.link, view.waiting_cases), (Link::Stuck, 2));
    assert_eq!(view.quarantined, []);

    // The work stays, can be looked at and gone on with, and is still there after a restart.
    wang.save(late, vec![set("living", "children")]).await.unwrap();
    let wang = wang.restart().await;
    complains(&wang, problem::DEVICE_REVOKED).await;
    for (case, living) in [(sent, "spouse"), (late, "children")] {
        let view = wang.look(case).await;
        assert_eq!((view.answers.text("living"), view.transfer), (living, Transfer::Waiting));
    }
    // Nothing of it reached the others, who go on.
    let hers = zhou.begin(GAOLING, &gaoling()).await.case;
    zhou.sees(hers, Status::Draft).await;
    assert_eq!(zhou.look(sent).await.answers.text("living"), "alone");
    assert_eq!(zhou.cases().await.len(), 2);
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_answers_under_the_countys_address_without_its_certificate_gets_nothing() {
    let mut county = TestCounty::start().await;
    let wang = wang(&county).await;
    county.down().await;
    let mut impostor = county.impostor().await;
    impostor.up().await;
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let view = complains(&wang, problem::UNTRUSTED_COUNTY).await;
    assert_eq!((view.waiting_cases, wang.look(case).await.transfer), (1, Transfer::Waiting));
    let folder = tempfile::tempdir().unwrap();
    let code = county.code("周敏", VILLAGE, &[Role::VillageAgent]);
    assert_eq!(enrol(&fresh(folder.path()), &code).await.unwrap_err().code, problem::UNTRUSTED_COUNTY);
    assert!(!folder.path().join("keys.json").exists());
    impostor.down().await;

    county.up().await;
    wang.sync().await;
    wang.sees(case, Status::Draft).await;
    let view = ask(&wang.desk, SyncNow {}).await.unwrap();
    assert_eq!((view.link, view.problem), (Link::Idle, None));
    county.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_file_is_told_and_leaves_the_case_as_it_was() {
    let mut county = TestCounty::start().await;
    let wang = wang(&county).await;
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let attach = async |bytes: Vec<u8>| {
        let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg"});
        put(&wang.desk, "material_put", args, bytes).await
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image::load_from_memory(&photograph(900, 600))
        .unwrap()
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let whole = [("jpeg", photograph(900, 600)), ("png", png.into_inner()), ("pdf", pdf())];
    for (kind, bytes) in &whole {
        for part in [2, 3] {
            let half = bytes[..bytes.len() * (part - 1) / part].to_vec();
            let refused = attach(half).await.err().map(|problem| problem.code);
            assert_eq!(refused.as_deref(), Some(problem::FILE_DAMAGED), "{kind} without its last 1/{part}");
        }
    }
    assert_eq!(wang.look(case).await.materials, []);
    attach(whole[0].1.clone()).await.unwrap();
    let view = wang.sees(case, Status::Draft).await;
    assert_eq!(view.materials.len(), 1);
    county.down().await;
}

/// An enrolled laptop whose program does not run, a file beside it, and the answers in it.
struct Terminal {
    laptop: scenarios::desk::ShutDesk,
    files: tempfile::TempDir,
}

impl Terminal {
    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.files.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `case new` with these answers changed.
    fn new_case(&self, change: Value, more: &[&str]) -> (i32, Value) {
        let mut answers = gaoling();
        answers.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let file = self.file("answers.json", answers.to_string().as_bytes());
        let mut args = vec!["case", "new", "--item", GAOLING, "--answers", &file];
        args.extend(more);
        run(self.laptop.path(), PASSWORD, &args)
    }

    fn cases(&self) -> Value {
        run(self.laptop.path(), PASSWORD, &["case", "list"]).1["total"].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_refuses_with_a_code_and_makes_nothing() {
    let mut county = TestCounty::start().await;
    let laptop = wang(&county).await.off().await;
    county.down().await;
    let terminal = Terminal { laptop, files: tempfile::tempdir().unwrap() };

    let (status, told) = run(terminal.laptop.path(), "not-her-password", &["case", "list"]);
    assert_eq!((status, &told["problem"]["code"]), (1, &json!("wrong_password")));

    let wrong = [
        (json!({"favourite_colour": "blue"}), "favourite_colour", "unknown_field"),
        (json!({"applicant_id_no": "131099194003150022"}), "applicant_id_no", "id_check"),
        (json!({"applicant_id_no": "131099194013450021"}), "applicant_id_no", "id_"),
        (json!({"living": "on the moon"}), "living", ""),
        (json!({"living": ["alone"]}), "living", ""),
    ];
    for (change, field, code) in wrong {
        for submit in [&[][..], &["--submit"]] {
            let (status, told) = terminal.new_case(change.clone(), submit);
            assert_eq!(status, 1, "{told}");
            let found = told["findings"].as_array().unwrap();
            let named = found.iter().find(|finding| finding["field"] == field);
            let named = named.unwrap_or_else(|| panic!("{field} is not named: {told}"));
            assert!(named["code"].as_str().unwrap().contains(code), "{told}");
            assert!(!named["message"].as_str().unwrap().is_empty(), "{told}");
        }
    }
    let letter = format!("M-ID={}", terminal.file("letter.jpg", b"Dear county"));
    let half = format!("M-ID={}", terminal.file("half.jpg", &photograph(300, 200)[..2000]));
    for (attach, code) in [(letter, "not_a_picture"), (half, "file_damaged")] {
        let (status, told) = terminal.new_case(json!({}), &["--attach", &attach, "--submit"]);
        assert_eq!((status, &told["problem"]["code"]), (1, &json!(code)));
    }
    assert_eq!(terminal.cases(), 0, "nothing was half made");

    let (status, told) = terminal.new_case(json!({}), &[]);
    assert_eq!((status, &told["status"]), (0, &json!("draft")), "{told}");
    assert_eq!(terminal.cases(), 1);
}
