//! When a desk and its county compare what they hold, and how long they go on with it.

use domain::moment::Millis;

/// Most requests of one comparison.
const MOST_ROUNDS: u32 = 500;
/// Milliseconds until the same difference is looked into again, doubled every time in vain.
const PATIENCE: Millis = 5 * 60 * 1_000;

/// What storing showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Whether the county's sums differ from those over what this desk holds now; none when it told none.
    pub differs: Option<bool>,
    /// Whether cases are known to differ that have not been asked for yet.
    pub to_repair: bool,
    /// Whether a case that lies here as a summary is to be fetched whole.
    pub to_fetch: bool,
}

/// A step of finding and repairing what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparing {
    /// In which heaps does something differ?
    Heaps,
    /// The cases that differ, as many as fit.
    Cases,
}

/// How comparing stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compare {
    /// What the request in flight asks.
    pub(super) asked: Option<Comparing>,
    /// What the next one asks.
    pub(super) next: Option<Comparing>,
    /// Whether heaps differ that were not listed yet.
    left: bool,
    /// Requests of this comparison.
    rounds: u32,
    /// Comparisons in a row after which the sums still differed.
    in_vain: u32,
    /// Not again before, although the sums differ.
    not_before: Millis,
}

impl Compare {
    /// Everything is compared next.
    pub(super) fn from_the_start() -> Compare {
        Compare { next: Some(Comparing::Heaps), ..Compare::default() }
    }

    /// A comparison that was interrupted begins anew.
    pub(super) fn again(&mut self) {
        if self.asked.take().is_some() {
            self.next = Some(Comparing::Heaps);
        }
    }

    /// Decides, after an answer was stored, whether something is to be compared next; `left` when the county knows of more that
    /// differs. Gives whether a comparison came to its end.
    pub(super) fn seen(&mut self, now: Millis, left: bool, kept: Kept) -> bool {
        let asked = self.asked.take();
        self.rounds = if asked.is_some() { self.rounds + 1 } else { 0 };
        if asked == Some(Comparing::Heaps) {
            self.left = left;
        }
        match asked {
            Some(_) if self.rounds >= MOST_ROUNDS => {}
            Some(_) if kept.to_repair => self.next = Some(Comparing::Cases),
            Some(Comparing::Cases) if self.left => self.next = Some(Comparing::Heaps),
            Some(_) => {}
            None if kept.to_fetch => self.next = Some(Comparing::Cases),
            None if left => self.next = Some(Comparing::Heaps),
            None => match kept.differs {
                Some(true) if now >= self.not_before => {
                    let wait = PATIENCE.saturating_mul(1 << self.in_vain.min(6));
                    self.not_before = now.saturating_add(wait);
                    self.in_vain = self.in_vain.saturating_add(1);
                    self.next = Some(Comparing::Heaps);
                }
                Some(false) => (self.in_vain, self.not_before) = (0, 0),
                _ => {}
            },
        }
        asked.is_some() && self.next.is_none()
    }
}
