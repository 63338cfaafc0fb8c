//! What identifies a villager: identity number, name, phone.

use std::fmt;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::width::half_width;

/// A citizen identity number of 18 characters (GB 11643-1999), checked.
///
/// `Debug` shows it masked, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId {
    text: String,
    birth: Date,
}

/// Why a text is no identity number. Stable codes by [`IdError::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 18 characters; holds how many there are.
    #[error("an identity number has 18 characters, not {0}")]
    Length(usize),
    /// An old number of 15 digits, no longer accepted.
    #[error("identity numbers of 15 digits are no longer accepted")]
    Old,
    /// A character that may not stand at this place, counted from 1.
    #[error("character {0} of the identity number is not allowed there")]
    Characters(usize),
    /// The birth date inside does not exist.
    #[error("the birth date in the identity number does not exist")]
    NoSuchDate,
    /// The birth date inside is before 1900 or after today.
    #[error("the birth date in the identity number is out of range")]
    Year,
    /// The last character does not fit; holds the one that would.
    #[error("the last character of the identity number should be {0}")]
    CheckDigit(char),
}

impl IdError {
    /// The stable finding code.
    pub fn code(&self) -> &'static str {
        match self {
            IdError::Length(_) => "id_length",
            IdError::Old => "id_old",
            IdError::Characters(_) => "id_characters",
            IdError::NoSuchDate => "id_date",
            IdError::Year => "id_year",
            IdError::CheckDigit(_) => "id_check_digit",
        }
    }
}

/// Sex as coded by GB/T 2261.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Code 1.
    Male,
    /// Code 2.
    Female,
}

impl Sex {
    /// The code of GB/T 2261.1.
    pub fn code(self) -> u8 {
        match self {
            Sex::Male => 1,
            Sex::Female => 2,
        }
    }
}

/// Weights of the 17 digits before the check character.
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by remainder (ISO 7064 MOD 11-2).
const ID_CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
/// First two digits in use: provinces, and the prefixes of residence permits for Hong Kong, Macau and Taiwan.
const PREFIXES: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    "83",
];

impl ResidentId {
    /// The spelling used everywhere: half-width, no blanks, capital X.
    pub fn normalise(text: &str) -> String {
        half_width(text).map(|c| c.to_ascii_uppercase()).collect()
    }

    /// Reads an identity number; `today` bounds the birth date.
    pub fn parse(text: &str, today: Date) -> Result<Self, IdError> {
        let text = ResidentId::normalise(text);
        let count = text.chars().count();
        if count == 15 && text.chars().all(|c| c.is_ascii_digit()) {
            return Err(IdError::Old);
        }
        if count != 18 {
            return Err(IdError::Length(count));
        }
        let allowed = |(at, c): (usize, char)| c.is_ascii_digit() || (at == 17 && c == 'X');
        if let Some(wrong) = text.chars().enumerate().position(|pair| !allowed(pair)) {
            return Err(IdError::Characters(wrong + 1));
        }
        let birth = birth_in(&text).ok_or(IdError::NoSuchDate)?;
        if birth.year() < 1900 || birth > today {
            return Err(IdError::Year);
        }
        match check_character(&text) {
            Some(expected) if !text.ends_with(expected) => Err(IdError::CheckDigit(expected)),
            _ => Ok(ResidentId { text, birth }),
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The birth date.
    pub fn birth(&self) -> Date {
        self.birth
    }

    /// The sex: the digit before the check character is odd for men.
    pub fn sex(&self) -> Sex {
        let odd = self.text.as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }

    /// The six digits of the region of first registration. Often abolished since: never tells the present one.
    pub fn region_prefix(&self) -> &str {
        self.text.get(..6).unwrap_or_default()
    }

    /// Whether the number begins like numbers that were ever given out. A doubt, never a refusal.
    pub fn prefix_known(&self) -> bool {
        self.text.starts_with('9') || self.text.get(..2).is_some_and(|two| PREFIXES.contains(&two))
    }

    /// Full years on that day, see [`age`].
    pub fn age_on(&self, on: Date) -> i16 {
        age(self.birth, on)
    }
}

impl fmt::Display for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", crate::mask::resident_id(&self.text))
    }
}

