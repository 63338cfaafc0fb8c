//! Several people write into one case: nothing is lost, differences are shown, and order does not matter.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use domain::answer::{Answer, FieldPath, Source};
use domain::id::RowId;
use proptest::prelude::*;
use sync::conflict::guarded_overwrites;
use sync::document::{DocEdit, Document, DocumentError};
use sync::item::Actor;
use uuid::Uuid;

const NOON: i64 = 1_763_870_400_000;

fn actor(n: u8) -> Actor {
    Actor([n; 16])
}

fn field(name: &str) -> FieldPath {
    FieldPath::plain(name)
}

fn set(name: &str, value: &str) -> DocEdit {
    DocEdit::SetAnswer { field: field(name), answer: Answer::stated(value) }
}

fn row(n: u8) -> RowId {
    RowId(Uuid::from_bytes([n; 16]))
}

/// A case that two desks have in the same state.
fn shared() -> (Document, Document) {
    let mut first = Document::begin(actor(1)).unwrap();
    first.edit(&[set("name", "张三"), set("bank", "6222")], NOON).unwrap().unwrap();
    let second = Document::load(&first.save(), actor(2)).unwrap();
    (first, second)
}

#[test]
fn two_people_edit_offline_and_both_values_appear_with_who_and_when() {
    let (mut village, mut township) = shared();
    village.edit(&[set("bank", "1111")], NOON + 60_000).unwrap();
    township.edit(&[set("bank", "2222"), set("phone", "13800000000")], NOON + 120_000).unwrap();
    let base = village.heads();
    village.apply(&township.changes_since(&Document::begin(actor(9)).unwrap().heads())).unwrap();
    assert_ne!(base, village.heads());

    let conflicts = village.conflicts();
    assert_eq!(conflicts.len(), 1);
    let bank = &conflicts[0];
    assert_eq!(bank.field, field("bank"));
    let shown: Vec<_> = bank.values.iter().map(|v| (v.answer.value.as_str(), v.actor, v.time)).collect();
    assert_eq!(shown, [("1111", actor(1), NOON + 60_000), ("2222", actor(2), NOON + 120_000)]);
    assert_eq!(village.answers().text("phone"), "13800000000");

    village.resolve(&field("bank"), "2222", NOON + 180_000).unwrap().unwrap();
    assert_eq!(village.conflicts(), []);
    township.merge(&village).unwrap();
    assert_eq!(township.conflicts(), []);
    assert_eq!(township.answers().text("bank"), "2222");
    assert_eq!(township.heads(), village.heads());
}

#[test]
fn the_same_value_entered_twice_is_no_difference() {
    let (mut a, mut b) = shared();
    a.edit(&[set("bank", "3333")], NOON).unwrap();
    b.edit(&[set("bank", "3333")], NOON).unwrap();
    a.merge(&b).unwrap();
    assert_eq!(a.conflicts(), []);
}

#[test]
fn saving_what_is_there_already_makes_no_change() {
    let (mut a, _) = shared();
    assert_eq!(a.edit(&[set("name", "张三")], NOON).unwrap(), None);
    assert_eq!(a.edit(&[], NOON).unwrap(), None);
    assert_eq!(a.edit(&[DocEdit::RemoveMaterial { key: "id_card/1".into() }], NOON).unwrap(), None);
}

#[test]
fn one_save_is_one_change() {
    let (mut a, _) = shared();
    let before = a.heads();
    a.edit(&[set("x", "1"), set("y", "2"), DocEdit::PutNote { key: "n".into(), text: "…".into() }], NOON)
        .unwrap();
    assert_eq!(a.changes_since(&before).len(), 1);
}

