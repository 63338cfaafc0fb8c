//! Makes the packages that people install: the desk's and the county's, from what is built as it is shipped.

use crate::places::Places;
use crate::{install, node, prove, tell, tool};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the desk's package is described: everything that does not depend on the machine it is made on.
const DESK: &str = "src-tauri/tauri.conf.json";

/// Programs in the desk's package: the window, and the same desk for the terminal and for browser mode.
const DESK_PROGRAMS: [&str; 2] = ["daiban", "daiban-desk"];

/// Builds what is shipped and makes both packages; answers where they lie.
pub fn make(places: &Places) -> Result<Vec<PathBuf>> {
    install::packages(places, &["dpkg-dev"])?;
    prove::ship_programs(places)?;
    let mut bundler = node::bundler(places)?;
    let packager = tool::ready(places, &tool::CARGO_DEB)?;
    let folder = places.packages();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    tell::step("packing the desk", || {
        let log = places.cache.join("log/pack-desk.log");
        bundler.args(["bundle", "--ci", "--bundles", "deb", "--config", &particulars(places)?.to_string()]);
        bundler.current_dir(places.clone.join("src-tauri")).env("CARGO_TARGET_DIR", &places.target);
        let made = places.target.join("release/bundle/deb");
        if made.exists() {
            fs::remove_dir_all(&made)?;
        }
        tell::run_quietly(&mut bundler, &log)?;
        for package in packages(&made)? {
            fs::copy(&package, folder.join(package.file_name().context("a package without a name")?))?;
        }
        Ok(())
    })?;
    tell::step("packing the county", || {
        tell::run_quietly(
            Command::new(packager)
                .args(["--no-build", "--no-strip", "--package", "county", "--output"])
                // With the stroke at its end it is a folder to put the package in.
                .arg(folder.join(""))
                .current_dir(&places.clone)
                .env("CARGO_TARGET_DIR", &places.target),
            &places.cache.join("log/pack-county.log"),
        )
    })?;
    let made = packages(&folder)?;
    for package in &made {
        tell::note(&format!("{} ({} KB)", package.display(), fs::metadata(package)?.len() / 1024));
    }
    if made.len() != 2 {
        bail!("{} packages were made, two should be", made.len());
    }
    Ok(made)
}

/// What the bundler must be told beside the description: where the second program lies, and which libraries the
/// programs were linked with, as the distribution names them.
fn particulars(places: &Places) -> Result<Value> {
    let described: Value = serde_json::from_slice(&fs::read(places.clone.join(DESK))?).context(DESK)?;
    let mut depends: Vec<String> = described
        .pointer("/bundle/linux/deb/depends")
        .and_then(Value::as_array)
        .context("the desk's package depends on nothing")?
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    depends.extend(libraries(places)?);
    Ok(json!({"bundle": {"linux": {"deb": {
        "depends": depends,
        "files": {"/usr/bin/daiban-desk": places.shipped("daiban-desk")},
    }}}}))
}

/// The packages of the libraries that the desk's programs were linked with, each with the oldest version that will do.
fn libraries(places: &Places) -> Result<Vec<String>> {
    // The asking program wants to be in a source package.
    let stand_in = places.target.join("made/desk");
    fs::create_dir_all(stand_in.join("debian"))?;
    fs::write(stand_in.join("debian/control"), "Source: daiban\n\nPackage: daiban\nArchitecture: any\n")?;
    let mut asked = Command::new("dpkg-shlibdeps");
    asked.arg("-O").current_dir(&stand_in);
    for name in DESK_PROGRAMS {
        asked.arg(places.shipped(name));
    }
    let answer = tell::answer(&mut asked).context("dpkg-shlibdeps could not name the libraries")?;
    dependencies(&answer).context("dpkg-shlibdeps answered something else")
}

/// The dependencies in a line such as `shlibs:Depends=libc6 (>= 2.34), libgtk-3-0 (>= 3.21)`.
fn dependencies(answer: &str) -> Option<Vec<String>> {
    let list = answer.lines().find_map(|line| line.strip_prefix("shlibs:Depends="))?;
    Some(list.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect())
}

fn packages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "deb"))
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_as_the_distribution_names_them() {
        let answer =
            "dpkg-shlibdeps: warning\nshlibs:Depends=libc6 (>= 2.34), libwebkit2gtk-4.1-0 (>= 2.39.6)\n";
        assert_eq!(
            dependencies(answer).unwrap(),
            ["libc6 (>= 2.34)".to_owned(), "libwebkit2gtk-4.1-0 (>= 2.39.6)".to_owned()]
        );
        assert_eq!(dependencies("nothing"), None);
    }

    #[test]
    fn the_desk_asks_for_an_engine_that_has_all_it_calls() {
        let described: Value = serde_json::from_str(include_str!("../../src-tauri/tauri.conf.json")).unwrap();
        let depends = described.pointer("/bundle/linux/deb/depends").unwrap().as_array().unwrap();
        assert!(depends.iter().any(|one| one == "libwebkit2gtk-4.1-0 (>= 2.42)"), "{depends:?}");
    }
}
