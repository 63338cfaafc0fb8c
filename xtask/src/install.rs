//! Makes a fresh Debian or Ubuntu machine ready: system packages, the browser target, the node packages.

use crate::places::Places;
use crate::{node, tell, wasm};
use anyhow::{Result, bail};
use std::process::Command;

/// What the desktop shell links with, what shows and drives a real window, and what the tests look through.
const PACKAGES: &[&str] = &[
    "pkg-config",
    "perl",
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "dbus-x11",
    "fonts-noto-cjk",
    "chromium",
    "imagemagick",
    "xdotool",
];

/// Installs what is missing; says what before it does; does nothing the second time.
pub fn everything(places: &Places) -> Result<()> {
    let mut wanted: Vec<&str> = PACKAGES.to_vec();
    wanted.extend(node::packages());
    packages(places, &wanted)?;
    wasm::make_ready(places)?;
    node::make_ready(places)
}

/// Installs the system packages of the list that are not there yet.
pub fn packages(places: &Places, wanted: &[&str]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if tell::answer(Command::new("apt-get").arg("--version")).is_none() {
        bail!("this machine has no apt-get; please install what corresponds to: {}", missing.join(" "));
    }
    tell::step(&format!("installing system packages: {}", missing.join(" ")), || {
        let log = places.cache.join("log/packages.log");
        tell::run_quietly(as_root("apt-get").args(["update", "-q"]), &log)?;
        tell::run_quietly(
            as_root("apt-get")
                .args(["install", "-y", "-q", "--no-install-recommends"])
                .args(&missing)
                .env("DEBIAN_FRONTEND", "noninteractive"),
            &log,
        )
    })
}

fn is_installed(package: &str) -> bool {
    tell::answer(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Abbrev}", package]))
        .is_some_and(|status| status.starts_with("ii"))
}

fn as_root(program: &str) -> Command {
    let root = tell::answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if root {
        Command::new(program)
    } else {
        let mut command = Command::new("sudo");
        command.arg("--preserve-env=DEBIAN_FRONTEND").arg(program);
        command
    }
}
