//! Known faults of the window's engine on Linux (WebKitGTK) and how we start it so that they do not show.
//!
//! The engine reads these settings from the environment when it starts. A running program cannot change its own
//! environment safely, so the shell starts itself once more, in the same process, with the settings added.

use std::collections::BTreeMap;
use std::env;
use std::io;

/// Set when the shell has started itself with the settings, so that it does so only once.
pub const STARTED: &str = "DAIBAN_ENGINE_SETTINGS";

/// What the decision depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Machine {
    /// Version of WebKitGTK; `None` where another engine shows the window.
    engine: Option<(u32, u32, u32)>,
    /// Whether the processor is of the x86-64 family.
    x86_64: bool,
    /// Whether the processor knows AVX.
    avx: bool,
    /// Whether the person asked for drawing without the graphics card.
    safe_rendering: bool,
}

/// Starts the program again with the engine's settings when some are missing; comes back when none is.
///
/// # Errors
/// When the program cannot be started again; it may then go on without the settings.
pub fn start_well(safe_rendering: bool) -> io::Result<()> {
    let settings = settings(here(safe_rendering));
    let missing: BTreeMap<_, _> =
        settings.into_iter().filter(|(name, _)| env::var_os(name).is_none()).collect();
    if missing.is_empty() || env::var_os(STARTED).is_some() {
        return Ok(());
    }
    again(&missing)
}

/// The settings for a machine. What a person set already is never changed.
fn settings(machine: Machine) -> BTreeMap<&'static str, &'static str> {
    let mut settings = BTreeMap::new();
    let Some(engine) = machine.engine else { return settings };
    // Blank windows with some graphics drivers and under virtual displays.
    settings.insert("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    if machine.safe_rendering {
        settings.insert("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
    }
    // From 2.51.4 on, compiled WebAssembly uses AVX without asking: cheap processors lack it and the page is killed.
    if machine.x86_64 && !machine.avx && ((2, 51, 4)..(2, 53, 0)).contains(&engine) {
        settings.insert("JSC_useWasmOSR", "false");
        settings.insert("JSC_useBBQTierUpChecks", "false");
    }
    settings
}

fn here(safe_rendering: bool) -> Machine {
    #[cfg(target_arch = "x86_64")]
    let avx = std::arch::is_x86_feature_detected!("avx");
    #[cfg(not(target_arch = "x86_64"))]
    let avx = false;
    Machine { engine: engine(), x86_64: cfg!(target_arch = "x86_64"), avx, safe_rendering }
}

fn engine() -> Option<(u32, u32, u32)> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    version(&tauri::webview_version().ok()?)
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(unix)]
fn again(missing: &BTreeMap<&str, &str>) -> io::Result<()> {
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(env::current_exe()?);
    // Comes back only when it failed.
    Err(command.args(env::args_os().skip(1)).envs(missing).env(STARTED, "1").exec())
}

#[cfg(not(unix))]
fn again(_missing: &BTreeMap<&str, &str>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: Machine =
        Machine { engine: Some((2, 50, 6)), x86_64: true, avx: true, safe_rendering: false };

    #[test]
    fn an_ordinary_machine_only_avoids_the_blank_window() {
        assert_eq!(settings(DEBIAN), BTreeMap::from([("WEBKIT_DISABLE_DMABUF_RENDERER", "1")]));
    }

    #[test]
    fn a_cheap_processor_is_spared_the_broken_engines_only() {
        let cheap = |engine| settings(Machine { engine: Some(engine), avx: false, ..DEBIAN });
        for broken in [(2, 51, 4), (2, 52, 0), (2, 52, 9)] {
            assert_eq!(cheap(broken).get("JSC_useWasmOSR"), Some(&"false"), "{broken:?}");
            assert_eq!(cheap(broken).get("JSC_useBBQTierUpChecks"), Some(&"false"), "{broken:?}");
        }
        for sound in [(2, 50, 6), (2, 51, 3), (2, 53, 0)] {
            assert_eq!(cheap(sound).get("JSC_useWasmOSR"), None, "{sound:?}");
        }
        let good = Machine { engine: Some((2, 52, 0)), ..DEBIAN };
        assert_eq!(settings(good).get("JSC_useWasmOSR"), None);
        let other = Machine { engine: Some((2, 52, 0)), x86_64: false, avx: false, ..DEBIAN };
        assert_eq!(settings(other).get("JSC_useWasmOSR"), None);
    }

    #[test]
    fn safe_rendering_is_the_second_rung() {
        let asked = settings(Machine { safe_rendering: true, ..DEBIAN });
        assert_eq!(asked.get("WEBKIT_DISABLE_COMPOSITING_MODE"), Some(&"1"));
    }

    #[test]
    fn another_engine_needs_nothing() {
        assert!(settings(Machine { engine: None, ..DEBIAN }).is_empty());
    }

    #[test]
    fn versions_are_read_as_the_engine_tells_them() {
        assert_eq!(version("2.50.6"), Some((2, 50, 6)));
        assert_eq!(version("2.50"), None);
    }
}
