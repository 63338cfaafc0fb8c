//! The one window: opened where it was last left, one per data folder, nothing allowed that is not listed.

use crate::watchdog::{self, Drawn};
use crate::{forward, place};
use desk::{Desk, Place};
use ipc::Problem;
use ipc::text::{Language, Texts};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tauri::{App, Manager, WebviewWindowBuilder, Wry};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

/// Label of the window in the configuration and in the list of permissions.
const WINDOW: &str = "main";

/// Shows the window over `folder` and comes back when it was closed. `safe_rendering`: without the graphics card.
///
/// # Errors
/// When the engine or the window cannot be started.
pub fn run(folder: PathBuf, safe_rendering: bool) -> Result<(), Box<dyn Error>> {
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
        .setup(move |app| match take_desk(&folder) {
            Ok(desk) => {
                let drawn = Drawn::default();
                app.manage(drawn.clone());
                watchdog::watch(app.handle(), drawn, folder, safe_rendering, texts);
                show(app, desk)
            }
            Err(problem) => {
                refuse(app, &problem);
                Ok(())
            }
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// Takes hold of the data folder and begins to exchange with the county in the background.
fn take_desk(folder: &Path) -> Result<Arc<Desk>, Problem> {
    let desk = Desk::open(Place::new(folder))?;
    tauri::async_runtime::block_on(async {
        desk::start(&desk);
        desk::metered::follow_system(&desk);
    });
    Ok(desk)
}

fn show(app: &mut App<Wry>, desk: Arc<Desk>) -> Result<(), Box<dyn Error>> {
    app.manage(desk);
    let windows = &app.config().app.windows;
    let window = windows.iter().find(|window| window.label == WINDOW).ok_or("no window is configured")?;
    WebviewWindowBuilder::from_config(app.handle(), window)?.build()?;
    Ok(())
}

/// Says in one sentence why there is no window, and ends once it was read.
fn refuse(app: &App<Wry>, problem: &Problem) {
    tracing::error!(code = problem.code, "the data folder cannot be used");
    let (handle, texts) = (app.handle().clone(), texts());
    let dialog = app.dialog().message(texts.problem(problem)).title(texts.get("window-title"));
    let understood = MessageDialogButtons::OkCustom(texts.get("window-understood"));
    dialog.kind(MessageDialogKind::Error).buttons(understood).show(move |_| handle.exit(1));
}

/// The sentences of the native dialogs, in the language of the session.
fn texts() -> Texts {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
    let language = Language::from_tag(named.as_deref().unwrap_or_default());
    let own = match language {
        Language::Chinese => include_str!("../i18n/zh-CN.ftl"),
        Language::English => include_str!("../i18n/en.ftl"),
    };
    Texts::new(language, &[own])
}
