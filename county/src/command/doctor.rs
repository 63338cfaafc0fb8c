//! `doctor`: looks whether everything is where and how it should be.

use clap::Args;
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::county::County;
use crate::database::{audit, backup, file, item};
use crate::error::Error;

#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    place: Place,
}

/// One thing that was looked at.
struct Check {
    name: &'static str,
    trouble: Option<String>,
}

impl Doctor {
    pub(super) fn run(self, out: &Out) -> Done {
        let county = self.place.county()?;
        let checks = checks(&county)?;
        let well = checks.iter().all(|check| check.trouble.is_none());
        if self.place.json {
            let told: Vec<_> = checks
                .iter()
                .map(|check| json!({ "check": check.name, "ok": check.trouble.is_none(), "detail": check.trouble }))
                .collect();
            out.json(&json!({ "ok": well, "checks": told }));
        } else {
            for check in &checks {
                let name = out.texts.say(&format!("check-{}", check.name), &[]);
                match &check.trouble {
                    None => out.say("check-well", &[("check", &name)]),
                    Some(detail) => out.say("check-ill", &[("check", &name), ("detail", detail)]),
                }
            }
        }
        if well {
            Ok(())
        } else {
            Err(if self.place.json { Failure::Shown } else { Failure::Said("failed-doctor", Vec::new()) })
        }
    }
}

fn checks(county: &County) -> Result<Vec<Check>, Error> {
    let (damage, audit, items, files) = county.database.read::<_, Error>(|view| {
        Ok((backup::damage(view)?, audit::verify(view)?, item::verify(view)?, file::all(view)?))
    })?;
    let gone = files.iter().filter(|(case, sha256)| !crate::files::is_there(county, *case, sha256)).count();
    let lint = |name, trouble: Option<String>| Check { name, trouble };
    Ok(vec![
        // That the county could be opened at all says that keys and database fit.
        lint("keys", None),
        lint("folder", open_to_others(county)),
        lint("database", damage.first().cloned()),
        lint("audit", audit.err().map(|row| row.to_string())),
        lint("items", items.err().map(|row| row.to_string())),
        lint("files", (gone > 0).then(|| gone.to_string())),
        lint("catalogue", county.catalogue_root().err().map(|error| error.to_string())),
    ])
}

#[cfg(unix)]
fn open_to_others(county: &County) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let root = county.folder.root();
    let mode = std::fs::metadata(root).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| format!("{} {:o}", root.display(), mode & 0o777))
}

#[cfg(not(unix))]
fn open_to_others(_county: &County) -> Option<String> {
    None
}
