//! `backup FILE`: everything a county needs to go on elsewhere, in one SQLite file, while the server works.

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::database::{audit, backup};
use crate::error::Error;
use crate::restore::KEPT_FOLDERS;

#[derive(Args)]
pub(super) struct Backup {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Backup {
    pub(super) fn run(self, out: &Out) -> Done {
        if self.file.exists() {
            return Err(Failure::Said("failed-file-exists", vec![("path", self.file.display().to_string())]));
        }
        let county = self.place.county()?;
        let now = county.now();
        county
            .database
            .write::<_, Error>(|write| Ok(audit::append(write, now, "backup_made", &json!({}))?))?;
        let part = self.file.with_extension("part");
        if part.exists() {
            std::fs::remove_file(&part).map_err(Error::file(&part))?;
        }
        private(&part)?;
        // First the database, then the files: whatever the copy speaks of was on the disk before.
        let bar = ProgressBar::new(0).with_style(ProgressStyle::default_bar());
        county.database.read::<_, Error>(|view| {
            backup::copy(view, &part, |left, all| {
                bar.set_length(all);
                bar.set_position(all.saturating_sub(left));
            })?;
            Ok(())
        })?;
        let root = county.folder.root();
        let mut copy = backup::open_copy(&part)?;
        let mut files = 0_u64;
        for folder in KEPT_FOLDERS {
            for path in below(&root.join(folder))? {
                let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                backup::add_file(&mut copy, &name, &bytes)?;
                files += 1;
                bar.inc(1);
            }
        }
        backup::close_copy(copy)?;
        bar.finish_and_clear();
        std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(Error::file(&part))?;
        std::fs::rename(&part, &self.file).map_err(Error::file(&self.file))?;
        let bytes = std::fs::metadata(&self.file).map_err(Error::file(&self.file))?.len();
        if self.place.json {
            out.json(&json!({ "file": self.file, "bytes": bytes, "files": files }));
        } else {
            let given = [("file", self.file.display().to_string()), ("bytes", bytes.to_string())];
            out.say("backup-made", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        Ok(())
    }
}

fn private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop).map_err(Error::file(path))
}

/// All files below a folder, hidden ones left out.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let entry = entry.map_err(Error::file(&folder))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type().map_err(Error::file(&folder))?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
