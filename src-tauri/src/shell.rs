//! The one window: opened where it was last left, one per data folder, nothing allowed that is not listed.

use crate::{forward, place};
use std::error::Error;
use std::path::PathBuf;
use tauri::{Manager, WebviewWindowBuilder, Wry};

/// Label of the window in the configuration and in the list of permissions.
const WINDOW: &str = "main";

/// Shows the window over `folder` and comes back when it was closed.
///
/// # Errors
/// When the engine or the window cannot be started.
pub fn run(folder: PathBuf) -> Result<(), Box<dyn Error>> {
    let one = tauri_plugin_single_instance::Builder::<Wry>::new()
        .dbus_id(place::bus_name(&folder))
        .callback(|app, _words, _folder| {
            if let Some(window) = app.get_webview_window(WINDOW) {
                let shown =
                    window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
                if let Err(error) = shown {
                    tracing::warn!(%error, "the window could not be brought to the front");
                }
            }
        })
        .build();
    tauri::Builder::default()
        .plugin(one)
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(forward::answer)
        .setup(|app| {
            let windows = &app.config().app.windows;
            let window =
                windows.iter().find(|window| window.label == WINDOW).ok_or("no window is configured")?;
            WebviewWindowBuilder::from_config(app.handle(), window)?.build()?;
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
