//! The customs check of a whole document reads its packed columns: it must say what opening every change would say, and
//! let nothing through that no change tells of.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::transaction::Transactable;
use automerge::{
    ActorId, Automerge, Change, ChangeHash, LoadOptions, ROOT, ReadDoc, ScalarValue, VerificationMode,
};
use domain::answer::{Answer, FieldPath, Source};
use domain::id::{Digest, RowId};
use proptest::prelude::*;
use sha2::Digest as _;
use sync::document::{DocEdit, Document};
use sync::inspect::{self, ChangeFacts, Contents, InspectError, LIMITS};
use sync::item::Actor;

/// What the document contains, found by opening every change of it.
fn the_long_way(bytes: &[u8]) -> Option<Contents> {
    let seed = Document::begin(Actor([9; 16])).unwrap().heads()[0];
    let read = || {
        let inner = Automerge::load(bytes).ok()?;
        let all = inner.get_changes(&[]);
        let changes: Vec<&Change> = all.iter().filter(|change| change.hash().0 != seed.0).collect();
        let lawful = changes.len() + 1 == all.len() && changes.iter().all(|change| lawful(change));
        lawful.then(|| Contents {
            changes: changes.into_iter().map(facts).collect(),
            heads: digests(&inner.get_heads()),
        })
    };
    catch_unwind(read).ok().flatten()
}

fn lawful(change: &Change) -> bool {
    change.message().is_none()
        && change.extra_bytes().is_empty()
        && change.decode().operations.iter().all(|operation| {
            let (Key::Map(key), OpType::Put(ScalarValue::Str(value))) = (&operation.key, &operation.action)
            else {
                return false;
            };
            let ObjectId::Id(OpId(counter, maker)) = &operation.obj else { return false };
            let in_list = maker.to_bytes() == b"daiban/seed/0001" && (1..=8).contains(counter);
            let short = (1..=LIMITS.key).contains(&key.len()) && value.len() <= LIMITS.value;
            in_list && short && !operation.insert
        })
}

fn facts(change: &Change) -> ChangeFacts {
    ChangeFacts {
        hash: Digest(change.hash().0),
        actor: Actor(change.actor_id().to_bytes().try_into().unwrap()),
        number: change.seq(),
        parents: digests(change.deps()),
        operations: change.len(),
        time: change.timestamp().saturating_mul(1_000),
    }
}

fn digests(hashes: &[ChangeHash]) -> Vec<Digest> {
    let mut digests: Vec<Digest> = hashes.iter().map(|hash| Digest(hash.0)).collect();
    digests.sort_unstable();
    digests
}

/// One step of one of three writers; they begin each on their own.
#[derive(Debug, Clone)]
struct Step {
    writer: usize,
    what: u8,
    key: u8,
    value: u8,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..3_usize, 0..12_u8, 0..5_u8, 0..4_u8);
    prop::collection::vec(
        step.prop_map(|(writer, what, key, value)| Step { writer, what, key, value }),
        1..50,
    )
}

