//! `restore FILE`: a county goes on from its backup, in an empty data folder and under a new epoch.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::clock::{self, rfc3339};
use crate::error::Error;
use crate::restore;

#[derive(Args)]
pub(super) struct Restore {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    pub(super) fn run(self, out: &Out) -> Done {
        let folder = self.place.folder();
        let path = |path: &std::path::Path| vec![("path", path.display().to_string())];
        if folder.is_set_up() {
            return Err(Failure::Said("failed-set-up-already", path(folder.root())));
        }
        let restored =
            restore::restore(&folder, &self.file, &clock::machine()).map_err(|error| match error {
                Error::NotABackup => Failure::Said("failed-not-a-backup", path(&self.file)),
                Error::BackupDamaged(detail) => {
                    Failure::Said("failed-backup-damaged", vec![("detail", detail)])
                }
                other => other.into(),
            })?;
        let (until, files) = (rfc3339(restored.until), restored.files.to_string());
        if self.place.json {
            out.json(
                &json!({ "epoch": restored.epoch.to_string(), "files": restored.files, "until": until }),
            );
        } else {
            out.say("county-restored", &[("files", &files), ("until", &until)]);
        }
        Ok(())
    }
}
