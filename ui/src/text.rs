//! The sentences of the window in the language the person chose.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;

use ipc::problem::Problem;
use ipc::text::{Language, Texts};

macro_rules! sources {
    ($language:literal) => {
        &[
            include_str!(concat!("../i18n/", $language, "/words.ftl")),
            include_str!(concat!("../i18n/", $language, "/desk.ftl")),
            include_str!(concat!("../i18n/", $language, "/filling.ftl")),
            include_str!(concat!("../i18n/", $language, "/case.ftl")),
            include_str!(concat!("../i18n/", $language, "/findings.ftl")),
        ]
    };
}

const CHINESE: &[&str] = sources!("zh-CN");
const ENGLISH: &[&str] = sources!("en");

thread_local! {
    static SPOKEN: RefCell<(Language, Texts)> = RefCell::new((Language::Chinese, load(Language::Chinese)));
}

fn load(language: Language) -> Texts {
    match language {
        Language::Chinese => Texts::new(language, CHINESE),
        Language::English => Texts::new(language, ENGLISH),
    }
}

/// Changes the language of everything drawn from now on.
pub fn speak(language: Language) {
    SPOKEN.with_borrow_mut(|spoken| {
        if spoken.0 != language {
            *spoken = (language, load(language));
        }
    });
}

/// The language in use.
pub fn language() -> Language {
    SPOKEN.with_borrow(|spoken| spoken.0)
}

/// The sentence of `key`.
pub fn t(key: &str) -> String {
    SPOKEN.with_borrow(|(_, texts)| texts.get(key))
}

/// A number of bytes as people read it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The sentence of `key` with particulars.
pub fn tr(key: &str, args: &[(&str, &dyn Display)]) -> String {
    let args: BTreeMap<String, String> =
        args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
    SPOKEN.with_borrow(|(_, texts)| texts.with(key, &args))
}

/// Whether there is a sentence of that key.
pub fn has(key: &str) -> bool {
    SPOKEN.with_borrow(|(_, texts)| texts.has(key))
}

/// The word for a code of a family, for example `word("status", "under_decision")`; a code this program does not
/// know gets the family's general word (`status-other`).
pub fn word(family: &str, code: &str) -> String {
    let key = format!("{family}-{}", code.replace('_', "-"));
    SPOKEN.with_borrow(|(_, texts)| match texts.has(&key) {
        true => texts.get(&key),
        false => texts.get(&format!("{family}-other")),
    })
}

/// What went wrong and what to do next; never a bare code.
pub fn problem(problem: &Problem) -> String {
    SPOKEN.with_borrow(|(_, texts)| {
        let sentence = texts.problem(problem);
        let known = texts.has(&format!("problem-{}", problem.code.replace('_', "-")));
        if known { sentence } else { texts.get("problem-internal") }
    })
}

#[cfg(test)]
mod tests;
