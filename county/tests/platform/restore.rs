//! A county goes on from its backup, by the real commands: nothing of what the desks have is lost, and no number is given twice.

use std::path::Path;
use std::process::{Command, Output};

use county::catalogue::first_after_restore;
use county::database::meta;
use domain::role::Role;
use sync::receipt::Ack;
use sync::version::SPOKEN;

use crate::town::{Laptop, OTHER_VILLAGE, Paper, Town, line, stored};

fn county(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_daiban-county"))
        .args(args)
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .unwrap()
}

fn backup(data: &Path, to: &Path) {
    let made = county(&["backup", to.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
}

fn restore(from: &Path, data: &Path) -> Output {
    county(&["restore", from.to_str().unwrap(), "--data", data.to_str().unwrap(), "--json"])
}

/// The county is gone; it goes on from that backup on another disk.
async fn back_from(town: Town, backup: &Path) -> Town {
    let Town { dir, time, running } = town;
    running.stop().await;
    drop(dir);
    let dir = tempfile::tempdir().unwrap();
    let done = restore(backup, dir.path());
    assert!(done.status.success(), "{done:?}");
    Town::reopen(dir, time).await
}

/// The desk hears of the epoch, has its receipts adopted, and offers what it once sent.
async fn starts_over(town: &Town, laptop: &mut Laptop, adopt: Vec<sync::receipt::SignedReceipts>) {
    laptop.client = line(town, &laptop.identity);
    laptop.cursor = 0;
    let mut request = laptop.request(None);
    request.adopt = adopt;
    laptop.epoch = laptop.client.sync(SPOKEN.max, &request).await.unwrap().0.epoch;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_lost_with_the_backup_is_kept_for_its_item() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut other = town.laptop("孙芳", OTHER_VILLAGE, &[Role::VillageAgent]).await;
    let kept = Paper::begin(&agent, "张大爷");
    let known = stored(&agent.push(&[kept.whole()]).await[0]);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    backup(town.dir.path(), &copy);

    // What comes after the backup is lost with the county.
    let lost = Paper::begin(&agent, "赵大娘");
    let chunk = agent.chunk(&[lost.whole()]);
    let reply = agent.send(chunk).await;
    let number = stored(&agent.results(&reply)[0]);
    let receipts = reply.receipts.unwrap();
    let before = agent.epoch;
    let town = back_from(town, &copy).await;

    // A desk that has not heard of it sends something new: nothing of it is taken in before it starts over.
    other.client = line(&town, &other.identity);
    let fresh = Paper::begin(&other, "钱大爷");
    let chunk = other.chunk(&[fresh.whole()]);
    let reply = other.send(chunk).await;
    assert_ne!(reply.epoch, before);
    assert!(reply.receipts.is_none());
    starts_over(&town, &mut other, Vec::new()).await;
    let given = stored(&other.push(&[fresh.whole()]).await[0]);
    assert!(given > number, "{given} is behind every number that may have been lost");

    // The owner of the lost item comes later, and has its number all the same.
    starts_over(&town, &mut agent, vec![receipts]).await;
    let acks = agent.push(&[kept.whole(), lost.whole()]).await;
    assert!(matches!(acks[0], Ack::Had { seq } if seq == known), "{acks:?}");
    assert!(matches!(acks[1], Ack::Stored { seq } if seq == number), "{acks:?}");
    assert!(town.audit().contains(&"county_restored".to_owned()));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_after_a_restore_do_not_take_the_numbers_of_lost_ones() {
    let town = Town::begin().await;
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    backup(town.dir.path(), &copy);
    let town = back_from(town, &copy).await;
    let least = town.county().database.read::<_, county::Error>(|view| Ok(meta::get(view, meta::RELEASES)?));
    let least: u64 = least.unwrap().unwrap().parse().unwrap();
    assert!(least % 100 >= 40, "{least}");
    // 5 January 2026, 09:00 and 10:00 in China.
    assert_eq!(first_after_restore(1_767_574_800_000).unwrap(), 2_026_010_558);
    assert_eq!(first_after_restore(1_767_578_400_000).unwrap(), 2_026_010_560);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_whole_backup_goes_into_an_empty_folder() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let copies = tempfile::tempdir().unwrap();
    let (copy, data) = (copies.path().join("copy.db"), copies.path().join("data"));
    backup(town.dir.path(), &copy);

    // Where a county is, nothing is put over it.
    let over = restore(&copy, town.dir.path());
    assert_eq!(over.status.code(), Some(1));
    town.running.stop().await;

    let garbage = copies.path().join("garbage.db");
    std::fs::write(&garbage, vec![7; 10_000]).unwrap();
    let refused = restore(&garbage, &data);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("is not a backup") && said.lines().count() == 1, "{said}");
    assert!(!data.join("county.db").exists());

    // An item was altered in the backup.
    let altered = copies.path().join("altered.db");
    std::fs::copy(&copy, &altered).unwrap();
    let sql = rusqlite::Connection::open(&altered).unwrap();
    sql.execute_batch("UPDATE item SET sealed = x'00'").unwrap();
    drop(sql);
    let refused = restore(&altered, &data);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("damaged"));
    assert!(!data.join("county.db").exists());

    // After both the right one still goes in, and all is well there.
    let done = restore(&copy, &data);
    assert!(done.status.success(), "{done:?}");
    let doctor = county(&["doctor", "--data", data.to_str().unwrap(), "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    assert_eq!(told["ok"], true, "{told}");
}
