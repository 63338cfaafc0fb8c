//! Numbers that carry a check: provisional receipt numbers, credit codes, bank cards.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::id::DeskId;
use crate::region::RegionCode;
use crate::width::half_width;

/// A unified social credit code (统一社会信用代码, GB 32100-2015), checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(String);

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not 18 characters; holds how many there are.
    #[error("a unified social credit code has 18 characters, not {0}")]
    Length(usize),
    /// A character that is never used, counted from 1.
    #[error("character {0} of the unified social credit code is not allowed there")]
    Characters(usize),
    /// The last character does not fit; holds the one that would.
    #[error("the last character of the unified social credit code should be {0}")]
    CheckDigit(char),
}

impl UsccError {
    /// The stable finding code.
    pub fn code(&self) -> &'static str {
        match self {
            UsccError::Length(_) => "uscc_length",
            UsccError::Characters(_) => "uscc_characters",
            UsccError::CheckDigit(_) => "uscc_check_digit",
        }
    }
}

/// The 31 characters of the code, by value: no I, O, S, V, Z.
const USCC_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the organisation code inside (GB 11714).
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl Uscc {
    /// Half-width, no blanks or hyphens, capitals.
    pub fn normalise(text: &str) -> String {
        half_width(text).filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect()
    }

    /// Reads a code.
    pub fn parse(text: &str) -> Result<Self, UsccError> {
        let text = Uscc::normalise(text);
        let count = text.chars().count();
        if count != 18 {
            return Err(UsccError::Length(count));
        }
        let mut sum = 0;
        for (at, c) in text.chars().enumerate() {
            let value = value_in(USCC_ALPHABET, c).ok_or(UsccError::Characters(at + 1))?;
            sum += value * USCC_WEIGHTS.get(at).copied().unwrap_or(0);
        }
        match character_in(USCC_ALPHABET, (31 - sum % 31) % 31) {
            Some(expected) if !text.ends_with(expected) => Err(UsccError::CheckDigit(expected)),
            _ => Ok(Uscc(text)),
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the organisation code inside carries the right check. A doubt, never a refusal.
    pub fn organisation_code_fits(&self) -> bool {
        let organisation: Vec<char> = self.0.chars().skip(8).take(9).collect();
        let sum: u32 = organisation
            .iter()
            .zip(ORGANISATION_WEIGHTS)
            .map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight)
            .sum();
        let expected = match 11 - sum % 11 {
            10 => Some('X'),
            11 => Some('0'),
            digit => char::from_digit(digit, 10),
        };
        organisation.last().copied() == expected
    }
}

fn value_in(alphabet: &str, c: char) -> Option<u32> {
    alphabet.chars().position(|other| other == c).and_then(|at| u32::try_from(at).ok())
}

fn character_in(alphabet: &str, value: u32) -> Option<char> {
    usize::try_from(value).ok().and_then(|at| alphabet.chars().nth(at))
}

/// A bank card or passbook number of 16 to 19 digits.
///
/// `Debug` shows it masked, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankAccount(String);

/// Why a text is no account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not 16 to 19 digits; holds how many there are.
    #[error("an account number has 16 to 19 digits, not {0}")]
    Length(usize),
    /// Something that is no digit.
    #[error("an account number has digits only")]
    Characters,
}

impl AccountError {
    /// The stable finding code.
    pub fn code(&self) -> &'static str {
        match self {
            AccountError::Length(_) => "account_length",
            AccountError::Characters => "account_characters",
        }
    }
}

impl BankAccount {
    /// Half-width, no blanks or hyphens.
    pub fn normalise(text: &str) -> String {
        half_width(text).filter(|c| *c != '-').collect()
    }

    /// Reads an account number.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let text = BankAccount::normalise(text);
        if !text.chars().all(|c| c.is_ascii_digit()) {
            return Err(AccountError::Characters);
        }
        if !(16..=19).contains(&text.len()) {
            return Err(AccountError::Length(text.len()));
        }
        Ok(BankAccount(text))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the check digit fits (Luhn). Passbooks may fail: a reason to type it twice, never a refusal.
    pub fn luhn_fits(&self) -> bool {
        luhn(&self.0)
    }
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BankAccount({})", crate::mask::account(&self.0))
    }
}

