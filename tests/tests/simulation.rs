//! Many short lives of a county and its desks, drawn from numbers: whatever breaks on the way, every promise is kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use scenarios::simulation::plan::{Plan, Planted};
use scenarios::simulation::run::run;
use scenarios::simulation::saved;

/// Numbers run with every test.
const SEEDS: u64 = 150;
/// Parts in which they are run, each in a process of its own.
const PARTS: u64 = 2;
/// Numbers within which each planted bug must be found.
const PLANTED_WITHIN: u64 = 150;

/// How many numbers to run: `DAIBAN_SEEDS`, or the usual.
fn seeds() -> u64 {
    std::env::var("DAIBAN_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

fn every_promise_is_kept_in_part(part: u64) {
    for seed in (part..seeds()).step_by(PARTS as usize) {
        let outcome = run(&Plan::draw(seed, false));
        assert!(
            outcome.broken.is_empty(),
            "seed {seed}: {:#?}\nshorten and keep it: simulate --seeds {seed}..{}",
            outcome.broken,
            seed + 1
        );
    }
}

macro_rules! parts {
    ($($name:ident: $part:literal,)*) => {
        $(#[test]
        fn $name() {
            every_promise_is_kept_in_part($part);
        })*
    };
}

parts! {
    every_promise_is_kept_in_part_0: 0,
    every_promise_is_kept_in_part_1: 1,
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
