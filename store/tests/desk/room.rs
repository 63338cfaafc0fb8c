//! Room on the disk: originals lie small beside their documents and come out as they were, and what became free is given back.

use domain::id::Digest;
use sha2::Digest as _;
use store::table::outbox::{self, Acknowledged, ItemKind, NewItem};
use store::table::{document, original, seal};
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

/// An answer of the county's to these items: their names, and what cannot be packed.
fn answer(items: &[Digest], n: u128) -> Vec<u8> {
    let names = items.iter().flat_map(|item| item.0.iter().copied().chain(*b" received "));
    names.chain(written(n, 64)).collect()
}

#[test]
fn a_sealed_answer_lies_beside_its_receipts_as_little_more_than_its_seal() {
    let mut desk = Desk::new();
    let items: Vec<Digest> = (0..CASES).map(|n| name(&original(n))).collect();
    let mut answers = Vec::new();
    for (at, some) in items.chunks(40).enumerate() {
        let bytes = answer(some, at as u128);
        let seal = desk
            .store()
            .write::<_, StoreError>(|w| {
                let n = seal::put(w, &bytes)?;
                for (within, item) in some.iter().enumerate() {
                    let case = case((at * 40 + within) as u128);
                    let bytes = original(case.0.as_u128());
                    let new = NewItem {
                        item: *item,
                        case,
                        person: person(1),
                        kind: ItemKind::Document,
                        lane: 1,
                        bytes,
                    };
                    outbox::put(w, &[new], 1)?;
                    outbox::acknowledge(w, *item, &Acknowledged { seq: 1, seal: n, at: 5 })?;
                }
                Ok(n)
            })
            .unwrap();
        answers.push((seal, bytes));
    }
    // One that proves nothing that is here.
    let strange = written(7, 300);
    let n = desk.store().write(|w| seal::put(w, &strange)).unwrap();
    answers.push((n, strange));
    let lying = |store: &Store| {
        let room = store.rooms().unwrap().into_iter().find(|room| room.name == "seal").unwrap();
        room.bytes - room.unused
    };
    let before = lying(desk.store());
    while desk.store().write(|w| seal::fold(w, 2)).unwrap() == 2 {}
    assert_eq!(desk.store().write(|w| seal::fold(w, 2)).unwrap(), 0, "once is enough");
    desk.stop();
    desk.start();
    let after = lying(desk.store());
    assert!(after * 2 < before, "{before} became {after}");
    let all_there = |store: &Store| {
        for (n, bytes) in &answers {
            assert_eq!(store.read(|r| seal::get(r, *n)).unwrap().as_ref(), Some(bytes), "answer {n}");
        }
    };
    all_there(desk.store());
    // A restored county proves an item once more, in an answer of its own: the first one is still there.
    desk.store()
        .write::<_, StoreError>(|w| {
            let n = seal::put(w, b"once more")?;
            let new = NewItem {
                item: items[3],
                case: case(3),
                person: person(1),
                kind: ItemKind::Document,
                lane: 1,
                bytes: original(3),
            };
            outbox::put(w, &[new], 1)?;
            outbox::acknowledge(w, items[3], &Acknowledged { seq: 9, seal: n, at: 6 })
        })
        .unwrap();
    all_there(desk.store());
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
