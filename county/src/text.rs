//! The sentences of the command line and those that catalogue authors read, in Chinese or English.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language the platform speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

/// The language of the environment: `LC_ALL`, then `LC_MESSAGES`, then `LANG`. Chinese unless it says English.
pub fn language() -> Language {
    let told = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    match told {
        Some(told) if told.starts_with("en") || told == "C" || told.starts_with("C.") || told == "POSIX" => {
            Language::English
        }
        _ => Language::Chinese,
    }
}

const CHINESE: [&str; 2] =
    [include_str!("../i18n/zh-CN/command.ftl"), include_str!("../i18n/zh-CN/catalogue.ftl")];
const ENGLISH: [&str; 2] = [include_str!("../i18n/en/command.ftl"), include_str!("../i18n/en/catalogue.ftl")];

/// The sentences of one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The sentences of that language.
    pub fn of(language: Language) -> Texts {
        let (tag, sources) = match language {
            Language::Chinese => ("zh-CN", CHINESE),
            Language::English => ("en", ENGLISH),
        };
        let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![tag]);
        bundle.set_use_isolating(false);
        for source in sources {
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partly, _)| partly);
            bundle.add_resource_overriding(resource);
        }
        Texts { bundle }
    }

    /// The sentence of that name with `given` put in; the name itself when there is none.
    pub fn say(&self, name: &str, given: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in given {
            args.set(*name, *value);
        }
        let pattern = self.bundle.get_message(name).and_then(|message| message.value());
        match pattern {
            Some(pattern) => self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned(),
            None => name.to_owned(),
        }
    }

    /// Whether there is a sentence of that name.
    pub fn has(&self, name: &str) -> bool {
        self.bundle.has_message(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let names = text.lines().filter_map(|line| line.split_once(" =").map(|(name, _)| name.to_owned()));
        names.filter(|name| !name.starts_with([' ', '#'])).collect()
    }

    #[test]
    fn both_languages_have_the_same_sentences() {
        for (chinese, english) in CHINESE.into_iter().zip(ENGLISH) {
            let chinese = names(chinese);
            assert_eq!(chinese, names(english));
            for language in [Language::Chinese, Language::English] {
                let texts = Texts::of(language);
                assert!(chinese.iter().all(|name| texts.has(name)));
            }
        }
    }
}
