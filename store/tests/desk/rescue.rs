//! Backups put back on another machine, and what is rescued of a damaged database.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use domain::role::Role;
use sha2::Digest as _;
use store::table::catalogue::{self, Body, NewRelease};
use store::table::{document, draft_buffer, file, meta};
use store::{
    Cost, FolderLock, Keys, KeysError, PersonSeed, RestoreError, Store, StoreError, restore, salvage,
};

use super::{Desk, case, person};

const PASSWORD: &str = "lan-se-da-hai";

/// A desk whose key a person's password opens.
fn with_person() -> Desk {
    let desk = Desk::new();
    let mut keys = Keys::load(&desk.folder()).unwrap();
    let seed = PersonSeed::generate().unwrap();
    keys.put(person(1), "王桂兰", &[Role::VillageAgent], PASSWORD, &desk.key, &seed, Cost::CHEAP_FOR_TESTS)
        .unwrap();
    desk
}

/// Bytes that do not pack, so that every case takes its place on the disk.
pub fn written(n: u128, size: usize) -> Vec<u8> {
    let mut state = n as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..size).map(|_| next()).collect()
}

fn put(desk: &Desk, n: u128, size: usize) {
    let row = document::Document {
        case: case(n),
        release: 1,
        meta: vec![1],
        snapshot: written(n, size),
        heads: vec![[n as u8; 32]],
        acked_heads: Vec::new(),
    };
    desk.store().write(|w| document::insert(w, &row)).unwrap();
}

/// A photograph lies on the desk.
fn photograph(desk: &Desk) -> file::FileRow {
    let kept = desk.store().files().put(&[9; 200_000]).unwrap();
    let (mime, here) = ("image/jpeg".to_owned(), true);
    let row = file::FileRow { sha256: kept.sha256, size: kept.size, mime, here, at: 1 };
    desk.store().write(|w| file::put(w, &row)).unwrap();
    row
}

fn there(store: &Store, up_to: u128) -> Vec<u128> {
    let is_whole = |n: &u128| {
        let found = store.read(|r| document::get(r, case(*n))).unwrap();
        found.is_some_and(|row| row.snapshot == written(*n, row.snapshot.len()))
    };
    (0..up_to).filter(is_whole).collect()
}

#[test]
fn a_backup_is_put_back_on_another_machine_and_only_with_the_password() {
    let desk = with_person();
    put(&desk, 7, 4000);
    let row = photograph(&desk);
    let gone = file::FileRow { sha256: super::digest(3), ..row.clone() };
    desk.store().write(|w| file::put(w, &gone)).unwrap();
    let backup = desk.dir.path().join("2026.daiban");
    let made = desk.store().backup(&backup).unwrap();
    assert_eq!((made.files, made.missing.len()), (1, 1));
    assert_eq!(made.bytes, std::fs::metadata(&backup).unwrap().len());
    let everything = std::fs::read(&backup).unwrap();
    let readable = [written(7, 32), [9; 64].to_vec()];
    assert!(readable.iter().all(|plain| !everything.windows(plain.len()).any(|part| part == plain)));

    // Not over a desk that is there.
    let here = |folder: &Path, password: &str| {
        let lock = FolderLock::take(folder).unwrap();
        restore(&lock, &backup, |keys| keys.unlock(person(1), password))
    };
    let occupied = tempfile::tempdir().unwrap();
    std::fs::write(occupied.path().join("keys.json"), b"somebody").unwrap();
    assert!(matches!(here(occupied.path(), PASSWORD), Err(RestoreError::NotEmpty)));
    // Not with another password; the folder is as empty as before.
    let new = tempfile::tempdir().unwrap();
    let refused = here(new.path(), "something else");
    assert!(matches!(refused, Err(RestoreError::Keys(KeysError::WrongPassword))));
    let names: Vec<_> =
        std::fs::read_dir(new.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["lock"]);
    let restored = here(new.path(), PASSWORD).unwrap();
    assert!(restored.damaged.is_empty());
    let lock = FolderLock::take(new.path()).unwrap();
    let store = Store::open(&lock, &restored.unlocked.db_key).unwrap();
    assert_eq!(there(&store, 10), [7]);
    assert_eq!(store.files().read(row.sha256).unwrap(), vec![9; 200_000]);
}

