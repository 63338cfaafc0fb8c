//! Makes a fresh Debian or Ubuntu machine ready: system packages, the browser target, the node packages.

use crate::places::Places;
use crate::{node, tell, wasm};
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

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
    "age",
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
    let there = installed(wanted);
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !there.contains(*name)).collect();
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

/// Those of the packages that are installed.
fn installed(packages: &[&str]) -> BTreeSet<String> {
    // It ends with a complaint when it does not know one of them, and tells of the others all the same.
    let mut asked = Command::new("dpkg-query");
    asked.args(["-W", "-f", "${db:Status-Abbrev} ${Package}\n"]).args(packages);
    let told = asked.stdin(Stdio::null()).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&told)
        .lines()
        .filter_map(|line| line.strip_prefix("ii").map(|name| name.trim().to_owned()))
        .collect()
}

/// A command that runs as root: as it is when we are root, by sudo otherwise.
pub fn as_root(program: &str) -> Command {
    let root = tell::answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if root {
        Command::new(program)
    } else {
        let mut command = Command::new("sudo");
        command.arg("--preserve-env=DEBIAN_FRONTEND").arg(program);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::installed;

    #[test]
    fn what_is_there_is_told_from_what_is_not() {
        let there = installed(&["dpkg", "no-such-package-anywhere"]);
        assert!(there.contains("dpkg"));
        assert_eq!(there.len(), 1);
    }
}
