//! Catalogue releases: many at once, unchanged parts kept once, nothing taken away that a case stands on.

use store::StoreError;
use store::table::catalogue::{self, Body, NewRelease};
use store::table::document::{self, Document};

use crate::{Desk, case, digest};

fn body(n: u8) -> Body {
    Body { digest: digest(n), bytes: vec![n; 20] }
}

fn release(number: u64, item: Body) -> NewRelease {
    NewRelease {
        number,
        issued: "2026-11-01".to_owned(),
        note: "首次发布".to_owned(),
        contents: body(u8::try_from(100 + number).unwrap()),
        regions: body(1),
        calendar: body(2),
        items: vec![("000111001000".to_owned(), "高龄津贴".to_owned(), item)],
    }
}

#[test]
fn a_case_keeps_its_release_and_the_newest_one_is_in_use() {
    let desk = Desk::new();
    let store = desk.store();
    assert_eq!(store.read(catalogue::current).unwrap(), None);
    assert!(store.write(|w| catalogue::install(w, &release(1, body(11)), 5)).unwrap());
    assert!(
        !store.write(|w| catalogue::install(w, &release(1, body(12)), 6)).unwrap(),
        "a release never changes"
    );
    // What did not change need not be fetched again.
    let mut second = release(2, body(12));
    assert!(store.read(|r| catalogue::has_body(r, digest(1))).unwrap());
    second.regions.bytes.clear();
    assert!(store.write(|w| catalogue::install(w, &second, 7)).unwrap());
    assert_eq!(store.read(catalogue::current).unwrap(), Some(2));
    store
        .read(|r| {
            assert_eq!(catalogue::item(r, 1, "000111001000")?, Some(vec![11; 20]));
            assert_eq!(catalogue::item(r, 2, "000111001000")?, Some(vec![12; 20]));
            assert_eq!(catalogue::regions(r, 2)?, Some(vec![1; 20]));
            assert_eq!(catalogue::calendar(r, 2)?, Some(vec![2; 20]));
            assert_eq!(catalogue::contents(r, 2)?, Some(vec![102; 20]));
            assert_eq!(catalogue::items(r, 2)?[0].name, "高龄津贴");
            assert_eq!(catalogue::item(r, 2, "no such item")?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.write(|w| catalogue::install(w, &release(3, body(13)), 8)).unwrap();

    let on_first = Document {
        case: case(1),
        release: 1,
        meta: Vec::new(),
        snapshot: Vec::new(),
        heads: Vec::new(),
        acked_heads: Vec::new(),
    };
    store.write(|w| document::insert(w, &on_first)).unwrap();
    assert_eq!(store.write(catalogue::prune).unwrap(), [2]);
    let left: Vec<u64> =
        store.read(catalogue::releases).unwrap().iter().map(|release| release.number).collect();
    assert_eq!(left, [3, 1]);
    assert!(!store.read(|r| catalogue::has_body(r, digest(12))).unwrap());
    assert_eq!(store.read(|r| catalogue::item(r, 1, "000111001000")).unwrap(), Some(vec![11; 20]));
}

#[test]
fn a_release_with_a_missing_part_is_not_installed_at_all() {
    let desk = Desk::new();
    let broken = release(1, Body { digest: digest(50), bytes: Vec::new() });
    assert!(desk.store().write(|w| catalogue::install(w, &broken, 5)).is_err());
    assert_eq!(desk.store().read(catalogue::current).unwrap(), None);
}
