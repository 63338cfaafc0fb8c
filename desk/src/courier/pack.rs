//! Making the courier file for the county: everything that waits in the outbox, in the chunks it would be sent in.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use domain::id::Digest;
use domain::moment::Millis;
use ipc::problem;
use sha2::{Digest as _, Sha256};
use store::table::{file, meta, original, upload};
use sync::chunk::Chunk;
use sync::courier::{
    Entry, Load, MOST_BYTES, MOST_CHUNKS, Manifest, Party, UnitLabel, Up, VERSION, What, Written, sum, write,
};
use sync::enrol::RenewRequest;
use sync::item::ItemId;
use sync::receipt::SignedReceipts;
use sync::session::{Intake, Position};
use sync::wire::{encode, to_cbor};

use super::{carry, key, nothing, told};
use crate::fault::Fault;
use crate::open::Open;
use crate::syncing::carried;
use crate::{Desk, clock, enrol, grant, intake, material, rescue, standing};

/// Counter of the courier files made here.
pub(super) const NUMBER: &str = "courier/number";
/// The courier file that carried everything the county may have lost, by its number.
pub(super) const OFFERED: &str = "courier/offered_in";
/// Files asked for in one courier file.
const WANTS: usize = 2000;
/// Originals looked at in one go when everything is offered again.
const PAGE: usize = 400;
/// Room kept for what is no attached file.
const ROOM: u64 = 512 * 1024 * 1024;

/// A courier file that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Items in it.
    pub items: u64,
    /// Attached files in it.
    pub files: u64,
    /// Courier files of others in it.
    pub boxes: u64,
    /// Its size and sum.
    pub written: Written,
}

enum Source {
    Bytes(Vec<u8>),
    File,
    Box(PathBuf),
}

/// Makes the courier file for the county. What is in it stays in the outbox until the county acknowledged it, by courier or
/// on the line: losing the stick loses nothing.
///
/// # Errors
/// `no_courier_key` when no permission of the county names its key; `pack_of_a_copy` when this desk is a copy that has yet to
/// introduce itself on the line: under the old name the county would not take the file; the store's.
pub fn make(desk: &Desk, open: &Open, out: &mut dyn Write) -> Result<Made, Fault> {
    if open.store.read(rescue::is_copy)? {
        return Err(Fault::told(problem::PACK_OF_A_COPY));
    }
    let identity = open.identity();
    let recipient = grant::courier(&identity, &open.staff());
    let recipient = recipient.ok_or_else(|| Fault::told(problem::NO_COURIER_KEY))?;
    carry::sweep(&desk.place.data, clock::device())?;
    let gathered = open.store.write::<_, Fault>(|w| gather(w, desk, open))?;
    let Gathered { number, position, up, receipts, chunks, uploads } = gathered;
    let (mut parts, mut sources) = (Vec::new(), Vec::new());
    let mut add = |what, size, sha256, source| {
        parts.push(Entry { what, size, sha256 });
        sources.push(source);
    };
    let sum_of = |bytes: &[u8]| Digest(Sha256::digest(bytes).into());
    if !receipts.is_empty() {
        let bytes = to_cbor(&receipts);
        add(What::Receipts, bytes.len() as u64, sum_of(&bytes), Source::Bytes(bytes));
    }
    let mut items = 0;
    for chunk in &chunks {
        items += chunk.items.len() as u64;
        let bytes = encode(chunk)?;
        let what = What::Chunk { counter: chunk.counter };
        add(what, bytes.len() as u64, sum_of(&bytes), Source::Bytes(bytes));
    }
    let (mut files, mut room) = (0, MOST_BYTES - ROOM);
    for (next, mime) in uploads {
        // One rotten photograph stops nothing: it is left out, and the panel says that it cannot be sent.
        if next.size > room || !material::is_sound(open, next.sha256)? {
            continue;
        }
        room -= next.size;
        files += 1;
        add(What::File { case: next.case, mime }, next.size, next.sha256, Source::File);
    }
    let mut boxes = 0;
    for kept in carry::list(&desk.place.data)? {
        if kept.label.to != Party::County || kept.refused.is_some() || kept.bytes > room {
            continue;
        }
        let there = File::open(&kept.path).and_then(|mut file| sum(&mut file));
        if there.is_ok_and(|there| (there.bytes, there.sha256) == (kept.bytes, kept.sha256)) {
            room -= kept.bytes;
            boxes += 1;
            add(What::Box, kept.bytes, kept.sha256, Source::Box(kept.path));
        }
    }
    let manifest = Manifest {
        v: VERSION,
        county: identity.county,
        from: Party::Desk(identity.desk),
        to: Party::County,
        number,
        unit: Some(UnitLabel { code: open.unit().code, name: open.unit().name }),
        made: clock::device(),
        epoch: position.epoch,
        load: Load::Up(up),
        parts,
    };
    let mut sources = sources.into_iter();
    let store = &open.store;
    let written =
        write(&manifest, &recipient, &identity.device_key(), out, |entry, to| match sources.next() {
            Some(Source::Bytes(bytes)) => to.write_all(&bytes),
            Some(Source::File) => {
                let bytes = store.files().read(entry.sha256).map_err(|_| io::ErrorKind::InvalidData)?;
                to.write_all(&bytes)
            }
            Some(Source::Box(path)) => io::copy(&mut File::open(path)?, &mut { to }).map(drop),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        });
    Ok(Made { items, files, boxes, written: written.map_err(told)? })
}

