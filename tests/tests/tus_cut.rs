//! A large paper on a line that is cut at any byte: each cut costs at most one slice again, and the whole arrives as it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::time::{Duration, Instant};

use desk::dispatch::{ask, get, put};
use desk::syncing::drive::Drive;
use domain::role::Role;
use ipc::account::Unlock;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, TestDesk, open};
use scenarios::line::Line;
use scenarios::picture::pdf;
use scenarios::until::until;
use serde_json::json;
use store::table::upload::{self, UploadState};

/// Longer than it ever takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of the paper.
const PAPER: usize = 9_500_000;
/// The largest slice there is.
const SLICE: u64 = 1024 * 1024;
/// What a new connection costs beside the slice: handshakes, the question where the file stands, headers.
const GREETING: u64 = 12 * 1024;
/// A cut falls anywhere into so many bytes.
const BYTES: u64 = 1_800_000;

fn paper(dice: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n%".to_vec();
    bytes.extend(std::iter::repeat_with(|| dice.alphanumeric()).map(|letter| letter as u8).take(PAPER));
    bytes.push(b'\n');
    bytes.extend(pdf());
    bytes
}

/// How much of the only file the county has by its own word, and the paper's length.
async fn stands(drive: &Drive, county: &TestCounty) -> Option<u64> {
    let waiting = drive.store().read(upload::unsent).unwrap();
    let url = match &waiting.first()?.state {
        UploadState::Sending { url, .. } => url.clone(),
        _ => return Some(0),
    };
    let id = url.rsplit('/').next().unwrap().to_owned();
    let found = county
        .open()
        .database
        .read::<_, county::Error>(|view| Ok(county::database::file::upload(view, &id)?));
    Some(found.unwrap().unwrap().position)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cut_costs_at_most_one_slice_again() {
    let seed = std::env::var("DAIBAN_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64);
    println!("DAIBAN_SEED={seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    let county = TestCounty::start().await;
    let line = Line::to(county.address(), seed).await;
    let life = county::enrol::CODE_LIFE;
    let code = county.code_over(Some(line.address()), life, "王桂兰", "131099100201", &[Role::VillageAgent]);
    let wang = TestDesk::enrol(&code).await;
    wang.desk.line_is_metered(true);
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "户口簿.pdf", "original_seen": true});
    let paper = paper(&mut dice);
    put(&wang.desk, "material_put", args, paper.clone()).await.unwrap();
    wang.submit(case).await.unwrap();
    wang.sync().await;
    let (person, shut) = (wang.person, wang.off().await);

    let desk = open(shut.path());
    ask(&desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
    let drive = Drive::begin(&desk).await.unwrap();
    let (mut cuts, mut again, mut worst) = (0, 0, 0);
    let (mut at, begun) = (0, Instant::now());
    loop {
        let (cuts_before, up_before) = (line.cuts(), line.up());
        line.cut_after(dice.u64(0..BYTES));
        drive.files().await;
        let now = stands(&drive, &county).await.unwrap_or(paper.len() as u64);
        let lost = (line.up() - up_before).saturating_sub(now - at);
        at = now;
        if drive.store().read(upload::unsent).unwrap().is_empty() {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not arrive");
        if line.cuts() == cuts_before {
            tokio::task::yield_now().await;
            continue;
        }
        cuts += 1;
        again += lost;
        worst = worst.max(lost);
        assert!(lost <= SLICE + GREETING, "a cut at {at} of {} cost {lost} bytes", paper.len());
    }
    println!("{cuts} cuts, {again} bytes again, at most {worst} for one");
    assert!(cuts >= 5, "{cuts} cuts are no proof");
    line.heal();
    drop((drive, desk));

    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let named = until(&li.desk, "the case at the township", async || {
        let there = li.cases().await.iter().any(|card| card.case == case);
        if there { Some(li.look(case).await.materials.first()?.file.clone()) } else { None }
    })
    .await;
    let back = get(&li.desk, "material_get", json!({"case": case, "file": named})).await.unwrap();
    assert!(back.body == paper, "what arrived is not what was sent");
}
