//! What time it is at the county: the only clock that orders anything.

use std::sync::Arc;

use domain::moment::Millis;

/// Tells the time, milliseconds since 1970-01-01T00:00:00Z. Passed in, so that a test can be next month.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The clock of this machine.
pub fn machine() -> Clock {
    Arc::new(|| jiff::Timestamp::now().as_millisecond())
}

/// A time as programs read it, RFC 3339 in UTC.
pub fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// A day, in milliseconds.
pub const DAY: Millis = 24 * 60 * 60 * 1000;
