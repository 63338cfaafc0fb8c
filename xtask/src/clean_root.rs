//! A Debian system with nothing on it, in a folder: what a person with a new machine sees.

use crate::install;
use crate::places::Places;
use crate::tell;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which Debian, and from where.
pub struct Debian {
    /// Name of the release.
    pub suite: String,
    /// Address of a mirror; debootstrap's own when there is none.
    pub mirror: Option<String>,
}

/// A clean system in a folder of its own, which goes when this is dropped.
pub struct CleanRoot {
    folder: PathBuf,
    /// Packages that an earlier clean system has fetched.
    fetched: PathBuf,
}

/// Mounts what programs expect and enters the folder. All of it lies in a mount and process space of its own: when
/// the last program in it ends, however it ends, the mounts are gone and nothing of it runs any more.
/// Packages that were fetched are kept on this machine for the next clean one.
const ENTER: &str = "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" \
    && mount -t tmpfs -o mode=755 tmpfs \"$0/run\" && mount --bind \"$1\" \"$0/var/cache/apt/archives\" \
    && shift && exec chroot \"$0\" \"$@\"";

impl CleanRoot {
    /// Lays a clean system out, from a copy that is kept once it was fetched.
    pub fn lay(places: &Places, debian: &Debian) -> Result<Self> {
        let home = places.cache.join("clean");
        fs::create_dir_all(&home)?;
        let kept = home.join(format!("{}.tar", debian.suite));
        let log = places.cache.join("log/clean-root.log");
        if !kept.is_file() {
            install::packages(places, &["debootstrap"])?;
            tell::step(&format!("fetching a clean Debian ({}, once; it is kept)", debian.suite), || {
                fetch(&home, &kept, debian, &log)
            })?;
        }
        let root =
            CleanRoot { folder: home.join("root"), fetched: home.join(format!("{}-packages", debian.suite)) };
        fs::create_dir_all(root.fetched.join("partial"))?;
        root.take_away()?;
        tell::step("laying a clean Debian out", || {
            tell::run_quietly(install::as_root("mkdir").arg(&root.folder), &log)?;
            tell::run_quietly(install::as_root("tar").arg("-xf").arg(&kept).arg("-C").arg(&root.folder), &log)
        })?;
        // Names are looked up as on this machine.
        root.bring(Path::new("/etc/resolv.conf"), "etc/resolv.conf")?;
        Ok(root)
    }

    /// Copies a file or a folder of this machine to a place inside.
    pub fn bring(&self, from: &Path, to: &str) -> Result<()> {
        let to = self.folder.join(to);
        if let Some(folder) = to.parent() {
            must(install::as_root("mkdir").arg("-p").arg(folder))?;
        }
        must(install::as_root("cp").args(["-RL", "--remove-destination"]).arg(from).arg(to))
    }

    /// A command that runs inside, as root there.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = install::as_root("unshare");
        command
            .args(["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"])
            .args(["sh", "-c", ENTER])
            .arg(&self.folder)
            .arg(&self.fetched)
            .args(["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"])
            .args(words);
        command
    }

    fn take_away(&self) -> Result<()> {
        if self.folder.exists() {
            must(install::as_root("rm").args(["-rf", "--one-file-system"]).arg(&self.folder))?;
        }
        Ok(())
    }
}

impl Drop for CleanRoot {
    fn drop(&mut self) {
        if let Err(failure) = self.take_away() {
            tell::note(&format!("{} could not be taken away: {failure:#}", self.folder.display()));
        }
    }
}

fn fetch(home: &Path, kept: &Path, debian: &Debian, log: &Path) -> Result<()> {
    let work = home.join("fetched");
    must(install::as_root("rm").args(["-rf", "--one-file-system"]).arg(&work))?;
    let mut debootstrap = install::as_root("debootstrap");
    debootstrap.args(["--variant=minbase", &debian.suite]).arg(&work);
    if let Some(mirror) = &debian.mirror {
        debootstrap.arg(mirror);
    }
    tell::run_quietly(&mut debootstrap, log)?;
    // What was fetched only to be installed is left out.
    must(install::as_root("chroot").arg(&work).args(["apt-get", "clean"]))?;
    let part = kept.with_extension("part");
    tell::run_quietly(install::as_root("tar").arg("-cf").arg(&part).arg("-C").arg(&work).arg("."), log)?;
    fs::rename(&part, kept).context("the clean Debian could not be kept")?;
    must(install::as_root("rm").args(["-rf", "--one-file-system"]).arg(&work))
}

fn must(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
