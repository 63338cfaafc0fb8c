//! Region codes: six digits name a county, nine a township, twelve a village (GB/T 2260 and the statistical code).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A region code of 6 (county), 9 (township) or 12 (village) digits. Trailing zero blocks are cut when parsed,
/// so that a portal's `131099000000` is the county `131099`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

/// How far down a region code reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionLevel {
    /// Six digits.
    County,
    /// Nine digits.
    Township,
    /// Twelve digits.
    Village,
}

/// The text is no region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a region code has 6, 9 or 12 digits")]
pub struct RegionError;

impl FromStr for RegionCode {
    type Err = RegionError;
    fn from_str(text: &str) -> Result<Self, RegionError> {
        let text = text.trim();
        if !text.bytes().all(|b| b.is_ascii_digit()) || !matches!(text.len(), 6 | 9 | 12) {
            return Err(RegionError);
        }
        let mut text = text;
        while text.len() > 6 {
            match text.strip_suffix("000") {
                Some(shorter) => text = shorter,
                None => break,
            }
        }
        Ok(RegionCode(text.to_owned()))
    }
}

impl TryFrom<String> for RegionCode {
    type Error = RegionError;
    fn try_from(text: String) -> Result<Self, RegionError> {
        text.parse()
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> String {
        code.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RegionCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How far down this code reaches.
    pub fn level(&self) -> RegionLevel {
        match self.0.len() {
            6 => RegionLevel::County,
            9 => RegionLevel::Township,
            _ => RegionLevel::Village,
        }
    }

    /// Whether `other` is this region or lies inside it.
    pub fn contains(&self, other: &RegionCode) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The code cut to `level`, or `None` when it does not reach that far down.
    pub fn at(&self, level: RegionLevel) -> Option<RegionCode> {
        let digits = match level {
            RegionLevel::County => 6,
            RegionLevel::Township => 9,
            RegionLevel::Village => 12,
        };
        self.0.get(..digits).map(|cut| RegionCode(cut.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_county_contains_its_townships_and_villages_only() {
        assert!(code("131099").contains(&code("131099100201")));
        assert!(code("131099100").contains(&code("131099100201")));
        assert!(!code("131099100").contains(&code("131099101201")));
        assert!(!code("131099100201").contains(&code("131099100")));
    }

    #[test]
    fn portal_padding_is_cut() {
        assert_eq!(code("131099000000"), code("131099"));
        assert_eq!(code("131099100000").level(), RegionLevel::Township);
        assert_eq!(code("131099100201").at(RegionLevel::Township), Some(code("131099100")));
        assert_eq!(code("131099").at(RegionLevel::Village), None);
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for text in ["", "13109", "1310991", "13109910020a", "１３１０９９"] {
            assert!(text.parse::<RegionCode>().is_err(), "{text}");
        }
    }
}
