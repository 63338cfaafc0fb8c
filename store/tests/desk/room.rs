//! Room on the disk: originals lie small beside their documents and come out as they were, and what became free is given back.

use domain::id::Digest;
use sha2::Digest as _;
use store::table::outbox::{self, Acknowledged, ItemKind, NewItem};
use store::table::{document, original};
use store::{FolderLock, Store, StoreError, salvage};

use crate::rescue::{spoil, written};
use crate::{Desk, case, person};

const CASES: u128 = 120;
const SIZE: usize = 2_000;

fn original(n: u128) -> Vec<u8> {
    [b"signed at noon: ".as_slice(), &written(n, SIZE), &n.to_le_bytes()].concat()
}

fn name(bytes: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(bytes).into())
}

fn row(n: u128) -> document::Document {
    document::Document {
        case: case(n),
        release: 1,
        meta: vec![7; 100],
        snapshot: written(n, SIZE),
        heads: vec![[n as u8; 32]],
        acked_heads: Vec::new(),
    }
}

/// A desk whose cases were all sent: the documents lie here, and what left lies in the re-offer window.
fn sent() -> Desk {
    let desk = Desk::new();
    for n in 0..CASES {
        let bytes = original(n);
        let item = name(&bytes);
        let new =
            NewItem { item, case: case(n), person: person(1), kind: ItemKind::Document, lane: 1, bytes };
        let ack = Acknowledged { seq: 1_000 - n as u64, seal: 1, at: 5 };
        desk.store()
            .write::<_, StoreError>(|w| {
                document::insert(w, &row(n))?;
                outbox::put(w, &[new], 1)?;
                outbox::acknowledge(w, item, &ack)
            })
            .unwrap();
    }
    desk
}

fn room(store: &Store, table: &str) -> u64 {
    let rooms = store.rooms().unwrap();
    rooms.iter().find(|room| room.name == table).map_or(0, |room| room.bytes)
}

fn fold(store: &Store) {
    while store.write(|w| original::fold(w, 50)).unwrap() == 50 {}
}

/// Which originals come out as they went in, by name and in the county's order.
fn whole(store: &Store) -> usize {
    let listed = store.read(|r| original::list(r, None, 1_000)).unwrap();
    assert!(listed.is_sorted_by_key(|item| item.seq));
    for item in &listed {
        assert_eq!(name(&item.bytes), item.item);
        assert_eq!(store.read(|r| original::get(r, item.item)).unwrap().as_ref(), Some(item));
    }
    listed.len()
}

#[test]
fn an_original_lies_beside_its_document_as_little_more_than_its_signature() {
    let mut desk = sent();
    let before = room(desk.store(), "original");
    fold(desk.store());
    assert_eq!(whole(desk.store()), CASES as usize);
    assert!(room(desk.store(), "document") > CASES as u64 * SIZE as u64);
    desk.store().compact().unwrap();
    let after = room(desk.store(), "original");
    assert!(after * 8 < before, "{before} became {after}");

    // Whatever happens to the document: folded anew, gone, back.
    let other = [written(500, SIZE), vec![1]].concat();
    desk.store()
        .write::<_, StoreError>(|w| {
            document::fold(w, case(1), &other, &[[1; 32]])?;
            document::remove(w, case(2))?;
            document::restore(w, &document::Document { snapshot: other.clone(), ..row(3) }, 9)?;
            store::table::summary::shrink(w, case(4), b"facts")
        })
        .unwrap();
    assert_eq!(whole(desk.store()), CASES as usize);
    fold(desk.store());
    desk.stop();
    desk.start();
    assert_eq!(whole(desk.store()), CASES as usize);
}

#[test]
fn what_was_saved_in_passing_is_packed_tightly_when_nobody_waits() {
    // Words of few letters in no order, as a form is: there is something to be found by looking longer.
    let words = |n: u128| -> Vec<u8> {
        let mut dice = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut letter = || {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            b'a' + (dice % 5) as u8
        };
        (0..6_000).map(|_| letter()).collect()
    };
    let mut desk = Desk::new();
    let insert = |w: &store::Write<'_>| {
        (0..CASES).try_for_each(|n| document::insert(w, &document::Document { snapshot: words(n), ..row(n) }))
    };
    desk.store().write::<_, StoreError>(insert).unwrap();
    desk.store().compact().unwrap();
    let lying = |store: &Store| {
        let room = store.rooms().unwrap().into_iter().find(|room| room.name == "document").unwrap();
        room.bytes - room.unused
    };
    let before = lying(desk.store());
    while desk.store().write(|w| document::tighten(w, 50)).unwrap() == 50 {}
    let after = lying(desk.store());
    assert!(after < before, "{before} became {after}");
    assert_eq!(desk.store().write(|w| document::tighten(w, 50)).unwrap(), 0, "once is enough");
    // What is saved anew is loose again.
    desk.store().write(|w| document::fold(w, case(1), &words(500), &[[1; 32]])).unwrap();
    assert_eq!(desk.store().write(|w| document::tighten(w, 50)).unwrap(), 1);
    desk.stop();
    desk.start();
    desk.store().verify().unwrap();
    for n in 0..CASES {
        let snapshot = desk.store().read(|r| document::get(r, case(n))).unwrap().unwrap().snapshot;
        assert!(snapshot == if n == 1 { words(500) } else { words(n) }, "case {n} came out otherwise");
    }
}

#[test]
fn room_that_nobody_needs_any_more_is_given_back() {
    let mut desk = sent();
    let length = |desk: &Desk| std::fs::metadata(desk.folder().join("desk.db")).unwrap().len();
    fold(desk.store());
    assert!(desk.store().compact().unwrap());
    let small = length(&desk);
    assert!(!desk.store().compact().unwrap(), "nothing is written anew for nothing");
    desk.store().verify().unwrap();
    assert_eq!(whole(desk.store()), CASES as usize);
    desk.stop();
    desk.start();
    desk.store().verify().unwrap();
    assert_eq!(length(&desk), small);
    assert_eq!(whole(desk.store()), CASES as usize);
}

#[test]
fn of_a_damaged_database_every_original_is_rescued_whole_or_not_at_all() {
    for seed in 0..4 {
        let mut desk = sent();
        fold(desk.store());
        desk.store().compact().unwrap();
        desk.stop();
        let path = desk.folder().join("desk.db");
        let pages = std::fs::metadata(&path).unwrap().len() / 4096;
        for n in 0..3 {
            spoil(&path, pages / 2 + seed * 5 + n * 7);
        }
        let lock = FolderLock::take(&desk.folder()).unwrap();
        let found = salvage(&lock, &desk.key).unwrap();
        assert!(found.holes.contains(&"document".to_owned()), "{:?}", found.holes);
        let store = Store::open(&lock, &desk.key).unwrap();
        store.verify().unwrap();
        let left = whole(&store);
        assert!((CASES as usize / 2..CASES as usize).contains(&left), "{left} are left");
    }
}
