//! How much goes over the line and how long it takes: a laptop full of applications, a county of its own, and every
//! part of the product between them as it is shipped: encrypted store, signatures, TLS, data on disk before anything
//! counts as arrived.
//!
//! `bench_sync documents COUNT [RATE DELAY]` fills a laptop and exchanges: everything up, two hundred changes down,
//! nothing at all; over a line of RATE bytes a second and DELAY milliseconds one way, if they are given. `bench_sync
//! photos COUNT [loss]` sends photographs over a line that breaks, with `loss` one that loses packets, too, where this machine lets
//! us lay it. `bench_sync rush DESKS CASES` lets many desks come at once.
//! `bench_sync dictionary FILE NUMBER` and `bench_sync line-dictionary FILE NUMBER` train what the disk and the line are packed with.
//! Each prints one line of JSON. `cargo xtask bench sync` calls them and shows the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measuring tool: what cannot be had ends it, and it speaks by printing"
)]

mod applications;
mod laptop;
mod line;
mod line_dictionary;
mod photos;
mod rush;

use std::path::Path;
use std::time::{Duration, Instant};

use applications::{Office, SEED, changed};
use desk::syncing::drive::Drive;
use laptop::{Laptop, code};
use line::{Kind, Line, Passed};
use scenarios::county::TestCounty;
use serde_json::{Value, json};
use store::table::{change, document};

const VILLAGE: &str = "131099100201";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    #[cfg(target_os = "linux")]
    if args.get(2).is_some_and(|word| word == "loss")
        && let Some(measured) = photos::measure_lossy(args[1].parse().expect("how many"))
    {
        println!("{measured}");
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure(&args));
}

async fn measure(args: &[String]) {
    let number = |n: usize| args.get(n).map(|text| text.parse::<u64>().expect("a number"));
    let measured = match args.first().map(String::as_str) {
        Some("documents") => {
            let delay = Duration::from_millis(number(3).unwrap_or(0));
            let kind = Kind { rate: number(2).unwrap_or(0), delay, cut: None };
            documents(number(1).expect("how many") as usize, kind).await
        }
        Some("photos") => photos::measure(number(1).expect("how many") as usize).await,
        Some("rush") => {
            let many = |n: usize| number(n).expect("how many") as usize;
            rush::measure(many(1), many(2)).await
        }
        Some(which @ ("dictionary" | "line-dictionary")) => {
            let (file, number) = (Path::new(&args[1]), number(2).expect("its number"));
            let number = u32::try_from(number).expect("a number");
            match which {
                "dictionary" => dictionary(file, number).await,
                _ => line_dictionary::train(file, number).await,
            }
        }
        Some("county") => return rush::serve(Path::new(&args[1]), &args[2]).await,
        _ => panic!("bench_sync documents COUNT [RATE DELAY] | photos COUNT [loss] | rush DESKS CASES"),
    };
    println!("{measured}");
}

/// Trains dictionary `number` that desks pack cases with when nobody waits, on other applications than those that are measured
/// and on cases of the sample catalogue, and writes it to `file`.
async fn dictionary(file: &Path, number: u32) -> Value {
    const SAMPLES: usize = 400;
    const SIZE: usize = 64 * 1024;
    let county = TestCounty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let address = county.address().to_string();
    let mut wang = Laptop::enrol(folder.path(), code(county.path(), "王桂兰", VILLAGE, &address), 7).await;
    let office = Office::open();
    let others: Vec<_> = (0..SAMPLES).map(|n| office.application(n, SEED + 1)).collect();
    let mut cases = wang.fill(&others).await;
    let steps: Vec<_> =
        (0..SAMPLES / 4).map(|n| (cases[n], office.review(n, SEED + 1, 1_767_300_000))).collect();
    wang.change(&steps).await;
    cases.extend(line_dictionary::cases(&wang.desk, SAMPLES / 2).await);
    let drive = Drive::begin(&wang.desk).await.unwrap();
    let samples: Vec<Vec<u8>> = drive
        .store()
        .read::<_, store::StoreError>(|r| {
            let mut samples: Vec<Vec<u8>> = Vec::new();
            for case in &cases {
                samples.push(document::get(r, *case)?.unwrap().snapshot);
                samples.extend(change::tail(r, *case)?);
            }
            Ok(samples)
        })
        .unwrap();
    let sorted: Vec<_> = samples.iter().map(|sample| shelf::sort(&[sample])).collect();
    // What the catalogue asks is asked again and again everywhere: it counts more than what was invented.
    let (invented, asked) = sorted.split_at(sorted.len() - SAMPLES / 2);
    let weighed = [invented, asked, asked, asked, asked].concat();
    let mut made = zstd::dict::from_samples(&weighed, SIZE).unwrap();
    made[line_dictionary::NUMBER].copy_from_slice(&number.to_le_bytes());
    std::fs::write(file, &made).unwrap();
    let packed = |sample: &Vec<u8>| {
        let mut packing = zstd::bulk::Compressor::with_dictionary(15, &made).unwrap();
        packing.compress(sample).unwrap().len()
    };
    let bytes = |of: &[Vec<u8>]| of.iter().map(Vec::len).sum::<usize>();
    let packed: usize = sorted.iter().map(packed).sum();
    json!({"samples": samples.len(), "bytes": bytes(&samples), "sorted": bytes(&sorted), "packed": packed, "dictionary": made.len()})
}

