//! Courier files: what this desk and the county have for each other when there is no network, as one file on a stick.
//!
//! The same chunks, answers, files and catalogue as on the line, taken in by the same functions. A file for somebody else is
//! carried: kept as it came, handed on with the next courier file or the next exchange, never opened.

mod carry;
mod hand_on;
mod pack;
mod unpack;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::catalogue::RegionEntry;
use domain::moment::Millis;
use domain::region::RegionCode;
use ipc::courier::{
    Carried, CourierExport, CourierImport, CourierState, CourierTaken, CourierView, NotTaken, TakenAs,
};
use ipc::problem::{self, Problem};
use serde::Serialize;
use store::table::{self, meta, outbox, upload};
use sync::courier::{CourierError, Identity, Party, UnitLabel, label};
use sync::session::{Intake, Position};
use sync::version::SPOKEN;
use sync::wire::Epoch;

use crate::dispatch::Bytes;
use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, blocking, catalogue, clock, grant};

pub(crate) use hand_on::hand_on;
pub use pack::Made;

/// Name of this desk's key for courier files in the store.
const KEY: &str = "courier/key";
/// When the last courier file was made here, and when the last was taken in.
const MADE: &str = "courier/made_at";
const TAKEN: &str = "courier/taken_at";
/// Ending of courier files; the plain `age` command opens them with the recipient's key.
const ENDING: &str = "age";
/// Whom `--to` and the window call the county.
pub const COUNTY: &str = "county";

/// What making a courier file gave, for programs.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// Items in it.
    pub items: u64,
    /// Attached files in it.
    pub files: u64,
    /// Courier files of others in it.
    pub boxes: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: String,
}

/// Makes the courier file for the county, or hands out one that is carried for somebody else: `to` is `county`, the id of
/// a desk, or the SHA-256 of a carried file. It is written beside `path`, put there whole, and read once more.
///
/// # Errors
/// `locked`, `no_courier_key`, `no_such_pack`, `file_unwritable`, `disk_full`.
pub async fn export(desk: &Arc<Desk>, to: &str, path: &Path) -> Result<Exported, Problem> {
    let open = desk.unlocked()?;
    let (at_desk, to, path) = (desk.clone(), to.to_owned(), path.to_owned());
    let made = blocking::run(move || {
        let written = whole(&path, |out| make(&at_desk, &open, &to, out))?;
        keep_time(&open, MADE)?;
        Ok(written)
    });
    let made = made.await?;
    desk.watch.stir();
    Ok(exported(&made))
}

/// The same in memory.
///
/// # Errors
/// As [`export`].
pub async fn make_file(desk: &Arc<Desk>, to: &str) -> Result<Vec<u8>, Problem> {
    let open = desk.unlocked()?;
    let (at_desk, to) = (desk.clone(), to.to_owned());
    let body = blocking::run(move || {
        let mut body = Vec::new();
        make(&at_desk, &open, &to, &mut body)?;
        keep_time(&open, MADE)?;
        Ok(body)
    });
    let body = body.await?;
    desk.watch.stir();
    Ok(body)
}

/// The same for the window: the bytes to save.
///
/// # Errors
/// As [`export`].
pub(crate) async fn export_bytes(desk: &Arc<Desk>, ask: CourierExport) -> Result<Bytes, Problem> {
    let body = make_file(desk, &ask.to).await?;
    Ok(Bytes { mime: "application/octet-stream".to_owned(), body })
}

fn exported(made: &Made) -> Exported {
    Exported {
        items: made.items,
        files: made.files,
        boxes: made.boxes,
        bytes: made.written.bytes,
        sha256: made.written.sha256.to_string(),
    }
}

fn make(desk: &Desk, open: &Open, to: &str, out: &mut dyn Write) -> Result<Made, Fault> {
    if to == COUNTY {
        return pack::make(desk, open, out);
    }
    let identity = open.identity();
    let wanted = |kept: &carry::Kept| {
        kept.label.to != Party::Desk(identity.desk)
            && (kept.sha256.to_string() == to
                || matches!(kept.label.to, Party::Desk(id) if id.to_string() == to))
    };
    let newest =
        carry::list(&desk.place.data)?.into_iter().filter(wanted).max_by_key(|kept| kept.label.number);
    let newest = newest.ok_or_else(|| Fault::told(problem::NO_SUCH_PACK))?;
    let mut file = File::open(&newest.path).map_err(unreadable)?;
    std::io::copy(&mut file, out).map_err(|error| told(error.into()))?;
    let written = sync::courier::Written { bytes: newest.bytes, sha256: newest.sha256 };
    Ok(Made { items: 0, files: 0, boxes: 1, written })
}

