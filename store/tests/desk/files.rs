//! Attached files: kept once, read back whole or in slices, damage noticed, leftovers swept.

use std::path::PathBuf;

use domain::id::Digest;
use domain::lifecycle::Status;
use store::table::case_index::{self, Transfer};
use store::table::file::{self, FileRef, FileRow};
use store::table::upload::{self, UploadState};
use store::{FileError, StoreError};

use crate::{Desk, case, digest, line};

fn photo(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn path(desk: &Desk, sha256: Digest) -> PathBuf {
    let name = sha256.to_string();
    desk.folder().join("files").join(&name[..2]).join(&name[2..])
}

#[test]
fn files_of_every_length_come_back_as_they_were() {
    let desk = Desk::new();
    let files = desk.store().files();
    for len in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let plain = photo(len);
        let stored = files.put(&plain).unwrap();
        assert_eq!(stored.size, len as u64);
        assert_eq!(files.read(stored.sha256).unwrap(), plain, "{len}");
        assert_eq!(files.verify(stored.sha256).unwrap(), len as u64);
        assert_eq!(files.put(&plain).unwrap(), stored, "the same file again is the same file");
    }
    assert!(matches!(files.read(digest(0)), Err(FileError::Missing)));
}

#[test]
fn a_file_can_be_sent_in_slices() {
    let desk = Desk::new();
    let plain = photo(150_000);
    let sha256 = desk.store().files().put(&plain).unwrap().sha256;
    for (offset, len) in [(0, 10), (65_530, 20), (60_000, 80_000), (149_990, 100), (150_000, 5), (999_999, 5)]
    {
        let want = &plain[offset.min(150_000)..(offset + len).min(150_000).max(offset.min(150_000))];
        assert_eq!(
            desk.store().files().read_range(sha256, offset as u64, len).unwrap(),
            want,
            "{offset} {len}"
        );
    }
}

#[test]
fn a_file_that_arrives_in_parts_must_be_the_one_announced() {
    let desk = Desk::new();
    let files = desk.store().files();
    let plain = photo(100_000);
    let sha256 = files.put(&plain).unwrap().sha256;
    files.remove(sha256).unwrap();

    let mut writer = files.writer(sha256).unwrap();
    writer.write(&plain[..70_000]).unwrap();
    drop(writer);
    assert!(!files.holds(sha256), "half a file is no file");

    let mut writer = files.writer(sha256).unwrap();
    writer.write(&plain[..70_000]).unwrap();
    assert!(matches!(writer.finish(), Err(FileError::Damaged)));
    assert!(!files.holds(sha256));

    let mut writer = files.writer(sha256).unwrap();
    for part in plain.chunks(7_777) {
        writer.write(part).unwrap();
    }
    assert_eq!(writer.finish().unwrap().size, 100_000);
    assert_eq!(files.read(sha256).unwrap(), plain);
}

#[test]
fn every_damage_is_noticed_and_putting_the_file_again_heals_it() {
    let desk = Desk::new();
    let files = desk.store().files();
    let plain = photo(150_000);
    let sha256 = files.put(&plain).unwrap().sha256;
    let sound = std::fs::read(path(&desk, sha256)).unwrap();
    let mut damages: Vec<Vec<u8>> = [0, 10, 40, 70_000, sound.len() - 1]
        .map(|at| {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            bytes
        })
        .to_vec();
    // Cut within a piece, at the end of a piece, to nothing; pieces exchanged.
    damages.extend([&sound[..100_000], &sound[..36 + 65_552], &sound[..20], &[]].map(<[u8]>::to_vec));
    let piece = |n: usize| &sound[36 + n * 65_552..36 + (n + 1) * 65_552];
    damages.push([&sound[..36], piece(1), piece(0), &sound[36 + 2 * 65_552..]].concat());
    for (n, damage) in damages.iter().enumerate() {
        std::fs::write(path(&desk, sha256), damage).unwrap();
        assert!(matches!(files.read(sha256), Err(FileError::Damaged)), "damage {n}");
        assert!(matches!(files.verify(sha256), Err(FileError::Damaged)), "damage {n}");
    }
    files.put(&plain).unwrap();
    assert_eq!(files.read(sha256).unwrap(), plain);
}

#[test]
fn one_file_cannot_be_passed_off_as_another() {
    let desk = Desk::new();
    let files = desk.store().files();
    let (one, other) = (files.put(b"front of the card").unwrap(), files.put(b"back of the card!").unwrap());
    std::fs::copy(path(&desk, one.sha256), path(&desk, other.sha256)).unwrap();
    assert!(matches!(files.read(other.sha256), Err(FileError::Damaged)));
    assert!(matches!(files.read_range(other.sha256, 0, 5), Err(FileError::Damaged)), "nor a slice of it");
}

#[test]
fn leftovers_are_swept_and_missing_files_are_told() {
    let desk = Desk::new();
    let store = desk.store();
    let (kept, orphan, lost) =
        (store.files().put(b"kept").unwrap(), store.files().put(b"orphan").unwrap(), digest(7));
    let row = |sha256, here| FileRow { sha256, size: 4, mime: "image/jpeg".to_owned(), here, at: 1 };
    store
        .write(|w| {
            file::put(w, &row(kept.sha256, true))?;
            file::put(w, &row(lost, true))?;
            file::put(w, &row(digest(8), false))
        })
        .unwrap();
    let leftover = path(&desk, kept.sha256).with_file_name(".interrupted.aB3dE9");
    std::fs::write(&leftover, b"half").unwrap();
    let swept = store.sweep_files().unwrap();
    assert_eq!((swept.removed, swept.missing), (2, vec![lost]));
    assert!(!leftover.exists() && !store.files().holds(orphan.sha256));
    assert_eq!(store.files().read(kept.sha256).unwrap(), b"kept");
}

