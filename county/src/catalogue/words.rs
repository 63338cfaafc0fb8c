//! The sentences that catalogue authors read, in Chinese or English, kept in `i18n/*/catalogue.ftl`.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

/// Language of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

/// The sentences of one language.
pub(super) struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Loads the sentences of that language.
    pub(super) fn of(language: Language) -> Words {
        let (tag, text) = match language {
            Language::Chinese => ("zh-CN", include_str!("../../i18n/zh-CN/catalogue.ftl")),
            Language::English => ("en", include_str!("../../i18n/en/catalogue.ftl")),
        };
        let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![tag]);
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partly, _)| partly);
        bundle.add_resource_overriding(resource);
        Words { bundle }
    }

    /// The sentence of a finding; its code when there is none.
    pub(super) fn sentence(&self, code: &str, given: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in given {
            args.set(*name, *value);
        }
        let pattern = self.bundle.get_message(code).and_then(|message| message.value());
        match pattern {
            Some(pattern) => self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned(),
            None => code.to_owned(),
        }
    }
}
