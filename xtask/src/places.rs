//! Where things lie on this machine: the clone, what cargo builds, and what is kept between runs.

use anyhow::{Context, Result, anyhow};
use std::env;
use std::path::{Path, PathBuf};

/// The folders every task works with; all absolute.
#[derive(Debug, Clone)]
pub struct Places {
    /// The clone: the folder with the workspace's `Cargo.toml`.
    pub clone: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR`, or `target` in the clone.
    pub target: PathBuf,
    /// What is kept between runs and shared by clones: `$XDG_CACHE_HOME/daiban`.
    pub cache: PathBuf,
}

impl Places {
    /// Finds the folders from the environment that `cargo xtask` was started in.
    pub fn find() -> Result<Self> {
        let member = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(member) => PathBuf::from(member),
            None => env::current_dir()?.join("xtask"),
        };
        let clone = member.parent().context("xtask lies in no folder")?.to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => env::current_dir()?.join(target),
            None => clone.join("target"),
        };
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
            .ok_or_else(|| anyhow!("neither XDG_CACHE_HOME nor HOME is set"))?
            .join("daiban");
        Ok(Self { clone, target, cache })
    }

    /// The quickly built window that `daiban-desk serve` reads while developing.
    pub fn served_ui(&self) -> PathBuf {
        self.target.join("ui-dist")
    }

    /// The quickly built window that the desktop shell takes in when it is compiled while developing.
    pub fn embedded_ui(&self) -> PathBuf {
        self.clone.join("dist/ui")
    }

    /// The window as it is shipped: taken in by the shell that is shipped, and laid into the package beside it.
    pub fn shipped_ui(&self) -> PathBuf {
        self.clone.join("dist/shipped")
    }

    /// The packages that `cargo xtask pack` makes.
    pub fn packages(&self) -> PathBuf {
        self.clone.join("dist/packages")
    }

    /// A program of ours as `cargo build` leaves it.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A program of ours as it is shipped.
    pub fn shipped(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }
}