struct Gathered {
    number: u64,
    position: Position,
    up: Up,
    receipts: Vec<SignedReceipts>,
    chunks: Vec<Chunk>,
    uploads: Vec<(upload::Upload, String)>,
}

/// Reads what has to go and notes that it is under way, all in one transaction.
fn gather(w: &store::Write<'_>, desk: &Desk, open: &Open) -> Result<Gathered, Fault> {
    let key = key(w)?;
    let position = standing::position(w)?;
    let number = meta::next(w, NUMBER)?;
    let acknowledged = acknowledged(w)?;
    let receipts = receipts(w, &acknowledged)?;
    if position.offering {
        offer_all(w, desk, open, &position, acknowledged, number)?;
    }
    let chunks = carried::chunks(w, open, MOST_CHUNKS)?;
    let mut uploads = Vec::new();
    for next in upload::unsent(w)? {
        let row = file::get(w, next.sha256)?;
        let mime = row.map_or_else(|| "application/octet-stream".to_owned(), |row| row.mime);
        uploads.push((next, mime));
    }
    let wants =
        file::missing(w, Millis::MAX, WANTS)?.into_iter().map(|(case, row)| (case, row.sha256)).collect();
    let identity = open.identity();
    // Whoever exchanges by stick renews with every journey: the next one may be late.
    let csr_der = enrol::certificate_request(&identity.tls_key_der)?;
    let renew = Some(RenewRequest { csr_der, clock: desk.clock.moment() });
    let up = Up {
        cursor: position.cursor,
        unanswered: chunks.iter().map(|chunk| chunk.counter).min().unwrap_or(u64::MAX),
        catalogue: position.catalogue,
        recipient: key.recipient().to_string(),
        renew,
        wants,
    };
    Ok(Gathered { number, position, up, receipts, chunks, uploads })
}

/// What the county acknowledged within the re-offer window.
fn acknowledged(w: &store::Write<'_>) -> Result<Vec<ItemId>, Fault> {
    let (mut after, mut names) = (None, Vec::new());
    loop {
        let page = original::list(w, after, PAGE)?;
        after = page.last().map(|last| (last.seq, last.item));
        names.extend(page.iter().map(|kept| ItemId(kept.item)));
        if page.len() < PAGE {
            return Ok(names);
        }
    }
}

/// The receipts of all of that, each once. They go along with every file: should the county have been restored meanwhile, it
/// learns the numbers it once gave before it gives any of them to what else is in the file (ruling 9).
fn receipts(w: &store::Write<'_>, names: &[ItemId]) -> Result<Vec<SignedReceipts>, Fault> {
    let mut seals = BTreeSet::new();
    let mut receipts = carried::receipts(w, names)?;
    receipts.retain(|receipt| seals.insert(receipt.county.bytes.clone()));
    Ok(receipts)
}

/// The county has another epoch: everything it once acknowledged goes along again. On the line the county says first what it
/// lacks; a stick travels too slowly for that.
fn offer_all(
    w: &store::Write<'_>,
    desk: &Desk,
    open: &Open,
    position: &Position,
    names: Vec<ItemId>,
    number: u64,
) -> Result<(), Fault> {
    let Some(epoch) = position.epoch else { return Ok(()) };
    let lost = Intake { unknown: names, ..nothing(epoch, 0, position.cursor) };
    intake::take(w, desk, open, &lost)?;
    Ok(meta::put_json(w, OFFERED, &(epoch, number))?)
}
