//! How personal data is shown by default: names, numbers and accounts with their middle covered.

use crate::form::{Field, FieldClass, FieldKind};

/// Covers a hidden character.
const STAR: char = '*';
/// What is shown where not even the length may be told.
const COVERED: &str = "***";

/// A name of two characters keeps the first; a longer one the first and the last.
pub fn name(text: &str) -> String {
    match text.chars().count() {
        0 | 1 => cover(text, 0, 0),
        2 => cover(text, 1, 0),
        _ => cover(text, 1, 1),
    }
}

/// An identity number keeps the first six and the last four characters; anything of another length is covered whole.
pub fn resident_id(text: &str) -> String {
    if text.chars().count() == 18 { cover(text, 6, 4) } else { cover(text, 0, 0) }
}

/// A mobile number keeps the first three and last four digits; other numbers the last four, short ones nothing.
pub fn phone(text: &str) -> String {
    match text.chars().count() {
        0..=6 => cover(text, 0, 0),
        7..=10 => cover(text, 0, 4),
        _ => cover(text, 3, 4),
    }
}

/// An account keeps the last four digits; a short one nothing.
pub fn account(text: &str) -> String {
    if text.chars().count() > 8 { cover(text, 0, 4) } else { cover(text, 0, 0) }
}

/// An address is shown down to the village group; house numbers are covered.
pub fn address(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        shown.push(c);
        if GROUP_WORDS.contains(c) {
            return if shown.len() == text.len() { shown } else { shown + COVERED };
        }
    }
    COVERED.to_owned()
}

/// A date keeps its year.
pub fn date(text: &str) -> String {
    match text.split_once('-') {
        Some((year, _)) if year.len() == 4 => format!("{year}-**-**"),
        _ => COVERED.to_owned(),
    }
}

/// Characters that end the part of an address that may be shown.
const GROUP_WORDS: &str = include_str!("../data/address-group-words.txt");

/// The value of a form's field as lists and screens show it before somebody asks to see it, with a reason.
pub fn field(field: &Field, value: &str) -> String {
    if value.is_empty() || field.class == FieldClass::Plain {
        return value.to_owned();
    }
    match field.kind {
        FieldKind::PersonName => name(value),
        FieldKind::ResidentId => resident_id(value),
        FieldKind::Phone => phone(value),
        FieldKind::BankAccount => account(value),
        FieldKind::Date => date(value),
        FieldKind::Text | FieldKind::LongText if field.class == FieldClass::Personal => address(value),
        FieldKind::Region => value.to_owned(),
        _ => COVERED.to_owned(),
    }
}

/// Keeps `head` characters at the beginning and `tail` at the end.
fn cover(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    let hidden = |at: usize| at >= head && at + tail < count;
    text.chars().enumerate().map(|(at, c)| if hidden(at) { STAR } else { c }).collect()
}

#[cfg(test)]
mod tests;
