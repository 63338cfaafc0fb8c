//! Unlocking, typing, saving, handing in, finding again.

use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use ipc::account::{Stage, Unlock};
use ipc::case::{
    ActState, CaseBuffer, CaseCheck, CaseDiscard, CaseList, CaseOpen, CaseRestore, CaseReveal, CaseSave,
    CaseStart, CaseSubmit, Edit, Receipt, Transfer,
};
use ipc::home::Home;
use ipc::item::ItemSearch;
use ipc::problem;
use serde_json::json;

use super::desk::{ITEM, OTHER_VILLAGE, PASSWORD, PERSON, answers, enrol, open, unlock, unlocked};
use crate::dispatch::{ask, call};
use crate::entry::{Creation, Rejected, create, edit};
use crate::{account, care, index};

fn creation(submit: bool) -> Creation {
    Creation { item: ITEM.to_owned(), answers: answers(), attach: Vec::new(), submit, insist: false }
}

fn set(name: &str, value: &str) -> Edit {
    Edit::Set {
        field: FieldPath::plain(name),
        value: value.to_owned(),
        source: Default::default(),
        original_seen: false,
    }
}

/// Kinds of the signed acts of a case that lie here.
fn open_acts(desk: &std::sync::Arc<crate::Desk>, case: CaseId) -> Vec<String> {
    let steps = desk.unlocked().unwrap().store.read(|r| crate::paper::steps(r, case)).unwrap();
    steps.iter().map(|step| step.body.act.kind.name().to_owned()).collect()
}

fn all() -> CaseList {
    CaseList::default()
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    account::lock(&desk).await.unwrap();
    let wrong = Unlock { person: PERSON, password: "not-this-one".to_owned() };
    assert_eq!(account::unlock(&desk, wrong).await.unwrap_err().code, problem::WRONG_PASSWORD);
    assert_eq!(account::state(&desk).await.unwrap().stage, Stage::Locked);
    assert_eq!(ask(&desk, all()).await.unwrap_err().code, problem::LOCKED);
    unlock(&desk).await.unwrap();
    ask(&desk, all()).await.unwrap();
}

#[tokio::test]
async fn a_permission_that_ended_keeps_the_desk_locked_when_the_county_is_away() {
    let folder = tempfile::tempdir().unwrap();
    enrol(folder.path(), jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1));
    let desk = open(folder.path());
    assert_eq!(unlock(&desk).await.unwrap_err().code, problem::LEASE_ENDED);
    assert_eq!(account::state(&desk).await.unwrap().stage, Stage::Locked);
}

#[tokio::test]
async fn a_second_program_is_told_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let second = crate::Desk::open(crate::Place::new(folder.path())).unwrap_err();
    assert_eq!(second.code, problem::DATA_IN_USE);
    drop(desk);
}

#[tokio::test]
async fn the_item_is_found_however_it_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    for words in ["高龄", "gaoling", "gljt", ITEM, "glbt", ""] {
        let found = ask(&desk, ItemSearch { words: words.to_owned() }).await.unwrap();
        let hits: Vec<&str> = found.items.iter().map(|item| item.code.as_str()).collect();
        // 高龄老人生活补贴 has no initials glbt; people who type them mean it all the same only when an alias says so.
        assert_eq!(hits.is_empty(), words == "glbt", "{words}");
    }
}

