//! Many short lives of a county and its desks, drawn from numbers: whatever breaks on the way, every promise is kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;

use scenarios::simulation::plan::{Plan, Planted};
use scenarios::simulation::run::run;
use scenarios::simulation::saved;

/// Numbers run with every test.
const SEEDS: u64 = 10_000;
/// Numbers within which each planted bug must be found.
const PLANTED_WITHIN: u64 = 150;

#[test]
fn every_promise_is_kept_in_ten_thousand_lives() {
    let seeds = std::env::var("DAIBAN_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    // A life takes a process: there are as many as cores. What they print goes past this test to whoever watches.
    let jobs = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    let ended = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["--raw", "--jobs", &jobs, "--seeds", &format!("0..{seeds}")])
        .status()
        .unwrap();
    assert!(ended.success(), "see above; shorten and keep what failed: simulate --seeds NUMBER..NUMBER+1");
}

#[test]
fn every_promise_is_kept_in_a_long_life() {
    let outcome = run(&Plan::draw(1, true));
    assert!(outcome.broken.is_empty(), "{:#?}", outcome.broken);
}

#[test]
fn what_failed_once_does_not_fail_again() {
    for (file, plan) in saved::all() {
        let outcome = run(&plan);
        assert!(outcome.broken.is_empty(), "{}: {:#?}", file.display(), outcome.broken);
    }
}

#[test]
fn the_same_number_twice_is_the_same_life() {
    for seed in 0..12 {
        let plan = Plan::draw(seed, false);
        assert_eq!(run(&plan), run(&plan), "seed {seed}");
    }
}

fn is_found(planted: Planted) {
    let found = (0..PLANTED_WITHIN).find(|seed| {
        let plan = Plan::with(planted, *seed);
        !run(&plan).broken.is_empty() && run(&Plan { planted: None, ..plan }).broken.is_empty()
    });
    assert!(found.is_some(), "{planted:?} was not found in {PLANTED_WITHIN} lives");
}

#[test]
fn an_item_that_leaves_the_outbox_early_is_missed() {
    is_found(Planted::DropsOutboxEarly);
}

#[test]
fn a_cursor_used_again_is_noticed() {
    is_found(Planted::ReusesCursor);
}

#[test]
fn an_answer_before_its_commit_is_noticed() {
    is_found(Planted::AcksBeforeCommit);
}

#[test]
fn a_difference_that_is_not_repaired_is_noticed() {
    is_found(Planted::SkipsRepair);
}

#[test]
fn what_went_ahead_and_was_not_answered_is_missed() {
    is_found(Planted::TakesAheadAsAnswered);
}

#[test]
fn an_epoch_that_was_forgotten_is_noticed() {
    is_found(Planted::ForgetsEpoch);
}
