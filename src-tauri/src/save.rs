//! Saves a file where the person says, for example a courier file on a stick; the bytes never pass through the page.

use crate::forward;
use desk::Desk;
use ipc::Problem;
use ipc::problem::{BAD_QUESTION, FILE_UNWRITABLE, UNKNOWN_COMMAND};
use serde::Deserialize;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tauri::{AppHandle, Wry};
use tauri_plugin_dialog::DialogExt;

/// Name of the shell's own command.
pub const COMMAND: &str = "save_download";

/// What is to be saved.
#[derive(Deserialize)]
struct Save {
    /// The download that answers the bytes.
    command: String,
    /// Its arguments.
    args: Value,
    /// The file name to begin with.
    name: String,
}

/// Asks for a place, lets the desk make the bytes and writes them; answers whether the person named a place.
pub async fn save(app: &AppHandle<Wry>, desk: &Arc<Desk>, asked: Value) -> Result<bool, Problem> {
    let Save { command, args, name } =
        serde_json::from_value(asked).map_err(|error| Problem::new(BAD_QUESTION).with("detail", error))?;
    if !ipc::DOWNLOADS.contains(&command.as_str()) {
        return Err(Problem::new(UNKNOWN_COMMAND).with("command", command));
    }
    let Some(place) = ask_place(app, &name).await else { return Ok(false) };
    let bytes = forward::download(desk, &command, args).await?;
    let written = tauri::async_runtime::spawn_blocking(move || write(&place, &bytes)).await;
    match written {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a file could not be saved");
            Err(Problem::new(FILE_UNWRITABLE).with("file", name))
        }
        Err(_) => Err(Problem::new(FILE_UNWRITABLE).with("file", name)),
    }
}

async fn ask_place(app: &AppHandle<Wry>, name: &str) -> Option<PathBuf> {
    let (tell, mut told) = tauri::async_runtime::channel(1);
    // Only a name: the person chooses the folder.
    let name =
        Path::new(name).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    app.dialog().file().set_file_name(name).save_file(move |place| {
        // Nobody listens any more when the window was closed meanwhile.
        let _closed = tell.blocking_send(place);
    });
    told.recv().await.flatten()?.into_path().ok()
}

/// Written to its end before it counts: sticks are pulled out early.
fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(place)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_a_missing_stick_is_an_error() {
        let folder = std::env::temp_dir().join(format!("daiban-save-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let place = folder.join("a.daiban");
        write(&place, b"whole").unwrap();
        assert_eq!(std::fs::read(&place).unwrap(), b"whole");
        assert!(write(&folder.join("gone/a.daiban"), b"").is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
