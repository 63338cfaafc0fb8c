//! The machine stops without warning: what was confirmed is there, what was under way is not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use store::table::meta;
use store::{DbKey, FolderLock, Store};

const CHILD: &str = "DAIBAN_TEST_STORE_FOLDER";
const KEY: [u8; 32] = [7; 32];

/// Saves pairs of facts for ever and tells of each pair once it is confirmed. Only runs as the child of the test below.
#[test]
fn child_that_will_be_killed() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let lock = FolderLock::take(folder.as_ref()).unwrap();
    let store = Store::open(&lock, &DbKey::from_bytes(&KEY)).unwrap();
    let mut out = std::io::stderr();
    for n in 0u32.. {
        store
            .write(|w| {
                meta::put(w, "one", &n.to_be_bytes())?;
                meta::put(w, "bulk", &vec![0; 100_000])?;
                meta::put(w, "two", &n.to_be_bytes())
            })
            .unwrap();
        writeln!(out, "saved {n}").unwrap();
    }
}

#[test]
fn a_program_killed_in_the_middle_keeps_every_confirmed_save_and_no_half_one() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=3usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child_that_will_be_killed", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stderr.take().unwrap()).lines();
        let told =
            told.map_while(Result::ok).filter_map(|line| line.strip_prefix("saved ")?.parse::<u32>().ok());
        let confirmed = told.take(5 * round).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let lock = FolderLock::take(dir.path()).expect("the lock does not outlive its program");
        let store = Store::open(&lock, &DbKey::from_bytes(&KEY)).unwrap();
        store.verify().unwrap();
        let fact = |name| {
            let bytes = store.read(|r| meta::get(r, name)).unwrap().unwrap();
            u32::from_be_bytes(bytes.try_into().unwrap())
        };
        assert_eq!(fact("one"), fact("two"), "no half save");
        assert!(fact("one") >= confirmed, "round {round}: {confirmed} was confirmed");
        store.write(|w| meta::put(w, "after", b"")).expect("work goes on");
    }
}
