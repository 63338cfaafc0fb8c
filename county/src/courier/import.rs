//! Takes in a courier file that a desk sent: first the whole of it is checked, then everything in it goes the usual way.

use std::io::{BufRead, BufReader, Seek, SeekFrom, Write as _};

use domain::id::{DeskId, Digest};
use domain::moment::Millis;
use serde_json::json;
use sync::courier::{CourierError, FileAnswer, Load, Manifest, Pack, Party, Up, What, label};
use sync::key::PublicKey;
use sync::receipt::{Ack, SignedReceipts};
use sync::refusal::Code;
use sync::wire::{decode, from_cbor};

use super::Refused;
use crate::accept::{self, Taken};
use crate::county::County;
use crate::database::desk::Desk;
use crate::database::{audit, chunk, courier, desk};
use crate::error::Error;
use crate::files::{self, Announced};
use crate::pull;

/// What a courier file brought.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The desk that made it.
    pub desk: DeskId,
    /// Its number.
    pub number: u64,
    /// When the desk says it was made, milliseconds.
    pub made: Millis,
    /// Items that were new.
    pub new: u64,
    /// Items that were here.
    pub known: u64,
    /// Items that wait for others.
    pub later: u64,
    /// Files that are here now.
    pub files: u64,
    /// What was not taken.
    pub refused: Vec<Refused>,
    /// Courier files of other desks that came inside.
    pub boxes: Vec<Arrived>,
}

/// Takes in a courier file. Taking it in again changes nothing and says so.
///
/// # Errors
/// [`Error::Courier`] for what is no courier file for this county, is damaged, or comes from a stranger: nothing of it was
/// taken then.
pub fn import(county: &County, file: &mut (impl BufRead + Seek)) -> Result<Arrived, Error> {
    take(county, file, true)
}

fn take(county: &County, file: &mut (impl BufRead + Seek), boxes: bool) -> Result<Arrived, Error> {
    let start = file.stream_position()?;
    let outside = label(&mut *file)?;
    if outside.county != county.id {
        return Err(CourierError::OtherCounty.into());
    }
    if outside.to != Party::County {
        return Err(CourierError::NotForUs.into());
    }
    file.seek(SeekFrom::Start(start))?;
    let pack = Pack::open(&mut *file, county.id, &county.courier)?;
    let sender = sender(county, pack.manifest())?;
    pack.sealed_by(&PublicKey(sender.device_key))?;
    let Load::Up(up) = pack.manifest().load.clone() else { return Err(CourierError::Stranger.into()) };
    let manifest = pack.check()?;

    file.seek(SeekFrom::Start(start))?;
    let mut pack = Pack::open(&mut *file, county.id, &county.courier)?;
    let mut taking = Taking {
        county,
        sender: &sender,
        arrived: Arrived {
            desk: sender.id,
            number: manifest.number,
            made: manifest.made,
            new: 0,
            known: 0,
            later: 0,
            files: 0,
            refused: Vec::new(),
            boxes: Vec::new(),
        },
        answers: Vec::new(),
    };
    while let Some(part) = pack.part()? {
        let entry = part.entry.clone();
        match entry.what {
            What::Receipts => taking.receipts(&part.bytes()?)?,
            What::Chunk { .. } => taking.chunk(&part.bytes()?)?,
            What::File { case, mime } => {
                let announced = Announced { case, sha256: entry.sha256, size: entry.size, mime };
                taking.file(&announced, &part.bytes()?)?;
            }
            What::Box if boxes => {
                let mut inside = temporary(county)?;
                part.copy(&mut inside)?;
                inside.flush()?;
                inside.seek(SeekFrom::Start(0))?;
                taking.carried(entry.sha256, take(county, &mut BufReader::new(inside), false))?;
            }
            // A box in a box, and what only the county sends, comes from no program of ours.
            What::Box | What::Reply { .. } | What::Catalogue { .. } => part.copy(&mut std::io::sink())?,
        }
    }
    let Taking { arrived, answers, .. } = taking;
    keep(county, &manifest, &sender, up, answers)?;
    Ok(arrived)
}

fn sender(county: &County, manifest: &Manifest) -> Result<Desk, Error> {
    let (Party::Desk(id), Party::County) = (manifest.from, manifest.to) else {
        return Err(CourierError::Stranger.into());
    };
    let known = county.database.read::<_, Error>(|view| Ok(desk::get(view, id)?))?;
    Ok(known.filter(|desk| !desk.revoked).ok_or(CourierError::Stranger)?)
}

/// A nameless file beside the files of cases: gone when it is closed, whatever happens.
fn temporary(county: &County) -> Result<std::fs::File, Error> {
    let folder = county.folder.uploads();
    tempfile::tempfile_in(&folder).map_err(Error::file(&folder))
}

