//! Documents and changes are sorted on their way and on the disk, and come back to the byte.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop at what they did not expect")]

use domain::answer::{Answer, FieldPath};
use domain::id::RowId;
use proptest::prelude::*;

use shelf::{collect, sort};
use sync::document::{DocEdit, Document};
use sync::item::Actor;
use sync::wire::MAX_UNPACKED;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

fn back(items: &[Vec<u8>]) -> usize {
    let sorted = sort(items);
    let collected = collect(&sorted, MAX_UNPACKED).unwrap();
    assert_eq!(collected, items);
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
    for number in [1_000_004u32, 1_000_000] {
        empty.extend([number as u8 | 0x80, (number >> 7) as u8 | 0x80, (number >> 14) as u8]);
    }
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
