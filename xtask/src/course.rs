//! The course of a long run: its steps, what passed and failed, and the plain summary at its end.

use crate::tell;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Tests that ran and what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Sum {
    /// Held.
    pub passed: u64,
    /// Did not hold.
    pub failed: u64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The course of one run: the sum so far and how long each step took.
#[derive(Default)]
pub struct Course {
    sum: Sum,
    took: Vec<(String, Duration)>,
}

impl Course {
    /// A step that counts tests; an error means that the run may not go on.
    pub fn step(&mut self, what: &str, work: impl FnOnce() -> Result<Sum>) -> Result<()> {
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

    /// A step that counts nothing, it only must not break.
    pub fn must(&mut self, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.step(what, || work().map(|()| Sum::default()))
    }

    /// Prints how long everything took and how it ended; the very last line is `N passed, N failed`. A run that
    /// was stopped ends the program with status 1.
    pub fn end(&self, outcome: &Result<()>) {
        println!();
        for (what, took) in &self.took {
            println!("{:>12}  {what}", tell::span(*took));
        }
        let total = self.took.iter().map(|(_, took)| *took).sum();
        println!("{:>12}  in all", tell::span(total));
        match outcome {
            Ok(()) => println!("everything holds"),
            Err(failure) => println!("stopped: {failure:#}"),
        }
        println!("{} passed, {} failed", self.sum.passed, self.sum.failed);
        if outcome.is_err() {
            std::process::exit(1);
        }
    }
}

/// Runs cargo's tests, shows what they print, and adds their sums up.
pub fn counted(tests: &mut Command) -> Result<Sum> {
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

/// Runs a script, shows what it prints, and reads its last line `N passed, N failed`; a script without one counts
/// as one test.
pub fn told(script: &mut Command) -> Result<Sum> {
    let shown = script.get_program().to_string_lossy().into_owned();
    let mut running =
        script.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {shown}"))?;
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
        let stopped = course.must("breaks", || bail!("no"));
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

    #[test]
    fn a_script_that_fails_without_a_sum_counts_as_one_failure() {
        let mut script = Command::new("sh");
        assert_eq!(told(script.args(["-c", "exit 3"])).unwrap(), Sum { passed: 0, failed: 1 });
        let mut script = Command::new("sh");
        let half = told(script.args(["-c", "echo 4 passed, 0 failed; exit 3"])).unwrap();
        assert_eq!(half, Sum { passed: 4, failed: 1 });
    }
}
