//! Programs for packing and judging that cargo builds for us once, at a fixed version, into the cache.

use crate::places::Places;
use crate::tell;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// A program from the crate registry.
pub struct Tool {
    name: &'static str,
    version: &'static str,
    /// How long building it takes on two cores, in words.
    takes: &'static str,
}

/// Makes the county's Debian package.
pub const CARGO_DEB: Tool = Tool { name: "cargo-deb", version: "3.8.0", takes: "a minute or two" };

/// Judges licences, sources and forbidden crates by `deny.toml`.
pub const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", takes: "two or three minutes" };

/// The program, built if it was not yet.
pub fn ready(places: &Places, tool: &Tool) -> Result<PathBuf> {
    let root = places.cache.join("tools").join(format!("{}-{}", tool.name, tool.version));
    let program = root.join("bin").join(tool.name);
    if program.is_file() {
        return Ok(program);
    }
    let what = format!("installing {} {} (built once, {})", tool.name, tool.version, tool.takes);
    tell::step(&what, || {
        tell::run_quietly(
            Command::new("cargo")
                .args(["install", "--locked", "--root"])
                .arg(&root)
                .arg(format!("{}@{}", tool.name, tool.version))
                .current_dir(&places.clone)
                // Built apart and thrown away, so that it neither waits for our builds nor stays among them.
                .env_remove("CARGO_TARGET_DIR"),
            &places.cache.join("log").join(format!("{}.log", tool.name)),
        )
    })?;
    Ok(program)
}
