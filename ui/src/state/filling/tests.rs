//! Typing is never lost to an answer of the desk that came late.

use super::*;
use domain::form::{Field, FormDef, Page, Part};
use domain::id::CaseId;
use ipc::case::Transfer;
use serde_json::json;

fn field(name: &str, kind: FieldKind) -> Part {
    let value = json!({"name": name, "path": format!("/data/page/{name}"), "label": name, "kind": kind});
    Part::Field(serde_json::from_value::<Field>(value).unwrap())
}

fn case(answers: &[(&str, &str)]) -> Rc<CaseView> {
    let parts = vec![field("name", FieldKind::PersonName), field("id_no", FieldKind::ResidentId)];
    let page = Page { name: "page".to_owned(), path: "/data/page".to_owned(), title: String::new(), parts };
    let form = FormDef::new(String::new(), vec![page]);
    let limit = json!({"amount": 1, "unit": "working_days"});
    let item = json!({
        "code": "130511901000", "name": "", "item_type": "05", "department": "", "summary": "", "village_complete": true,
        "visits": 0, "statutory_limit": limit, "promised_limit": limit,
        "guide": {"basis": [], "conditions": [], "steps": [], "result": "", "phone": "", "complaint_phone": ""},
        "materials": [], "rules": [], "params": {}, "subject": {"name": "name", "id_no": "id_no", "region": "region"},
        "form": form,
    });
    let mut view = CaseView {
        case: CaseId(uuid::Uuid::nil()),
        item: serde_json::from_value(item).unwrap(),
        release: 1,
        status: domain::lifecycle::Status::Draft,
        transfer: Transfer::Saved,
        receipt: None,
        answers: Answers::default(),
        covered: vec![],
        summary: None,
        unsaved: Vec::new(),
        newer: None,
        findings: Vec::new(),
        conflicts: vec![],
        materials: vec![],
        timeline: vec![],
        corrections: vec![],
        may_write: true,
        acts: vec![],
        updated_at: 0,
        facts: BTreeMap::new(),
        today: "2026-11-22".to_owned(),
    };
    for (name, value) in answers {
        view.answers.fields.insert(FieldPath::plain(*name), Answer::stated(*value));
    }
    Rc::new(view)
}

fn typed(name: &str, text: &str) -> Event {
    Event::Typed(FieldPath::plain(name), text.to_owned())
}

fn value(edit: &Edit) -> &str {
    match edit {
        Edit::Set { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_pill_says_saved_only_when_the_last_keys_are_on_the_disk() {
    let filling = Filling::new(case(&[])).after(typed("id_no", "1310"));
    assert_eq!(filling.safety, Safety::Saving);
    let filling = filling.after(typed("id_no", "13109"));
    let late = Event::Kept(FieldPath::plain("id_no"), "1310".to_owned());
    let filling = filling.after(late);
    assert_eq!(filling.safety, Safety::Saving);
    let filling = filling.after(Event::Kept(FieldPath::plain("id_no"), "13109".to_owned()));
    assert_eq!(filling.safety, Safety::Safe);
}

#[test]
fn keys_typed_while_the_desk_was_writing_stay() {
    let filling = Filling::new(case(&[])).after(typed("id_no", "11010519491231002x"));
    let edits = filling.edits(0);
    assert_eq!(edits.iter().map(value).collect::<Vec<_>>(), ["11010519491231002X"]);
    let recorded = case(&[("id_no", "11010519491231002X")]);
    let calm = filling.after(Event::Recorded(recorded.clone(), edits.clone()));
    assert!(calm.typed.is_empty() && calm.edits(0).is_empty());
    let busy = filling.after(typed("id_no", "110105")).after(Event::Recorded(recorded, edits));
    assert_eq!(busy.text(&FieldPath::plain("id_no")), "110105");
    assert_eq!(busy.edits(0).iter().map(value).collect::<Vec<_>>(), ["110105"]);
}

#[test]
fn emptying_a_field_is_an_answer_of_its_own() {
    let filling = Filling::new(case(&[("name", "a")])).after(typed("name", ""));
    assert_eq!(filling.text(&FieldPath::plain("name")), "");
    assert_eq!(filling.edits(0).iter().map(value).collect::<Vec<_>>(), [""]);
}

#[test]
fn findings_wait_until_a_field_was_left_or_one_wants_to_go_on() {
    let (name, id_no) = (FieldPath::plain("name"), FieldPath::plain("id_no"));
    let filling = Filling::new(case(&[])).after(Event::Left(name.clone()));
    assert!(filling.tells(&name) && !filling.tells(&id_no));
    assert!(filling.after(Event::Pressed).tells(&id_no));
    assert!(!filling.after(Event::Pressed).after(Event::Turned).tells(&id_no));
}

#[test]
fn nobody_goes_on_before_the_form_has_seen_the_last_keys() {
    let fresh = Filling::new(case(&[]));
    assert!(!fresh.is_judged());
    let seen = fresh.after(Event::Computed(Rc::default(), BTreeMap::new()));
    assert!(seen.is_judged());
    let quick = seen.after(typed("name", "x"));
    assert!(!quick.is_judged());
    let late = quick.after(Event::Computed(Rc::default(), BTreeMap::new()));
    assert!(!late.is_judged(), "what was worked out before the last key does not count");
    assert!(late.after(Event::Computed(Rc::default(), late.typed.clone())).is_judged());
}
