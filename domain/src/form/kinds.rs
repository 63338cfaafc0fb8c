//! What each kind of answer must look like: numbers, dates, phones, identity numbers.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::{Field, FieldKind, Finding};
use crate::answer::FieldPath;
use crate::number::{BankAccount, Uscc};
use crate::person::{PersonName, Phone, ResidentId};
use crate::region::RegionCode;
use crate::width::half_width;

/// The stored value of a ticked `acknowledge` question (ODK XForms).
pub const ACKNOWLEDGED: &str = "OK";

/// The one spelling of an answer of this kind: half-width digits, no stray blanks. Free text keeps its inner form.
///
/// Doing it twice changes nothing. It never refuses: what cannot be read is left for the findings.
pub fn normalise(kind: FieldKind, text: &str) -> String {
    match kind {
        FieldKind::Text | FieldKind::LongText => text.nfc().collect::<String>().trim().to_owned(),
        FieldKind::PersonName => PersonName::normalise(text),
        FieldKind::ResidentId => ResidentId::normalise(text),
        FieldKind::Phone => Phone::normalise(text),
        FieldKind::BankAccount => BankAccount::normalise(text),
        FieldKind::Uscc => Uscc::normalise(text),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Money | FieldKind::Region => {
            half_width(text).filter(|c| *c != ',').collect()
        }
        FieldKind::Date => date_spelling(&half_width(text).collect::<String>()),
        FieldKind::SelectMultiple => text.split_whitespace().collect::<Vec<_>>().join(" "),
        FieldKind::SelectOne | FieldKind::Acknowledge | FieldKind::Note => text.trim().to_owned(),
    }
}

/// `2026-3-5`, `2026/03/05`, `2026.3.5` and `20260305` become `2026-03-05`.
fn date_spelling(text: &str) -> String {
    let parts: Vec<&str> = match text.len() {
        8 if text.bytes().all(|b| b.is_ascii_digit()) => {
            [0..4, 4..6, 6..8].into_iter().filter_map(|range| text.get(range)).collect()
        }
        _ => text.split(['-', '/', '.']).collect(),
    };
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [year, month, day]
            if parts.iter().all(digits) && year.len() == 4 && month.len() <= 2 && day.len() <= 2 =>
        {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        _ => text.to_owned(),
    }
}

/// A date in the one spelling, or `None`.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if shaped { text.parse().ok() } else { None }
}

/// What is wrong with an answer as such, whatever the form's own rules say. `value` is normalised and not empty.
pub fn findings(field: &Field, path: &FieldPath, value: &str, today: Date) -> Vec<Finding> {
    let error = |code: &str| vec![Finding::error(path, code)];
    let warn_unless =
        |fits: bool, code: &str| if fits { Vec::new() } else { vec![Finding::warning(path, code)] };
    match field.kind {
        FieldKind::Text | FieldKind::LongText | FieldKind::Note => Vec::new(),
        FieldKind::SelectOne | FieldKind::SelectMultiple => Vec::new(),
        FieldKind::PersonName => {
            PersonName::parse(value).map_or_else(|why| error(why.code()), |_| Vec::new())
        }
        FieldKind::Phone => Phone::parse(value).map_or_else(|why| error(why.code()), |_| Vec::new()),
        FieldKind::ResidentId => match ResidentId::parse(value, today) {
            Ok(id) => warn_unless(id.prefix_known(), "id_prefix"),
            Err(why) => vec![id_finding(path, why)],
        },
        FieldKind::BankAccount => match BankAccount::parse(value) {
            Ok(account) => warn_unless(account.luhn_fits(), "account_luhn"),
            Err(why) => error(why.code()),
        },
        FieldKind::Uscc => match Uscc::parse(value) {
            Ok(code) => warn_unless(code.organisation_code_fits(), "uscc_inner"),
            Err(why) => error(why.code()),
        },
        FieldKind::Integer if !is_number(value, true, 0) => error("integer_format"),
        FieldKind::Decimal if !is_number(value, true, usize::MAX) => error("number_format"),
        FieldKind::Money if !is_number(value, false, 2) => error("money_format"),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Money => Vec::new(),
        FieldKind::Date if read_date(value).is_none() => error("date_format"),
        FieldKind::Date => Vec::new(),
        FieldKind::Region if value.parse::<RegionCode>().is_err() => error("region_format"),
        FieldKind::Region => Vec::new(),
        FieldKind::Acknowledge if value != ACKNOWLEDGED => error("acknowledge"),
        FieldKind::Acknowledge => Vec::new(),
    }
}

fn id_finding(path: &FieldPath, why: crate::person::IdError) -> Finding {
    use crate::person::IdError::*;
    let finding = Finding::error(path, why.code());
    match why {
        CheckDigit(expected) => finding.with("expected", expected),
        Length(count) => finding.with("count", count),
        Characters(at) => finding.with("position", at),
        Old | NoSuchDate | Year => finding,
    }
}

/// ASCII digits with an optional sign and at most `decimals` digits after a point.
fn is_number(text: &str, signed: bool, decimals: usize) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let text = if signed { text.strip_prefix('-').unwrap_or(text) } else { text };
    match text.split_once('.') {
        None => digits(text),
        Some((whole, part)) => decimals > 0 && digits(whole) && digits(part) && part.len() <= decimals,
    }
}