/// Writes a file so that it is there whole or not at all, and reads it once more: a stick may keep other bytes than it got.
fn whole(path: &Path, make: impl FnOnce(&mut dyn Write) -> Result<Made, Fault>) -> Result<Made, Fault> {
    let unwritable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => Fault::told(problem::DISK_FULL),
        _ => Problem::new(problem::FILE_UNWRITABLE).with("file", path.display()).into(),
    };
    let mut file = atomic_write_file::AtomicWriteFile::open(path).map_err(unwritable)?;
    let made = make(&mut file)?;
    file.commit().map_err(unwritable)?;
    let mut kept = File::open(path).map_err(unwritable)?;
    match sync::courier::sum(&mut kept).map_err(unwritable)? == made.written {
        true => Ok(made),
        false => Err(unwritable(std::io::ErrorKind::InvalidData.into())),
    }
}

/// Takes in a courier file, or keeps it to be carried on when it is for somebody else.
///
/// # Errors
/// `locked`, `file_unreadable`, and what is wrong with the file: `not_a_pack`, `pack_other_county`, `pack_damaged`,
/// `pack_stranger`, `pack_old_epoch`, `pack_is_ours`, `update_needed`. Nothing of it was taken then.
pub async fn import(desk: &Arc<Desk>, path: &Path) -> Result<CourierTaken, Problem> {
    let open = desk.unlocked()?;
    import_into(desk, &open, path).await
}

/// The same for a desk that is open to this call alone.
///
/// # Errors
/// As [`import`].
pub(crate) async fn import_into(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    path: &Path,
) -> Result<CourierTaken, Problem> {
    let path = path.to_owned();
    let unreadable = Problem::new(problem::FILE_UNREADABLE).with("file", path.display());
    let file = blocking::run(move || File::open(&path).map_err(|_| unreadable.into())).await?;
    arrive(desk, open, BufReader::new(file)).await
}

/// The same from memory.
///
/// # Errors
/// As [`import`].
pub async fn take_file(desk: &Arc<Desk>, body: Vec<u8>) -> Result<CourierTaken, Problem> {
    let open = desk.unlocked()?;
    arrive(desk, &open, Cursor::new(body)).await
}

/// The same for the window, which brings the bytes.
///
/// # Errors
/// As [`import`].
pub(crate) async fn import_bytes(
    desk: &Arc<Desk>,
    _ask: CourierImport,
    body: Vec<u8>,
) -> Result<CourierTaken, Problem> {
    take_file(desk, body).await
}

async fn arrive<F>(desk: &Arc<Desk>, open: &Arc<Open>, mut file: F) -> Result<CourierTaken, Problem>
where
    F: std::io::BufRead + std::io::Seek + Send + 'static,
{
    let (at_desk, opened) = (desk.clone(), open.clone());
    let first = blocking::run(move || {
        let outside = label(&mut file).map_err(told)?;
        file.rewind().map_err(unreadable)?;
        let identity = opened.identity();
        if outside.county != identity.county {
            return Err(told(CourierError::OtherCounty));
        }
        if outside.from == Party::Desk(identity.desk) {
            return Err(Fault::told(problem::PACK_IS_OURS));
        }
        if outside.to != Party::Desk(identity.desk) {
            carry::keep(&at_desk.place.data, &mut file)?;
            return Ok(None);
        }
        let taken = unpack::take(&at_desk, &opened, &mut file)?;
        if taken.waits {
            file.rewind().map_err(unreadable)?;
            carry::keep(&at_desk.place.data, &mut file)?;
        }
        keep_time(&opened, TAKEN)?;
        Ok(Some(taken))
    });
    let Some(mut taken) = first.await? else {
        desk.watch.stir();
        desk.link.wake();
        return Ok(CourierTaken { kind: TakenAs::Carried, ..CourierTaken::default() });
    };
    settle(desk, open, &mut taken).await;
    // What waited for an earlier file may be usable now.
    if !taken.waits {
        let (at_desk, opened) = (desk.clone(), open.clone());
        for mut later in blocking::run(move || unpack::waiting(&at_desk, &opened)).await? {
            settle(desk, open, &mut later).await;
            taken.new += later.new;
            taken.known += later.known;
            taken.files += later.files;
            taken.refused.append(&mut later.refused);
        }
    }
    desk.watch.stir();
    desk.link.wake();
    Ok(CourierTaken {
        kind: if taken.waits { TakenAs::Waits } else { TakenAs::Taken },
        items_new: taken.new,
        items_known: taken.known,
        files: taken.files,
        boxes: taken.boxes,
        refused: taken.refused.into_iter().map(|(item, code)| NotTaken { item, code }).collect(),
    })
}

/// What follows when a courier file was stored: the window looks again, and the catalogue is verified and put to use.
async fn settle(desk: &Arc<Desk>, open: &Arc<Open>, taken: &mut unpack::Taken) {
    if !taken.touched.is_empty() {
        desk.watch.touch(std::mem::take(&mut taken.touched));
    }
    if taken.renewed {
        desk.watch.desk();
    }
    if let Some((hash, files)) = taken.catalogue.take()
        && let Err(problem) = catalogue::take(desk, open, files, hash).await
    {
        taken.refused.push((hash.to_string(), problem.code));
    }
}

