//! Everything that must hold before a change is taken, in order of price, ending with a plain summary.

use crate::places::Places;
use crate::{bundle, install, node, tell, wasm};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Tests that ran and what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Sum {
    passed: u64,
    failed: u64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The course of one run: the sum so far and how long each step took.
#[derive(Default)]
struct Course {
    sum: Sum,
    took: Vec<(String, Duration)>,
}

impl Course {
    /// One step; answers whether the run may go on.
    fn step(&mut self, what: &str, work: impl FnOnce() -> Result<Sum>) -> Result<()> {
        let begun = Instant::now();
        let done = tell::step(what, work);
        self.took.push((what.to_owned(), begun.elapsed()));
        let sum = match &done {
            Ok(sum) => *sum,
            Err(_) => Sum { passed: 0, failed: 1 },
        };
        self.sum += sum;
        if sum.failed > 0 && done.is_ok() {
            bail!("{what}: {} failed", sum.failed);
        }
        done.map(|_| ())
    }
}

/// What cargo is asked for whenever native code is built: one set of packages, so that each dependency is built once.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "ui"];

/// Builds the window and all programs, installing what is missing before.
pub fn build(places: &Places) -> Result<()> {
    install::everything(places)?;
    bundle::build(places, false)?;
    tell::step("building the programs", || tell::run(cargo(places).arg("build").args(NATIVE)))
}

/// Runs all steps, stops at the first that fails, and always ends with the summary; the very last line is
/// `N passed, N failed`.
pub fn everything(places: &Places, with_e2e: bool) -> Result<()> {
    let mut course = Course::default();
    let outcome = steps(places, with_e2e, &mut course);
    println!();
    for (what, took) in &course.took {
        println!("{:>12}  {what}", tell::span(*took));
    }
    let total = course.took.iter().map(|(_, took)| *took).sum();
    println!("{:>12}  in all", tell::span(total));
    match &outcome {
        Ok(()) => println!("everything holds"),
        Err(failure) => println!("stopped: {failure:#}"),
    }
    println!("{} passed, {} failed", course.sum.passed, course.sum.failed);
    if outcome.is_err() {
        std::process::exit(1);
    }
    Ok(())
}

fn steps(places: &Places, with_e2e: bool, course: &mut Course) -> Result<()> {
    let quietly = |done: Result<()>| done.map(|()| Sum::default());
    course.step("setting the machine up", || quietly(install::everything(places)))?;
    course.step("format", || quietly(tell::run(cargo(places).args(["fmt", "--all", "--check"]))))?;
    course.step("the window", || quietly(bundle::build(places, false)))?;
    course.step("clippy, native", || {
        let mut clippy = cargo(places);
        clippy.arg("clippy").args(NATIVE).args(["--all-targets", "--", "-D", "warnings"]);
        quietly(tell::run(&mut clippy))
    })?;
    course.step("clippy, the window", || {
        quietly(tell::run(wasm::cargo(places, "clippy")?.args(["--", "-D", "warnings"])))
    })?;
    course.step("building the programs", || quietly(tell::run(cargo(places).arg("build").args(NATIVE))))?;
    course.step("tests, native", || {
        let mut tests = cargo(places);
        tests.arg("test").args(NATIVE).arg("--no-fail-fast");
        tests.env("DAIBAN_UI_DIST", places.served_ui());
        counted(&mut tests)
    })?;
    course.step("tests, the window", || {
        let mut tests = cargo(places);
        tests.args(["test", "--package", "ui", "--lib"]);
        counted(&mut tests)
    })?;
    if with_e2e {
        for script in scripts(places)? {
            let name = script.file_name().and_then(|name| name.to_str()).unwrap_or("script").to_owned();
            course.step(&format!("end to end: {name}"), || told(places, &script))?;
        }
    }
    Ok(())
}

fn cargo(places: &Places) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&places.clone).env("CARGO_TARGET_DIR", &places.target);
    command
}