/// Whether a text of ASCII digits passes the Luhn check (MOD 10).
pub fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (at, c) in digits.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        sum += match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        };
    }
    !digits.is_empty() && sum % 10 == 0
}

/// The number printed on a receipt before the county gave an official one (domain facts 2.1).
///
/// `131099100201-7KQ-20260315-0042Z`: 12 digits of the village (padded with zeros for a township), three characters
/// of the desk, the day, the desk's running number (at least four digits, never begun anew with a date, ruling 10)
/// and a check character: ISO 7064 MOD 37,36 over all the characters before it without the hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvisionalNo {
    /// The village.
    pub village: RegionCode,
    /// Three characters that tell the desks of a village apart, see [`ProvisionalNo::device_tag`].
    pub device: String,
    /// The day of the receipt.
    pub date: Date,
    /// The desk's running number, from 1.
    pub serial: u64,
}

/// Why a text is no provisional number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionalNoError {
    /// Not `village-desk-day-serial`.
    #[error("a provisional number reads VILLAGE-DESK-YYYYMMDD-SERIAL with a check character")]
    Shape,
    /// The check character does not fit: a typing error.
    #[error("the check character of the provisional number does not fit")]
    Check,
}

/// 32 characters that are not easily mistaken for each other: no I, L, O, U.
const TAG_ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The characters of ISO 7064 MOD 37,36 by value.
const CHECK_ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl ProvisionalNo {
    /// A number for the receipt; `None` when `device` is not three characters of the tag alphabet.
    pub fn new(village: RegionCode, device: &str, date: Date, serial: u64) -> Option<Self> {
        let tag = device.len() == 3 && device.chars().all(|c| TAG_ALPHABET.contains(c));
        tag.then(|| ProvisionalNo { village, device: device.to_owned(), date, serial })
    }

    /// The three characters of a desk, made from the last 15 bits of its id.
    pub fn device_tag(desk: &DeskId) -> String {
        let bits = u32::try_from(desk.0.as_u128() & 0x7fff).unwrap_or(0);
        [bits >> 10, (bits >> 5) & 31, bits & 31]
            .into_iter()
            .filter_map(|five| character_in(TAG_ALPHABET, five))
            .collect()
    }

    fn body(&self) -> String {
        let (village, device, serial) = (self.village.as_str(), &self.device, self.serial);
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        format!("{village:0<12}-{device}-{year:04}{month:02}{day:02}-{serial:04}")
    }
}

impl fmt::Display for ProvisionalNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        write!(f, "{body}{}", mod_37_36(&body).unwrap_or('*'))
    }
}

impl FromStr for ProvisionalNo {
    type Err = ProvisionalNoError;
    fn from_str(text: &str) -> Result<Self, ProvisionalNoError> {
        let text: String = half_width(text).map(|c| c.to_ascii_uppercase()).collect();
        read_provisional_no(&text)
            .ok_or(ProvisionalNoError::Shape)
            .and_then(|no| if no.to_string() == text { Ok(no) } else { Err(ProvisionalNoError::Check) })
    }
}

fn read_provisional_no(text: &str) -> Option<ProvisionalNo> {
    let parts: Vec<&str> = text.split('-').collect();
    let [village, device, day, serial] = parts.as_slice() else { return None };
    if village.len() != 12 || day.len() != 8 || serial.len() < 5 || !serial.is_ascii() {
        return None;
    }
    let (serial, _check) = serial.split_at_checked(serial.len() - 1)?;
    let date =
        Date::new(day.get(..4)?.parse().ok()?, day.get(4..6)?.parse().ok()?, day.get(6..)?.parse().ok()?);
    ProvisionalNo::new(village.parse().ok()?, device, date.ok()?, serial.parse().ok()?)
}

/// The check character of ISO 7064 MOD 37,36 over the letters and digits of `text`; hyphens are passed over.
fn mod_37_36(text: &str) -> Option<char> {
    let mut product = 36;
    for c in text.chars().filter(|c| *c != '-') {
        let sum = match (product + value_in(CHECK_ALPHABET, c)?) % 36 {
            0 => 36,
            rest => rest,
        };
        product = sum * 2 % 37;
    }
    character_in(CHECK_ALPHABET, (37 - product) % 36)
}

#[cfg(test)]
mod tests;
