//! Desk and county in two network namespaces, and between them a line that really loses packets: TCP itself has to send again.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that tells its dice and what it saw"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use desk::dispatch::{ask, put};
use desk::syncing::drive::Drive;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::Unlock;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, TestDesk, open};
use scenarios::packets::{Ends, NOT_HERE, Packets, Weather};
use scenarios::picture::{pdf, photograph};
use scenarios::program::{Platform, run};
use scenarios::until::until;
use serde_json::json;
use store::table::upload;

const CASES: usize = 40;
/// A cut costs at most a slice: two seconds of this line, and a little.
const SLICE: u64 = 640 * 1024;
/// What a new connection costs beside the slice: handshakes, the question where the file stands, headers.
const GREETING: u64 = 12 * 1024;
/// Longer than it ever takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A county at the other end of a line of packets, and a code for a laptop at this end; nothing where no line can be laid.
fn at_both_ends(seed: u64, story: impl AsyncFnOnce(Packets, &TestCounty, Platform, String)) {
    let Some(ends) = Ends::enter() else { return println!("skipped: {NOT_HERE}") };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let Some(line) = ends.lay(seed) else { return println!("skipped: {NOT_HERE}") };
        let county = TestCounty::set_up().await;
        let address = line.address(county.address().port());
        let life = county::enrol::CODE_LIFE;
        let code = county.code_over(Some(address), life, "王桂兰", "131099100201", &[Role::VillageAgent]);
        let platform = Platform::start_through(&line.at_county(), county.path(), address).await;
        story(line, &county, platform, code).await;
    });
}

#[test]
fn every_twelfth_packet_is_lost_and_everything_arrives_once() {
    at_both_ends(2026, async |line, _county, mut platform, code| {
        line.becomes(Weather { lost: 80, delay: Duration::from_millis(20), rate: 0 });
        let laptop = tempfile::tempdir().unwrap();
        let there = async |words: &[&str]| {
            let data = laptop.path().to_owned();
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let done = tokio::task::spawn_blocking(move || {
                run(&data, PASSWORD, &words.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let (status, told) = done.await.unwrap();
            assert_eq!(status, 0, "{told}");
            told
        };
        let enrolled = there(&["enrol", "--code", &code]).await;
        assert!(enrolled["catalogue_release"].is_number(), "{enrolled}");
        let answers = write(laptop.path(), "answers.json", gaoling().to_string().as_bytes());
        let lines = format!("{}\n", gaoling()).repeat(CASES - 1);
        let lines = write(laptop.path(), "cases.jsonl", lines.as_bytes());
        let photograph = write(laptop.path(), "card.jpg", &photograph(2400, 1600));
        let attach = format!("M-ID={photograph}");
        there(&["case", "new", "--item", GAOLING, "--answers", &answers, "--attach", &attach, "--submit"])
            .await;
        there(&["case", "import", &lines, "--item", GAOLING, "--submit"]).await;
        let begun = Instant::now();
        let told = there(&["sync", "--until-idle", "--metered", "no"]).await;
        assert_eq!(
            (&told["waiting"], &told["files_sent"], &told["refused"]),
            (&json!(0), &json!(1), &json!([])),
            "{told}"
        );
        let listed = there(&["case", "list", "--status", "submitted"]).await;
        assert_eq!(listed["total"], json!(CASES));

        let (passed, again) = (line.passed(), line.sent_again());
        println!(
            "{} of {} packets lost; TCP sent {} segments again at the desk, {} at the county; {} bytes up in {:.1?}",
            passed.lost,
            passed.lost + passed.arrived,
            again.0,
            again.1,
            told["bytes_up"],
            begun.elapsed()
        );
        assert!(passed.lost > 20 && again.0 > 0 && again.1 > 0, "nothing was lost: {passed:?} {again:?}");
        // What TCP does is none of ours: nothing was sent twice above it.
        let once = there(&["sync", "--until-idle", "--metered", "no"]).await;
        assert_eq!((&once["items_sent"], &once["files_sent"]), (&json!(0), &json!(0)));
        platform.kill().await;
    });
}

#[test]
fn papers_are_sent_once_but_for_a_slice_with_each_cut() {
    at_both_ends(31, async |line, _county, mut platform, code| {
        let wang = TestDesk::enrol(&code).await;
        wang.desk.line_is_metered(true);
        let case = wang.begin(GAOLING, &gaoling()).await.case;
        let mut whole = 0;
        for (n, slot) in ["M-ID", "M-BANK", "M-HK"].into_iter().enumerate() {
            let paper = paper(n);
            whole += paper.len() as u64;
            let args = json!({"request": wang.request(), "case": case, "slot": slot, "name": "材料.pdf", "original_seen": true});
            put(&wang.desk, "material_put", args, paper).await.unwrap();
        }
        wang.submit(case).await.unwrap();
        until(&wang.desk, "the words at the county", async || {
            (wang.look(case).await.status == Status::Submitted).then_some(())
        })
        .await;
        let (person, shut) = (wang.person, wang.off().await);
        let desk = open(shut.path());
        ask(&desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
        let drive = Drive::begin(&desk).await.unwrap();

        // One packet in twenty, 2.4 Mbit/s, and two cuts in the middle of what is under way.
        line.becomes(Weather { lost: 50, delay: Duration::from_millis(10), rate: 300_000 });
        let (before, begun) = (line.passed(), Instant::now());
        for _ in 0..2 {
            let cuts = line.passed().cuts;
            line.cut_after(whole / 3);
            while line.passed().cuts == cuts {
                drive.files().await;
                assert!(begun.elapsed() < PATIENCE, "it does not arrive");
            }
        }
        while !drive.store().read(upload::unsent).unwrap().is_empty() {
            drive.files().await;
            assert!(begun.elapsed() < PATIENCE, "it does not arrive");
        }
        let passed = line.passed() - before;
        println!("{whole} bytes of papers: {passed:?} in {:.1?}", begun.elapsed());
        assert_eq!(passed.cuts, 2);
        assert!(passed.lost > 100 && passed.up_again > 50_000, "nothing was lost: {passed:?}");
        // Above TCP everything went once, but for what was under way when the line was cut.
        let most = whole + whole / 100 + passed.cuts * SLICE + passed.connections * GREETING;
        assert!(passed.up <= most, "{} bytes instead of {most}: {passed:?}", passed.up);
        line.heal();
        assert_eq!(drive.files().await, (0, 0), "nothing is left");
        platform.kill().await;
    });
}

/// A paper of another content for each number, a little over a megabyte.
fn paper(n: usize) -> Vec<u8> {
    let mut dice = fastrand::Rng::with_seed(n as u64);
    let mut bytes = b"%PDF-1.4\n%".to_vec();
    bytes.extend(std::iter::repeat_with(|| dice.alphanumeric()).map(|letter| letter as u8).take(1_100_000));
    bytes.push(b'\n');
    bytes.extend(pdf());
    bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}
