//! Simulated lives in which courier files lie around, lives in which disks, logs and programs are not what they should be, and
//! lives in which cases end and shrink.
#![allow(clippy::unwrap_used, reason = "a test")]

use scenarios::simulation::plan::Plan;
use scenarios::simulation::run::run;

/// Numbers run with every test, of each sort.
const SEEDS: u64 = 50;

/// Runs plans, each of which must keep every promise; gives how many lines of their traces say what is looked for.
fn kept(plan: impl Fn(u64) -> Plan, tells: impl Fn(&str) -> bool) -> usize {
    let seeds = std::env::var("DAIBAN_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let mut found = 0;
    for seed in 0..seeds {
        let outcome = run(&plan(seed));
        assert!(
            outcome.broken.is_empty(),
            "seed {seed}: {:#?}\n{}",
            outcome.broken,
            outcome.trace.join("\n")
        );
        found += outcome.trace.iter().filter(|line| tells(line)).count();
    }
    found
}

#[test]
fn every_promise_is_kept_with_sticks_lying_around() {
    let used = kept(Plan::with_sticks, |line| line.contains("StickIn") && line.contains(" new, "));
    assert!(used > 0, "no stick was ever taken in");
}

#[test]
fn every_promise_is_kept_on_bad_disks_and_with_cases_that_come_and_go() {
    let rescued = kept(Plan::with_damage, |line| line.contains("rescued, sound before"));
    assert!(rescued > 0, "nothing was ever rescued");
}

#[test]
fn every_promise_is_kept_with_ended_cases_that_shrink_and_come_back() {
    let shrunk = kept(Plan::with_endings, |line| {
        line.contains("Shrink") && line.ends_with("lie as a summary") && !line.contains(": 0 lie")
    });
    assert!(shrunk > 0, "nothing ever shrank");
}
