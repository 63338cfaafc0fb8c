//! Outbox, receipts, quarantine: nothing leaves without its own answer, nothing refused is thrown away.

use domain::id::Digest;
use domain::lifecycle::Status;
use store::table::case_index::{self, Transfer};
use store::table::outbox::{self, Acknowledged, ItemKind, NewItem};
use store::table::quarantine::{self, Direction};
use store::table::{original, receipt};
use store::{Store, StoreError};

use crate::{Desk, case, digest, line, person};

fn item(n: u8, of: u128, lane: u8, size: usize) -> NewItem {
    NewItem {
        item: digest(n),
        case: case(of),
        person: person(1),
        kind: ItemKind::Changes,
        lane,
        bytes: vec![n; size],
    }
}

fn put(store: &Store, items: &[NewItem]) {
    store.write(|w| outbox::put(w, items, 1)).unwrap();
}

fn taken(store: &Store, items: usize, bytes: usize, now: i64) -> Vec<u8> {
    let found = store.read(|r| outbox::take(r, items, bytes, now)).unwrap();
    found.iter().map(|item| item.item.0[0]).collect()
}

fn answer(seq: u64) -> Acknowledged {
    Acknowledged { seq, seal: 1, at: 100 }
}

#[test]
fn urgent_lanes_leave_first_and_bundles_stay_whole() {
    let desk = Desk::new();
    let store = desk.store();
    put(store, &[item(1, 1, 2, 10)]);
    put(store, &[item(2, 2, 1, 10), item(3, 2, 2, 10)]);
    put(store, &[item(4, 3, 1, 10)]);
    assert_eq!(taken(store, 200, 1000, 0), [2, 3, 4, 1]);
    assert_eq!(taken(store, 3, 1000, 0), [2, 3, 4]);
    assert_eq!(taken(store, 200, 25, 0), [2, 3], "the next bundle does not fit the bytes");
    put(store, &[item(5, 4, 1, 10), item(6, 4, 1, 10), item(7, 4, 1, 10)]);
    assert_eq!(taken(store, 5, 1000, 0), [2, 3, 4], "a bundle that fits in part does not leave in part");
    assert_eq!(taken(store, 1, 1, 0), [2, 3], "the first bundle leaves whatever its size");
}

