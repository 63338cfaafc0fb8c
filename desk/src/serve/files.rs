//! The window's own files (page, program, styles), read once at start; a request can name nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use ipc::problem::{self, Problem};

/// One file as it is answered.
#[derive(Debug, Clone)]
pub struct Page {
    /// Content type.
    pub mime: &'static str,
    /// Bytes.
    pub body: axum::body::Bytes,
}

/// All files of the window by their path below the folder, for example `fonts/a.woff2`.
#[derive(Debug)]
pub struct Files(BTreeMap<String, Page>);

impl Files {
    /// Reads the folder.
    ///
    /// # Errors
    /// `no_window` when there is no `index.html` or something cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        let mut files = BTreeMap::new();
        let no_window = || Problem::new(problem::NO_WINDOW).with("folder", folder.display());
        collect(folder, "", &mut files).map_err(|_| no_window())?;
        if !files.contains_key("index.html") {
            return Err(no_window());
        }
        Ok(Files(files))
    }

    /// The file of that request path; `/` and `/open` are the page itself.
    pub fn get(&self, path: &str) -> Option<&Page> {
        let name = match path.trim_start_matches('/') {
            "" | "open" => "index.html",
            name => name,
        };
        self.0.get(name)
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Page>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if let Some(mime) = mime_of(&name) {
            files.insert(path, Page { mime, body: std::fs::read(entry.path())?.into() });
        }
    }
    Ok(())
}

/// Files of other kinds are not part of the window and are not served.
fn mime_of(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "bcmap" | "pfb" => "application/octet-stream",
        _ => return None,
    })
}
