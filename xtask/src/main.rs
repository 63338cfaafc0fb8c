//! Every developer command: set up a machine, build the window, run the product, prove it.
#![allow(clippy::print_stdout, reason = "a command line speaks by printing")]

mod bench;
mod bundle;
mod clean_root;
mod county;
mod course;
mod demo;
mod fresh;
mod install;
mod node;
mod open;
mod pack;
mod patternfly;
mod places;
mod prove;
mod release;
mod stage;
mod stop;
mod tell;
mod tool;
mod wasm;

use clap::{Parser, Subcommand};
use places::Places;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Every developer command of Daiban")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing on this machine, saying what before doing it
    Setup,
    /// Build the window into the folder that the desk and the desktop shell serve
    Ui {
        /// Small and optimised, as it is shipped
        #[arg(long)]
        release: bool,
    },
    /// Open the product with a demo county and three demo desks
    Run {
        /// Whose desk is opened
        #[arg(long = "as", value_name = "WHO", default_value = "agent", value_parser = ["agent", "clerk", "county"])]
        part: String,
        /// Without the county, as in a village without network
        #[arg(long)]
        offline: bool,
    },
    /// Tell the main job in the terminal, step by step, with the real programs
    Demo,
    /// Measure how quick a desk is with 200 and with 20,000 cases, its memory, and the size of what is shipped
    Bench {
        /// Only what goes over the line (`sync`), beside other programs when their folder is named
        #[arg(value_parser = ["sync"])]
        what: Option<String>,
        /// Folder with the other programs' drivers; it is copied, never written to
        #[arg(long, env = "DAIBAN_PEERS", value_name = "DIR")]
        peers: Option<std::path::PathBuf>,
        /// With `sync`: few documents, once, in a few minutes
        #[arg(long)]
        quick: bool,
        /// Also print everything as one line of JSON, the last one
        #[arg(long)]
        json: bool,
    },
    /// Make the Debian packages of the desk and of the county
    Pack,
    /// Check licences, make the packages, install them on a clean Debian and let them do their job there
    ReleaseCheck {
        /// Name of the Debian release
        #[arg(long, value_name = "SUITE", default_value = "bookworm")]
        suite: String,
        /// Address of a Debian mirror instead of the usual one
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
    },
    /// Run everything that must hold before a change is taken
    Test {
        /// Leave out the parts that need a browser or a display
        #[arg(long)]
        no_e2e: bool,
    },
}

fn main() -> ExitCode {
    let line = Line::parse();
    let outcome = Places::find().and_then(|places| match line.task {
        Task::Setup => install::everything(&places),
        Task::Ui { release } => install::everything(&places).and_then(|()| bundle::build(&places, release)),
        Task::Run { part, offline } => {
            prove::build(&places).and_then(|()| open::open(&places, &part, offline))
        }
        Task::Demo => prove::build(&places).and_then(|()| demo::tell_story(&places)),
        Task::Bench { what: None, json, .. } => bench::run(&places, json),
        Task::Bench { what: Some(_), peers, quick, json } => {
            bench::sync::run(&places, peers, bench::sync::Scope { quick, json })
        }
        Task::Pack => pack::make(&places).map(|_| ()),
        Task::ReleaseCheck { suite, mirror } => {
            release::check(&places, &clean_root::Debian { suite, mirror })
        }
        Task::Test { no_e2e } => prove::everything(&places, !no_e2e),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell::failed(&failure);
            ExitCode::FAILURE
        }
    }
}
