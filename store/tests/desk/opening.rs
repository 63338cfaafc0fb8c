//! Opening a desk: wrong keys, damage, newer programs, copies.

use std::io::{Seek as _, SeekFrom, Write as _};

use store::table::{draft_buffer, meta};
use store::{DbKey, FolderLock, Store, StoreError};

use crate::{Desk, case};

fn kept(desk: &Desk) -> Option<Vec<u8>> {
    desk.store().read(|r| meta::get(r, "kept")).unwrap()
}

fn keep(desk: &Desk, value: &[u8]) {
    desk.store().write(|w| meta::put(w, "kept", value)).unwrap();
}

#[test]
fn what_was_kept_is_there_after_a_restart() {
    let mut desk = Desk::new();
    keep(&desk, b"epoch 1");
    desk.stop();
    desk.start();
    assert_eq!(kept(&desk).as_deref(), Some(b"epoch 1".as_slice()));
}

#[test]
fn a_wrong_key_is_refused_at_once_and_touches_nothing() {
    let mut desk = Desk::new();
    keep(&desk, b"mine");
    desk.stop();
    let before = std::fs::read(desk.folder().join("desk.db")).unwrap();
    let lock = FolderLock::take(&desk.folder()).unwrap();
    let wrong = DbKey::generate().unwrap();
    assert_eq!(Store::open(&lock, &wrong).unwrap_err().code(), "wrong_key");
    // Also without the file that tells a wrong key from damage, as in a folder copied by hand.
    std::fs::remove_file(desk.folder().join("desk.key-check")).unwrap();
    assert_eq!(Store::open(&lock, &wrong).unwrap_err().code(), "wrong_key");
    drop(lock);
    assert_eq!(std::fs::read(desk.folder().join("desk.db")).unwrap(), before);
    desk.start();
    assert_eq!(kept(&desk).as_deref(), Some(b"mine".as_slice()));
}

#[test]
fn a_damaged_database_is_put_aside_whole_and_work_goes_on_in_a_new_one() {
    let mut desk = Desk::new();
    keep(&desk, b"precious");
    desk.stop();
    let path = desk.folder().join("desk.db");
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(100)).unwrap();
    file.write_all(&[0xAA; 64]).unwrap();
    drop(file);
    let damaged = std::fs::read(&path).unwrap();

    let Err(StoreError::Damaged { set_aside: Some(aside) }) = desk.try_start() else {
        panic!("damage goes unnoticed")
    };
    assert_eq!(std::fs::read(aside.join("desk.db")).unwrap(), damaged, "not one byte of it is lost");
    desk.start();
    assert_eq!(kept(&desk), None);
    keep(&desk, b"new");
}

#[test]
fn an_emptied_database_is_not_taken_for_a_new_one() {
    let mut desk = Desk::new();
    keep(&desk, b"precious");
    desk.stop();
    std::fs::File::create(desk.folder().join("desk.db")).unwrap();
    assert!(matches!(desk.try_start(), Err(StoreError::Damaged { set_aside: Some(_) })));
}

#[test]
fn damage_inside_is_found_by_verify() {
    let mut desk = Desk::new();
    let write = |w: &store::Write<'_>| {
        for n in 0..200 {
            meta::put(w, &format!("fact {n}"), &[7; 500])?;
        }
        Ok::<_, StoreError>(())
    };
    desk.store().write(write).unwrap();
    desk.store().verify().unwrap();
    desk.stop();
    let path = desk.folder().join("desk.db");
    let pages = std::fs::metadata(&path).unwrap().len() / 4096;
    let mut file = std::fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((pages - 2) * 4096 + 50)).unwrap();
    file.write_all(&[0x55; 8]).unwrap();
    drop(file);
    desk.start();
    assert_eq!(desk.store().verify().unwrap_err().code(), "damaged");
}

#[test]
fn a_second_program_is_told_that_the_folder_is_in_use() {
    let desk = Desk::new();
    assert_eq!(FolderLock::take(&desk.folder()).unwrap_err().code(), "in_use");
}

#[test]
fn only_the_owner_can_read_the_files_of_a_desk() {
    let desk = Desk::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |name: &str| std::fs::metadata(desk.folder().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(""), 0o700);
        assert_eq!(mode("desk.db"), 0o600);
        assert_eq!(mode("desk.db-wal"), 0o600);
    }
}

#[test]
fn nothing_that_was_entered_can_be_read_from_the_disk() {
    let desk = Desk::new();
    let secret = "张桂兰 610402194303127824";
    let typed =
        draft_buffer::Typed { field: "name".parse().unwrap(), text: secret.to_owned(), at: 1, aside: false };
    desk.store().write(|w| draft_buffer::put(w, case(1), &typed)).unwrap();
    desk.store().files().put(format!("photo of {secret}").as_bytes()).unwrap();
    desk.store().copy_of_day("2026-03-01").unwrap();
    let mut seen = Vec::new();
    read_all(&desk.folder(), &mut seen);
    assert!(seen.iter().any(|(name, _)| name == "desk.db-wal"), "the write-ahead log is looked at too");
    for (name, bytes) in &seen {
        for word in ["张桂兰", "610402194303127824", "draft_buffer"] {
            assert!(
                !bytes.windows(word.len()).any(|part| part == word.as_bytes()),
                "{word} lies open in {name}"
            );
        }
    }
}

fn read_all(folder: &std::path::Path, seen: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, seen);
        } else {
            seen.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
}