fn birth_in(text: &str) -> Option<Date> {
    let year = text.get(6..10)?.parse().ok()?;
    let month = text.get(10..12)?.parse().ok()?;
    let day = text.get(12..14)?.parse().ok()?;
    Date::new(year, month, day).ok()
}

fn check_character(text: &str) -> Option<char> {
    let sum: u32 = text.chars().zip(ID_WEIGHTS).map(|(c, weight)| c.to_digit(10).unwrap_or(0) * weight).sum();
    usize::try_from(sum % 11).ok().and_then(|rest| ID_CHECKS.get(rest)).copied()
}

/// Full years (周岁) of somebody born on `birth`, on the day `on`; negative before birth.
///
/// Who was born on 29 February grows a year older on the last day of February (domain facts 2.9).
pub fn age(birth: Date, on: Date) -> i16 {
    let birthday =
        if birth.month() == 2 && birth.day() == 29 && !on.in_leap_year() { 28 } else { birth.day() };
    let had = (on.month(), on.day()) >= (birth.month(), birthday);
    on.year() - birth.year() - i16::from(!had)
}

/// A person's name: 2 to 50 Chinese characters, with `·` (U+00B7) between the parts of minority names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(String);

/// Why a text is no person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Fewer than 2 or more than 50 characters.
    #[error("a name has 2 to 50 characters")]
    Length,
    /// Something that is neither a Chinese character nor `·` between two.
    #[error("a name has Chinese characters only, with U+00B7 between parts")]
    Characters,
}

impl NameError {
    /// The stable finding code.
    pub fn code(&self) -> &'static str {
        match self {
            NameError::Length => "name_length",
            NameError::Characters => "name_characters",
        }
    }
}

/// The interpunct of minority names.
const INTERPUNCT: char = '\u{b7}';

impl PersonName {
    /// NFC, no blanks, and the interpunct in its one right form whatever the keyboard made of it.
    pub fn normalise(text: &str) -> String {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .nfc()
            .map(|c| match c {
                '\u{2022}' | '\u{2027}' | '\u{30fb}' | '\u{ff65}' | '\u{ff0e}' | '\u{22c5}' | '.' => {
                    INTERPUNCT
                }
                other => other,
            })
            .collect()
    }

    /// Reads a name. Rare characters of every CJK extension are welcome.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = PersonName::normalise(text);
        if !(2..=50).contains(&text.chars().count()) {
            return Err(NameError::Length);
        }
        let parts_whole = text.split(INTERPUNCT).all(|part| !part.is_empty() && part.chars().all(is_han));
        if parts_whole { Ok(PersonName(text)) } else { Err(NameError::Characters) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", crate::mask::name(&self.0))
    }
}

/// Whether this is a Chinese character, those of all extensions and `U+3007` included.
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3fffd}')
}

/// A mobile or landline number of the mainland.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// The text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number has 11 digits beginning with 1, or an area code and 7 or 8 digits")]
pub struct PhoneError;

impl PhoneError {
    /// The stable finding code.
    pub fn code(&self) -> &'static str {
        "phone_format"
    }
}

impl Phone {
    /// Half-width, no blanks, no country code, hyphens only after an area code.
    pub fn normalise(text: &str) -> String {
        let text: String = half_width(text).filter(|c| !matches!(c, '(' | ')')).collect();
        let text = text.strip_prefix("+86").map_or(text.as_str(), |rest| rest.trim_start_matches('-'));
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if is_mobile(&digits) { digits } else { text.to_owned() }
    }

    /// Reads a phone number.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = Phone::normalise(text);
        if is_mobile(&text) || is_landline(&text) { Ok(Phone(text)) } else { Err(PhoneError) }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a mobile number.
    pub fn is_mobile(&self) -> bool {
        is_mobile(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", crate::mask::phone(&self.0))
    }
}

fn digits_only(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_mobile(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() == 11
        && digits_only(text)
        && bytes.next() == Some(b'1')
        && matches!(bytes.next(), Some(b'3'..=b'9'))
}

fn is_landline(text: &str) -> bool {
    let subscriber = |rest: &str| digits_only(rest) && matches!(rest.len(), 7 | 8);
    text.starts_with('0')
        && [3, 4].into_iter().any(|area| {
            text.split_at_checked(area).is_some_and(|(area, rest)| {
                digits_only(area) && subscriber(rest.strip_prefix('-').unwrap_or(rest))
            })
        })
}

#[cfg(test)]
mod tests;
