//! Gets a compiler that can build for the browser: rustup's when it may be had, else Debian's with a
//! standard library built here once and kept.

use crate::places::Places;
use crate::{install, tell};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The name of the browser target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's second, newer compiler and the source of its standard library; rustup's clippy cannot read
/// what it builds, so it brings its own.
const DEBIAN: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// How long rustup may think about fetching the target before we go on without it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Makes sure that one of the two ways works; quick when it already does.
pub fn make_ready(places: &Places) -> Result<()> {
    if rustup_has_target() || kept_std(places)?.is_some() {
        return Ok(());
    }
    if env::var("RUSTUP_AUTO_INSTALL").is_ok_and(|wish| wish == "0") {
        tell::note(
            "rustup shall not install anything here (RUSTUP_AUTO_INSTALL=0); taking Debian's compiler",
        );
    } else if tell::step("asking rustup for the browser target", || Ok(rustup_adds_target()))? {
        return Ok(());
    } else {
        tell::note("rustup does not give it; taking Debian's compiler");
    }
    install::packages(places, DEBIAN)?;
    tell::step("building the standard library for the browser (once, a minute or two)", || build_std(places))
}

/// A cargo that compiles for the browser, or lints with clippy: `verb` is `build` or `clippy`.
pub fn cargo(places: &Places, verb: &str) -> Result<Command> {
    let mut command = match kept_std(places)? {
        _ if rustup_has_target() => {
            let mut command = Command::new("cargo");
            command.arg(verb);
            command
        }
        Some(sysroot) => debian_cargo(verb, &sysroot)?,
        None => bail!("the standard library for the browser is missing: run `cargo xtask setup`"),
    };
    command.current_dir(&places.clone).env("CARGO_TARGET_DIR", target_dir(places)).args([
        "--package",
        "ui",
        "--target",
        TARGET,
    ]);
    Ok(command)
}

/// Where the browser build lies; apart from the native one, for it may come from another compiler.
pub fn target_dir(places: &Places) -> PathBuf {
    places.cache.join("wasm-target")
}

fn rustup_has_target() -> bool {
    tell::answer(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Asks rustup, which on a machine without access to its server refuses or hangs; nothing is left behind.
fn rustup_adds_target() -> bool {
    let asked = Command::new("rustup")
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut asked) = asked else { return false };
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match asked.try_wait() {
            Ok(Some(status)) => return status.success() && rustup_has_target(),
            Ok(None) => thread::sleep(Duration::from_millis(100)),
            Err(_) => return false,
        }
    }
    // It did not answer in time: it is ended, and whatever it had begun is taken up by its next call.
    let _ended = asked.kill().and_then(|()| asked.wait());
    false
}

/// The folder with the standard library that was built here for exactly the compiler that is installed.
fn kept_std(places: &Places) -> Result<Option<PathBuf>> {
    let Some(version) = debian_version() else { return Ok(None) };
    let sysroot = sysroot(places, &version);
    let whole = sysroot.join("whole").is_file();
    Ok(whole.then_some(sysroot))
}

fn debian_version() -> Option<String> {
    let answer = tell::answer(Command::new("/usr/bin/rustc").arg("--version"))?;
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std");
    let clippy = Path::new("/usr/bin/cargo-clippy");
    let usable = source.is_dir() && clippy.is_file() && Path::new("/usr/bin/cargo").is_file();
    usable.then(|| answer.split_whitespace().nth(1).map(str::to_owned)).flatten()
}

fn sysroot(places: &Places, version: &str) -> PathBuf {
    places.cache.join(format!("wasm-sysroot-{version}"))
}

/// Compiles an empty crate together with the standard library and lays the library's parts where rustc
/// looks for them, so that later builds cost only their own crates.
fn build_std(places: &Places) -> Result<()> {
    let version = debian_version().context("Debian's compiler was not installed")?;
    let sysroot = sysroot(places, &version);
    let work = places.cache.join("wasm-std");
    fs::create_dir_all(&work)?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"carrier\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [workspace]\n\n[profile.release]\nopt-level = \"s\"\n",
    )?;
    fs::write(work.join("lib.rs"), "")?;
    let target = work.join("target");
    tell::run_quietly(
        Command::new("/usr/bin/cargo")
            .args(["build", "--release", "-Z", "build-std=std,panic_abort", "--target", TARGET])
            .current_dir(&work)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", "/usr/bin/rustc")
            .env("CARGO", "/usr/bin/cargo")
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?)
            // Both kinds of content, so that builds with and without link-time optimisation can use it.
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-C embed-bitcode=yes"),
        &places.cache.join("log/wasm-std.log"),
    )?;
    let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library)?;
    for part in fs::read_dir(target.join(TARGET).join("release/deps"))? {
        let part = part?.path();
        let Some(name) = part.file_name().and_then(|name| name.to_str()) else { continue };
        if name.ends_with(".rlib") && !name.starts_with("libcarrier-") {
            fs::copy(&part, library.join(name))?;
        }
    }
    fs::write(sysroot.join("whole"), "")?;
    fs::remove_dir_all(&target)?;
    Ok(())
}

fn debian_cargo(verb: &str, sysroot: &Path) -> Result<Command> {
    let mut command = match verb {
        // Called by its own name: by way of cargo the one in rustup's folder would be found first.
        "clippy" => {
            let mut command = Command::new("/usr/bin/cargo-clippy");
            command.arg("clippy");
            command
        }
        verb => {
            let mut command = Command::new("/usr/bin/cargo");
            command.arg(verb);
            command
        }
    };
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env("CARGO", "/usr/bin/cargo")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--sysroot {}", sysroot.display()));
    Ok(command)
}

/// rustup's linker, which Debian's compiler lacks.
fn linker() -> Result<PathBuf> {
    let sysroot =
        tell::answer(Command::new("rustc").args(["--print", "sysroot"])).context("no rustc on the path")?;
    let version = tell::answer(Command::new("rustc").arg("-vV")).context("no rustc on the path")?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not name the machine it runs on")?;
    let linker = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.is_file() {
        bail!("no rust-lld in {sysroot}");
    }
    Ok(linker)
}