#[test]
fn provenance_belongs_to_the_value_it_was_saved_with() {
    let (mut agent, mut clerk) = shared();
    let seen = Answer {
        value: "6222".into(),
        source: Source::OriginalSeenByTownship,
        evidence: Some("bank_card".into()),
        original_seen: true,
    };
    clerk.edit(&[DocEdit::SetAnswer { field: field("bank"), answer: seen.clone() }], NOON).unwrap();
    assert_eq!(clerk.answers().fields[&field("bank")], seen);
    agent.edit(&[set("bank", "9999")], NOON).unwrap();
    agent.merge(&clerk).unwrap();
    for value in &agent.conflicts()[0].values {
        let expected = if value.answer.value == "6222" { seen.clone() } else { Answer::stated("9999") };
        assert_eq!(value.answer, expected);
    }
    agent.resolve(&field("bank"), "6222", NOON).unwrap();
    assert_eq!(agent.answers().fields[&field("bank")], seen);
    agent.edit(&[set("bank", "6222")], NOON).unwrap();
    assert_eq!(agent.answers().fields[&field("bank")], Answer::stated("6222"));
    let again = Answer { value: "7777".into(), ..seen };
    agent.edit(&[DocEdit::SetAnswer { field: field("bank"), answer: again.clone() }], NOON).unwrap();
    assert_eq!(agent.answers().fields[&field("bank")], again);
}

#[test]
fn rows_keep_their_order_and_come_back_when_somebody_still_uses_them() {
    let (mut a, _) = shared();
    let add = |n| DocEdit::AddRow { repeat: "member".into(), row: row(n) };
    let age = FieldPath::in_row("member", row(7), "age");
    a.edit(&[add(7), add(3), DocEdit::SetAnswer { field: age.clone(), answer: Answer::stated("82") }], NOON)
        .unwrap();
    a.edit(&[add(5)], NOON).unwrap();
    assert_eq!(a.answers().rows["member"], [row(7), row(3), row(5)]);

    let mut b = Document::load(&a.save(), actor(2)).unwrap();
    b.edit(&[DocEdit::RemoveRow { repeat: "member".into(), row: row(7) }], NOON).unwrap();
    assert_eq!(b.answers().rows["member"], [row(3), row(5)]);
    assert!(!b.answers().fields.contains_key(&age));
    b.edit(&[add(7)], NOON).unwrap();
    assert_eq!(b.answers().fields[&age], Answer::stated("82"));
    a.merge(&b).unwrap();
    assert_eq!(a.answers(), b.answers());
}

#[test]
fn files_and_notes_come_and_go() {
    let (mut a, _) = shared();
    let key = "id_card/0b1f".to_owned();
    a.edit(&[DocEdit::PutMaterial { key: key.clone(), json: "{\"size\":1}".into() }], NOON).unwrap();
    assert_eq!(a.materials()[&key], "{\"size\":1}");
    a.edit(&[DocEdit::RemoveMaterial { key: key.clone() }], NOON).unwrap();
    assert!(a.materials().is_empty());
    a.edit(&[DocEdit::PutNote { key: "1".into(), text: "来过电话".into() }], NOON).unwrap();
    assert_eq!(a.notes()["1"], "来过电话");
}

#[test]
fn an_approval_looks_at_the_case_as_it_was() {
    let (mut a, _) = shared();
    let then = a.heads();
    a.edit(&[set("name", "李四")], NOON).unwrap();
    assert_eq!(a.at(&then).unwrap().answers().text("name"), "张三");
    assert_eq!(a.at(&[domain::id::Digest([9; 32])]).unwrap_err(), DocumentError::UnknownHeads);

    let mut again = a.refork(&then, actor(5)).unwrap();
    again.edit(&[set("name", "王五")], NOON).unwrap();
    assert_eq!(again.answers().text("name"), "王五");
    again.merge(&a).unwrap();
    assert_eq!(again.conflicts().len(), 1);
}

#[test]
fn changes_without_their_parents_are_not_taken_and_change_nothing() {
    let (mut a, mut b) = shared();
    let before = b.heads();
    a.edit(&[set("x", "1")], NOON).unwrap();
    let between = a.heads();
    a.edit(&[set("x", "2")], NOON).unwrap();
    let late = a.changes_since(&between);
    assert_eq!(b.apply(&late).unwrap_err(), DocumentError::MissingParents(between));
    assert_eq!(b.heads(), before);
    assert_eq!(b.apply(&a.changes_since(&before)).unwrap().len(), 2);
    assert_eq!(b.apply(&late).unwrap(), []);
}

