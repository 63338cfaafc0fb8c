//! `daiban-county`: the county platform on the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    county::command::main()
}
