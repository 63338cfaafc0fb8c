//! `pack export|import`: courier files for desks without a network, and from them.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::id::DeskId;
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::county::County;
use crate::courier::{self, Arrived, Made};
use crate::database::{courier as book, desk};
use crate::error::Error;

#[derive(Subcommand)]
pub(super) enum Pack {
    Export(Export),
    Import(Import),
}

#[derive(Args)]
pub(super) struct Export {
    #[arg(long, value_name = "DESK")]
    to: String,
    #[arg(long)]
    with_others: bool,
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Import {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Pack {
    pub(super) fn run(self, out: &Out) -> Done {
        match self {
            Pack::Export(export) => export.run(out),
            Pack::Import(import) => import.run(out),
        }
    }
}

impl Export {
    fn run(self, out: &Out) -> Done {
        let county = self.place.county()?;
        let to = find(&county, &self.to)?;
        let others = if self.with_others { neighbours(&county, &to)? } else { Vec::new() };
        let made = save(&county, to.id, &others, &self.out).map_err(said)?;
        let sha256 = made.written.sha256.to_string();
        if self.place.json {
            out.json(&json!({
                "items": made.items, "files": made.files, "bytes": made.written.bytes, "sha256": sha256,
                "number": made.number, "boxes": made.boxes, "desk": to.id,
            }));
        } else {
            let given = [
                ("file", self.out.display().to_string()),
                ("items", made.items.to_string()),
                ("files", made.files.to_string()),
                ("boxes", made.boxes.to_string()),
            ];
            out.say("pack-made", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        Ok(())
    }
}

/// The desk of that id, of those three letters, or the only one of that unit.
fn find(county: &County, name: &str) -> Result<desk::Desk, Failure> {
    let all = county.database.read::<_, Error>(|view| Ok(desk::all(view)?))?;
    let mut found = all.into_iter().filter(|desk| {
        !desk.revoked
            && (desk.id.to_string() == name
                || desk.prefix.eq_ignore_ascii_case(name)
                || desk.unit.as_str() == name)
    });
    match (found.next(), found.next()) {
        (Some(desk), None) => Ok(desk),
        (None, _) => Err(Failure::Said("failed-no-desk", vec![("desk", name.to_owned())])),
        (Some(_), Some(_)) => Err(Failure::Said("failed-which-desk", vec![("unit", name.to_owned())])),
    }
}

/// The desks in the region of `of` that have sent a courier file and were not locked out.
fn neighbours(county: &County, of: &desk::Desk) -> Result<Vec<DeskId>, Error> {
    county.database.read(|view| {
        let mut found = Vec::new();
        for other in desk::all(view)? {
            let near = other.id != of.id && !other.revoked && of.unit.contains(&other.unit);
            if near && book::get(view, other.id)?.is_some() {
                found.push(other.id);
            }
        }
        Ok(found)
    })
}

/// Writes the courier file beside its final name, puts it there whole, and reads it once more: sticks lie.
fn save(county: &County, to: DeskId, others: &[DeskId], path: &Path) -> Result<Made, Error> {
    let mut file = atomic_write_file::AtomicWriteFile::open(path).map_err(Error::file(path))?;
    let made = courier::export(county, to, others, &mut file)?;
    file.commit().map_err(Error::file(path))?;
    let mut written = File::open(path).map_err(Error::file(path))?;
    if sync::courier::sum(&mut written).map_err(Error::file(path))? != made.written {
        return Err(Error::file(path)(std::io::ErrorKind::InvalidData.into()));
    }
    Ok(made)
}

impl Import {
    fn run(self, out: &Out) -> Done {
        let county = self.place.county()?;
        let file = File::open(&self.file).map_err(Error::file(&self.file))?;
        let arrived = courier::import(&county, &mut BufReader::new(file)).map_err(said)?;
        let refused: Vec<_> = all_refused(&arrived)
            .into_iter()
            .map(|refused| json!({ "item": refused.what, "code": refused.code }))
            .collect();
        let all = std::iter::once(&arrived).chain(&arrived.boxes);
        let sum = |what: fn(&Arrived) -> u64| all.clone().map(what).sum::<u64>();
        if self.place.json {
            out.json(&json!({
                "items_new": sum(|one| one.new), "items_known": sum(|one| one.known),
                "items_waiting": sum(|one| one.later), "files": sum(|one| one.files), "refused": refused,
                "desk": arrived.desk, "number": arrived.number, "boxes": arrived.boxes.len(),
            }));
        } else {
            let given = [
                ("new", sum(|one| one.new).to_string()),
                ("known", sum(|one| one.known).to_string()),
                ("files", sum(|one| one.files).to_string()),
                ("refused", refused.len().to_string()),
                ("boxes", arrived.boxes.len().to_string()),
            ];
            out.say("pack-taken", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        if refused.is_empty() { Ok(()) } else { Err(Failure::Shown) }
    }
}

fn all_refused(arrived: &Arrived) -> Vec<courier::Refused> {
    let inside = arrived.boxes.iter().flat_map(|one| one.refused.clone());
    arrived.refused.iter().cloned().chain(inside).collect()
}

/// What is wrong with a courier file, in one sentence.
fn said(error: Error) -> Failure {
    match error {
        Error::Courier(error) => match error.code() {
            "not_a_pack" => Failure::Said("failed-not-a-pack", Vec::new()),
            "pack_other_county" => Failure::Said("failed-pack-other-county", Vec::new()),
            "pack_not_for_us" => Failure::Said("failed-pack-not-for-us", Vec::new()),
            "pack_damaged" => Failure::Said("failed-pack-damaged", Vec::new()),
            "pack_stranger" => Failure::Said("failed-pack-stranger", Vec::new()),
            "update_needed" => Failure::Said("failed-pack-newer", Vec::new()),
            "pack_too_large" => Failure::Said("failed-pack-too-large", Vec::new()),
            "no_courier_key" => Failure::Said("failed-no-courier-key", Vec::new()),
            _ => Error::Courier(error).into(),
        },
        Error::ClonedDesk => Failure::Said("failed-cloned-desk", Vec::new()),
        other => other.into(),
    }
}
