//! Keys under which a Chinese text is found: its characters, its pinyin, its initials.
//!
//! A text gets [`keys`]; what somebody types becomes words by [`query`]; the text is [`found`] when every word is the
//! beginning of one of its keys. Names that people also use (aliases) get keys of their own.

use std::collections::BTreeSet;

use pinyin::{ToPinyin, ToPinyinMulti};
use unicode_normalization::UnicodeNormalization;

use crate::person::is_han;

/// Surnames with a reading of their own, one a line.
const SURNAMES: &str = include_str!("../data/surname-readings.txt");
/// How many syllables or initials a key holds at most; longer words find by their beginning.
const WINDOW: usize = 12;
/// How many readings of one text are kept where its characters have several.
const READINGS: usize = 48;

/// All keys of a text, sorted: every Chinese character, every word of letters or digits, and from each character on
/// the pinyin and the initials of what follows (so that a word in the middle is found as well).
pub fn keys(text: &str) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => {
                keys.insert(word);
            }
            Run::Han(chars) => {
                keys.extend(chars.iter().map(char::to_string));
                for from in 0..chars.len() {
                    let window: Vec<char> = chars.iter().skip(from).take(WINDOW).copied().collect();
                    keys_of_window(&window, from == 0, &mut keys);
                }
            }
        }
    }
    keys.remove("");
    keys.into_iter().collect()
}

/// What somebody typed, as words: each Chinese character by itself, letters and digits as they stand together.
pub fn query(text: &str) -> Vec<String> {
    let words = runs(text).into_iter().flat_map(|run| match run {
        Run::Word(word) => vec![word],
        Run::Han(chars) => chars.iter().map(char::to_string).collect(),
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether every word of the query is the beginning of one of the keys. An empty query finds everything.
pub fn found(keys: &[String], query: &[String]) -> bool {
    query.iter().all(|word| keys.iter().any(|key| key.starts_with(word.as_str())))
}

enum Run {
    Han(Vec<char>),
    Word(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for c in text.nfkc().flat_map(char::to_lowercase) {
        match (is_han(c), c.is_alphanumeric()) {
            (true, _) => match runs.last_mut() {
                Some(Run::Han(chars)) => chars.push(c),
                _ => runs.push(Run::Han(vec![c])),
            },
            (false, true) => match runs.last_mut() {
                Some(Run::Word(word)) if !word.is_empty() => word.push(c),
                _ => runs.push(Run::Word(c.to_string())),
            },
            // The dot inside a minority name does not part it; everything else does.
            (false, false) if c == '\u{b7}' => {}
            (false, false) => runs.push(Run::Word(String::new())),
        }
    }
    runs
}

fn keys_of_window(window: &[char], first: bool, keys: &mut BTreeSet<String>) {
    // At the beginning of a text all readings count, further on the usual one.
    let syllables: Vec<Vec<String>> = window.iter().map(|c| readings(*c, first)).collect();
    let syllables: Vec<Vec<String>> =
        syllables.into_iter().take_while(|readings| !readings.is_empty()).collect();
    let initials = syllables.iter().map(|readings| {
        let mut letters: Vec<String> = Vec::new();
        for letter in readings.iter().filter_map(|reading| reading.get(..1)) {
            if !letters.iter().any(|known| known == letter) {
                letters.push(letter.to_owned());
            }
        }
        letters
    });
    let initials: Vec<Vec<String>> = initials.collect();
    keys.extend(combine(String::new(), &initials));
    keys.extend(combine(String::new(), &syllables));
    if let Some((reading, length)) = surname(window).filter(|_| first) {
        let initial = reading.get(..1).unwrap_or_default().to_owned();
        let rest = |all: &[Vec<String>]| all.get(length..).unwrap_or_default().to_vec();
        keys.extend(combine(initial, &rest(&initials)));
        keys.extend(combine(reading.to_owned(), &rest(&syllables)));
    }
}

/// All ways to read the syllables one after the other, up to [`READINGS`] of them.
fn combine(start: String, syllables: &[Vec<String>]) -> Vec<String> {
    syllables.iter().fold(vec![start], |begun, readings| {
        // Where there are too many ways, the usual reading goes on alone.
        let enough = begun.len() * readings.len() > READINGS;
        let readings = if enough { readings.get(..1).unwrap_or_default() } else { readings.as_slice() };
        begun.iter().flat_map(|head| readings.iter().map(move |reading| format!("{head}{reading}"))).collect()
    })
}

/// The readings of a character without tones, the usual one first.
fn readings(c: char, all: bool) -> Vec<String> {
    let spell = |plain: &str| plain.replace('ü', "v");
    let mut readings: Vec<String> = c.to_pinyin().map(|reading| spell(reading.plain())).into_iter().collect();
    if let Some(multi) = c.to_pinyin_multi().filter(|_| all) {
        for reading in multi {
            let reading = spell(reading.plain());
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    readings
}

/// The surname a text begins with, if it has a reading of its own: the reading and how many characters it takes.
fn surname(text: &[char]) -> Option<(&'static str, usize)> {
    let lines = SURNAMES.lines().filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| line.split_once(' '));
    let fits = |name: &str| {
        let length = name.chars().count();
        (name.chars().eq(text.iter().take(length).copied())).then_some(length)
    };
    entries.filter_map(|(name, reading)| fits(name).map(|length| (reading.trim(), length))).next()
}

#[cfg(test)]
mod tests;
