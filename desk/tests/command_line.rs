//! The command line as scripts see it: exit status, one JSON object, one sentence in the language of the locale.

#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, locale: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_daiban-desk"))
        .arg("--data")
        .arg(folder)
        .args(args)
        .env("LC_ALL", locale)
        .env("DAIBAN_PASSWORD", "demo-password-1")
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_desk_nobody_enrolled_says_so_in_the_language_of_the_locale() {
    let folder = tempfile::tempdir().unwrap();
    let chinese = run(folder.path(), "zh_CN.UTF-8", &["status"]);
    assert_eq!(chinese.status.code(), Some(1));
    assert!(
        said(&chinese.stderr).contains("登记") || said(&chinese.stderr).contains("县"),
        "{}",
        said(&chinese.stderr)
    );
    let english = run(folder.path(), "en_US.UTF-8", &["status", "--json"]);
    assert_eq!(english.status.code(), Some(1));
    assert!(said(&english.stderr).contains("not enrolled"));
    let told: Value = serde_json::from_slice(&english.stdout).unwrap();
    assert_eq!(told["problem"]["code"], "not_enrolled");
}

#[test]
fn wrong_usage_is_status_two() {
    let folder = tempfile::tempdir().unwrap();
    for args in
        [&["no-such-command"][..], &["case", "new"], &["case", "act", "x"], &["item", "search", "--nonsense"]]
    {
        assert_eq!(run(folder.path(), "en_US.UTF-8", args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_mistyped_code_or_a_short_password_enrols_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mistyped = run(folder.path(), "en_US.UTF-8", &["enrol", "--code", "DB1.nonsense", "--json"]);
    assert_eq!(mistyped.status.code(), Some(1));
    assert_eq!(
        serde_json::from_slice::<Value>(&mistyped.stdout).unwrap()["problem"]["code"],
        "bad_enrol_code"
    );
    let file = folder.path().join("password");
    std::fs::write(&file, "short\n").unwrap();
    let file = file.to_str().unwrap();
    let short =
        run(folder.path(), "en_US.UTF-8", &["enrol", "--code", "DB1.x", "--password-file", file, "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&short.stdout).unwrap()["problem"]["code"], "weak_password");
    assert!(!folder.path().join("keys.json").exists());
}

#[test]
fn the_doctor_looks_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let looked = run(folder.path(), "en_US.UTF-8", &["doctor", "--json"]);
    assert_eq!(looked.status.code(), Some(1), "nobody is enrolled");
    let told: Value = serde_json::from_slice(&looked.stdout).unwrap();
    assert_eq!(told["ok"], false);
    assert!(
        told["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["name"] == "people" && check["ok"] == false)
    );
}