#[tokio::test]
async fn what_was_typed_and_saved_is_there_after_the_program_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = ask(&desk, CaseStart { request: "r1".to_owned(), item: ITEM.to_owned(), village: None })
        .await
        .unwrap()
        .case;
    let edits = vec![set("applicant_name", "张秀英"), set("pay_account", "6217 0000 0000 0000 004")];
    ask(&desk, CaseSave { request: "r2".to_owned(), case, edits }).await.unwrap();
    let field = FieldPath::plain("applicant_id_no");
    ask(&desk, CaseBuffer { case, field: field.clone(), text: "1310991940".to_owned() }).await.unwrap();
    // Nothing is told to the program; it is gone. The folder is free again.
    drop(desk);
    let desk = open(folder.path());
    unlock(&desk).await.unwrap();
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert_eq!(view.answers.text("applicant_name"), "张秀英");
    assert_eq!(view.answers.text("pay_account"), "6217000000000000004");
    assert_eq!(view.answers.text("applicant_id_no"), "1310991940");
    // The next change takes the leftover along.
    ask(&desk, CaseSave { request: "r3".to_owned(), case, edits: vec![set("hukou_region", "131099100201")] })
        .await
        .unwrap();
    let open = desk.unlocked().unwrap();
    let left = open.store.read(|r| store::table::draft_buffer::of_case(r, case)).unwrap();
    assert!(left.is_empty());
    assert_eq!(ask(&desk, CaseOpen { case }).await.unwrap().answers.text("applicant_id_no"), "1310991940");
}

#[tokio::test]
async fn repeating_a_request_changes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let start = CaseStart { request: "same".to_owned(), item: ITEM.to_owned(), village: None };
    let first = ask(&desk, start.clone()).await.unwrap();
    assert_eq!(ask(&desk, start).await.unwrap().case, first.case);
    assert_eq!(ask(&desk, all()).await.unwrap().total, 1);
    let other = CaseDiscard { request: "same".to_owned(), case: first.case };
    assert_eq!(ask(&desk, other).await.unwrap_err().code, problem::BAD_QUESTION);
}

#[tokio::test]
async fn handing_in_gives_a_number_a_receipt_and_something_to_send() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let made = create(&desk, creation(true)).await.unwrap();
    assert_eq!(made.status, Status::Collected);
    let number = made.receipt.unwrap();
    assert!(number.starts_with("131099100201-7KQ-") && number.contains("-0001"), "{number}");
    let view = ask(&desk, CaseOpen { case: made.case }).await.unwrap();
    assert_eq!((view.transfer, view.timeline.len()), (Transfer::Waiting, 2));
    assert_eq!(view.timeline[1].state, ActState::Waiting);
    assert_eq!(view.timeline[1].by, "王桂兰");
    let receipt = ask(&desk, Receipt { case: made.case }).await.unwrap();
    assert_eq!((receipt.number, receipt.applicant.as_str()), (number, "张*英"));
    assert_eq!(receipt.gaps, ["居民身份证"]);
    assert!(receipt.qr.starts_with("<svg"));
    let home = ask(&desk, Home {}).await.unwrap();
    assert_eq!((home.waiting.len(), home.drafts.len(), home.counts.waiting), (1, 0, 1));
    // Document and step leave together.
    let open = desk.unlocked().unwrap();
    let items = open.store.read(|r| store::table::outbox::of_case(r, made.case)).unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].bundle, items[1].bundle);
    // The next one gets the next number.
    let second = create(&desk, creation(true)).await.unwrap().receipt.unwrap();
    assert!(second.contains("-0002"), "{second}");
}

#[tokio::test]
async fn a_number_that_is_no_identity_number_stops_the_case_and_leaves_nothing_half_made() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let mut answers = answers();
    answers["applicant_id_no"] = json!("131099194003150022");
    answers["no_such_question"] = json!("x");
    let refused = |answers| Creation { answers, ..creation(true) };
    let Err(Rejected::Findings(found)) = create(&desk, refused(answers.clone())).await else {
        panic!("made")
    };
    assert_eq!(found[0].code, "unknown_field");
    answers.as_object_mut().unwrap().remove("no_such_question");
    let Err(Rejected::Findings(found)) = create(&desk, refused(answers)).await else { panic!("made") };
    let wrong = found.iter().find(|finding| finding.stops).unwrap();
    assert_eq!((wrong.code.as_str(), wrong.args["expected"].as_str()), ("id_check_digit", "1"));
    assert_eq!(ask(&desk, all()).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_case_that_lacks_answers_is_not_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = ask(&desk, CaseStart { request: "r1".to_owned(), item: ITEM.to_owned(), village: None })
        .await
        .unwrap()
        .case;
    let check = ask(&desk, CaseCheck { case }).await.unwrap();
    assert!(!check.ready);
    let problem = ask(&desk, CaseSubmit { request: "r2".to_owned(), case, insist: false }).await.unwrap_err();
    assert_eq!(problem.code, problem::HAS_FINDINGS);
    assert_eq!(ask(&desk, CaseOpen { case }).await.unwrap().status, Status::Draft);
}

