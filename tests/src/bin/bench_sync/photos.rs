//! A hundred photographs over a village's better line, which is cut every half minute: what is sent twice. Where this machine
//! lets us, it is a line of packets that loses some of them, too.

use std::time::{Duration, Instant};

use desk::syncing::drive::Drive;
use scenarios::county::TestCounty;
use serde_json::{Value, json};
use store::table::{file, upload};

use crate::VILLAGE;
use crate::applications::{Office, SEED};
use crate::laptop::{Laptop, code};
use crate::line::{Kind, Line};
use crate::rush;

/// 4 Mbit/s, 50 ms each way, cut every half minute.
const LINE: Kind = Kind { rate: 500_000, delay: Duration::from_millis(50), cut: Some(CUT) };
const CUT: Duration = Duration::from_secs(30);
const SIZE: usize = 1_000_000;
/// How often the laptop looks whether it may try again.
const LOOK: Duration = Duration::from_millis(250);

/// Over a line of bytes that breaks.
pub async fn measure(count: usize) -> Value {
    let county = TestCounty::start().await;
    let quick = Line::lay(county.address(), Kind::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let code = code(county.path(), "王桂兰", VILLAGE, &quick.address.to_string());
    let laptop = queued(code, folder.path(), count).await;
    // The same laptop, the same county; only the line gets slow.
    quick.becomes(LINE);
    let before = quick.passed();
    let seconds = sent(&laptop).await;
    let passed = quick.passed() - before;
    let (whole, cuts) = ((count * SIZE) as u64, quick.cuts());
    json!({
        "photographs": count,
        "bytes": whole,
        "up": passed.plain_up,
        "down": passed.plain_down,
        "connections": passed.connections,
        "cuts": cuts,
        "again_each": (passed.plain_up - whole) as f64 / cuts.max(1) as f64,
        "seconds": seconds,
    })
}

/// Over a line of packets that is as slow, cut as often, and loses one packet in twenty; nothing where it cannot be laid.
#[cfg(target_os = "linux")]
pub fn measure_lossy(count: usize) -> Option<Value> {
    // This thread goes to the desk's end before a runtime begins others.
    let ends = scenarios::packets::Ends::enter()?;
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let line = ends.lay(SEED.into())?;
        Some(lossy(count, line).await)
    })
}

#[cfg(target_os = "linux")]
async fn lossy(count: usize, line: scenarios::packets::Packets) -> Value {
    let weather = scenarios::packets::Weather { lost: 50, delay: Duration::from_millis(25), rate: LINE.rate };
    let county = TestCounty::set_up().await;
    let address = line.address(county.address().port()).to_string();
    // The county shows a certificate for the addresses in its codes.
    let code = code(county.path(), "王桂兰", VILLAGE, &address);
    let mut program = rush::start(&line.at_county(), county.path(), &address).await;
    let folder = tempfile::tempdir().unwrap();
    let laptop = queued(code, folder.path(), count).await;

    line.becomes(weather);
    let (before, again_before) = (line.passed(), line.sent_again());
    let seconds = {
        let cutting = async {
            loop {
                tokio::time::sleep(CUT).await;
                line.cut();
            }
        };
        tokio::select! {
            seconds = sent(&laptop) => seconds,
            () = cutting => 0.0,
        }
    };
    let (passed, again) = (line.passed() - before, line.sent_again());
    drop(program.stdin.take());
    program.wait().await.unwrap();
    let whole = (count * SIZE) as u64;
    json!({
        "photographs": count,
        "bytes": whole,
        "up": passed.up,
        "up_again": passed.up_again,
        "connections": passed.connections,
        "cuts": passed.cuts,
        "again_each": (passed.up - whole) as f64 / passed.cuts.max(1) as f64,
        "packets": passed.arrived + passed.lost,
        "packets_lost": passed.lost,
        "segments_again": [again.0 - again_before.0, again.1 - again_before.1],
        "seconds": seconds,
    })
}

/// A laptop whose county has one case of it, with so many photographs waiting to be sent.
async fn queued(code: String, folder: &std::path::Path, count: usize) -> Laptop {
    let mut wang = Laptop::enrol(folder, code, 1).await;
    let applications = [Office::open().application(0, SEED)];
    let case = wang.fill(&applications).await[0];
    let mut drive = Drive::begin(&wang.desk).await.unwrap();
    wang.exchange(&mut drive).await;
    let mut dice = fastrand::Rng::with_seed(7);
    for _ in 0..count {
        let bytes: Vec<u8> = std::iter::repeat_with(|| dice.u8(..)).take(SIZE).collect();
        let kept = drive.store().files().put(&bytes).unwrap();
        let queued = drive.store().write::<_, store::StoreError>(|w| {
            let row = file::FileRow {
                sha256: kept.sha256,
                size: kept.size,
                mime: "image/jpeg".to_owned(),
                here: true,
                at: 0,
            };
            file::put(w, &row)?;
            upload::queue(w, case, kept.sha256, 3)
        });
        queued.unwrap();
    }
    wang
}

/// Sends until everything is there; gives the seconds it took.
async fn sent(laptop: &Laptop) -> f64 {
    let drive = Drive::begin(&laptop.desk).await.unwrap();
    let begun = Instant::now();
    loop {
        drive.files().await;
        let left = drive.store().read::<_, store::StoreError>(upload::waiting).unwrap();
        if left.items == 0 {
            return begun.elapsed().as_secs_f64();
        }
        tokio::time::sleep(LOOK).await;
    }
}
