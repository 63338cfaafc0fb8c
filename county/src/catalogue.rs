//! The county's catalogue: workbooks read, checked, compiled into a release, signed and published to every desk.
//!
//! Authors work in Excel ([`docs/catalogue.md`] tells every sheet and column). [`lint_dir`] says what is wrong with
//! sheet, row and column; [`build_dir`] writes what desks will get; [`publish_dir`] signs it into the repository.
//!
//! [`docs/catalogue.md`]: ../../docs/catalogue.md

use std::path::{Path, PathBuf};

use domain::moment::Millis;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

mod calendar;
mod check;
mod compile;
mod finding;
mod form;
mod guide;
mod item;
mod material;
mod region;
mod rule;
mod sources;
pub mod tuf;
mod workbook;

pub use compile::{Compiled, compile};
pub use finding::{Level, LintFinding};
pub use sources::{ItemSource, Sources, read};

pub use crate::text::Language;

/// Why a catalogue cannot be read, built or published.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no workbook.
    #[error("{}: {reason}", path.display())]
    Workbook {
        /// Which one.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The catalogue has errors; nothing is built or published. Warnings are in the list too.
    #[error("the catalogue has {} error(s)", errors(.0))]
    Findings(Vec<LintFinding>),
    /// There are no signing keys in the folder yet, or they are there already.
    #[error("catalogue keys: {0}")]
    Keys(String),
    /// Signing or reading the signed repository failed.
    #[error("catalogue repository: {0}")]
    Repository(String),
}

impl CatalogueError {
    fn file(path: &Path) -> impl FnOnce(std::io::Error) -> CatalogueError + use<> {
        let path = path.to_owned();
        move |source| CatalogueError::File { path, source }
    }

    /// A failure of the signing library.
    fn repository(error: impl std::fmt::Display) -> CatalogueError {
        CatalogueError::Repository(error.to_string())
    }
}

fn errors(findings: &[LintFinding]) -> usize {
    findings.iter().filter(|finding| finding.level == Level::Error).count()
}

/// Everything wrong with the catalogue in `dir`, worst first within each file; empty when it may be published.
pub fn lint_dir(dir: &Path, language: Language) -> Result<Vec<LintFinding>, CatalogueError> {
    Ok(check::lint(&read(dir)?, language))
}

/// Everything wrong with a catalogue already read. See [`lint_dir`].
pub fn lint(sources: &Sources, language: Language) -> Vec<LintFinding> {
    check::lint(sources, language)
}

/// Compiles the catalogue in `dir` and writes its targets into `out` as plain files, to look at before publishing.
///
/// `number` is the release number to write. The same workbooks, number and day give the same bytes.
pub fn build_dir(
    dir: &Path,
    out: &Path,
    number: u64,
    issued: Date,
    language: Language,
) -> Result<Compiled, CatalogueError> {
    let compiled = compile(&read(dir)?, number, issued, "", language)?;
    for (name, bytes) in compiled.targets()? {
        let path = out.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(CatalogueError::file(parent))?;
        }
        std::fs::write(&path, bytes).map_err(CatalogueError::file(&path))?;
    }
    Ok(compiled)
}

/// What [`publish_dir`] did.
#[derive(Debug, Clone)]
pub struct PublishedRelease {
    /// The release as desks will see it.
    pub release: domain::catalogue::Release,
    /// SHA-256 of the new `timestamp.json`; desks look for updates when it changes (ruling 13).
    pub timestamp: domain::id::Digest,
}

/// Compiles the catalogue in `dir`, signs it and publishes it into the repository below the county's data folder.
///
/// Keys are made on the first use. `note` tells the desks in a sentence what changed. The release number is a serial of
/// the day (`2026010501` is the first of 5 January 2026, as in DNS zones), one more than the last, or `least`, whichever is
/// highest.
pub async fn publish_dir(
    dir: &Path,
    data: &Path,
    note: &str,
    least: u64,
    now: Timestamp,
    language: Language,
) -> Result<PublishedRelease, CatalogueError> {
    let keys = tuf::ensure_keys(&tuf::keys_dir(data), now).await?;
    let repository = tuf::repository_dir(data);
    let last = tuf::current_release(&repository, &keys).await?.map_or(0, |release| release.number);
    let issued = now.to_zoned(TimeZone::fixed(tuf::CHINA_OFFSET)).date();
    let compiled = compile(&read(dir)?, next_number(last, issued).max(least), issued, note, language)?;
    let timestamp = tuf::publish(&compiled, &repository, &keys, now).await?;
    Ok(PublishedRelease { release: compiled.release, timestamp })
}

/// The number from which releases go on that are published after the county was restored at `now`: desks may hold releases of
/// that day which the county has lost, and no other release may get their numbers. A day has fewer than forty of them.
///
/// # Errors
/// [`CatalogueError::Repository`] when the clock is out of range.
pub fn first_after_restore(now: Millis) -> Result<u64, CatalogueError> {
    let at = Timestamp::from_millisecond(now).map_err(CatalogueError::repository)?;
    let local = at.to_zoned(TimeZone::fixed(tuf::CHINA_OFFSET));
    // Restored again an hour later it begins higher.
    let hour = u64::from(local.hour().unsigned_abs());
    Ok(day(local.date()) * 100 + 40 + 2 * hour)
}

fn next_number(last: u64, issued: Date) -> u64 {
    (last + 1).max(day(issued) * 100 + 1)
}

/// A day as a number, `20260105`.
fn day(date: Date) -> u64 {
    let part = |value: i16| u64::from(value.unsigned_abs());
    part(date.year()) * 10_000 + part(date.month().into()) * 100 + part(date.day().into())
}

#[cfg(test)]
mod tests;
