//! The morning after an outage: every desk of a county comes back at once with its cases, while a clerk goes on working.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use desk::syncing::drive::Drive;
use scenarios::county::TestCounty;
use serde_json::{Value, json};
use store::StoreError;
use store::table::{outbox, quarantine};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::applications::{Application, Office, SEED};
use crate::laptop::{Laptop, code, code_in};
use crate::{VILLAGE, resident_of};

/// How often the clerk asks for something.
const CLERK: Duration = Duration::from_millis(100);

/// Answers as the county in `folder` until standard input ends: a process of its own, so that its memory can be told.
pub async fn serve(folder: &Path, listen: &str) {
    let config = county::Config {
        folder: county::Folder::at(folder),
        listen: listen.parse().unwrap(),
        ops: "127.0.0.1:0".parse().unwrap(),
        clock: county::clock::machine(),
    };
    let running = county::start(config).await.unwrap();
    println!("listening");
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    ended.await.unwrap().unwrap();
    running.stop().await;
}

/// Starts that process by the words that lead to where the county is (none: here), and waits until it listens.
pub async fn start(leading: &[&str], folder: &Path, listen: &str) -> Child {
    let this = std::env::current_exe().unwrap();
    let words = [leading, &[this.to_str().unwrap(), "county", folder.to_str().unwrap(), listen]].concat();
    let mut program = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).await.unwrap();
    program
}

pub async fn measure(desks: usize, cases: usize) -> Value {
    let county = TestCounty::set_up().await;
    let address = county.address().to_string();
    let mut program = start(&[], county.path(), &address).await;
    let process = program.id().unwrap();

    let office = Office::open();
    let applications: Vec<Application> = (0..cases).map(|n| office.application(n, SEED)).collect();
    let folder = tempfile::tempdir().unwrap();
    let clerk =
        Laptop::enrol(&folder.path().join("clerk"), code(county.path(), "李敏", VILLAGE, &address), 0).await;
    let mut laptops = Vec::new();
    for n in 0..desks {
        let unit = format!("131099{:03}{:03}", 101 + n / 100, 301 + n % 100);
        let code = code_in(county.path(), &format!("王{n}"), &unit, &format!("{n}村"), &address);
        let mut laptop = Laptop::enrol(&folder.path().join(n.to_string()), code, n as u64 + 1).await;
        laptop.fill(&applications).await;
        laptops.push(laptop);
    }
    let before = resident_of(process).0;

    let over = Arc::new(AtomicBool::new(false));
    let working = tokio::spawn({
        let over = over.clone();
        async move {
            let mut open = Drive::begin(&clerk.desk).await.unwrap();
            let mut took = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                clerk.exchange(&mut open).await;
                took.push(begun.elapsed());
                tokio::time::sleep(CLERK).await;
            }
            took
        }
    });
    let begun = Instant::now();
    let rush: Vec<_> = laptops
        .into_iter()
        .map(|laptop| {
            tokio::spawn(async move {
                let mut drive = Drive::begin(&laptop.desk).await.unwrap();
                let postponed = laptop.exchange_patiently(&mut drive).await;
                let at = Instant::now();
                let stuck = |r: &store::Read<'_>| {
                    Ok::<_, StoreError>((quarantine::count(r)?, outbox::waiting(r)?.items))
                };
                (at, postponed, drive.store().read(stuck).unwrap())
            })
        })
        .collect();
    let (mut done, mut postponed, mut refused, mut left) = (Vec::new(), 0, 0, 0);
    for desk in rush {
        let (at, later, (stuck, waiting)) = desk.await.unwrap();
        done.push(at - begun);
        postponed += later;
        refused += stuck;
        left += waiting;
    }
    assert_eq!(left, 0, "everything arrived or was refused");
    over.store(true, Ordering::Relaxed);
    let mut took = working.await.unwrap();
    took.sort_unstable();
    done.sort_unstable();
    let part = |times: &[Duration], of_100: usize| times[(times.len() - 1) * of_100 / 100].as_secs_f64();
    let (memory, most) = resident_of(process);
    drop(program.stdin.take());
    program.wait().await.unwrap();
    json!({
        "desks": desks,
        "cases": cases,
        "seconds": part(&done, 100),
        "median": part(&done, 50),
        "postponed": postponed,
        "refused": refused,
        "clerk_requests": took.len(),
        "clerk_median": part(&took, 50),
        "clerk_p99": part(&took, 99),
        "memory_before": before,
        "memory_after": memory,
        "memory": most,
    })
}
