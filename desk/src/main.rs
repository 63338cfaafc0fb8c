//! `daiban-desk`: the desk without a window, for the terminal, for scripts, and for a browser on the same machine.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
