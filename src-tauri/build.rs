//! Puts every command of the registry under the shell's permissions, so that none is open by default.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    // The window is built by `cargo xtask ui`. Until then its folder is empty, and the shell compiles all the same.
    fs::create_dir_all("../dist/ui")?;
    println!("cargo:rerun-if-changed=../dist/ui");
    let commands = tauri_build::AppManifest::new().commands(ipc::COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
