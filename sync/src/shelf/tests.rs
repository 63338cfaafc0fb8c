use domain::answer::{Answer, FieldPath};
use domain::id::RowId;
use proptest::prelude::*;

use super::{collect, sort};
use crate::document::{DocEdit, Document};
use crate::item::Actor;
use crate::wire::MAX_UNPACKED;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

fn back(items: &[Vec<u8>]) -> usize {
    let sorted = sort(items);
    let collected = collect(&sorted, MAX_UNPACKED).unwrap();
    assert_eq!(collected.iter().map(|item| item.to_vec()).collect::<Vec<_>>(), items);
    sorted.len()
}

fn row(n: u8) -> RowId {
    RowId(uuid::Uuid::from_bytes([n; 16]))
}

/// A case with two rows, filled in in `changes` steps.
fn case(n: u8, changes: u8) -> Document {
    let mut document = Document::begin(Actor([n; 16])).unwrap();
    for step in 0..changes {
        let row = row(n.wrapping_add(step % 2));
        let set = |question: &str, value: String| DocEdit::SetAnswer {
            field: FieldPath::in_row("family", row, question),
            answer: Answer::stated(value),
        };
        let edits = [
            DocEdit::AddRow { repeat: "family".into(), row },
            set("name", format!("张秀英{step}")),
            set("id_no", format!("13109919400101{n:03}{step}")),
            set("photo", hex::encode([n ^ step; 32])),
            set("odd", "\0\u{1}\u{2}\u{3}".into()),
        ];
        document.edit(&edits, i64::from(step) * 1_000).unwrap();
    }
    document
}

/// Bytes as an item has them around a document or changes.
fn enveloped(parts: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
    let mut item = b"case 0123".to_vec();
    for part in parts {
        item.extend_from_slice(part);
        item.push(0x40);
    }
    item.extend_from_slice(tail);
    item
}

#[test]
fn documents_and_changes_come_back_to_the_byte_and_smaller() {
    let documents: Vec<Vec<u8>> = (1..40)
        .map(|n| {
            let document = case(n, 6);
            enveloped(&[document.save()], &document.heads()[0].0)
        })
        .collect();
    let zstd = |bytes: &[u8]| zstd::bulk::compress(bytes, 9).unwrap().len();
    let (plain, sorted) = (zstd(&documents.concat()), zstd(&sort(&documents)));
    back(&documents);
    assert!(sorted * 10 < plain * 9, "{sorted} bytes instead of {plain}");

    let deliveries: Vec<Vec<u8>> = (1..20)
        .map(|n| {
            let document = case(n, 8);
            let base = case(n, 3).heads();
            enveloped(&document.changes_since(&base), &document.heads()[0].0)
        })
        .collect();
    let length = back(&deliveries);
    // Hash and parent of each change follow from the others.
    let hashes = deliveries.len() * 5 * 64;
    assert!(length + hashes < deliveries.concat().len(), "{length}");
}

#[test]
fn what_is_no_document_travels_as_it_is() {
    let whole = case(7, 3).save();
    let mut cut: Vec<Vec<u8>> = (0..whole.len()).step_by(7).map(|end| whole[..end].to_vec()).collect();
    let mut other = whole.clone();
    other[9] ^= 1;
    cut.extend([Vec::new(), other, [whole.clone(), whole].concat(), MAGIC.repeat(3)]);
    let mut change = case(7, 3).changes_since(&[]).pop().unwrap();
    let last = change.len() - 1;
    change[last] ^= 1;
    cut.push(change);
    back(&cut);
}

#[test]
fn no_more_is_made_than_allowed() {
    let items: Vec<Vec<u8>> = (1..5).map(|n| case(n, 5).save()).collect();
    let sorted = sort(&items);
    let whole: usize = items.iter().map(Vec::len).sum();
    assert!(collect(&sorted, whole / 2).is_err());
    // A million empty items in a megabyte.
    let mut empty = vec![1, 0];
    super::put_number(&mut empty, 1_000_004);
    super::put_number(&mut empty, 1_000_000);
    empty.extend(std::iter::repeat_n(0, 1_000_001));
    assert!(collect(&empty, MAX_UNPACKED).is_err());
}

proptest! {
    #[test]
    fn any_bytes_come_back(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..8)) {
        let with_magic: Vec<Vec<u8>> = parts.iter().map(|part| [&MAGIC[..], part].concat()).collect();
        back(&parts);
        back(&with_magic);
    }

    #[test]
    fn any_text_comes_back(text in "[0-9a-f\\-\u{0}-\u{4}x]{0,200}") {
        let mut shelves = super::Shelves::default();
        super::text::lay(5, text.as_bytes(), &mut shelves);
        let shelves = shelves.0.iter().map(|(shelf, bytes)| (*shelf, bytes.as_slice())).collect();
        let mut sorted = super::Sorted { shelves, room: 1_000 };
        let mut out = Vec::new();
        super::text::collect(5, text.len(), &mut sorted, &mut out).unwrap();
        prop_assert_eq!(out, text.as_bytes());
    }

    #[test]
    fn anything_else_is_refused_or_read_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = collect(&bytes, MAX_UNPACKED);
        let mut damaged = sort(&[case(3, 2).save()]);
        for (at, byte) in bytes.iter().enumerate().take(8) {
            let place = (usize::from(*byte) * 31 + at * 97) % damaged.len();
            damaged[place] ^= byte;
        }
        let _ = collect(&damaged, MAX_UNPACKED);
    }
}
