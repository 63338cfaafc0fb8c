//! A draft and a newer edition of its form.

use domain::answer::FieldPath;
use domain::lifecycle::Status;
use ipc::case::{CaseDiscard, CaseList, CaseOpen, CaseRestore};
use ipc::problem;
use ipc::renewal::{CaseCompare, CaseRenew, Fate};
use serde_json::json;

use super::desk::{ITEM, answers, item_json, publish, unlocked};
use super::papers::picture;
use crate::dispatch::ask;
use crate::entry::{Attachment, Creation, create};

#[tokio::test]
async fn a_draft_goes_on_with_the_new_form_and_says_what_became_of_each_answer() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let attach = vec![Attachment { slot: "M-ID".to_owned(), name: "card.jpg".to_owned(), bytes: picture() }];
    let creation =
        Creation { item: ITEM.to_owned(), answers: answers(), attach, submit: false, insist: false };
    let old = create(&desk, creation).await.unwrap().case;
    let compare = CaseCompare { case: old };
    assert_eq!(ask(&desk, compare.clone()).await.unwrap_err().code, problem::NOTHING_NEWER);
    // A release that only tells the guide anew is nothing to go on with.
    let mut item = item_json();
    item["guide"]["phone"] = json!("0316-9");
    publish(&desk, 2, item.clone());
    assert_eq!(ask(&desk, CaseOpen { case: old }).await.unwrap().newer, None);

    // The account is asked no more, the bank is; the village is a choice now; there is another paper.
    let text = item["form"]["xform"].as_str().unwrap().replace("pay_account", "pay_bank");
    item["form"]["xform"] = json!(text);
    let parts = item["form"]["pages"][0]["parts"].as_array_mut().unwrap();
    parts[2]["kind"] = json!("select_one");
    parts[2]["choices"] = json!([{"name": "east", "label": "东村"}]);
    for key in ["name", "label"] {
        parts[3][key] = json!("pay_bank");
    }
    parts[3]["kind"] = json!("text");
    parts[3]["path"] = json!("/data/p/pay_bank");
    let mut book = item["materials"][0].clone();
    book["key"] = json!("M-HK");
    item["materials"].as_array_mut().unwrap().push(book);
    publish(&desk, 3, item);

    assert_eq!(ask(&desk, CaseOpen { case: old }).await.unwrap().newer, Some(3));
    let told = ask(&desk, compare).await.unwrap();
    assert_eq!((told.from, told.to), (1, 3));
    let fates: Vec<(String, Fate, &str)> =
        told.fields.iter().map(|line| (line.field.to_string(), line.fate, line.value.as_str())).collect();
    assert_eq!(
        fates,
        [
            ("applicant_name".to_owned(), Fate::Kept, "张秀英"),
            ("applicant_id_no".to_owned(), Fate::Kept, "131099194003150021"),
            ("hukou_region".to_owned(), Fate::Changed, "131099100201"),
            ("pay_bank".to_owned(), Fate::New, ""),
            ("pay_account".to_owned(), Fate::Gone, "6217000000000000004"),
        ]
    );
    let slots: Vec<(&str, Fate, u32)> =
        told.slots.iter().map(|line| (line.slot.as_str(), line.fate, line.files)).collect();
    assert_eq!(slots, [("M-ID", Fate::Kept, 1), ("M-HK", Fate::New, 0)]);

    let renew =
        CaseRenew { request: "n1".to_owned(), case: old, without: vec![FieldPath::plain("applicant_name")] };
    let view = ask(&desk, renew.clone()).await.unwrap();
    assert_eq!(ask(&desk, renew).await.unwrap().case, view.case, "clicking twice makes one");
    assert_ne!(view.case, old);
    assert_eq!((view.release, view.status, view.newer), (3, Status::Draft, None));
    assert_eq!(view.answers.text("applicant_id_no"), "131099194003150021");
    assert_eq!((view.answers.text("applicant_name"), view.answers.text("hukou_region")), ("", ""));
    assert_eq!(view.materials.len(), 1);

    // The old draft was put away, with everything in it, and can be taken back.
    let listed = ask(&desk, CaseList::default()).await.unwrap();
    assert_eq!(listed.cases.iter().map(|card| card.case).collect::<Vec<_>>(), [view.case]);
    ask(&desk, CaseRestore { request: "n2".to_owned(), case: old }).await.unwrap();
    ask(&desk, CaseDiscard { request: "n3".to_owned(), case: view.case }).await.unwrap();
    let back = ask(&desk, CaseOpen { case: old }).await.unwrap();
    assert_eq!(back.answers.text("pay_account"), "6217000000000000004");
}