#[tokio::test]
async fn after_handing_in_answers_are_covered_and_a_look_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = create(&desk, creation(true)).await.unwrap().case;
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert_eq!(view.answers.text("applicant_id_no"), "131099********0021");
    let field = FieldPath::plain("applicant_id_no");
    let no_reason = CaseReveal { case, field: field.clone(), reason: " ".to_owned() };
    assert_eq!(ask(&desk, no_reason).await.unwrap_err().code, problem::REASON_MISSING);
    let shown = ask(&desk, CaseReveal { case, field, reason: "核对证件".to_owned() }).await.unwrap();
    assert_eq!(shown.value, "131099194003150021");
    let looks = open_acts(&desk, case);
    assert_eq!(looks, ["submit", "reveal"], "the look waits to be sent, signed");
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert!(view.timeline.iter().all(|entry| entry.kind != "reveal"), "it is no step of the case");
    assert_eq!(view.status, Status::Collected);
    let Err(Rejected::Problem(problem)) = edit(&desk, case, json!({"applicant_name": "李"})).await else {
        panic!("changed")
    };
    assert_eq!(problem.code, problem::READ_ONLY);
}

#[tokio::test]
async fn a_draft_put_away_leaves_the_list_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = create(&desk, creation(false)).await.unwrap().case;
    ask(&desk, CaseDiscard { request: "r1".to_owned(), case }).await.unwrap();
    assert_eq!(ask(&desk, all()).await.unwrap().total, 0);
    ask(&desk, CaseRestore { request: "r2".to_owned(), case }).await.unwrap();
    assert_eq!(ask(&desk, all()).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_case_is_found_by_name_pinyin_initials_and_number_and_the_list_can_be_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let number = create(&desk, creation(true)).await.unwrap().receipt.unwrap();
    for round in 0..2 {
        for words in ["秀英", "zhangxiu", "zxy", "高龄", number.as_str(), "131099194003"] {
            let page = ask(&desk, CaseList { search: words.to_owned(), ..all() }).await.unwrap();
            assert_eq!(page.cases.len(), 1, "{words} in round {round}");
            assert_eq!(page.cases[0].applicant, "张*英");
        }
        assert_eq!(ask(&desk, CaseList { search: "李".to_owned(), ..all() }).await.unwrap().total, 0);
        assert_eq!(index::rebuild(&desk).await.unwrap(), 1);
    }
    let verified = care::verify(&desk).await.unwrap();
    assert_eq!((verified.cases, verified.acts, verified.wrong.len()), (1, 1, 0));
}

#[tokio::test]
async fn one_desk_finds_no_case_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let nobody = CaseOpen { case: CaseId(uuid::Uuid::from_u128(1)) };
    assert_eq!(ask(&desk, nobody).await.unwrap_err().code, problem::NO_SUCH_CASE);
    assert_eq!(call(&desk, "drop_tables", json!({})).await.unwrap_err().code, problem::UNKNOWN_COMMAND);
    assert!(!PASSWORD.is_empty());
}

