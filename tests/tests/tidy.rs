//! Keeps the house as it was drawn: who may import whom, how files are named, how long they may grow, where texts live.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read the workspace has failed"
)]

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom among our own crates.
const OURS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ipc", &["domain"]),
    ("shelf", &[]),
    ("store", &["domain", "shelf"]),
    ("sync", &["domain", "shelf"]),
    ("ui", &["ipc", "domain"]),
    ("desk", &["ipc", "store", "sync", "domain"]),
    ("county", &["sync", "domain"]),
    ("daiban", &["desk", "ipc"]),
    ("scenarios", &["county", "desk", "ipc", "shelf", "store", "sync", "domain"]),
    ("xtask", &[]),
];

/// What each crate never imports from outside.
const FOREIGN: &[(&str, &[&str])] = &[
    ("domain", &["tokio", "reqwest", "rusqlite", "automerge", "tauri", "yew", "rand", "getrandom", "axum"]),
    ("ipc", &["automerge", "rusqlite", "tokio", "tauri", "yew"]),
    ("ui", &["automerge", "rusqlite", "tauri"]),
    ("shelf", &["tokio", "reqwest", "rusqlite", "automerge", "serde"]),
    ("store", &["tokio", "reqwest", "axum", "automerge", "tauri"]),
    ("sync", &["rusqlite", "axum", "tauri"]),
    ("desk", &["tauri", "rusqlite", "automerge"]),
    ("daiban", &["rusqlite", "automerge", "reqwest"]),
    ("county", &["tauri", "yew", "reqwest", "automerge"]),
];

/// Names that say nothing about the product.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "manager", "service", "common", "types", "misc"];

/// The most lines a file may have without a reason.
const LONGEST: usize = 500;

/// Files that are longer, each with its reason.
const LONGER: &[(&str, &str)] =
    &[("sync/tests/session.rs", "one short story for each decision of the session, read side by side")];

/// What `domain` may not touch, so that it gives the same answer everywhere.
const IMPURE: &[&str] =
    &["std::fs", "std::net", "std::env", "std::process", "::now()", "std::thread", "std::time::Instant"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn packages() -> BTreeMap<String, Package> {
    let metadata =
        MetadataCommand::new().current_dir(root()).no_deps().other_options(vec!["--offline".into()]).exec();
    metadata.unwrap().packages.into_iter().map(|package| (package.name.to_string(), package)).collect()
}

/// Names of what a package is built from; what only its tests use is left out.
fn imports(package: &Package) -> BTreeSet<String> {
    let built = |kind: DependencyKind| matches!(kind, DependencyKind::Normal | DependencyKind::Build);
    package.dependencies.iter().filter(|one| built(one.kind)).map(|one| one.name.clone()).collect()
}

/// All Rust files of the workspace, relative to its root.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !path.is_symlink() {
                if !name.starts_with('.')
                    && !["target", "node_modules", "dist", "gen"].contains(&name.as_str())
                {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn text(file: &Path) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The lines of a file that are built into the product: without its tests and without comments.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    product.lines().enumerate().filter_map(|(index, line)| {
        let code = line.split("// ").next().unwrap_or_default();
        (!line.trim_start().starts_with("//")).then_some((index + 1, code))
    })
}

/// Files that are only built for tests: the member of that name, and modules declared under `cfg(test)`.
fn is_test(file: &Path) -> bool {
    let Some((folder, stem)) = file.parent().zip(file.file_stem()) else { return false };
    let declared = format!("#[cfg(test)]\nmod {};", stem.to_string_lossy());
    let parents =
        [folder.join("lib.rs"), folder.join("main.rs"), folder.join("mod.rs"), folder.with_extension("rs")];
    file.starts_with("tests")
        || file.iter().any(|part| part == "tests" || part == "benches")
        || parents
            .iter()
            .any(|parent| fs::read_to_string(root().join(parent)).is_ok_and(|text| text.contains(&declared)))
}

fn is_hanzi(letter: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&letter) || ('\u{f900}'..='\u{faff}').contains(&letter)
}