#[test]
fn an_item_leaves_only_on_its_own_acknowledgement() {
    let mut desk = Desk::new();
    put(desk.store(), &[item(1, 1, 1, 10), item(2, 1, 1, 10)]);
    desk.store().write(|w| outbox::mark_sent(w, &[digest(1), digest(2)], 7)).unwrap();
    assert_eq!(taken(desk.store(), 200, 1000, 0), [] as [u8; 0], "it is under way");
    desk.stop();
    desk.start();
    let (counter, again) = desk.store().read(outbox::under_way).unwrap().unwrap();
    assert_eq!((counter, again.len()), (7, 2), "after a restart the same chunk is sent again");

    let known = desk.store().write(|w| outbox::acknowledge(w, digest(1), &answer(41))).unwrap().unwrap();
    assert_eq!(known.case, case(1));
    assert_eq!(desk.store().write(|w| outbox::acknowledge(w, digest(1), &answer(41))).unwrap(), None);
    let (_, left) = desk.store().read(outbox::under_way).unwrap().unwrap();
    assert_eq!(left.iter().map(|item| item.item).collect::<Vec<_>>(), [digest(2)]);
    desk.store()
        .read(|r| {
            assert_eq!(receipt::get(r, digest(1))?.unwrap().seq, 41);
            assert_eq!(receipt::of_case(r, case(1))?.len(), 1);
            assert_eq!(original::get(r, digest(1))?.unwrap().bytes, vec![1; 10], "kept to be offered again");
            assert_eq!(outbox::waiting(r)?, outbox::Waiting { items: 1, cases: 1, bytes: 10 });
            assert!(outbox::more_than(r, 0)? && !outbox::more_than(r, 1)?);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn an_acknowledgement_that_is_not_committed_leaves_the_item_waiting() {
    let desk = Desk::new();
    put(desk.store(), &[item(1, 1, 1, 10)]);
    let lost: Result<(), StoreError> = desk.store().write(|w| {
        outbox::acknowledge(w, digest(1), &answer(41))?;
        Err(StoreError::DiskFull)
    });
    assert!(lost.is_err());
    assert_eq!(taken(desk.store(), 10, 100, 0), [1]);
    assert_eq!(desk.store().read(|r| receipt::get(r, digest(1))).unwrap(), None);
}

#[test]
fn a_bundle_that_is_put_off_blocks_nobody_else() {
    let desk = Desk::new();
    let store = desk.store();
    put(store, &[item(1, 1, 1, 10), item(2, 1, 1, 10)]);
    put(store, &[item(3, 2, 1, 10)]);
    store.write(|w| outbox::mark_sent(w, &[digest(1), digest(2)], 1)).unwrap();
    store.write(|w| outbox::put_off(w, digest(2), 500)).unwrap();
    assert_eq!(taken(store, 10, 1000, 499), [3]);
    assert_eq!(store.read(outbox::next_at).unwrap(), Some(500));
    assert_eq!(taken(store, 10, 1000, 500), [1, 2, 3]);
}

#[test]
fn a_newer_item_replaces_only_what_was_never_sent_and_stands_alone() {
    let desk = Desk::new();
    let store = desk.store();
    put(store, &[item(1, 1, 1, 10)]);
    put(store, &[item(2, 1, 1, 10)]);
    put(store, &[item(3, 1, 1, 10), NewItem { kind: ItemKind::Act, ..item(4, 1, 1, 10) }]);
    put(store, &[item(5, 2, 1, 10)]);
    store.write(|w| outbox::mark_sent(w, &[digest(1)], 1)).unwrap();
    assert_eq!(store.write(|w| outbox::supersede(w, case(1))).unwrap(), 1);
    store.write(outbox::unmark_sent).unwrap();
    assert_eq!(taken(store, 10, 1000, 0), [1, 3, 4, 5]);
}

#[test]
fn a_refused_item_is_kept_with_its_code_until_a_person_settles_it() {
    let desk = Desk::new();
    let store = desk.store();
    put(store, &[item(1, 1, 1, 10)]);
    store.write(|w| case_index::put(w, &line(1, Status::Collected, 5))).unwrap();
    let transfer = || store.read(|r| case_index::get(r, case(1))).unwrap().unwrap().transfer;
    assert_eq!(transfer(), Transfer::Waiting);
    store.write(|w| outbox::refuse(w, digest(1), "out_of_scope", 9, "1.0.0")).unwrap().unwrap();
    assert_eq!(transfer(), Transfer::NeedsAttention);
    let stuck = store.read(|r| quarantine::open(r, 10)).unwrap();
    assert_eq!(stuck.len(), 1);
    assert_eq!(
        (stuck[0].code.as_str(), stuck[0].direction, stuck[0].bytes.len()),
        ("out_of_scope", Direction::Up, 10)
    );
    assert_eq!(taken(store, 10, 1000, 0), [] as [u8; 0]);
    assert!(store.write(|w| quarantine::settle(w, digest(1))).unwrap());
    assert_eq!(store.read(quarantine::count).unwrap(), 0);
    assert_eq!(transfer(), Transfer::Saved);
}

#[test]
fn originals_are_listed_in_the_countys_order_and_pruned_by_age() {
    let desk = Desk::new();
    let store = desk.store();
    for (n, seq, at) in [(1, 9, 100), (2, 4, 200), (3, 9, 300)] {
        put(store, &[item(n, 1, 1, 10)]);
        let answer = Acknowledged { seq, seal: 1, at };
        store.write(|w| outbox::acknowledge(w, digest(n), &answer)).unwrap().unwrap();
    }
    let page = |after: Option<(u64, Digest)>| {
        let found = store.read(|r| original::list(r, after, 2)).unwrap();
        found.into_iter().map(|item| (item.seq, item.item)).collect::<Vec<_>>()
    };
    assert_eq!(page(None), [(4, digest(2)), (9, digest(1))]);
    assert_eq!(page(Some((9, digest(1)))), [(9, digest(3))]);
    assert_eq!(store.write(|w| original::prune(w, 150)).unwrap(), 1);
    assert!(store.read(|r| receipt::get(r, digest(1))).unwrap().is_some(), "the proof stays");
}