fn written(steps: &[Step]) -> [Document; 3] {
    let mut documents = [1, 2, 3].map(|n| Document::begin(Actor([n; 16])).unwrap());
    for (n, Step { writer, what, key, value }) in steps.iter().enumerate() {
        let (time, next) = (n as i64 * 61_007, (writer + 1) % 3);
        let field = FieldPath::plain(format!("question_{key}"));
        let text = "内".repeat(usize::from(*value) * 30);
        let slot = format!("slot/{key}");
        let row = RowId(uuid::Uuid::from_u128(u128::from(*value)));
        let edit = match what {
            0 => DocEdit::SetAnswer { field, answer: Answer::stated(text) },
            1 => DocEdit::SetAnswer {
                field,
                answer: Answer {
                    source: Source::Scan,
                    evidence: Some("e".into()),
                    original_seen: true,
                    ..Answer::stated(text)
                },
            },
            2 => DocEdit::PutNote { key: key.to_string(), text },
            3 => DocEdit::AddRow { repeat: "r".into(), row },
            4 => DocEdit::RemoveRow { repeat: "r".into(), row },
            5 => DocEdit::PutMaterial { key: slot, json: text },
            6 => DocEdit::RemoveMaterial { key: slot },
            7 => {
                documents[*writer].resolve(&field, &text, time).unwrap();
                continue;
            }
            8 => {
                let actor = Actor([n as u8 + 10; 16]);
                documents[*writer] = Document::load(&documents[*writer].save(), actor).unwrap();
                continue;
            }
            9 => {
                // many at once
                let many = (0..40_u8).map(|n| DocEdit::SetAnswer {
                    field: FieldPath::plain(format!("question_{n}")),
                    answer: Answer::stated(format!("{key}{}", n % (value + 1))),
                });
                documents[*writer].edit(&many.collect::<Vec<_>>(), time).unwrap();
                continue;
            }
            _ => {
                let other = documents[next].clone();
                documents[*writer].merge(&other).unwrap();
                continue;
            }
        };
        documents[*writer].edit(&[edit], time).unwrap();
    }
    documents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_desks_write_is_described_as_its_changes_are(steps in steps()) {
        for document in written(&steps) {
            let bytes = document.save();
            prop_assert_eq!(inspect::document(&bytes, &LIMITS).ok(), the_long_way(&bytes));
            prop_assert!(the_long_way(&bytes).is_some());
        }
    }
}

/// A row that one desk removed and another brought back is shown; to remove it again is an entry like any other.
#[test]
fn what_is_removed_again_after_a_difference_is_taken_in() {
    let row = RowId(uuid::Uuid::from_u128(7));
    let [add, remove] =
        [DocEdit::AddRow { repeat: "r".into(), row }, DocEdit::RemoveRow { repeat: "r".into(), row }];
    let mut document = Document::begin(Actor([1; 16])).unwrap();
    document.edit(std::slice::from_ref(&add), 1_000).unwrap();
    let mut other = Document::load(&document.save(), Actor([2; 16])).unwrap();
    document.edit(std::slice::from_ref(&remove), 2_000).unwrap();
    document.edit(&[add], 3_000).unwrap();
    let note = |text: &str| DocEdit::PutNote { key: "n".into(), text: text.into() };
    other.edit(&[note("a")], 2_000).unwrap();
    other.edit(&[note("b")], 2_000).unwrap();
    other.edit(std::slice::from_ref(&remove), 3_000).unwrap();
    document.merge(&other).unwrap();
    assert_eq!(document.answers().rows.len(), 1);

    document.edit(&[remove], 4_000).unwrap();
    assert_eq!(document.answers().rows.len(), 0);
    let contents = inspect::document(&document.save(), &LIMITS).unwrap();
    assert_eq!(contents.heads, document.heads());
    let loose = inspect::changes(&document.changes_since(&other.heads()), &LIMITS).unwrap();
    assert_eq!(loose.heads, document.heads());
}

/// A document taken apart, to be put together otherwise.
#[derive(Clone)]
struct Parts {
    actors: Vec<Vec<u8>>,
    heads: Vec<[u8; 32]>,
    changes: Vec<(u64, Vec<u8>)>,
    operations: Vec<(u64, Vec<u8>)>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Parts {
        let rest = &mut &bytes[9..];
        number(rest);
        let actors = (0..number(rest))
            .map(|_| {
                let n = number(rest);
                taken(rest, n)
            })
            .collect();
        let heads = (0..number(rest)).map(|_| taken(rest, 32).try_into().unwrap()).collect();
        let list = |rest: &mut &[u8]| -> Vec<(u64, u64)> {
            (0..number(rest)).map(|_| (number(rest), number(rest))).collect()
        };
        let (changes, operations) = (list(rest), list(rest));
        let mut columns =
            |list: Vec<(u64, u64)>| list.into_iter().map(|(spec, n)| (spec, taken(rest, n))).collect();
        Parts { actors, heads, changes: columns(changes), operations: columns(operations) }
    }

