//! The customs check: what is too much, foreign or of another shape is refused before it is applied.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use automerge::legacy::Key;
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjType, ROOT, ReadDoc, ScalarValue};
use domain::answer::{Answer, FieldPath};
use domain::id::Digest;
use proptest::prelude::*;
use sha2::Digest as _;
use sync::document::{DocEdit, Document};
use sync::inspect::{self, InspectError, LIMITS, Limits};
use sync::item::Actor;

fn case(edits: usize) -> Document {
    let mut document = Document::begin(Actor([1; 16])).unwrap();
    for n in 0..edits {
        let field = FieldPath::plain(format!("question_{}", n % 40));
        document
            .edit(&[DocEdit::SetAnswer { field, answer: Answer::stated(format!("答案 {n}")) }], 1_000)
            .unwrap();
    }
    document
}

fn seed_heads() -> Vec<Digest> {
    Document::begin(Actor([9; 16])).unwrap().heads()
}

/// A foreign program writes into a case with Automerge itself.
fn foreign(
    actor: [u8; 16],
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
) -> (Vec<u8>, Vec<u8>) {
    let mut inner = Automerge::load(&case(1).save()).unwrap().with_actor(ActorId::from(actor));
    let heads = inner.get_heads();
    let mut tx = inner.transaction();
    write(&mut tx);
    tx.commit();
    let change = inner.get_changes(&heads).pop().unwrap();
    (inner.save_nocompress(), change.raw_bytes().to_vec())
}

#[test]
fn an_honest_case_is_described_exactly() {
    let mut document = case(3);
    let writer = document.heads();
    let mut other = Document::load(&document.save(), Actor([2; 16])).unwrap();
    let note = DocEdit::PutNote { key: "n".into(), text: "好".into() };
    let hash = other.edit(&[note], 7_999).unwrap().unwrap();
    document.merge(&other).unwrap();

    let whole = inspect::document(&document.save(), &LIMITS).unwrap();
    assert_eq!(whole.heads, document.heads());
    assert_eq!(whole.changes.len(), 4);
    assert_eq!(whole.writers().into_iter().collect::<Vec<_>>(), [Actor([1; 16]), Actor([2; 16])]);
    assert_eq!(whole.parents().into_iter().collect::<Vec<_>>(), seed_heads());

    let loose = inspect::changes(&document.changes_since(&writer), &LIMITS).unwrap();
    assert_eq!((loose.heads, loose.changes.len()), (vec![hash], 1));
    let change = &loose.changes[0];
    assert_eq!(
        (change.number, change.operations, change.time, change.parents.clone()),
        (1, 1, 7_000, writer)
    );
}

#[test]
fn an_empty_case_and_a_large_one_pass() {
    assert_eq!(inspect::document(&case(0).save(), &LIMITS).unwrap().changes, []);
    let large = case(400);
    assert_eq!(inspect::document(&large.save(), &LIMITS).unwrap().changes.len(), 400);
    assert_eq!(inspect::changes(&large.changes_since(&seed_heads()), &LIMITS).unwrap().heads, large.heads());
}

#[test]
fn each_cap_holds() {
    let document = case(30);
    let bytes = document.save();
    let changes = document.changes_since(&seed_heads());
    let with = |change: fn(&mut Limits)| {
        let mut limits = LIMITS;
        change(&mut limits);
        limits
    };
    let caps: [(Limits, InspectError); 5] = [
        (with(|l| l.bytes = 100), InspectError::TooLarge),
        (with(|l| l.changes = 29), InspectError::TooMany),
        (with(|l| l.operations = 29), InspectError::TooMany),
        (with(|l| l.key = 5), InspectError::TooLarge),
        (with(|l| l.value = 3), InspectError::TooLarge),
    ];
    for (limits, error) in caps {
        assert_eq!(inspect::document(&bytes, &limits).unwrap_err(), error, "{limits:?}");
        assert_eq!(inspect::changes(&changes, &limits).unwrap_err(), error, "{limits:?}");
    }
    let many = with(|l| l.actors = 0);
    assert_eq!(inspect::changes(&changes, &many).unwrap_err(), InspectError::TooMany);
}

#[test]
fn nobody_writes_under_the_name_of_the_seed() {
    let (bytes, change) = foreign(*b"daiban/seed/0001", |tx| {
        let (_, notes) = tx.get(ROOT, "notes").unwrap().unwrap();
        tx.put(&notes, "x", "y").unwrap();
    });
    assert_eq!(inspect::document(&bytes, &LIMITS).unwrap_err(), InspectError::SeedActor);
    assert_eq!(inspect::changes(&[change], &LIMITS).unwrap_err(), InspectError::SeedActor);
}

