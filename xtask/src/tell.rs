//! What a person sees while a task works: what begins, how long it took, and the last words of what failed.

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Lines of a failed program's output that are shown.
const LAST_WORDS: usize = 60;

/// Says what begins, does it, says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let begun = Instant::now();
    let done = work().with_context(|| what.to_owned())?;
    println!("    done in {}", span(begun.elapsed()));
    Ok(done)
}

/// A remark under the current step.
pub fn note(text: &str) {
    println!("    {text}");
}

/// One sentence for the person, causes after it.
#[allow(clippy::print_stderr, reason = "failures belong on the error stream")]
pub fn failed(failure: &anyhow::Error) {
    eprintln!("failed: {failure:#}");
}

/// Runs a program with its output shown as it comes.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = line_of(command);
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// Runs a program silently with a moving line on a terminal; its output goes to `log` and is shown only
/// when it fails.
pub fn run_quietly(command: &mut Command, log: &Path) -> Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let shown = line_of(command);
    let moving =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("    {spinner} {elapsed} {msg}")?);
    moving.set_message(shown.chars().take(90).collect::<String>());
    moving.enable_steady_tick(Duration::from_millis(200));
    let status = command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .status()
        .with_context(|| format!("cannot start {shown}"));
    moving.finish_and_clear();
    let status = status?;
    if !status.success() {
        let words = String::from_utf8_lossy(&fs::read(log)?).into_owned();
        let lines: Vec<&str> = words.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(LAST_WORDS)) {
            println!("    | {line}");
        }
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// What a program prints when it is asked something small; `None` when it is absent or refuses.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A length of time as people say it.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

fn line_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::span;
    use std::time::Duration;

    #[test]
    fn a_span_reads_as_people_say_it() {
        assert_eq!(span(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(span(Duration::from_secs(125)), "2 min 05 s");
    }
}
