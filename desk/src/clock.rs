//! What time it is, as far as a laptop with a possibly wrong clock can know: the county's last word plus what has
//! passed since (ruling 12).

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::moment::{CountyTime, Millis, Moment};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A clock that runs further ahead of the county's last word than this is not believed: two years.
const BELIEVABLE: Millis = 2 * 366 * 24 * 3600 * 1000;

/// A time the county signed for, with the boot in which it was heard. Kept in the database over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The county's clock, milliseconds since 1970 UTC.
    pub at: Millis,
    /// This machine's monotonic clock then, milliseconds since boot.
    pub monotonic: u64,
    /// The boot of that monotonic clock.
    pub boot: [u8; 16],
}

/// The clocks of this machine.
#[derive(Debug)]
pub struct Clock {
    boot: [u8; 16],
    started: Instant,
    started_at: u64,
    heard: Mutex<Option<Heard>>,
}

impl Clock {
    /// Reads which boot of the machine this is.
    pub fn new() -> Self {
        let (boot, started_at) = match (boot_id(), uptime()) {
            (Some(boot), Some(uptime)) => (boot, uptime),
            // Without a boot id every start of the program counts as a boot of its own.
            _ => (uuid::Uuid::now_v7().into_bytes(), 0),
        };
        Clock::of_boot(boot, started_at)
    }

    /// The clocks of a machine in that boot, `uptime` milliseconds after it began.
    pub fn of_boot(boot: [u8; 16], uptime: u64) -> Self {
        Clock { boot, started: Instant::now(), started_at: uptime, heard: Mutex::new(None) }
    }

    /// Takes up what was heard in an earlier run; a later word already heard stays.
    pub fn recall(&self, earlier: Heard) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.is_none_or(|known| known.at < earlier.at) {
            *heard = Some(earlier);
        }
    }

    /// The county said what time it is. The result is to be kept for [`Clock::recall`].
    pub fn hear(&self, at: Millis) -> Heard {
        let word = Heard { at, monotonic: self.monotonic(), boot: self.boot };
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(word);
        word
    }

    /// The times to be written into an item made now.
    pub fn moment(&self) -> Moment {
        let device = device();
        let zone = Timestamp::from_millisecond(device)
            .map_or(0, |stamp| TimeZone::system().to_offset(stamp).seconds() / 60);
        Moment {
            device,
            zone: i16::try_from(zone).unwrap_or(0),
            boot: self.boot,
            monotonic: self.monotonic(),
            county: self.heard().map(|heard| CountyTime {
                at: heard.at,
                // Heard before this boot: nothing of this boot had passed then.
                heard: if heard.boot == self.boot { heard.monotonic } else { 0 },
            }),
        }
    }

    /// The time to check certificates, grants and catalogues against, milliseconds since 1970 UTC.
    pub fn now(&self) -> Millis {
        trusted(device(), self.monotonic(), self.boot, self.heard())
    }

    /// Today by the trusted time in this machine's zone, `YYYY-MM-DD`.
    pub fn today(&self) -> String {
        Timestamp::from_millisecond(self.now())
            .map(|stamp| stamp.to_zoned(TimeZone::system()).date().to_string())
            .unwrap_or_default()
    }

    fn heard(&self) -> Option<Heard> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn monotonic(&self) -> u64 {
        let passed = self.started.elapsed().as_millis();
        self.started_at.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}

/// The wall clock of this machine, milliseconds since 1970 UTC. For display and for items; never for trust.
pub fn device() -> Millis {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(passed) => Millis::try_from(passed.as_millis()).unwrap_or(Millis::MAX),
        Err(before) => -Millis::try_from(before.duration().as_millis()).unwrap_or(Millis::MAX),
    }
}

/// RFC 3339 text of a time, for `--json` output.
pub fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at).map(|stamp| stamp.to_string()).unwrap_or_default()
}

fn trusted(device: Millis, monotonic: u64, boot: [u8; 16], heard: Option<Heard>) -> Millis {
    let Some(heard) = heard else { return device };
    if heard.boot == boot {
        let passed = monotonic.saturating_sub(heard.monotonic);
        return heard.at.saturating_add(Millis::try_from(passed).unwrap_or(Millis::MAX));
    }
    // Another boot: at least the county's last word has passed; the wall clock is believed within reason.
    if device < heard.at || device - heard.at > BELIEVABLE { heard.at } else { device }
}

fn boot_id() -> Option<[u8; 16]> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    uuid::Uuid::parse_str(text.trim()).ok().map(uuid::Uuid::into_bytes)
}

fn uptime() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1000 + hundredths.parse::<u64>().ok()? * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: [u8; 16] = [1; 16];
    const HEARD: Heard = Heard { at: 1_800_000_000_000, monotonic: 5_000, boot: BOOT };

    #[test]
    fn within_one_boot_the_wall_clock_may_say_what_it_likes() {
        for device in [0, 2_200_000_000_000] {
            assert_eq!(trusted(device, 8_000, BOOT, Some(HEARD)), HEARD.at + 3_000);
        }
    }

    #[test]
    fn after_a_restart_a_clock_of_1970_or_2040_is_not_believed() {
        let other = [2; 16];
        assert_eq!(trusted(0, 10, other, Some(HEARD)), HEARD.at);
        assert_eq!(trusted(2_200_000_000_000, 10, other, Some(HEARD)), HEARD.at);
        assert_eq!(trusted(HEARD.at + 86_400_000, 10, other, Some(HEARD)), HEARD.at + 86_400_000);
    }

    #[test]
    fn a_moment_carries_the_countys_last_word() {
        let clock = Clock::new();
        assert_eq!(clock.moment().county, None);
        let word = clock.hear(HEARD.at);
        let moment = clock.moment();
        assert_eq!(moment.county, Some(CountyTime { at: HEARD.at, heard: word.monotonic }));
        assert!(clock.now() >= HEARD.at && clock.now() < HEARD.at + 60_000);
    }
}