/// Notes what the desk said, so that the next courier file for it answers.
fn keep(
    county: &County,
    manifest: &Manifest,
    sender: &Desk,
    up: Up,
    files: Vec<FileAnswer>,
) -> Result<(), Error> {
    let now = county.now();
    let cursor = if manifest.epoch == Some(county.epoch) { up.cursor } else { 0 };
    county.database.write::<_, Error>(|write| {
        let catalogue = up.catalogue.map(|hash| hash.0);
        desk::saw(write, sender.id, cursor, catalogue.as_ref(), now)?;
        let said = courier::Said { epoch: manifest.epoch, up: up.clone(), files: files.clone() };
        courier::heard(write, sender.id, manifest.number, &said, now)?;
        let told = json!({ "desk": sender.id, "number": manifest.number, "made": manifest.made });
        Ok(audit::append(write, now, "courier_file_taken_in", &told)?)
    })
}

struct Taking<'a> {
    county: &'a County,
    sender: &'a Desk,
    arrived: Arrived,
    answers: Vec<FileAnswer>,
}

impl Taking<'_> {
    fn receipts(&self, bytes: &[u8]) -> Result<(), Error> {
        let receipts: Vec<SignedReceipts> = from_cbor(bytes).map_err(|_| CourierError::Damaged)?;
        self.county.database.write::<_, Error>(|write| pull::adopt(self.county, write, &receipts))
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let sent: sync::chunk::Chunk = decode(bytes).map_err(|_| CourierError::Damaged)?;
        let hash = sent.hash(self.county.id);
        let before = self
            .county
            .database
            .read::<_, Error>(|view| Ok(chunk::get(view, self.sender.id, sent.counter)?))?
            .map(|(hash, _)| hash);
        if before.as_ref().is_some_and(|before| *before != hash.0) {
            // A copy of this desk uses its numbers. On the line it gets a name of its own; here nobody could be told.
            return Err(Error::ClonedDesk);
        }
        // Without a certificate nothing can be made for a copy that slipped in between: that fails, and nothing is taken.
        let opened = accept::open(self.county, self.sender, sent)?;
        let Taken::Receipts(receipts) = accept::take_in(self.county, self.sender, &[], &opened)? else {
            return Err(Error::ClonedDesk);
        };
        let body = receipts.open(&self.county.public_key).map_err(|_| Error::Sealed)?;
        for (id, ack) in body.acks {
            match ack {
                Ack::Stored { .. } if before.is_none() => self.arrived.new += 1,
                Ack::Stored { .. } | Ack::Had { .. } => self.arrived.known += 1,
                Ack::Later { .. } | Ack::Needs { .. } => self.arrived.later += 1,
                Ack::Refused { code } => {
                    self.arrived.refused.push(Refused { what: id.to_string(), code: code.name().to_owned() });
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, announced: &Announced, bytes: &[u8]) -> Result<(), Error> {
        let refused = match self.put(announced, bytes) {
            Ok(()) => None,
            Err(Error::Refused(code)) => Some(code),
            Err(other) => return Err(other),
        };
        match &refused {
            None => self.arrived.files += 1,
            Some(code) => {
                let what = announced.sha256.to_string();
                self.arrived.refused.push(Refused { what, code: code.name().to_owned() });
            }
        }
        // A case that is not here yet may come with the next courier file: its files wait on the desk.
        if refused != Some(Code::NotFound) {
            self.answers.push(FileAnswer { case: announced.case, sha256: announced.sha256, refused });
        }
        Ok(())
    }

    fn put(&self, announced: &Announced, bytes: &[u8]) -> Result<(), Error> {
        let progress = files::begin(self.county, self.sender, announced)?;
        if progress.position == progress.size {
            return Ok(());
        }
        // An upload that was begun on the line goes on from where it stands.
        let from = usize::try_from(progress.position).map_err(|_| Code::TooLarge)?;
        let rest = bytes.get(from..).ok_or(Code::HashDiffers)?;
        files::append(self.county, self.sender, &progress.id, progress.position, rest)?;
        Ok(())
    }

    /// A courier file of another desk came along. Whatever is wrong with it is its own affair.
    fn carried(&mut self, sha256: Digest, done: Result<Arrived, Error>) -> Result<(), Error> {
        match done {
            Ok(arrived) => self.arrived.boxes.push(arrived),
            Err(Error::Courier(CourierError::Io(error))) => return Err(Error::Network(error)),
            Err(Error::Courier(error)) => {
                tracing::info!(%error, "a carried courier file was not taken");
                self.arrived
                    .refused
                    .push(Refused { what: sha256.to_string(), code: error.code().to_owned() });
            }
            Err(Error::ClonedDesk) => {
                let refused = Refused { what: sha256.to_string(), code: Code::CopiedDesk.name().to_owned() };
                self.arrived.refused.push(refused);
            }
            Err(other) => return Err(other),
        }
        let now = self.county.now();
        self.county
            .database
            .write::<_, Error>(|write| Ok(courier::carried(write, self.sender.id, &sha256, now)?))
    }
}
