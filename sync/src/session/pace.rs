//! How much to put into one request: about four seconds' worth of the link as it was measured.

use domain::moment::Millis;

/// Bytes and time of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes sent.
    pub up: u64,
    /// Bytes received.
    pub down: u64,
    /// Milliseconds from the first byte sent to the last byte received.
    pub elapsed: Millis,
}

const SECONDS: u64 = 4;
const LEAST: u64 = 8 * 1024;
const MOST_UP: u64 = crate::chunk::MAX_COMPRESSED as u64;
const MOST_DOWN: u64 = 1024 * 1024;
/// An exchange smaller than this measures the delay of the link, not its breadth.
const TELLING: u64 = 4 * 1024;

/// The measured link, in bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rate: u64,
}

impl Default for Pace {
    /// 64 kbit/s, until something was measured.
    fn default() -> Self {
        Pace { rate: 8 * 1024 }
    }
}

impl Pace {
    /// Most bytes of a chunk, compressed.
    pub fn up(&self) -> u32 {
        bound(self.rate, MOST_UP)
    }

    /// Most bytes to want back.
    pub fn down(&self) -> u32 {
        bound(self.rate, MOST_DOWN)
    }

    /// Learns from an exchange: up at once, because a small request on a good link costs a round trip; down
    /// by three quarters of the difference, because one hiccup is not a slow link.
    pub(crate) fn learn(&mut self, traffic: Traffic) {
        let bytes = traffic.up.saturating_add(traffic.down);
        if bytes < TELLING {
            return;
        }
        let elapsed = u64::try_from(traffic.elapsed).unwrap_or(1).max(1);
        let seen = bytes.saturating_mul(1_000) / elapsed;
        self.rate = if seen > self.rate { seen } else { (self.rate + 3 * seen) / 4 };
    }

    /// A request was lost: the next one is half as large.
    pub(crate) fn lost(&mut self) {
        self.rate = (self.rate / 2).max(LEAST / SECONDS);
    }
}

fn bound(rate: u64, most: u64) -> u32 {
    u32::try_from(rate.saturating_mul(SECONDS).clamp(LEAST, most)).unwrap_or(u32::MAX)
}