#[test]
fn every_crate_imports_only_what_its_level_allows() {
    let packages = packages();
    let names: BTreeSet<&str> = OURS.iter().map(|(name, _)| *name).collect();
    let members: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(members, names, "a member without a rule");
    let mut broken = Vec::new();
    for (name, allowed) in OURS {
        for import in imports(packages.get(*name).unwrap()) {
            if names.contains(import.as_str()) && !allowed.contains(&import.as_str()) {
                broken.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_crate_imports_what_it_must_never_know() {
    let packages = packages();
    let mut broken = Vec::new();
    for (name, forbidden) in FOREIGN {
        for import in imports(packages.get(*name).unwrap()) {
            if forbidden.contains(&import.as_str()) {
                broken.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn only_sync_knows_automerge_and_only_its_client_knows_the_network() {
    let mut broken = Vec::new();
    for file in sources().iter().filter(|file| !is_test(file)) {
        let client = file.starts_with("sync/src/client.rs") || file.starts_with("sync/src/client");
        for (line, code) in product_lines(&text(file)) {
            if code.contains("automerge::") && !file.starts_with("sync") {
                broken.push(format!("{}:{line} automerge", file.display()));
            }
            if code.contains("reqwest::") && file.starts_with("sync") && !client {
                broken.push(format!("{}:{line} reqwest", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_rules_of_the_work_touch_neither_clock_nor_disk_nor_network() {
    let mut broken = Vec::new();
    for file in sources().iter().filter(|file| file.starts_with("domain/src") && !is_test(file)) {
        for (line, code) in product_lines(&text(file)) {
            if let Some(word) = IMPURE.iter().find(|word| code.contains(**word)) {
                broken.push(format!("{}:{line} {word}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_are_named_by_the_products_nouns() {
    let empty = |file: &&PathBuf| {
        file.with_extension("").iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
    };
    let broken: Vec<_> = sources().iter().filter(empty).cloned().collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_stay_short_or_give_a_reason() {
    let mut broken = Vec::new();
    for file in sources() {
        let lines = text(&file).lines().count();
        let excused = LONGER.iter().any(|(name, _)| file == Path::new(name));
        if lines > LONGEST && !excused {
            broken.push(format!("{} has {lines} lines", file.display()));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_file_begins_with_a_sentence_about_itself() {
    let mute = |file: &PathBuf| !is_test(file) && !text(file).starts_with("//! ");
    let broken: Vec<_> = sources().into_iter().filter(mute).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn texts_for_people_live_in_text_files_not_in_code() {
    let mut broken = Vec::new();
    for file in sources().iter().filter(|file| !is_test(file)) {
        for (line, code) in product_lines(&text(file)) {
            if code.chars().any(is_hanzi) {
                broken.push(format!("{}:{line} {}", file.display(), code.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_window_may_ask_exactly_the_commands_of_the_registry() {
    let list: serde_json::Value =
        serde_json::from_str(&text(Path::new("src-tauri/capabilities/window.json"))).unwrap();
    let granted: BTreeSet<&str> =
        list["permissions"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
    // The shell has one of its own: saving a file where the person says.
    let commands = ipc::COMMANDS.iter().chain(&["save_download"]);
    let wanted: BTreeSet<String> = commands.map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    let of_ours: BTreeSet<String> =
        granted.iter().filter(|name| name.starts_with("allow-")).map(|name| (*name).to_owned()).collect();
    assert_eq!(of_ours, wanted);
    let others: Vec<_> =
        granted.iter().filter(|name| !name.starts_with("allow-") && **name != "core:event:default").collect();
    assert!(others.is_empty(), "the window needs none of {others:?}");
}

#[test]
fn the_lock_files_name_no_registry_host() {
    for lock in ["ui/package-lock.json", "tests/e2e/package-lock.json", "xtask/node/package-lock.json"] {
        assert!(
            !text(Path::new(lock)).contains("\"resolved\""),
            "{lock}: npm config omit-lockfile-registry-resolved"
        );
    }
}