    /// The document with its checksum. Where each head stands among the changes is not read by anybody.
    fn bytes(&self) -> Vec<u8> {
        let mut body = uleb(self.actors.len());
        for actor in &self.actors {
            body.extend([uleb(actor.len()), actor.clone()].concat());
        }
        body.extend([uleb(self.heads.len()), self.heads.concat()].concat());
        for columns in [&self.changes, &self.operations] {
            body.extend(uleb(columns.len()));
            for (spec, bytes) in columns {
                body.extend([uleb(*spec as usize), uleb(bytes.len())].concat());
            }
        }
        for (_, bytes) in self.changes.iter().chain(&self.operations) {
            body.extend(bytes);
        }
        body.extend(vec![0; self.heads.len()]);
        let hash = sha2::Sha256::digest([&[0][..], &uleb(body.len()), &body].concat());
        [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &[0], &uleb(body.len()), &body].concat()
    }

    /// Gives the heads that follow from the changes as they now are, when they can be read.
    fn claim_heads(&mut self) {
        let bytes = self.bytes();
        let heads = catch_unwind(|| {
            let options = LoadOptions::new().verification_mode(VerificationMode::DontCheck);
            let inner = Automerge::load_with_options(&bytes, options).ok()?;
            let mut heads = BTreeSet::new();
            for change in inner.get_changes_meta(&[]) {
                heads.retain(|head| !change.deps.contains(head));
                heads.insert(change.hash);
            }
            Some(heads)
        });
        if let Ok(Some(heads)) = heads {
            self.heads = heads.into_iter().map(|head| head.0).collect();
        }
    }

    fn column(&mut self, spec: u64) -> &mut Vec<u8> {
        &mut self.operations.iter_mut().find(|(own, _)| *own == spec).unwrap().1
    }
}

fn taken(rest: &mut &[u8], length: u64) -> Vec<u8> {
    let (taken, left) = rest.split_at(length as usize);
    *rest = left;
    taken.to_vec()
}

