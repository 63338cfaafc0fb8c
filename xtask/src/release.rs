//! What must hold before a release goes out and is too slow, or asks the network for too much, to be asked each time:
//! licences, packages, and a clean machine on which they are installed and the programs do their job.

use crate::clean_root::{CleanRoot, Debian};
use crate::course::{self, Course};
use crate::places::Places;
use crate::{pack, tell, tool};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Runs all steps, stops at the first that fails, and always ends with the summary; the very last line is
/// `N passed, N failed`.
pub fn check(places: &Places, debian: &Debian) -> Result<()> {
    let mut course = Course::default();
    let outcome = steps(places, debian, &mut course);
    course.end(&outcome);
    outcome
}

fn steps(places: &Places, debian: &Debian, course: &mut Course) -> Result<()> {
    course.must("licences, sources and forbidden crates", || {
        let judge = tool::ready(places, &tool::CARGO_DENY)?;
        tell::run(
            Command::new(judge).args(["check", "bans", "licenses", "sources"]).current_dir(&places.clone),
        )
    })?;
    let mut packages = Vec::new();
    course.must("packages", || {
        packages = pack::make(places)?;
        Ok(())
    })?;
    course.step("a clean machine", || {
        let root = CleanRoot::lay(places, debian)?;
        bring(places, &root, &packages)?;
        course::told(&mut root.command(&["bash", "/daiban/smoke.sh"]))
    })
}

/// Packages, the sample catalogue and the script: all that a clean machine is given.
fn bring(places: &Places, root: &CleanRoot, packages: &[PathBuf]) -> Result<()> {
    for package in packages {
        let name = package.file_name().and_then(|name| name.to_str()).context("a package without a name")?;
        root.bring(package, &format!("daiban/{name}"))?;
    }
    root.bring(&places.clone.join("catalogue"), "daiban/catalogue")?;
    root.bring(&places.clone.join("xtask/demo/people.json"), "daiban/people.json")?;
    root.bring(&places.clone.join("installers/smoke.sh"), "daiban/smoke.sh")
}