#[test]
fn other_shapes_are_refused() {
    type Write = fn(&mut automerge::transaction::Transaction<'_>);
    fn list(tx: &automerge::transaction::Transaction<'_>, name: &str) -> automerge::ObjId {
        tx.get(ROOT, name).unwrap().unwrap().1
    }
    let writes: [Write; 20] = [
        |tx| tx.put(ROOT, "answers", "gone").unwrap(),
        |tx| tx.put(ROOT, "more", "x").unwrap(),
        |tx| drop(tx.put_object(ROOT, "more", ObjType::Map).unwrap()),
        |tx| tx.delete(ROOT, "notes").unwrap(),
        |tx| drop(tx.put_object(list(tx, "notes"), "deep", ObjType::Map).unwrap()),
        |tx| {
            let deep = tx.put_object(list(tx, "notes"), "deep", ObjType::Map).unwrap();
            tx.put(deep, "x", "y").unwrap();
        },
        |tx| drop(tx.put_object(list(tx, "notes"), "text", ObjType::Text).unwrap()),
        |tx| {
            let text = tx.put_object(list(tx, "notes"), "text", ObjType::Text).unwrap();
            tx.splice_text(&text, 0, 0, "abc").unwrap();
            tx.mark(&text, Mark::new("bold".into(), true, 0, 2), ExpandMark::Both).unwrap();
        },
        |tx| {
            let several = tx.put_object(list(tx, "notes"), "several", ObjType::List).unwrap();
            tx.insert(several, 0, "first").unwrap();
        },
        |tx| tx.put(list(tx, "notes"), "counter", ScalarValue::counter(3)).unwrap(),
        |tx| {
            tx.put(list(tx, "notes"), "counter", ScalarValue::counter(3)).unwrap();
            tx.increment(list(tx, "notes"), "counter", 1).unwrap();
        },
        |tx| tx.put(list(tx, "notes"), "integer", -3_i64).unwrap(),
        |tx| tx.put(list(tx, "notes"), "unsigned", 3_u64).unwrap(),
        |tx| tx.put(list(tx, "notes"), "fraction", 0.5).unwrap(),
        |tx| tx.put(list(tx, "notes"), "yes", true).unwrap(),
        |tx| tx.put(list(tx, "notes"), "nothing", ScalarValue::Null).unwrap(),
        |tx| tx.put(list(tx, "notes"), "bytes", vec![1_u8]).unwrap(),
        |tx| tx.put(list(tx, "notes"), "time", ScalarValue::Timestamp(1)).unwrap(),
        |tx| tx.delete(list(tx, "answers"), "question_0").unwrap(),
        |tx| {
            tx.delete(list(tx, "answers"), "question_0").unwrap();
            tx.put(list(tx, "answers"), "question_0", "again").unwrap();
        },
    ];
    for (n, write) in writes.into_iter().enumerate() {
        let (bytes, change) = foreign([7; 16], write);
        assert_eq!(inspect::document(&bytes, &LIMITS).unwrap_err(), InspectError::Malformed, "shape {n}");
        assert_eq!(inspect::changes(&[change], &LIMITS).unwrap_err(), InspectError::Malformed, "shape {n}");
    }
}

#[test]
fn long_keys_and_values_are_refused() {
    for (key, value, passes) in [(256, 16_384, true), (257, 1, false), (1, 16_385, false)] {
        let (bytes, change) = foreign([7; 16], |tx| {
            let (_, notes) = tx.get(ROOT, "notes").unwrap().unwrap();
            tx.put(&notes, "k".repeat(key), "v".repeat(value)).unwrap();
        });
        let expected = if passes { Ok(()) } else { Err(InspectError::TooLarge) };
        assert_eq!(inspect::document(&bytes, &LIMITS).map(drop), expected, "{key} {value}");
        assert_eq!(inspect::changes(&[change], &LIMITS).map(drop), expected, "{key} {value}");
    }
}

#[test]
fn what_is_said_beside_the_entries_is_refused() {
    type Say = fn(&mut ExpandedChange);
    let said: [(Say, Result<(), InspectError>); 4] = [
        (|_| (), Ok(())),
        (|change| change.message = Some("psst".into()), Err(InspectError::Malformed)),
        (|change| change.extra_bytes = vec![1, 2, 3], Err(InspectError::Malformed)),
        (|change| change.operations[0].key = Key::Map("".into()), Err(InspectError::Malformed)),
    ];
    for (n, (say, expected)) in said.into_iter().enumerate() {
        let (_, change) = foreign([7; 16], |tx| {
            let (_, notes) = tx.get(ROOT, "notes").unwrap().unwrap();
            tx.put(&notes, "x", "y").unwrap();
        });
        let mut told = Change::from_bytes(change).unwrap().decode();
        say(&mut told);
        let change = Change::from(told);
        let mut inner = Automerge::load(&case(1).save()).unwrap();
        inner.apply_changes([change.clone()]).unwrap();
        let bytes = inner.save_nocompress();
        assert_eq!(inspect::document(&bytes, &LIMITS).map(drop), expected, "case {n}");
        assert_eq!(inspect::changes(&[change.raw_bytes()], &LIMITS).map(drop), expected, "case {n}");
    }
}

#[test]
fn documents_of_another_origin_are_refused() {
    let mut other = Automerge::new().with_actor(ActorId::from([7; 16]));
    let mut tx = other.transaction();
    tx.put_object(ROOT, "answers", ObjType::Map).unwrap();
    tx.commit();
    assert_eq!(inspect::document(&other.save_nocompress(), &LIMITS).unwrap_err(), InspectError::Malformed);

    let long = Automerge::load(&case(1).save()).unwrap().with_actor(ActorId::from([7; 20]));
    let mut long = long;
    let mut tx = long.transaction();
    let (_, notes) = tx.get(ROOT, "notes").unwrap().unwrap();
    tx.put(&notes, "x", "y").unwrap();
    tx.commit();
    assert_eq!(inspect::document(&long.save_nocompress(), &LIMITS).unwrap_err(), InspectError::Malformed);
}

#[test]
fn what_is_packed_inside_or_followed_by_more_is_refused() {
    let document = case(200);
    let deflated = Automerge::load(&document.save()).unwrap().save();
    assert_eq!(inspect::document(&deflated, &LIMITS).unwrap_err(), InspectError::Malformed);
    let mut followed = document.save();
    followed.extend(document.changes_since(&seed_heads()).concat());
    assert_eq!(inspect::document(&followed, &LIMITS).unwrap_err(), InspectError::Malformed);
}

/// A chunk in Automerge's format around any body.
fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut length = Vec::new();
    let mut rest = body.len();
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        length.push(if rest == 0 { byte } else { byte | 0x80 });
        if rest == 0 {
            break;
        }
    }
    let hash = sha2::Sha256::digest([&[kind][..], &length, body].concat());
    [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &[kind], &length, body].concat()
}

