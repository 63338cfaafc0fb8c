//! How often one desk may ask: a program gone wrong is told politely when to come again, and nobody else notices it.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::id::DeskId;
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Requests a second that a desk may make for as long as it likes. A waiting desk makes one in 25 seconds.
const STEADY: u32 = 40;
/// Requests that it may make at once on top of that: two hundred photographs take about as many on a quick line.
const AT_ONCE: u32 = 1_200;
/// The least a desk is asked to wait once it asked too often.
const LEAST: Duration = Duration::from_secs(1);

/// What every desk has left. One small row for each desk that asked lately; certificates are given by this county, so
/// there are never more than it has desks.
#[derive(Debug)]
pub struct Pace(RateLimiter<DeskId, HashMapStateStore<DeskId>, MonotonicClock, NoOpMiddleware<Moment>>);

/// What the clock of the paces counts in: never set back, whatever happens to the time of day.
type Moment = <MonotonicClock as governor::clock::Clock>::Instant;

impl Default for Pace {
    fn default() -> Pace {
        Pace::new(STEADY, AT_ONCE)
    }
}

impl Pace {
    fn new(steady: u32, at_once: u32) -> Pace {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(number(steady)).allow_burst(number(at_once));
        Pace(RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock))
    }

    /// Counts one request of that desk.
    ///
    /// # Errors
    /// How long it is asked to wait.
    pub fn count(&self, desk: DeskId) -> Result<(), Duration> {
        self.0.check_key(&desk).map_err(|until| until.wait_time_from(MonotonicClock.now()).max(LEAST))
    }

    /// Forgets desks that have been quiet for long enough to have all of it again.
    pub fn forget_quiet(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn whoever_asks_too_often_waits_and_nobody_else_does() {
        let pace = Pace::new(1, 5);
        let desk = |n| DeskId(Uuid::from_u128(n));
        let taken = (0..100).filter(|_| pace.count(desk(1)).is_ok()).count();
        assert!((5..8).contains(&taken), "{taken}");
        assert!(pace.count(desk(1)).unwrap_err() >= LEAST);
        assert!(pace.count(desk(2)).is_ok(), "another desk has its own");
    }

    #[test]
    fn a_desk_that_was_quiet_costs_no_memory() {
        let pace = Pace::new(1_000_000, 1);
        (0..500).for_each(|n| assert!(pace.count(DeskId(Uuid::from_u128(n))).is_ok()));
        let begun = std::time::Instant::now();
        while !pace.0.is_empty() {
            assert!(begun.elapsed() < LEAST, "it is remembered for ever");
            pace.forget_quiet();
        }
    }
}
