//! When something was done, as far as a laptop with a possibly wrong clock can know (ruling 12).

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The times a desk can vouch for when it makes an item. Nothing is ever ordered by these;
/// order is the county's sequence. The county adds its own time of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The laptop's wall clock.
    pub device: Millis,
    /// Minutes east of UTC of the laptop's zone.
    pub zone: i16,
    /// Random id of this boot of the machine.
    pub boot: [u8; 16],
    /// Milliseconds since that boot, never running backwards.
    pub monotonic: u64,
    /// The last time the county told this desk, if any, with the monotonic reading when it was told.
    pub county: Option<CountyTime>,
}

/// A time the county signed for, and when (by the monotonic clock of that boot) the desk received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyTime {
    /// The county's clock.
    pub at: Millis,
    /// The desk's monotonic clock when it heard that.
    pub heard: u64,
}