#[test]
fn a_damaged_backup_makes_no_desk_but_one_bad_photograph_does_not_spoil_it() {
    let desk = with_person();
    put(&desk, 7, 4000);
    photograph(&desk);
    let backup = desk.dir.path().join("2026.daiban");
    desk.store().backup(&backup).unwrap();
    let whole = std::fs::read(&backup).unwrap();
    let put_back = |bytes: &[u8]| {
        std::fs::write(&backup, bytes).unwrap();
        let new = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(new.path()).unwrap();
        let done = restore(&lock, &backup, |keys| keys.unlock(person(1), PASSWORD));
        (done, new.path().join("desk.db").exists())
    };
    // The photograph lies at the end, the database before it.
    let mut bytes = whole.clone();
    let in_photo = bytes.len() - 100_000;
    bytes[in_photo] ^= 1;
    let (done, made) = put_back(&bytes);
    assert_eq!((done.unwrap().damaged.len(), made), (1, true));
    let mut bytes = whole.clone();
    let in_database = bytes.len() - 300_000;
    bytes[in_database] ^= 1;
    let (done, made) = put_back(&bytes);
    assert!(matches!(done, Err(RestoreError::Damaged)) && !made);
    for bytes in [&whole[..whole.len() / 2], b"PK", b""] {
        let (done, made) = put_back(bytes);
        assert!(matches!(done, Err(RestoreError::NotABackup)) && !made);
    }
}

