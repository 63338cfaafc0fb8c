//! The desktop window of a desk: opens the data folder, shows the window, forwards what it asks.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod forward;
mod place;
mod save;
mod shell;
mod watchdog;
mod webkit;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// The window of the village agent, the township clerk and the county admin.
#[derive(Parser)]
#[command(name = "daiban", version)]
struct Line {
    /// Folder with this desk's data
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Draw without the graphics card, for machines that show an empty window
    #[arg(long)]
    safe_rendering: bool,
}

fn main() -> ExitCode {
    let line = Line::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    if let Err(error) = webkit::start_well(line.safe_rendering) {
        tracing::warn!(%error, "the window's engine starts without its workarounds");
    }
    match place::folder(line.data)
        .map_err(Into::into)
        .and_then(|folder| shell::run(folder, line.safe_rendering))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
