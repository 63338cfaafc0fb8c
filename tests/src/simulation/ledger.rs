//! What people were told is safe, written down beside the product: every saved value with the state of the case it led
//! to, every case and its number. At the end the product is held against it.

use std::collections::BTreeMap;

use domain::answer::FieldPath;
use domain::id::{ActId, CaseId, Digest};

/// One thing that was acknowledged to a person.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The step that did it.
    pub step: u32,
    /// At which laptop.
    pub seat: usize,
    /// The case.
    pub case: CaseId,
    /// The fields it wrote, with their values.
    pub wrote: Vec<(FieldPath, String)>,
    /// Fields that were typed into before and may have been written with it.
    pub typed: Vec<FieldPath>,
    /// Heads of the case right after it.
    pub heads: Vec<Digest>,
    /// Why it may be missing at the end, if it may.
    pub excused: Option<&'static str>,
}

/// One thing that was typed.
#[derive(Debug, Clone)]
pub struct Typing {
    /// The case.
    pub case: CaseId,
    /// Where it was typed.
    pub field: FieldPath,
    /// Heads of the case at that moment: what the person could see.
    pub heads: Vec<Digest>,
}

/// The book.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What was acknowledged, in order.
    pub entries: Vec<Entry>,
    /// The cases in the order in which they were begun.
    pub cases: Vec<CaseId>,
    /// Numbers on receipts, by case.
    pub numbers: BTreeMap<String, CaseId>,
    /// What was typed and not saved yet, by laptop and case.
    pub typed: BTreeMap<(usize, CaseId), Vec<FieldPath>>,
    /// Everything that was typed, with the state of the case then: the product saves it by itself when the case goes elsewhere.
    pub typing: Vec<Typing>,
    /// County numbers by official step, as desks were told.
    pub sealed: BTreeMap<ActId, u64>,
}

impl Ledger {
    /// The number of a case in this run: 0 for the first one begun.
    pub fn ordinal(&self, case: CaseId) -> usize {
        self.cases.iter().position(|known| *known == case).unwrap_or(usize::MAX)
    }

    /// A case was begun.
    pub fn begun(&mut self, case: CaseId) {
        if !self.cases.contains(&case) {
            self.cases.push(case);
        }
    }

    /// What that laptop did from `step` on and the county does not have may be missing.
    pub fn excuse(&mut self, seat: usize, reason: &'static str, at_county: impl Fn(&Entry) -> bool) {
        for entry in self.entries.iter_mut().filter(|entry| entry.seat == seat && entry.excused.is_none()) {
            if !at_county(entry) {
                entry.excused = Some(reason);
            }
        }
    }
}
