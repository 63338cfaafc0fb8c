//! Everything that must hold before a change is taken, in order of price, ending with a plain summary.

use crate::course::{self, Course, Sum};
use crate::fresh::Build;
use crate::places::Places;
use crate::{bundle, install, node, tell, wasm};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What cargo is asked for whenever native code is built: one set of packages, so that each dependency is built once.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "ui"];

/// Entries of the clone that the programs are not built from.
const APART: [&str; 10] =
    [".ci", ".git", "dist", "docs", "installers", "target", "tests", "ui", "xtask", "catalogue"];

/// The programs that are run and shipped.
const PROGRAMS: [&str; 3] = ["daiban", "daiban-desk", "daiban-county"];

/// Builds the window and all programs, installing what is missing before; quick when nothing was changed.
pub fn build(places: &Places) -> Result<()> {
    install::everything(places)?;
    bundle::build(places, false)?;
    let programs = Build {
        mark: places.target.join("made/programs"),
        sources: sources(places)?,
        how: "",
        results: PROGRAMS.iter().map(|name| places.program(name)).collect(),
    };
    programs.unless_fresh(|| {
        let mut cargo = cargo(places);
        cargo.arg("build").args(NATIVE).args(programs_alone());
        tell::step("building the programs", || tell::run(&mut cargo))
    })?;
    Ok(())
}

/// Words that leave out the programs which only test and measure.
fn programs_alone() -> Vec<&'static str> {
    PROGRAMS.map(|name| ["--bin", name]).concat()
}

/// Builds the window and all programs as they are shipped, and those that measure them.
pub fn ship(places: &Places) -> Result<()> {
    build_shipped(places, &["--bins"])
}

/// Builds the window and the programs as they are shipped, and nothing else.
pub fn ship_programs(places: &Places) -> Result<()> {
    build_shipped(places, &programs_alone())
}

/// Builds one of the programs that measure, as what is shipped is built; it needs no window.
pub fn measuring(places: &Places, program: &str) -> Result<()> {
    tell::step("building the measuring program as what is shipped is built", || {
        let mut cargo = cargo(places);
        tell::run(cargo.args(["build", "--release"]).args(NATIVE).args([
            "--exclude",
            "xtask",
            "--bin",
            program,
        ]))
    })
}

fn build_shipped(places: &Places, what: &[&str]) -> Result<()> {
    install::everything(places)?;
    bundle::build(places, true)?;
    tell::step("building the programs as they are shipped", || {
        let mut cargo = cargo(places);
        tell::run(cargo.args(["build", "--release"]).args(NATIVE).args(["--exclude", "xtask"]).args(what))
    })
}

/// Everything in the clone that the programs may be built from, and the window that the shell takes in.
fn sources(places: &Places) -> Result<Vec<PathBuf>> {
    let mut sources = vec![places.embedded_ui()];
    for entry in fs::read_dir(&places.clone)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = Path::new(&name).extension().is_some_and(|kind| kind == "md");
        if !text && !APART.iter().any(|apart| name == *apart) {
            sources.push(entry.path());
        }
    }
    sources.sort();
    Ok(sources)
}

/// Runs all steps, stops at the first that fails, and always ends with the summary; the very last line is
/// `N passed, N failed`.
pub fn everything(places: &Places, with_e2e: bool) -> Result<()> {
    let mut course = Course::default();
    let outcome = steps(places, with_e2e, &mut course);
    course.end(&outcome);
    outcome
}

fn steps(places: &Places, with_e2e: bool, course: &mut Course) -> Result<()> {
    course.must("setting the machine up", || install::everything(places))?;
    course.must("format", || tell::run(cargo(places).args(["fmt", "--all", "--check"])))?;
    course.must("the window", || bundle::build(places, false))?;
    course.must("clippy, native", || {
        let mut clippy = cargo(places);
        clippy.arg("clippy").args(NATIVE).args(["--all-targets", "--", "-D", "warnings"]);
        tell::run(&mut clippy)
    })?;
    course.must("clippy, the window", || {
        tell::run(wasm::cargo(places, "clippy")?.args(["--", "-D", "warnings"]))
    })?;
    course.must("building the programs", || tell::run(cargo(places).arg("build").args(NATIVE)))?;
    course.step("tests, native", || {
        let mut tests = cargo(places);
        tests.arg("test").args(NATIVE).arg("--no-fail-fast");
        tests.env("DAIBAN_UI_DIST", places.served_ui());
        tests.env("DAIBAN_NODE", node::command(places).get_program());
        course::counted(&mut tests)
    })?;
    course.step("tests, the window", || {
        let mut tests = cargo(places);
        tests.args(["test", "--package", "ui", "--lib"]);
        course::counted(&mut tests)
    })?;
    if with_e2e {
        for script in scripts(places)? {
            let name = script.file_name().and_then(|name| name.to_str()).unwrap_or("script").to_owned();
            course.step(&format!("end to end: {name}"), || told(places, &script))?;
        }
    }
    Ok(())
}

fn cargo(places: &Places) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&places.clone).env("CARGO_TARGET_DIR", &places.target);
    command
}

/// The scripts that drive browser mode and the real window; those whose names begin with a low line are parts.
fn scripts(places: &Places) -> Result<Vec<PathBuf>> {
    let folder = places.clone.join("tests/e2e");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "mjs"))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')))
        .collect();
    scripts.sort();
    Ok(scripts)
}

/// Runs one script under a display and a message bus of its own. It finds our programs by environment
/// variables, and ends with a line `N passed, N failed`, or counts as one test.
fn told(places: &Places, script: &Path) -> Result<Sum> {
    let node = node::command(places);
    course::told(
        Command::new("xvfb-run")
            .args(["--auto-servernum", "--server-args=-screen 0 1366x768x24", "dbus-run-session", "--"])
            .arg(node.get_program())
            .arg(script)
            .current_dir(&places.clone)
            .env("DAIBAN_APP", places.program("daiban"))
            .env("DAIBAN_DESK", places.program("daiban-desk"))
            .env("DAIBAN_COUNTY", places.program("daiban-county"))
            .env("DAIBAN_UI_DIST", places.served_ui())
            .env("DAIBAN_CATALOGUE", places.clone.join("catalogue"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("NO_AT_BRIDGE", "1")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    )
}