fn number(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = taken(rest, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn uleb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Two writers, several lists, one key replaced and one in conflict.
fn case() -> Document {
    let note = |key: &str, text: &str| DocEdit::PutNote { key: key.into(), text: text.into() };
    let answer = |n: u8, text: &str| DocEdit::SetAnswer {
        field: FieldPath::plain(format!("question_{n}")),
        answer: Answer::stated(text),
    };
    let mut document = Document::begin(Actor([1; 16])).unwrap();
    document.edit(&[answer(0, "a"), answer(1, "b"), note("n", "x")], 1_000).unwrap();
    let mut other = Document::load(&document.save(), Actor([2; 16])).unwrap();
    other.edit(&[answer(0, "c"), note("m", "y")], 2_000).unwrap();
    document.edit(&(0..14).map(|n| answer(n, "d")).collect::<Vec<_>>(), 3_000).unwrap();
    document.merge(&other).unwrap();
    document.edit(&[answer(1, "e")], 4_000).unwrap();
    document
}

fn refused(parts: &Parts, why: &str) {
    let bytes = parts.bytes();
    assert!(the_long_way(&bytes).is_some(), "Automerge passes over it: {why}");
    assert_eq!(inspect::document(&bytes, &LIMITS).unwrap_err(), InspectError::Malformed, "{why}");
}

#[test]
fn what_automerge_would_pass_over_is_refused() {
    let honest = Parts::of(&case().save());
    assert!(inspect::document(&honest.bytes(), &LIMITS).is_ok());

    let mut unknown = honest.clone();
    unknown.operations.push((0xf2, vec![0x7f, 1]));
    refused(&unknown, "an unknown column of operations");
    let mut unknown = honest.clone();
    unknown.changes.push((0xf2, vec![0x7f, 1]));
    refused(&unknown, "an unknown column of changes");
    let mut more = honest.clone();
    more.changes.push((0x57, b"more".to_vec()));
    refused(&more, "bytes beside the changes");
    let mut more = honest.clone();
    more.column(0x57).extend(b"more");
    refused(&more, "bytes behind the last value");
    let mut twice = honest.clone();
    let at = twice.operations.iter().position(|(spec, _)| *spec == 0x42).unwrap();
    twice.operations.insert(at, twice.operations[at].clone());
    refused(&twice, "a column twice");
    let mut named = honest;
    named.actors.push(named.actors[1].clone());
    refused(&named, "an actor twice");
}

#[test]
fn what_no_change_tells_of_is_refused() {
    let before = case();
    let mut after = before.clone();
    after.edit(&[DocEdit::PutNote { key: "z".into(), text: "smuggled".into() }], 5_000).unwrap();
    let mut parts = Parts::of(&before.save());
    parts.operations = Parts::of(&after.save()).operations;
    refused(&parts, "an operation without a change");

    let mut deleted = Automerge::load(&before.save()).unwrap().with_actor(ActorId::from([1; 16]));
    let mut tx = deleted.transaction();
    let (_, notes) = tx.get(ROOT, "notes").unwrap().unwrap();
    tx.delete(&notes, "n").unwrap();
    tx.commit();
    parts.operations = Parts::of(&deleted.save_nocompress()).operations;
    refused(&parts, "a deletion without a change");
}

/// A first change with one note; a second one that replaces it among twenty others, the last of the list first.
fn replaced() -> Parts {
    let note = |key: &str| DocEdit::PutNote { key: key.into(), text: format!("about {key}") };
    let mut document = Document::begin(Actor([1; 16])).unwrap();
    document.edit(&[DocEdit::PutNote { key: "a".into(), text: "before".into() }], 1_000).unwrap();
    let others: Vec<String> = ('b'..='u').map(String::from).collect();
    let keys = ["z", "a"].into_iter().chain(others.iter().map(String::as_str));
    document.edit(&keys.map(note).collect::<Vec<_>>(), 2_000).unwrap();
    Parts::of(&document.save())
}

#[test]
fn what_is_replaced_from_under_another_key_is_refused() {
    // The seed has 1 to 8, the first note is 9, the second change begins with 10: "a" again is 11, "c" is 13.
    let mut parts = replaced();
    assert_eq!(parts.column(0x83), &[0x7f, 11]);
    *parts.column(0x83) = vec![0x7f, 13];
    parts.claim_heads();
    refused(&parts, "hidden by what is written elsewhere");
}

#[test]
fn operations_out_of_order_are_refused() {
    let mut parts = replaced();
    let keys = parts.column(0x15);
    let at = keys.windows(4).position(|window| window == [1, b'e', 1, b'f']).unwrap();
    keys.swap(at + 1, at + 3);
    parts.claim_heads();
    refused(&parts, "found in the wrong place");
}

#[test]
fn what_is_inserted_is_refused() {
    let mut parts = replaced();
    assert_eq!(parts.column(0x34), &[31]);
    *parts.column(0x34) = vec![30, 1];
    parts.claim_heads();
    assert_eq!(inspect::document(&parts.bytes(), &LIMITS).unwrap_err(), InspectError::Malformed);
}

/// Every bit of every column turned over, with checksum and heads made to fit: what is accepted is what its changes say.
#[test]
fn whatever_passes_with_a_bit_turned_over_would_pass_the_long_way() {
    let honest = Parts::of(&case().save());
    let sizes: Vec<usize> =
        honest.changes.iter().chain(&honest.operations).map(|(_, bytes)| bytes.len()).collect();
    let all: Vec<(usize, usize)> =
        sizes.iter().enumerate().flat_map(|(column, size)| (0..*size).map(move |at| (column, at))).collect();
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let mut passed = 0;
    for (column, at) in all {
        for bit in 0..8 {
            let mut parts = honest.clone();
            parts.changes.iter_mut().chain(&mut parts.operations).nth(column).unwrap().1[at] ^= 1 << bit;
            parts.claim_heads();
            let bytes = parts.bytes();
            if let Ok(contents) = inspect::document(&bytes, &LIMITS) {
                assert_eq!(the_long_way(&bytes), Some(contents), "column {column}, byte {at}, bit {bit}");
                passed += 1;
            }
        }
    }
    std::panic::set_hook(silent);
    assert!(passed > 100, "only {passed} passed");
}
