//! `catalogue lint|build|publish`: from workbooks to a signed release.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::json;

use super::{Done, Failure, Out, Place, waiting};
use crate::catalogue::{self, CatalogueError, Level, LintFinding};
use crate::publish;

/// The county's days are those of China Standard Time.
const CHINA: Offset = Offset::constant(8);

#[derive(Subcommand)]
pub(super) enum Catalogue {
    Lint(Lint),
    Build(Build),
    Publish(Publish),
}

#[derive(Args)]
pub(super) struct Lint {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Build {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(short = 'o', long = "out", value_name = "OUT")]
    out: PathBuf,
    #[arg(long, default_value_t = 1)]
    number: u64,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Publish {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    place: Place,
    #[arg(long, default_value = "")]
    note: String,
}

impl Catalogue {
    pub(super) fn run(self, out: &Out) -> Done {
        match self {
            Catalogue::Lint(lint) => {
                let findings = found(catalogue::lint_dir(&lint.dir, out.language))?;
                report(out, &findings, lint.json);
                if has_errors(&findings) { Err(Failure::Shown) } else { Ok(()) }
            }
            Catalogue::Build(build) => {
                let today = Timestamp::now().to_zoned(TimeZone::fixed(CHINA)).date();
                match catalogue::build_dir(&build.dir, &build.out, build.number, today, out.language) {
                    Ok(compiled) => {
                        let items: Vec<&str> = compiled.items.iter().map(|(code, _)| code.as_str()).collect();
                        if build.json {
                            out.json(&json!({ "release": build.number, "items": items, "out": build.out }));
                        } else {
                            let given = [
                                ("items", items.len().to_string()),
                                ("out", build.out.display().to_string()),
                            ];
                            out.say(
                                "catalogue-built",
                                &given.each_ref().map(|(name, value)| (*name, value.as_str())),
                            );
                        }
                        Ok(())
                    }
                    Err(error) => {
                        report(out, &found(Err(error))?, build.json);
                        Err(Failure::Shown)
                    }
                }
            }
            Catalogue::Publish(new) => {
                let county = new.place.county()?;
                let outcome =
                    waiting(publish::folder(&county, &new.dir, &new.note, None, false, out.language))?;
                let Some(release) = outcome.release else {
                    report(out, &outcome.findings, new.place.json);
                    return Err(Failure::Shown);
                };
                if new.place.json {
                    let findings = serde_json::to_value(&outcome.findings).unwrap_or_default();
                    out.json(&json!({ "release": release.number, "items": release.items.len(), "findings": findings }));
                } else {
                    report(out, &outcome.findings, false);
                    let given =
                        [("release", release.number.to_string()), ("items", release.items.len().to_string())];
                    out.say(
                        "catalogue-published",
                        &given.each_ref().map(|(name, value)| (*name, value.as_str())),
                    );
                }
                Ok(())
            }
        }
    }
}

/// What was found, also when it was found while doing something else.
fn found(done: Result<Vec<LintFinding>, CatalogueError>) -> Result<Vec<LintFinding>, Failure> {
    match done {
        Err(CatalogueError::Findings(findings)) => Ok(findings),
        Err(CatalogueError::File { path, source }) => Err(Failure::Said(
            "failed-file",
            vec![("path", path.display().to_string()), ("detail", source.to_string())],
        )),
        done => Ok(done?),
    }
}

fn has_errors(findings: &[LintFinding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

fn report(out: &Out, findings: &[LintFinding], as_json: bool) {
    if as_json {
        let findings = serde_json::to_value(findings).unwrap_or_default();
        out.json(&json!({ "findings": findings }));
        return;
    }
    for finding in findings {
        let mut place = format!("{} {}", finding.file, finding.sheet);
        if let Some(row) = finding.row {
            place.push_str(&format!(" {row}"));
        }
        if let Some(column) = &finding.column {
            place.push_str(&format!(" {column}"));
        }
        let level = if finding.level == Level::Error { "finding-error" } else { "finding-warning" };
        out.say(level, &[("place", place.as_str()), ("message", finding.message.as_str())]);
    }
    if findings.is_empty() {
        out.say("findings-none", &[]);
    }
}
