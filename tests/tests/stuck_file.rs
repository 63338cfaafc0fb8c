//! A photograph that was damaged on the laptop's disk: everything else arrives, and the panel says which one, why, and what to do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use desk::dispatch::{ask, put};
use domain::id::CaseId;
use domain::role::Role;
use ipc::material::{FileState, MaterialRemove};
use ipc::sync::{QuarantineList, SyncNow};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::TestDesk;
use scenarios::picture::photograph;
use scenarios::until::until;
use serde_json::json;

async fn photographed(wang: &TestDesk, width: u32) -> CaseId {
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg", "original_seen": true});
    put(&wang.desk, "material_put", args, photograph(width, 800)).await.unwrap();
    case
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.extend([path]) }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_photograph_stops_nothing_else_and_is_named() {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    county.down().await;
    let rotten = photographed(&wang, 1100).await;
    let kept = files(&wang.path().join("files"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept = kept.first().unwrap();
    let mut bytes = std::fs::read(kept).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(kept, bytes).unwrap();
    let sound = photographed(&wang, 1200).await;

    county.up().await;
    until(&wang.desk, "the sound photograph at the county", async || {
        (wang.look(sound).await.materials[0].state == FileState::AtCounty).then_some(())
    })
    .await;
    let told = until(&wang.desk, "the damaged one aside", async || {
        let told = ask(&wang.desk, SyncNow {}).await.unwrap();
        (told.stuck_files == 1).then_some(told)
    })
    .await;
    assert_eq!((told.waiting_items, told.waiting_files, told.stuck()), (0, 0, 1));
    let stuck = ask(&wang.desk, QuarantineList {}).await.unwrap().files;
    assert_eq!(stuck.len(), 1);
    assert_eq!((stuck[0].case, stuck[0].code.as_str()), (rotten, "hash_differs"));
    assert!(stuck[0].material.contains("身份证") && !stuck[0].item_name.is_empty(), "{:?}", stuck[0]);

    // Taken out of its case it is settled.
    let file = wang.look(rotten).await.materials[0].file.clone();
    ask(&wang.desk, MaterialRemove { request: wang.request(), case: rotten, file }).await.unwrap();
    assert!(ask(&wang.desk, QuarantineList {}).await.unwrap().files.is_empty());
}