/// Runs cargo's tests, shows what they print, and adds their sums up.
fn counted(tests: &mut Command) -> Result<Sum> {
    let mut running = tests.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let printed = running.stdout.take().context("the tests print nowhere")?;
    let mut sum = Sum::default();
    for line in BufReader::new(printed).lines() {
        let line = line?;
        if !line.trim().is_empty() && !line.ends_with("... ok") && !line.starts_with("running ") {
            println!("{line}");
        }
        if let Some(part) = cargo_sum(&line) {
            sum += part;
        }
    }
    let status = running.wait()?;
    if !status.success() && sum.failed == 0 {
        bail!("the tests could not be run: {status}");
    }
    Ok(sum)
}

/// The sum in a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn cargo_sum(line: &str) -> Option<Sum> {
    let counts = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    Some(Sum { passed: count(counts, "passed")?, failed: count(counts, "failed")? })
}

/// The sum in a script's line such as `3 passed, 0 failed`.
fn script_sum(line: &str) -> Option<Sum> {
    let line = line.trim();
    let sum = Sum { passed: count(line, "passed")?, failed: count(line, "failed")? };
    (line == format!("{} passed, {} failed", sum.passed, sum.failed)).then_some(sum)
}

fn count(line: &str, what: &str) -> Option<u64> {
    let words: Vec<&str> = line.split([' ', ';', ',']).filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|word| *word == what)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// The scripts that drive browser mode and the real window; those whose names begin with a low line are parts.
fn scripts(places: &Places) -> Result<Vec<PathBuf>> {
    let folder = places.clone.join("tests/e2e");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "mjs"))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')))
        .collect();
    scripts.sort();
    Ok(scripts)
}

/// Runs one script under a display and a message bus of its own. It finds our programs by environment
/// variables, and ends with a line `N passed, N failed`, or counts as one test.
fn told(places: &Places, script: &Path) -> Result<Sum> {
    let node = node::command(places);
    let mut running = Command::new("xvfb-run")
        .args(["--auto-servernum", "--server-args=-screen 0 1366x768x24", "dbus-run-session", "--"])
        .arg(node.get_program())
        .arg(script)
        .current_dir(&places.clone)
        .env("DAIBAN_APP", places.program("daiban"))
        .env("DAIBAN_DESK", places.program("daiban-desk"))
        .env("DAIBAN_COUNTY", places.program("daiban-county"))
        .env("DAIBAN_UI_DIST", places.served_ui())
        .env("DAIBAN_CATALOGUE", places.clone.join("catalogue"))
        .env("TAURI_AUTOMATION", "true")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("NO_AT_BRIDGE", "1")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start xvfb-run")?;
    let printed = running.stdout.take().context("the script prints nowhere")?;
    let mut last = None;
    for line in BufReader::new(printed).lines() {
        let line = line?;
        println!("    {line}");
        last = script_sum(&line).or(last);
    }
    let good = running.wait()?.success();
    Ok(match (last, good) {
        (Some(sum), true) => sum,
        (Some(sum), false) => Sum { failed: sum.failed.max(1), ..sum },
        (None, true) => Sum { passed: 1, failed: 0 },
        (None, false) => Sum { passed: 0, failed: 1 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_from_what_cargo_and_scripts_print() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(cargo_sum(line), Some(Sum { passed: 12, failed: 2 }));
        assert_eq!(cargo_sum("test lifecycle::returned ... ok"), None);
        assert_eq!(script_sum("7 passed, 0 failed"), Some(Sum { passed: 7, failed: 0 }));
        assert_eq!(script_sum("step 3 passed, none failed"), None);
    }

    #[test]
    fn a_step_that_breaks_counts_as_one_failure() {
        let mut course = Course::default();
        let stopped = course.step("breaks", || bail!("no"));
        assert!(stopped.is_err());
        assert_eq!(course.sum, Sum { passed: 0, failed: 1 });
    }

    #[test]
    fn failed_tests_stop_the_run_with_their_own_sum() {
        let mut course = Course::default();
        let stopped = course.step("tests", || Ok(Sum { passed: 3, failed: 2 }));
        assert!(stopped.is_err());
        assert_eq!(course.sum, Sum { passed: 3, failed: 2 });
    }
}
