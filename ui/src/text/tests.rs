//! No key without a sentence, no sentence without a use, no Chinese outside the text files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use domain::act::ActKind;
use domain::lifecycle::Status;
use ipc::problem::Problem;
use ipc::text::Language;

use super::{CHINESE, ENGLISH, language, problem, speak, t, tr, word};

fn keys(sources: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    let mut key = String::new();
    for line in sources.iter().flat_map(|source| source.lines()) {
        let starts = line.chars().next().is_some_and(|c| c.is_ascii_lowercase());
        if let (true, Some((name, _))) = (starts, line.split_once(" = ")) {
            key = name.to_owned();
            assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands there twice");
        }
        for part in line.split("{ $").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            keys.entry(key.clone()).or_default().insert(name);
        }
    }
    keys
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn program() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.retain(|(path, _)| !path.ends_with("tests.rs"));
    found
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// Families whose keys are put together from codes; `-other` stands in for a code without a word.
const FAMILIES: &[&str] = &[
    "status",
    "transfer",
    "file",
    "role",
    "act",
    "act-state",
    "do",
    "explain",
    "grade",
    "verdict",
    "refusal",
    "retry",
    "villager-status",
    "finding",
];

fn in_a_family(key: &str) -> bool {
    FAMILIES.iter().any(|family| key.strip_prefix(family).is_some_and(|rest| rest.starts_with('-')))
}

#[test]
fn both_languages_have_the_same_sentences_with_the_same_particulars() {
    assert_eq!(keys(CHINESE), keys(ENGLISH));
}

/// The keys a source asks for: the literals of `t(…)`, `tr(…)` and the helpers that pass them on.
fn asked(text: &str) -> BTreeSet<&str> {
    let mut keys = BTreeSet::new();
    for call in ["t(", "tr(", "list(", "words(", "line(", "names("] {
        for (at, _) in text.match_indices(call) {
            let before = text.get(..at).and_then(|head| head.chars().next_back()).unwrap_or(' ');
            if before.is_alphanumeric() || ".:_>".contains(before) {
                continue;
            }
            let rest = text.get(at + call.len()..).unwrap();
            let choice = rest.starts_with("if ").then(|| rest.split(')').next().unwrap());
            let whole = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
            keys.extend(whole);
            keys.extend(choice.into_iter().flat_map(literals));
        }
    }
    keys
}

#[test]
fn every_sentence_the_program_asks_for_is_there() {
    let known = keys(CHINESE);
    let ours = ["problem-internal"];
    for (path, text) in program() {
        let missing: Vec<&str> =
            asked(&text).into_iter().filter(|key| !known.contains_key(*key) && !ours.contains(key)).collect();
        assert!(missing.is_empty(), "{path} asks for {missing:?}");
    }
}

#[test]
fn every_sentence_is_used() {
    let text: String = program().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
    let used: BTreeSet<&str> = literals(&text).collect();
    let unused: Vec<String> = keys(CHINESE)
        .into_keys()
        .filter(|key| !used.contains(key.as_str()) && !in_a_family(key) && !key.starts_with("problem-"))
        .collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn chinese_stands_in_the_text_files_only() {
    for (path, text) in program() {
        let tested = text.split("#[cfg(test)]").next().unwrap();
        let hanzi = tested.chars().find(|c| ('\u{3400}'..='\u{9fff}').contains(c));
        assert!(hanzi.is_none(), "{path} holds {hanzi:?}");
    }
}

#[test]
fn statuses_steps_and_reasons_have_words_in_every_language() {
    for sources in [CHINESE, ENGLISH] {
        let known = keys(sources);
        let has = |family: &str, code: &str| {
            let key = format!("{family}-{}", code.replace('_', "-"));
            assert!(known.contains_key(&key), "{key} is missing");
        };
        Status::ALL.iter().for_each(|status| has("status", status.name()));
        ActKind::known().iter().for_each(|kind| has("act", kind.name()));
        let elsewhere = [ActKind::Submit, ActKind::SubmitCorrection, ActKind::Reconcile, ActKind::Reveal];
        let buttons = ActKind::known().into_iter().filter(|kind| !elsewhere.contains(kind));
        buttons.for_each(|kind| has("do", kind.name()));
        FAMILIES.iter().for_each(|family| has(family, "other"));
    }
}

#[test]
fn a_person_never_sees_a_bare_code() {
    speak(Language::Chinese);
    assert_eq!(word("status", "sent_to_the_moon"), t("status-other"));
    assert_eq!(problem(&Problem::new("never_heard_of")), t("problem-internal"));
    assert!(!tr("sync-waiting", &[("count", &3)]).contains("sync-waiting"));
    speak(Language::English);
    assert_eq!(language(), Language::English);
    assert_eq!(word("status", "draft"), "Draft");
}