#[test]
fn a_cloned_writer_is_noticed() {
    let (mut a, _) = shared();
    let mut clone = a.clone();
    a.edit(&[set("x", "1")], NOON).unwrap();
    clone.edit(&[set("x", "2")], NOON).unwrap();
    let foreign = clone.changes_since(&a.heads());
    assert_eq!(a.apply(&foreign).unwrap_err(), DocumentError::ClonedWriter);
    assert_eq!(a.answers().text("x"), "1");
}

#[test]
fn damaged_bytes_are_an_error_and_nothing_else() {
    let (a, _) = shared();
    let bytes = a.save();
    assert_eq!(Document::load(b"no case", actor(3)).unwrap_err(), DocumentError::Damaged);
    assert_eq!(Document::load(&[], actor(3)).unwrap_err(), DocumentError::Damaged);
    assert_eq!(Document::load(&bytes[..bytes.len() / 2], actor(3)).unwrap_err(), DocumentError::Damaged);
}

#[test]
fn a_protected_field_with_two_values_is_not_overwritten_unnoticed() {
    let guarded = |field: &FieldPath| field.question == "bank";
    let (mut a, mut b) = shared();
    let start = a.heads();
    a.edit(&[set("bank", "1111"), set("name", "A")], NOON).unwrap();
    b.edit(&[set("bank", "2222"), set("name", "B")], NOON).unwrap();
    a.merge(&b).unwrap();
    assert_eq!(guarded_overwrites(&a, &a.changes_since(&start), guarded).unwrap(), []);

    let before = a.heads();
    let hash = a.edit(&[set("bank", "3333"), set("name", "C")], NOON).unwrap().unwrap();
    for changes in [a.changes_since(&before), a.changes_since(&start)] {
        let found = guarded_overwrites(&a, &changes, guarded).unwrap();
        assert_eq!(found.len(), 1, "the name is not protected");
        assert_eq!(
            (found[0].field.clone(), found[0].change, found[0].actor),
            (field("bank"), hash, actor(1))
        );
    }
    let before = a.heads();
    a.edit(&[set("bank", "4444")], NOON).unwrap();
    assert_eq!(
        guarded_overwrites(&a, &a.changes_since(&before), guarded).unwrap(),
        [],
        "one value only by now"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the order, whatever arrives twice: the same heads, the same answers, the same differences.
    #[test]
    fn any_order_and_any_repetition_ends_in_the_same_case(
        edits in prop::collection::vec((0u8..3, 0u8..4, "[a-z0-9张三李四]{0,6}", any::<bool>()), 1..20),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let (first, _) = shared();
        let bytes = first.save();
        let start = first.heads();
        let mut people: Vec<Document> = (0..3).map(|n| Document::load(&bytes, actor(10 + n)).unwrap()).collect();
        for (who, what, value, meet) in &edits {
            if *meet {
                let other = people[(usize::from(*who) + 1) % 3].clone();
                people[usize::from(*who)].merge(&other).unwrap();
            }
            people[usize::from(*who)].edit(&[set(&format!("f{what}"), value)], NOON).unwrap();
        }
        let mut changes: Vec<Vec<u8>> = people.iter().flat_map(|person| person.changes_since(&start)).collect();
        let mut all = first.clone();
        all.apply(&changes).unwrap();

        let turn = order.index(changes.len().max(1)).min(changes.len());
        changes.rotate_left(turn);
        if seed & 1 == 1 {
            changes.reverse();
        }
        let mut other = Document::load(&bytes, actor(20)).unwrap();
        let mut waiting = changes.clone();
        waiting.extend(changes);
        // One at a time, as a slow line brings them: those too early are kept until their parents came.
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|change| other.apply(std::slice::from_ref(change)).is_err());
            prop_assert!(waiting.len() < before);
        }
        prop_assert_eq!(all.heads(), other.heads());
        prop_assert_eq!(all.answers(), other.answers());
        prop_assert_eq!(all.conflicts(), other.conflicts());
        let stored = Document::load(&all.save(), actor(30)).unwrap();
        prop_assert_eq!(stored.heads(), other.heads());
    }
}