#[test]
fn a_few_bytes_that_stand_for_a_billion_operations_are_refused_at_once() {
    // No parents, an actor, number 1, first operation 1, time 0, no message, no other actors, one column of actions:
    // "put, 2^34 times".
    let column = [0x80, 0x80, 0x80, 0x80, 0xc0, 0x00, 0x01];
    let mut body = vec![0, 16];
    body.extend([7; 16]);
    body.extend([1, 1, 0, 0, 0, 1, 0x42, column.len() as u8]);
    body.extend(column);
    let began = std::time::Instant::now();
    assert_eq!(inspect::changes(&[chunk(1, &body)], &LIMITS).unwrap_err(), InspectError::TooMany);

    // The same as a whole document: one actor, no heads, no change columns, one operation column.
    let mut body = vec![1, 16];
    body.extend([7; 16]);
    body.extend([0, 0, 1, 0x42, column.len() as u8]);
    body.extend(column);
    assert_eq!(inspect::document(&chunk(0, &body), &LIMITS).unwrap_err(), InspectError::TooMany);
    assert!(began.elapsed().as_millis() < 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Damage anywhere is refused or harmless, and never stops the program.
    #[test]
    fn damaged_bytes_never_stop_the_county(at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<bool>()) {
        let document = case(12);
        let mut bytes = document.save();
        let place = at.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= with }
        if inspect::document(&bytes, &LIMITS).is_ok() {
            prop_assert!(!cut && with == 0);
        }
        let mut change = document.changes_since(&seed_heads()).pop().unwrap();
        let place = at.index(change.len());
        if cut { change.truncate(place) } else { change[place] ^= with }
        let _ = inspect::changes(&[change], &LIMITS);
    }
}
