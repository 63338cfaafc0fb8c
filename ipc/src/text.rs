//! The sentences people read, from Fluent files, in Chinese first.

use std::collections::BTreeMap;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::problem::Problem;

const PROBLEM_ZH: &str = include_str!("../i18n/zh-CN/problem.ftl");
const PROBLEM_EN: &str = include_str!("../i18n/en/problem.ftl");

/// A language the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// From a tag such as `zh-CN` or a POSIX locale such as `en_US.UTF-8`; everything else is Chinese.
    pub fn from_tag(tag: &str) -> Self {
        if tag.starts_with("en") { Language::English } else { Language::Chinese }
    }

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}

/// All sentences of one language: problems and findings, plus what the caller adds.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// Sentences of `language`; `more` are further Fluent sources of the same language.
    pub fn new(language: Language, more: &[&str]) -> Self {
        let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![identifier]);
        // Isolation marks would be copied along with numbers and shown as boxes by some fonts.
        bundle.set_use_isolating(false);
        let problems = match language {
            Language::Chinese => PROBLEM_ZH,
            Language::English => PROBLEM_EN,
        };
        for source in std::iter::once(&problems).chain(more) {
            // A source with a broken entry still yields its sound ones; tests refuse broken sources.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(sound, _)| sound);
            bundle.add_resource_overriding(resource);
        }
        Texts { bundle }
    }

    /// The sentence of `key`, or the key itself when there is none (tests see to it that there is).
    pub fn get(&self, key: &str) -> String {
        self.with(key, &BTreeMap::new())
    }

    /// The sentence of `key` with its particulars.
    pub fn with(&self, key: &str, args: &BTreeMap<String, String>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut fluent = FluentArgs::new();
        for (name, value) in args {
            match value.parse::<f64>() {
                Ok(number) if value.len() < 10 => fluent.set(name.as_str(), number),
                _ => fluent.set(name.as_str(), value.as_str()),
            }
        }
        self.bundle.format_pattern(pattern, Some(&fluent), &mut Vec::new()).into_owned()
    }

    /// Whether there is a sentence for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The sentence of a problem, with the next step.
    pub fn problem(&self, problem: &Problem) -> String {
        self.with(&format!("problem-{}", problem.code.replace('_', "-")), &problem.args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::CODES;

    #[test]
    fn every_problem_has_a_sentence_in_every_language() {
        for language in [Language::Chinese, Language::English] {
            let texts = Texts::new(language, &[]);
            for code in CODES {
                let key = format!("problem-{}", code.replace('_', "-"));
                assert!(texts.has(&key), "{} lacks {key}", language.tag());
            }
        }
    }

    #[test]
    fn the_sources_are_sound() {
        for source in [PROBLEM_ZH, PROBLEM_EN] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
    }
}
