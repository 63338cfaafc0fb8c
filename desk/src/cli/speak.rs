//! What is said in the terminal: one JSON object for programs, plain sentences for people, in the language of the locale.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use ipc::case::FindingView;
use ipc::problem::Problem;
use ipc::text::{Language, Texts};
use serde::Serialize;
use serde_json::json;

const ZH: &str = include_str!("../../i18n/zh-CN.ftl");
const EN: &str = include_str!("../../i18n/en.ftl");

/// Says things.
pub struct Mouth {
    /// Whether programs are listening.
    pub json: bool,
    texts: Texts,
}

impl Mouth {
    /// Speaks the language of `LC_ALL`, `LC_MESSAGES` or `LANG`; Chinese when none is set.
    pub fn new(json: bool) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
        let language = Language::from_tag(&set.unwrap_or_default());
        let more = match language {
            Language::Chinese => ZH,
            Language::English => EN,
        };
        Mouth { json, texts: Texts::new(language, &[more]) }
    }

    /// One JSON object on standard output.
    pub fn object(&self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(value) {
            out(&text);
        }
    }

    /// A sentence on standard output; for people only.
    pub fn say(&self, key: &str, args: &[(&str, &str)]) {
        if !self.json {
            out(&self.sentence(key, args));
        }
    }

    /// A line of data (a name, a path) on standard output; for people only.
    pub fn line(&self, text: &str) {
        if !self.json {
            out(text);
        }
    }

    /// A sentence on standard error, whoever is listening.
    pub fn warn(&self, key: &str, args: &[(&str, &str)]) {
        err(&self.sentence(key, args));
    }

    /// What went wrong: a sentence on standard error, and with `--json` the code as an object.
    pub fn sorry(&self, problem: &Problem) {
        let message = self.texts.problem(problem);
        err(&message);
        if self.json {
            self.object(
                &json!({ "problem": { "code": problem.code, "args": problem.args, "message": message } }),
            );
        }
    }

    /// The sentence of a problem.
    pub fn problem(&self, problem: &Problem) -> String {
        self.texts.problem(problem)
    }

    /// The sentence of a refusal of the county.
    pub fn refusal(&self, code: &str) -> String {
        self.either(&[format!("refusal-{}", dashed(code)), format!("problem-{}", dashed(code))], code)
    }

    /// The sentence of a finding: the form's own words, or ours.
    pub fn finding(&self, finding: &FindingView) -> String {
        if !finding.message.is_empty() {
            return finding.message.clone();
        }
        let key = format!("finding-{}", dashed(&finding.code));
        if self.texts.has(&key) { self.texts.with(&key, &finding.args) } else { finding.code.clone() }
    }

    /// The sentence of a key.
    pub fn sentence(&self, key: &str, args: &[(&str, &str)]) -> String {
        let args: BTreeMap<String, String> =
            args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.texts.with(key, &args)
    }

    fn either(&self, keys: &[String], code: &str) -> String {
        keys.iter().find(|key| self.texts.has(key)).map_or_else(|| code.to_owned(), |key| self.texts.get(key))
    }
}

fn dashed(code: &str) -> String {
    code.replace('_', "-")
}

/// A reader that went away (`| head`) is no reason to fail.
fn out(text: &str) {
    let _gone = writeln!(std::io::stdout(), "{text}");
}

fn err(text: &str) {
    let _gone = writeln!(std::io::stderr(), "{text}");
}

/// Logs go to standard error; quiet unless asked for with `RUST_LOG`.
pub fn log(serving: bool) {
    let usual = if serving { "warn,desk=info" } else { "error" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| usual.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
