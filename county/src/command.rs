//! The commands of `daiban-county`. Status 0: done; 1: refused or failed, with one sentence; 2: wrong usage.
//!
//! With `--json` a command prints one JSON object on standard output; its keys are documented in `docs/operations.md`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use serde_json::Value;

use crate::clock;
use crate::county::County;
use crate::database;
use crate::error::Error;
use crate::folder::Folder;
use crate::text::{Language, Texts, language};

mod audit;
mod backup;
mod catalogue;
mod desks;
mod doctor;
mod enrol_answer;
mod enrol_code;
mod init;
mod pack;
mod people;
mod restore;
mod serve;

#[derive(Parser)]
#[command(name = "daiban-county", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Serve(serve::Serve),
    EnrolCode(enrol_code::NewEnrolCode),
    EnrolAnswer(enrol_answer::EnrolAnswer),
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    #[command(subcommand)]
    Device(desks::Device),
    #[command(subcommand)]
    User(people::User),
    #[command(subcommand)]
    Audit(audit::Audit),
    Doctor(doctor::Doctor),
    Backup(backup::Backup),
    Restore(restore::Restore),
    #[command(subcommand)]
    Pack(pack::Pack),
}

/// Where the county's data lies, and how to answer.
#[derive(Args, Clone)]
struct Place {
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[arg(long)]
    json: bool,
}

impl Place {
    fn folder(&self) -> Folder {
        Folder::at(&self.data)
    }

    fn county(&self) -> Result<County, Error> {
        County::open(self.folder(), clock::machine())
    }
}

/// Why a command did not do what it was asked.
enum Failure {
    /// In a sentence of the table, with what belongs into it.
    Said(&'static str, Vec<(&'static str, String)>),
    /// A failure of the platform.
    Error(Error),
    /// The answer was printed and says what is wrong.
    Shown,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Error(error.into())
    }
}

type Done = Result<(), Failure>;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let language = language();
    let texts = Texts::of(language);
    let matches = localised(Cli::command(), "help", &texts).get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let out = Out { texts, language };
    let done = match cli.command {
        Command::Init(init) => init.run(&out),
        Command::Serve(serve) => serve.run(&out),
        Command::EnrolCode(code) => code.run(&out),
        Command::EnrolAnswer(answer) => answer.run(&out),
        Command::Catalogue(catalogue) => catalogue.run(&out),
        Command::Device(device) => device.run(&out),
        Command::User(user) => user.run(&out),
        Command::Audit(audit) => audit.run(&out),
        Command::Doctor(doctor) => doctor.run(&out),
        Command::Backup(backup) => backup.run(&out),
        Command::Restore(restore) => restore.run(&out),
        Command::Pack(pack) => pack.run(&out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.fail(&failure);
            ExitCode::from(1)
        }
    }
}

/// Puts the help of every command and option into the caller's language.
fn localised(command: clap::Command, name: &str, texts: &Texts) -> clap::Command {
    let mut command = command;
    if texts.has(name) {
        command = command.about(texts.say(name, &[]));
    }
    let args: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in args {
        let key = format!("option-{}", id.replace('_', "-"));
        if texts.has(&key) {
            let help = texts.say(&key, &[]);
            command = command.mut_arg(id, |arg| arg.help(help));
        }
    }
    let parts: Vec<String> = command.get_subcommands().map(|part| part.get_name().to_owned()).collect();
    for part in parts {
        let name = format!("{name}-{part}");
        command = command.mut_subcommand(part, |part| localised(part, &name, texts));
    }
    command
}

/// Where answers go.
struct Out {
    texts: Texts,
    language: Language,
}

impl Out {
    /// A line for a person. A closed pipe is not worth an error.
    fn line(&self, text: &str) {
        drop(writeln!(std::io::stdout().lock(), "{text}"));
    }

    /// A sentence of the table.
    fn say(&self, name: &str, given: &[(&str, &str)]) {
        self.line(&self.texts.say(name, given));
    }

    /// The one JSON object of a command.
    fn json(&self, value: &Value) {
        self.line(&value.to_string());
    }

    fn fail(&self, failure: &Failure) {
        let sentence = match failure {
            Failure::Shown => return,
            Failure::Said(name, given) => {
                let given: Vec<(&str, &str)> =
                    given.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.texts.say(name, &given)
            }
            Failure::Error(Error::Database(database::Error::Absent(path))) => {
                self.texts.say("failed-no-county", &[("path", &path.display().to_string())])
            }
            Failure::Error(error) => self.texts.say("failed", &[("detail", &error.to_string())]),
        };
        drop(writeln!(std::io::stderr().lock(), "{sentence}"));
    }
}

/// Does something that waits for the network or the signing library.
fn waiting<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