#[test]
fn sending_goes_on_where_it_stopped_and_the_case_waits_until_its_files_arrived() {
    let mut desk = Desk::new();
    let sha256 = desk.store().files().put(&photo(1000)).unwrap().sha256;
    desk.store()
        .write(|w| {
            file::put(w, &FileRow { sha256, size: 1000, mime: "image/jpeg".to_owned(), here: true, at: 1 })?;
            let named = FileRef { case: case(1), slot: "M-ID".to_owned(), key: "k1".to_owned(), sha256 };
            file::attach(w, &named)?;
            upload::queue(w, case(1), sha256, 6)?;
            case_index::put(w, &line(1, Status::Collected, 5))
        })
        .unwrap();
    let sending = UploadState::Sending { url: "/v1/files/abc".to_owned(), sent: 400 };
    desk.store().write(|w| upload::set(w, case(1), sha256, &sending)).unwrap();
    desk.stop();
    desk.start();
    let next = desk.store().read(|r| upload::next(r, 0)).unwrap().unwrap();
    assert_eq!((next.case, next.state), (case(1), sending));
    desk.store()
        .read(|r| {
            assert_eq!(upload::waiting(r)?.bytes, 600);
            assert_eq!(case_index::waiting(r, None)?, 1);
            assert_eq!(case_index::get(r, case(1))?.unwrap().transfer, Transfer::Waiting);
            assert_eq!(file::of_case(r, case(1))?.len(), 1);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    desk.store().write(|w| upload::put_off(w, case(1), sha256, 50)).unwrap();
    assert_eq!(desk.store().read(|r| upload::next(r, 49)).unwrap(), None);
    assert!(
        !desk.store().write(|w| file::forget(w, sha256)).unwrap(),
        "a file that is named is not forgotten"
    );
    desk.store().write(|w| upload::set(w, case(1), sha256, &UploadState::AtCounty)).unwrap();
    assert_eq!(desk.store().read(upload::waiting).unwrap().items, 0);
    desk.store().write(upload::offer_again).unwrap();
    assert_eq!(desk.store().read(upload::waiting).unwrap().items, 1, "a new epoch is offered the file again");
}

#[test]
fn files_to_fetch_are_known_with_a_case_that_names_them() {
    let desk = Desk::new();
    let store = desk.store();
    let row = |n, size| FileRow { sha256: digest(n), size, mime: "image/png".to_owned(), here: false, at: 1 };
    store
        .write(|w| {
            for (n, size) in [(1, 500), (2, 100), (3, 50)] {
                file::put(w, &row(n, size))?;
            }
            for n in [1, 2] {
                let key = format!("k{n}");
                file::attach(w, &FileRef { case: case(4), slot: "M-ID".to_owned(), key, sha256: digest(n) })?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let missing = store.read(|r| file::missing(r, 0, 10)).unwrap();
    let found: Vec<_> = missing.iter().map(|(of, row)| (*of, row.sha256)).collect();
    assert_eq!(found, [(case(4), digest(2)), (case(4), digest(1))]);
    store.write(|w| file::set_here(w, digest(2), true)).unwrap();
    assert_eq!(store.read(|r| file::missing(r, 0, 10)).unwrap().len(), 1);
    store.write(|w| file::detach(w, case(4), "M-ID", "k1")).unwrap();
    assert!(store.write(|w| file::forget(w, digest(1))).unwrap());
}

#[test]
fn files_that_never_come_stand_in_no_other_files_way() {
    let desk = Desk::new();
    let store = desk.store();
    let (case, now) = (case(1), 1_000_000);
    let row =
        |n: u8| FileRow { sha256: digest(n), size: n.into(), mime: "image/jpeg".into(), here: false, at: 0 };
    store
        .write(|w| {
            for n in 1..=3 {
                file::put(w, &row(n))?;
                let named = FileRef { case, slot: "M-ID".into(), key: n.to_string(), sha256: digest(n) };
                file::attach(w, &named)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let asked = |at| -> Vec<Digest> {
        let missing = store.read(|r| file::missing(r, at, 2)).unwrap();
        missing.into_iter().map(|(_, row)| row.sha256).collect()
    };
    assert_eq!(asked(now), [digest(1), digest(2)]);
    store.write(|w| file::put_off(w, digest(1), now)).unwrap();
    store.write(|w| file::put_off(w, digest(2), now)).unwrap();
    assert_eq!(asked(now), [digest(3)], "the largest has its turn");
    assert_eq!(asked(now + 30_000), [digest(3), digest(1)], "asked for again half a minute later");
    store.write(|w| file::put_off(w, digest(1), now + 30_000)).unwrap();
    assert_eq!(asked(now + 60_000), [digest(3), digest(2)], "then after twice that time");
    // A clock that showed 2040 when it was put off holds nothing up for ever.
    store.write(|w| file::put_off(w, digest(1), 2_208_988_800_000)).unwrap();
    assert!(store.read(|r| file::missing(r, now, 9)).unwrap().iter().any(|(_, row)| row.sha256 == digest(1)));
}
