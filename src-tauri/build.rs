//! Puts every command of the registry under the shell's permissions, so that none is open by default.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::env;
use std::error::Error;
use std::fs;

/// The window as `cargo xtask ui` builds it.
const QUICK: &str = "../dist/ui";
/// The window as it is shipped.
const SHIPPED: &str = "../dist/shipped";

fn main() -> Result<(), Box<dyn Error>> {
    // The window is built by `cargo xtask`. Until then its folder is empty, and the shell compiles all the same.
    let window = if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        // What is shipped takes in the small window; the configuration names the quick one.
        println!("cargo:rustc-env=TAURI_CONFIG={{\"build\":{{\"frontendDist\":\"{SHIPPED}\"}}}}");
        SHIPPED
    } else {
        QUICK
    };
    fs::create_dir_all(window)?;
    println!("cargo:rerun-if-changed={window}");
    // What the window may ask the desk, and the shell's own: saving a file where the person says.
    let commands: &'static [&'static str] = [ipc::COMMANDS, &["save_download"]].concat().leak();
    let commands = tauri_build::AppManifest::new().commands(commands);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
