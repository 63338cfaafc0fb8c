//! Passwords: the right one opens, colleagues do not open each other's, nothing of it lies readable in the file.

use domain::role::Role;
use store::{Cost, DbKey, Keys, KeysError, PersonSeed};

use crate::person;

const CHEAP: Cost = Cost::CHEAP_FOR_TESTS;

#[test]
fn two_people_open_the_same_database_with_their_own_passwords_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    let db_key = DbKey::generate().unwrap();
    let seeds = [PersonSeed::generate().unwrap(), PersonSeed::generate().unwrap()];
    let mut keys = Keys::load(dir.path()).unwrap();
    assert!(keys.people().is_empty(), "a fresh desk has no people");
    keys.put(person(1), "赵敏", &[Role::VillageAgent], "kitchen table 1", &db_key, &seeds[0], CHEAP).unwrap();

    // The second person is enrolled while the first has the desk open: the database key comes from there.
    let open = keys.unlock(person(1), "kitchen table 1").unwrap();
    keys.put(person(2), "钱进", &[Role::TownshipClerk], "another word", &open.db_key, &seeds[1], CHEAP)
        .unwrap();

    let keys = Keys::load(dir.path()).unwrap();
    let names: Vec<String> = keys.people().into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["赵敏", "钱进"]);
    let second = keys.unlock(person(2), "another word").unwrap();
    assert_eq!(second.db_key.bytes(), db_key.bytes());
    assert_eq!(second.seed.bytes(), seeds[1].bytes());
    assert!(matches!(keys.unlock(person(1), "another word"), Err(KeysError::WrongPassword)));
    assert!(matches!(keys.unlock(person(3), "another word"), Err(KeysError::NoSuchPerson)));
}

#[test]
fn whoever_is_enrolled_again_opens_with_the_new_password_only() {
    let dir = tempfile::tempdir().unwrap();
    let db_key = DbKey::generate().unwrap();
    let seeds = [1, 2, 3].map(|_| PersonSeed::generate().unwrap());
    let mut keys = Keys::load(dir.path()).unwrap();
    keys.put(person(1), "赵敏", &[], "forgotten one", &db_key, &seeds[0], CHEAP).unwrap();
    keys.put(person(2), "钱进", &[], "another word", &db_key, &seeds[1], CHEAP).unwrap();
    keys.put(person(1), "赵敏", &[Role::VillageAgent], "a new one", &db_key, &seeds[2], CHEAP).unwrap();

    let keys = Keys::load(dir.path()).unwrap();
    let names: Vec<String> = keys.people().into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["赵敏", "钱进"], "nobody twice");
    assert!(matches!(keys.unlock(person(1), "forgotten one"), Err(KeysError::WrongPassword)));
    let again = keys.unlock(person(1), "a new one").unwrap();
    assert_eq!((again.db_key.bytes(), again.seed.bytes()), (db_key.bytes(), seeds[2].bytes()));
    keys.unlock(person(2), "another word").unwrap();
}

#[test]
fn a_changed_password_replaces_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let (db_key, seed) = (DbKey::generate().unwrap(), PersonSeed::generate().unwrap());
    let mut keys = Keys::load(dir.path()).unwrap();
    keys.put(person(1), "赵敏", &[], "old password", &db_key, &seed, CHEAP).unwrap();
    let refused = keys.change_password(person(1), "not it", "new password", CHEAP);
    assert!(matches!(refused, Err(KeysError::WrongPassword)));
    keys.change_password(person(1), "old password", "new password", CHEAP).unwrap();

    let keys = Keys::load(dir.path()).unwrap();
    assert!(matches!(keys.unlock(person(1), "old password"), Err(KeysError::WrongPassword)));
    assert_eq!(keys.unlock(person(1), "new password").unwrap().seed.bytes(), seed.bytes());
}

#[test]
fn full_width_letters_of_an_input_method_are_the_same_password() {
    let dir = tempfile::tempdir().unwrap();
    let (db_key, seed) = (DbKey::generate().unwrap(), PersonSeed::generate().unwrap());
    let mut keys = Keys::load(dir.path()).unwrap();
    keys.put(person(1), "赵敏", &[], "ｍｉｍａ１２３４密码", &db_key, &seed, CHEAP).unwrap();
    keys.unlock(person(1), "mima1234密码").unwrap();
}

#[test]
fn an_entry_put_under_another_name_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let (db_key, seed) = (DbKey::generate().unwrap(), PersonSeed::generate().unwrap());
    let mut keys = Keys::load(dir.path()).unwrap();
    keys.put(person(1), "赵敏", &[], "same password", &db_key, &seed, CHEAP).unwrap();
    let path = dir.path().join("keys.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&person(1).to_string(), &person(2).to_string())).unwrap();
    let keys = Keys::load(dir.path()).unwrap();
    assert!(matches!(keys.unlock(person(2), "same password"), Err(KeysError::WrongPassword)));
}

#[test]
fn the_key_file_is_private_and_holds_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let (db_key, seed) = (DbKey::generate().unwrap(), PersonSeed::generate().unwrap());
    let mut keys = Keys::load(dir.path()).unwrap();
    keys.put(person(1), "赵敏", &[], "kitchen table 1", &db_key, &seed, CHEAP).unwrap();
    let path = dir.path().join("keys.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in [hex::encode(db_key.bytes()), hex::encode(seed.bytes()), "kitchen".to_owned()] {
        assert!(!text.contains(&secret));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!format!("{db_key:?}").contains(&hex::encode(&db_key.bytes()[..4])));
}

#[test]
fn a_damaged_key_file_is_told_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.json");
    for text in ["", "{", r#"{"format":99,"people":[]}"#] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Keys::load(dir.path()), Err(KeysError::Damaged)), "{text}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