#[test]
fn copies_are_made_once_a_day_and_the_last_three_stay() {
    let desk = with_person();
    for day in ["2026-03-01", "2026-03-02", "2026-03-02", "2026-03-03", "2026-03-04"] {
        desk.store().copy_of_day(day).unwrap();
    }
    let mut names: Vec<_> = std::fs::read_dir(desk.folder().join("copies"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["desk-2026-03-02.db", "desk-2026-03-03.db", "desk-2026-03-04.db"]);
}

/// Flips bytes in the middle of a page.
pub fn spoil(path: &Path, page: u64) {
    let mut file = std::fs::File::options().read(true).write(true).open(path).unwrap();
    let mut bytes = [0; 16];
    file.seek(SeekFrom::Start(page * 4096 + 1000)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    file.seek(SeekFrom::Start(page * 4096 + 1000)).unwrap();
    file.write_all(&bytes).unwrap();
}

/// A few hundred cases, more typed after the last copy, and then so many pages go bad. Gives what is there afterwards.
fn rescued(seed: u64, bad_pages: u64) -> (Vec<u128>, Option<store::Salvaged>) {
    let mut desk = with_person();
    for n in 0..300 {
        put(&desk, n, 2000);
    }
    desk.store().copy_of_day("2026-03-01").unwrap();
    for n in 300..320 {
        put(&desk, n, 2000);
    }
    let typed = draft_buffer::Typed {
        field: "name".parse().unwrap(),
        text: "张桂兰".to_owned(),
        at: 1,
        aside: false,
    };
    desk.store().write(|w| draft_buffer::put(w, case(1), &typed)).unwrap();
    desk.stop();
    let path = desk.folder().join("desk.db");
    let pages = std::fs::metadata(&path).unwrap().len() / 4096;
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..bad_pages {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        spoil(&path, 1 + random % (pages - 1));
    }
    // It opens or it does not; nobody works with it before it was rescued.
    let opened = desk.try_start();
    if opened.is_ok() && desk.store().verify().is_ok() {
        return (there(desk.store(), 320), None);
    }
    desk.stop();
    let lock = FolderLock::take(&desk.folder()).unwrap();
    let done = salvage(&lock, &desk.key).unwrap();
    assert!(done.set_aside.as_ref().unwrap().join("desk.db").exists(), "the damaged one is kept");
    let store = Store::open(&lock, &desk.key).unwrap();
    store.verify().unwrap();
    store.write::<_, StoreError>(|w| meta::put(w, "works", b"again")).unwrap();
    (there(&store, 320), Some(done))
}

#[test]
fn what_can_be_read_of_a_damaged_database_is_rescued_and_copies_fill_the_holes() {
    let mut lost = 0;
    for seed in 1..=6 {
        let (there, done) = rescued(seed, 3);
        assert!(there.len() >= 300, "seed {seed}: {} of 320, {done:?}", there.len());
        assert!((0..300).all(|n| there.contains(&n)), "seed {seed}: the copy fills the holes");
        lost += 320 - there.len();
    }
    // Three bad pages of about two hundred take at most the few cases that were added after the copy and lay there.
    assert!(lost <= 30, "{lost} cases of 120 added after the copy are lost");
}

#[test]
fn without_a_copy_everything_but_the_bad_pages_is_rescued() {
    let mut desk = with_person();
    for n in 0..300 {
        put(&desk, n, 2000);
    }
    desk.stop();
    let path = desk.folder().join("desk.db");
    let pages = std::fs::metadata(&path).unwrap().len() / 4096;
    spoil(&path, pages - 40);
    desk.start();
    assert!(desk.store().verify().is_err());
    desk.stop();
    let lock = FolderLock::take(&desk.folder()).unwrap();
    let done = salvage(&lock, &desk.key).unwrap();
    assert_eq!(done.holes, ["document"]);
    let store = Store::open(&lock, &desk.key).unwrap();
    assert!(there(&store, 300).len() >= 297, "{:?}", there(&store, 300).len());
    drop(store);
    // Nothing at all to rescue from is said.
    let empty = tempfile::tempdir().unwrap();
    let lock = FolderLock::take(empty.path()).unwrap();
    assert!(matches!(salvage(&lock, &desk.key), Err(StoreError::Damaged { set_aside: None })));
}

/// A body as the county publishes it, over several pages of the disk.
fn published(text: String) -> Body {
    let digest = domain::id::Digest(sha2::Sha256::digest(text.as_bytes()).into());
    Body { digest, bytes: text.into_bytes() }
}

#[test]
fn whichever_page_goes_bad_a_release_is_rescued_whole_or_not_at_all() {
    let mut desk = with_person();
    let item = |n: u8| {
        let guide = written(u128::from(n), 7000);
        let body = published(format!("{{\"guide\":\"{}\"}}", hex::encode(guide)));
        (format!("13051190100{n}"), "高龄津贴".to_owned(), body)
    };
    let release = NewRelease {
        number: 7,
        issued: "2026-11-01".to_owned(),
        note: String::new(),
        contents: published("{\"items\":[1,2]}".to_owned()),
        regions: published("[]".to_owned()),
        calendar: published("{}".to_owned()),
        items: vec![item(1), item(2)],
    };
    desk.store().write(|w| catalogue::install(w, &release, 1)).unwrap();
    desk.stop();
    let path = desk.folder().join("desk.db");
    let sound = std::fs::read(&path).unwrap();
    let (mut whole, mut gone) = (0, 0);
    for page in 1..sound.len() as u64 / 4096 {
        std::fs::write(&path, &sound).unwrap();
        spoil(&path, page);
        let lock = FolderLock::take(&desk.folder()).unwrap();
        salvage(&lock, &desk.key).unwrap();
        let store = Store::open(&lock, &desk.key).unwrap();
        if store.read(catalogue::current).unwrap().is_none() {
            gone += 1;
            continue;
        }
        whole += 1;
        for (code, _, body) in &release.items {
            let kept = store.read(|r| catalogue::item(r, 7, code)).unwrap();
            assert!(kept.as_ref() == Some(&body.bytes), "page {page}: {code} is not as it was published");
        }
    }
    assert!(whole > 0 && gone > 0, "{whole} whole, {gone} gone");
}