/// What could go out, and what is carried for others.
///
/// # Errors
/// `locked`.
pub(crate) async fn state(desk: &Arc<Desk>, _ask: CourierState) -> Result<CourierView, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    blocking::run(move || {
        let identity = open.identity();
        let kept = carry::list(&at_desk.place.data)?;
        open.store.read::<_, Fault>(|r| {
            let names = if kept.is_empty() { BTreeMap::new() } else { places(r)? };
            let carried = kept.into_iter().map(|kept| Carried {
                sha256: kept.sha256,
                to: name(kept.label.to),
                from: name(kept.label.from),
                unit: kept.label.unit.map(|unit| called(unit, &names)),
                waits: kept.label.to == Party::Desk(identity.desk),
                bytes: kept.bytes,
                at: kept.at,
                refused: kept.refused,
            });
            let carried = carried.collect();
            let (items, files) = (outbox::waiting(r)?, upload::waiting(r)?);
            let number: u64 = meta::get_json(r, pack::NUMBER)?.unwrap_or(0);
            Ok(CourierView {
                county: identity.county_name.clone(),
                can_export: grant::courier(&identity, &open.staff()).is_some(),
                name: format!("{}-{}.{ENDING}", identity.prefix, number + 1),
                waiting_items: items.items,
                waiting_cases: items.cases,
                waiting_files: files.items,
                waiting_bytes: items.bytes + files.bytes,
                carried,
                last_export_at: meta::get_json(r, MADE)?,
                last_import_at: meta::get_json(r, TAKEN)?,
            })
        })
    })
    .await
}

/// The names of villages and townships, as the catalogue has them.
fn places(r: &store::Read<'_>) -> Result<BTreeMap<RegionCode, String>, Fault> {
    let Some(release) = table::catalogue::current(r)? else { return Ok(BTreeMap::new()) };
    let json = table::catalogue::regions(r, release)?.unwrap_or_default();
    // A catalogue that cannot be read is told elsewhere; here it names nothing.
    let entries: Vec<RegionEntry> = serde_json::from_slice(&json).unwrap_or_default();
    Ok(entries.into_iter().map(|entry| (entry.code, entry.name)).collect())
}

/// What the unit on a label is called: by its own name, by the catalogue's where it has none, by its code where nobody knows it.
fn called(unit: UnitLabel, names: &BTreeMap<RegionCode, String>) -> String {
    let named = unit.name != unit.code.as_str() && !unit.name.is_empty();
    let known = names.get(&unit.code).filter(|_| !named);
    known.cloned().unwrap_or(if named { unit.name } else { unit.code.to_string() })
}

fn name(party: Party) -> String {
    match party {
        Party::County => COUNTY.to_owned(),
        Party::Desk(desk) => desk.to_string(),
    }
}

fn keep_time(open: &Open, name: &str) -> Result<(), Fault> {
    let now: Millis = clock::device();
    open.store.write::<_, Fault>(|w| Ok(meta::put_json(w, name, &now)?))
}

/// This desk's key for courier files, made when it is first needed. Kept in the encrypted store.
fn key(w: &store::Write<'_>) -> Result<Identity, Fault> {
    if let Some(kept) = meta::get(w, KEY)? {
        let text = std::str::from_utf8(&kept).map_err(|_| Fault::Broken("the courier key is damaged"))?;
        return Identity::parse(text).map_err(told);
    }
    let made = Identity::generate();
    meta::put(w, KEY, zeroize::Zeroizing::new(made.secret_text()).as_bytes())?;
    Ok(made)
}

/// What is wrong with a courier file, for a person.
fn told(error: CourierError) -> Fault {
    match error {
        CourierError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            Fault::told(problem::DISK_FULL)
        }
        other => Fault::told(other.code()),
    }
}

fn unreadable(_error: std::io::Error) -> Fault {
    Fault::told(problem::PACK_DAMAGED)
}

/// Where carried files lie below the data folder.
fn folder(data: &Path) -> PathBuf {
    data.join("carry")
}

/// An answer of the county that says nothing, to be filled with what a courier file says.
fn nothing(epoch: Epoch, time: Millis, cursor: u64) -> Intake {
    Intake {
        protocol: SPOKEN.min,
        epoch,
        time,
        cursor,
        acks: Vec::new(),
        receipts: None,
        unknown: Vec::new(),
        offered: false,
        items: Vec::new(),
        withdrawn: Vec::new(),
        digests: None,
        compared: None,
        instance: None,
    }
}

/// Whether the epoch of a courier file is the one this desk knows; a newer one begins anew, an older one is refused.
fn epoch_position(
    position: &Position,
    epoch: Epoch,
    made: Millis,
    heard: Option<Millis>,
) -> Result<bool, Fault> {
    match position.epoch {
        None => Ok(false),
        Some(known) if known == epoch => Ok(false),
        Some(_) if heard.is_some_and(|heard| made <= heard) => Err(Fault::told(problem::PACK_OLD_EPOCH)),
        Some(_) => Ok(true),
    }
}
