//! How long to wait before trying again: longer after every failure, and never all desks at the same moment.

use domain::moment::Millis;

/// Shortest upper bound of a wait.
pub const FIRST: Millis = 1_000;
/// Longest upper bound of a wait.
pub const LONGEST: Millis = 5 * 60 * 1_000;

/// Milliseconds to wait after `failures` failures in a row (full jitter): a share of `FIRST · 2^(failures-1)`, capped at
/// [`LONGEST`]. `jitter` is a random number the caller draws; the wait is never below a tenth of the bound.
pub fn wait(failures: u32, jitter: u32) -> Millis {
    let bound = FIRST.saturating_mul(1_i64 << failures.saturating_sub(1).min(20)).min(LONGEST);
    let least = bound / 10;
    least + (bound - least) * Millis::from(jitter) / Millis::from(u32::MAX)
}
