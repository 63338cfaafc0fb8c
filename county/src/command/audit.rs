//! `audit verify|export`: checks the book of what happened, and hands it out for others to check.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::database::{audit, item};
use crate::error::Error;

#[derive(Subcommand)]
pub(super) enum Audit {
    Verify(Verify),
    Export(Export),
}

#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    place: Place,
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

impl Audit {
    pub(super) fn run(self, out: &Out) -> Done {
        match self {
            Audit::Verify(verify) => {
                let county = verify.place.county()?;
                let (book, items) = county
                    .database
                    .read::<_, Error>(|view| Ok((audit::verify(view)?, item::verify(view)?)))?;
                let (rows, hash) = match book {
                    Ok(book) => book,
                    Err(row) => {
                        return broken(out, verify.place.json, "failed-audit-row", row.unsigned_abs());
                    }
                };
                let items = match items {
                    Ok(items) => items,
                    Err(item) => return broken(out, verify.place.json, "failed-item-chain", item),
                };
                if verify.place.json {
                    out.json(&json!({ "ok": true, "rows": rows, "last_hash": hash, "items": items }));
                } else {
                    let given = [("rows", rows.to_string()), ("items", items.to_string()), ("hash", hash)];
                    out.say("audit-sound", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
                }
                Ok(())
            }
            Audit::Export(export) => {
                let county = export.place.county()?;
                let mut file = std::fs::File::create(&export.out).map_err(Error::file(&export.out))?;
                let mut failed = None;
                let mut rows = 0_u64;
                county.database.read::<_, Error>(|view| {
                    audit::walk(view, |row| {
                        let written = serde_json::to_string(&row).map_err(std::io::Error::other);
                        failed = written.and_then(|line| writeln!(file, "{line}")).err();
                        rows += 1;
                        failed.is_none()
                    })?;
                    Ok(())
                })?;
                if let Some(error) = failed {
                    return Err(Error::file(&export.out)(error).into());
                }
                file.sync_all().map_err(Error::file(&export.out))?;
                if export.place.json {
                    out.json(&json!({ "rows": rows, "file": export.out }));
                } else {
                    let given = [("rows", rows.to_string()), ("file", export.out.display().to_string())];
                    out.say("audit-exported", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
                }
                Ok(())
            }
        }
    }
}

fn broken(out: &Out, as_json: bool, name: &'static str, row: u64) -> Done {
    if as_json {
        out.json(&json!({ "ok": false, "row": row }));
    }
    Err(Failure::Said(name, vec![("row", row.to_string())]))
}
