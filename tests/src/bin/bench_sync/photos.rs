//! A hundred photographs over a village's better line, which is cut every half minute: what is sent twice.

use std::time::{Duration, Instant};

use desk::syncing::drive::Drive;
use scenarios::county::TestCounty;
use serde_json::{Value, json};
use store::table::{file, upload};

use crate::VILLAGE;
use crate::applications::{Office, SEED};
use crate::laptop::{Laptop, code};
use crate::line::{Kind, Line};

/// 4 Mbit/s, 50 ms each way, cut every half minute.
const LINE: Kind =
    Kind { rate: 500_000, delay: Duration::from_millis(50), cut: Some(Duration::from_secs(30)) };
const SIZE: usize = 1_000_000;
/// How often the laptop looks whether it may try again.
const LOOK: Duration = Duration::from_millis(250);

pub async fn measure(count: usize) -> Value {
    let county = TestCounty::start().await;
    let quick = Line::lay(county.address(), Kind::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut wang =
        Laptop::enrol(folder.path(), code(county.path(), "王桂兰", VILLAGE, &quick.address.to_string()), 1)
            .await;
    let applications = [Office::open().application(0, SEED)];
    let case = wang.fill(&applications).await[0];
    wang.exchange(&mut Drive::begin(&wang.desk).await.unwrap()).await;

    // The same laptop, the same county; only the line gets slow.
    quick.becomes(LINE);
    let drive = Drive::begin(&wang.desk).await.unwrap();
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
    let before = quick.passed();
    let begun = Instant::now();
    loop {
        drive.files().await;
        let left = drive.store().read::<_, store::StoreError>(upload::waiting).unwrap();
        if left.items == 0 {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let (seconds, passed) = (begun.elapsed().as_secs_f64(), quick.passed() - before);
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
