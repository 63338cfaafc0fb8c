//! Desk and county in two network namespaces, and between them a line that really loses packets: TCP itself has to send again.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use domain::role::Role;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::picture::photograph;
use scenarios::program::{Platform, run_through};
use serde_json::json;
use tun_rs::{AsyncDevice, DeviceBuilder};

/// Of a thousand packets so many are lost, each way.
const LOST: u16 = 80;
/// How long a packet travels.
const DELAY: Duration = Duration::from_millis(20);
const COUNTY: &str = "10.213.77.1";
const DESK: &str = "10.213.77.2";
const CASES: usize = 40;

/// A network namespace with one end of the line in it; gone when this is.
struct Place(String);

impl Place {
    fn named(name: &str) -> Option<Place> {
        let name = format!("daiban-{name}-{}", std::process::id());
        ip(&["netns", "add", &name]).then_some(Place(name))
    }

    /// Takes an end of the line in.
    fn take(&self, device: &str, here: &str, there: &str) -> bool {
        let inside = |words: &[&str]| ip(&[&["-n", self.0.as_str()][..], words].concat());
        ip(&["link", "set", device, "netns", &self.0])
            && inside(&["address", "add", here, "peer", there, "dev", device])
            && inside(&["link", "set", "lo", "up"])
            && inside(&["link", "set", device, "up"])
    }

    /// What a command begins with that runs there.
    fn inside(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.0]
    }

    /// Segments that TCP had to send again there.
    fn sent_again(&self) -> u64 {
        let told =
            Command::new("ip").args(["netns", "exec", &self.0, "cat", "/proc/net/snmp"]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let mut rows = told.lines().filter(|line| line.starts_with("Tcp:"));
        let (names, numbers) = (rows.next().unwrap(), rows.next().unwrap());
        let place = names.split(' ').position(|name| name == "RetransSegs").unwrap();
        numbers.split(' ').nth(place).unwrap().parse().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ip(&["netns", "delete", &self.0]);
    }
}

fn ip(words: &[&str]) -> bool {
    Command::new("ip").args(words).output().is_ok_and(|done| done.status.success())
}

/// The line: what one end sends comes out at the other, later, or not at all.
struct Line {
    lost: Arc<AtomicU64>,
    passed: Arc<AtomicU64>,
}

impl Line {
    fn between(one: AsyncDevice, other: AsyncDevice, seed: u64) -> Line {
        let line = Line { lost: Arc::default(), passed: Arc::default() };
        let (one, other) = (Arc::new(one), Arc::new(other));
        for (from, to, seed) in [(one.clone(), other.clone(), seed), (other, one, seed + 1)] {
            let (lost, passed) = (line.lost.clone(), line.passed.clone());
            let mut dice = fastrand::Rng::with_seed(seed);
            let (put, mut taken) = tokio::sync::mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
            tokio::spawn(async move {
                let mut packet = vec![0; 2048];
                while let Ok(length) = from.recv(&mut packet).await {
                    if dice.u16(0..1000) < LOST {
                        lost.fetch_add(1, SeqCst);
                    } else {
                        passed.fetch_add(1, SeqCst);
                        let _gone = put.send((Instant::now() + DELAY, packet[..length].to_vec()));
                    }
                }
            });
            tokio::spawn(async move {
                while let Some((at, packet)) = taken.recv().await {
                    tokio::time::sleep_until(at.into()).await;
                    // An end that is gone takes nothing more.
                    let _gone = to.send(&packet).await;
                }
            });
        }
        line
    }
}

/// Both places and the line between them; none where this machine does not let us.
fn lay(seed: u64) -> Option<(Place, Place, Line)> {
    let device = |name: &str| {
        let name = format!("db{name}{}", std::process::id() % 1_000_000);
        Some((DeviceBuilder::new().name(&name).mtu(1400).build_async().ok()?, name))
    };
    let ((one, one_name), (other, other_name)) = (device("c")?, device("d")?);
    let (county, desk) = (Place::named("county")?, Place::named("desk")?);
    let laid = county.take(&one_name, COUNTY, DESK) && desk.take(&other_name, DESK, COUNTY);
    laid.then(|| (county, desk, Line::between(one, other, seed)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_twelfth_packet_is_lost_and_everything_arrives_once() {
    let Some((at_county, at_desk, line)) = lay(2026) else {
        println!(
            "skipped: network namespaces and a TUN device need root (CAP_NET_ADMIN, CAP_SYS_ADMIN), /dev/net/tun and ip"
        );
        return;
    };
    let county = TestCounty::set_up().await;
    let address = format!("{COUNTY}:{}", county.address().port()).parse().unwrap();
    let life = county::enrol::CODE_LIFE;
    let code = county.code_over(Some(address), life, "王桂兰", "131099100201", &[Role::VillageAgent]);
    let mut platform = Platform::start_through(&at_county.inside(), county.path(), address).await;

    let laptop = tempfile::tempdir().unwrap();
    let there = async |words: &[&str]| {
        let (data, inside) = (laptop.path().to_owned(), at_desk.inside().map(str::to_owned));
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let done = tokio::task::spawn_blocking(move || {
            let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
            run_through(&inside, &data, &words.iter().map(String::as_str).collect::<Vec<_>>())
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
    there(&["case", "new", "--item", GAOLING, "--answers", &answers, "--attach", &attach, "--submit"]).await;
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

    let (lost, passed) = (line.lost.load(SeqCst), line.passed.load(SeqCst));
    let again = (at_desk.sent_again(), at_county.sent_again());
    println!(
        "{lost} of {} packets lost; TCP sent {} segments again at the desk, {} at the county; {} bytes up in {:.1?}",
        lost + passed,
        again.0,
        again.1,
        told["bytes_up"],
        begun.elapsed()
    );
    assert!(lost > 20 && again.0 > 0 && again.1 > 0, "nothing was lost: {again:?}");
    // What TCP does is none of ours: nothing was sent twice above it.
    let once = there(&["sync", "--until-idle", "--metered", "no"]).await;
    assert_eq!((&once["items_sent"], &once["files_sent"]), (&json!(0), &json!(0)));
    platform.kill().await;
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}