#[tokio::test]
async fn a_point_that_serves_several_villages_keeps_whose_village_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let start = |request: &str, village: &str| CaseStart {
        request: request.to_owned(),
        item: ITEM.to_owned(),
        village: Some(village.parse().unwrap()),
    };
    let case = ask(&desk, start("r1", OTHER_VILLAGE)).await.unwrap().case;
    let card = &ask(&desk, all()).await.unwrap().cases[0];
    assert_eq!((card.case, card.village.as_ref().unwrap().as_str()), (case, OTHER_VILLAGE));
    assert_eq!(ask(&desk, start("r2", "131099101202")).await.unwrap_err().code, problem::NOT_ALLOWED);
    // In the terminal the answers tell it; the number begins with it.
    let mut answers = answers();
    answers["hukou_region"] = json!(OTHER_VILLAGE);
    let number = create(&desk, Creation { answers, ..creation(true) }).await.unwrap().receipt.unwrap();
    assert!(number.starts_with(OTHER_VILLAGE), "{number}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_ends_in_the_middle_of_work_locks_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let start = ipc::case::CaseStart { request: "1".to_owned(), item: ITEM.to_owned(), village: None };
    let case = crate::dispatch::ask(&desk, start).await.unwrap().case;
    let in_31_days = desk.clock.now() + 31 * 24 * 3600 * 1000;
    desk.clock.hear(in_31_days);
    let look = || ipc::case::CaseOpen { case };
    assert_eq!(crate::dispatch::ask(&desk, look()).await.unwrap_err().code, problem::LEASE_ENDED);
    let view = account::state(&desk).await.unwrap();
    assert_eq!(
        (view.stage, view.me, view.ended.unwrap().code.as_str()),
        (Stage::Locked, None, problem::LEASE_ENDED)
    );

    // The county's next permission, whichever way it comes: work goes on where it was, without a password.
    let open = desk.if_unlocked().unwrap();
    let staff = open.staff();
    let until = jiff::Timestamp::from_millisecond(in_31_days + 86_400_000).unwrap();
    let reply = |grants| sync::enrol::RenewReply {
        client_cert_der: open.identity().client_cert_der.clone(),
        grants,
        time: in_31_days + 1,
    };
    let renewed = sync::enrol::Renewed {
        person: PERSON,
        official: staff.official.clone(),
        unit: staff.unit.clone(),
        grant: super::desk::grant(&open.identity(), until),
    };
    crate::lease::keep(&open, reply(vec![renewed])).unwrap();
    assert_eq!(account::state(&desk).await.unwrap().stage, Stage::Open);
    assert_eq!(crate::dispatch::ask(&desk, look()).await.unwrap().case, case);

    // An answer in which she is not named any more takes the permission back, and only a later one gives it again.
    crate::lease::keep(&open, reply(Vec::new())).unwrap();
    assert_eq!(crate::dispatch::ask(&desk, look()).await.unwrap_err().code, problem::PERSON_DISABLED);
}

#[test]
fn a_permission_for_other_roles_or_another_unit_is_none() {
    let folder = tempfile::tempdir().unwrap();
    super::desk::enrol(folder.path(), jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24));
    let keys = store::Keys::load(folder.path()).unwrap().unlock(PERSON, super::desk::PASSWORD).unwrap();
    let desk = super::desk::open(folder.path());
    let store = store::Store::open(&desk.folder, &keys.db_key).unwrap();
    let (identity, staff) = store
        .read::<_, crate::fault::Fault>(|r| {
            Ok((crate::identity::get(r)?.unwrap(), crate::identity::staff(r, PERSON)?.unwrap()))
        })
        .unwrap();
    assert!(crate::grant::ends(&identity, &staff).is_some());
    let mut promoted = staff.clone();
    promoted.official.roles.push(domain::role::Role::Department);
    assert_eq!(crate::grant::ends(&identity, &promoted), None);
    let mut moved = staff;
    moved.unit.code = "131099100202".parse().unwrap();
    assert_eq!(crate::grant::ends(&identity, &moved), None);
}
