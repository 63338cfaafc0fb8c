//! Shortens a plan that fails, step by step, for as long as it still fails in the same way.

use super::plan::Plan;
use super::run::run;

/// Runs a shortening may take.
const MOST_RUNS: u32 = 400;

/// A shorter plan that breaks the same promise as this one, which breaks one.
pub fn minimise(plan: &Plan, first: &str) -> Plan {
    let fails = |plan: &Plan| run(plan).broken.iter().any(|broken| code(broken) == code(first));
    let (mut best, mut runs) = (plan.clone(), 0);
    let mut size = best.steps.len() / 2;
    while size > 0 && runs < MOST_RUNS {
        let mut from = 0;
        while from < best.steps.len() && runs < MOST_RUNS {
            let mut shorter = best.clone();
            let to = (from + size).min(shorter.steps.len());
            shorter.steps.drain(from..to);
            runs += 1;
            if fails(&shorter) {
                best = shorter;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    best
}

/// The words of a broken promise without its numbers.
fn code(broken: &str) -> String {
    broken.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}