async fn documents(count: usize, kind: Kind) -> Value {
    let county = TestCounty::start().await;
    // The colleague's line stays quick; mine becomes what it is to be when the outbox is full.
    let quick = Line::lay(county.address(), Kind::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let line = Line::lay(county.address(), Kind::default()).await;
    let address = line.address.to_string();
    let mut wang = Laptop::enrol(&mine, code(county.path(), "王桂兰", VILLAGE, &address), 1).await;
    let near = quick.address.to_string();
    let mut zhou = Laptop::enrol(&theirs, code(county.path(), "周敏", VILLAGE, &near), 2).await;

    // What a desk without a single case takes: the catalogue, mostly.
    let empty = folder.path().join("empty");
    drop(Laptop::enrol(&empty, code(county.path(), "李梅", VILLAGE, &near), 3).await);
    let disk_before = size(&empty, "desk.db");

    let office = Office::open();
    let begun = Instant::now();
    let applications: Vec<_> = (0..count).map(|n| office.application(n, SEED)).collect();
    let cases = wang.fill(&applications).await;
    let fill = begun.elapsed();
    let memory_before = resident();
    line.becomes(kind);

    let upload = exchange(&wang, &line, None).await;
    let memory = resident();
    let county_disk = size(county.path(), "county.db");

    // A colleague has everything, too, and changes some of it.
    exchange(&zhou, &quick, None).await;
    assert_eq!(wang.heads(&cases).await, zhou.heads(&cases).await, "both have the same");
    let steps: Vec<_> = changed(count)
        .into_iter()
        .map(|n| (cases[n], office.review(n, SEED, applications[n].steps.last().unwrap().at)))
        .collect();
    zhou.change(&steps).await;
    exchange(&zhou, &quick, None).await;

    let mut open = Drive::begin(&wang.desk).await.unwrap();
    let pull = exchange(&wang, &line, Some(&mut open)).await;
    assert_eq!(wang.heads(&cases).await, zhou.heads(&cases).await, "both have the same again");
    let idle = exchange(&wang, &line, Some(&mut open)).await;
    let idle_anew = exchange(&wang, &line, None).await;
    // Once more, over a line that is open already.
    zhou.change(&steps).await;
    exchange(&zhou, &quick, None).await;
    let pull_open = exchange(&wang, &line, Some(&mut open)).await;
    assert_eq!(wang.heads(&cases).await, zhou.heads(&cases).await, "both have the same in the end");
    let told = desk::syncing::exchange(&wang.desk, true).await.unwrap();
    open.give_back().unwrap();
    let rooms = open.store().rooms().unwrap();
    let rooms: Vec<_> = rooms.iter().map(|room| (&room.name, room.bytes, room.unused)).collect();
    let rooms = json!(rooms);
    // A database that nobody has open has no log beside it.
    drop((open, wang));
    let disk = size(&mine, "desk.db");
    json!({
        "cases": count,
        "rate": kind.rate,
        "delay_ms": kind.delay.as_millis() as u64,
        "fill_seconds": fill.as_secs_f64(),
        "upload": upload,
        "pull": pull,
        "pull_open": pull_open,
        "idle": idle,
        "idle_anew": idle_anew,
        "idle_told": told,
        "memory_before": memory_before,
        "memory": memory,
        "disk_before": disk_before,
        "disk": disk,
        "disk_by_table": rooms,
        "county_disk": county_disk,
    })
}

/// Exchanges until nothing is left: what passed, and how long it took.
async fn exchange(laptop: &Laptop, line: &Line, open: Option<&mut Drive>) -> Value {
    let (before, busy) = (line.passed(), processor());
    let begun = Instant::now();
    match open {
        Some(drive) => laptop.exchange(drive).await,
        None => laptop.exchange(&mut Drive::begin(&laptop.desk).await.unwrap()).await,
    }
    let took = begun.elapsed();
    let Passed { up, down, plain_up, plain_down, connections } = line.passed() - before;
    json!({
        "seconds": took.as_secs_f64(), "processor": processor() - busy, "up": up, "down": down, "plain_up": plain_up, "plain_down": plain_down,
        "connections": connections,
    })
}

/// Seconds that this process, desks and county together, kept a processor busy.
fn processor() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = told.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Bytes of a database with its log.
fn size(folder: &Path, name: &str) -> u64 {
    let of = |name: String| std::fs::metadata(folder.join(name)).map(|file| file.len()).unwrap_or_default();
    of(name.to_owned()) + of(format!("{name}-wal"))
}

/// Memory of this process (desks and county together) in bytes: now, and at most so far. Zero where the system does not
/// tell.
fn resident() -> (u64, u64) {
    resident_of(std::process::id())
}

/// The same of any process.
fn resident_of(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    (field("VmRSS:").unwrap_or(0) * 1024, field("VmHWM:").unwrap_or(0) * 1024)
}
