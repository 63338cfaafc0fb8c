//! Which protocol versions this program speaks, so that an old desk is told to update instead of being cut off.

use serde::{Deserialize, Serialize};

/// The protocol versions a program speaks, both ends included.
///
/// History: 1 — first protocol. 2 — messages of an exchange may be packed with dictionary 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Oldest version spoken.
    pub min: u16,
    /// Newest version spoken.
    pub max: u16,
}

/// What this program speaks.
pub const SPOKEN: Window = Window { min: 1, max: 2 };

impl Window {
    /// The newest version both speak, or `None` when one of them has to be updated.
    pub fn common(self, other: Window) -> Option<u16> {
        let newest = self.max.min(other.max);
        (newest >= self.min.max(other.min)).then_some(newest)
    }
}
