//! Makes the courier file for a desk: everything new for it since it last said how far it is, and the answers to what it sent.

use std::collections::BTreeSet;
use std::io::{self, Seek, Write};

use domain::id::{CaseId, DeskId, Digest};
use sha2::{Digest as _, Sha256};
use sync::courier::{
    CourierError, Down, Entry, Load, MOST_PART, Manifest, Party, Recipient, UnitLabel, VERSION, What,
    Written, write,
};
use sync::item::Item;
use sync::receipt::SignedReceipts;
use sync::version::SPOKEN;
use sync::wire::{SyncRequest, encode, from_cbor};

use crate::county::County;
use crate::database::desk::Desk;
use crate::database::{courier, desk, file, person};
use crate::enrol;
use crate::error::Error;
use crate::{files, pull};

/// Bytes of items in one part.
const REPLY: u32 = 512 * 1024;
/// Most bytes of attached files in one courier file; the desk asks again for those that are left out.
const MOST_FILES: u64 = 1024 * 1024 * 1024;
/// Most courier files named as arrived.
const BOXES: u32 = 1000;

/// A courier file that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its number.
    pub number: u64,
    /// Items in it.
    pub items: u64,
    /// Attached files in it.
    pub files: u64,
    /// Courier files for other desks in it.
    pub boxes: u64,
    /// Its size and sum.
    pub written: Written,
}

/// Where the bytes of a part are.
enum Source {
    Bytes(Vec<u8>),
    File(CaseId),
    Box(std::fs::File),
}

/// Makes the courier file for `id`, with courier files for the desks in `others` inside.
///
/// # Errors
/// [`CourierError::BadKey`] when that desk never told its key: it has to send a courier file first. `NotFound` for no such
/// desk.
pub fn export(county: &County, id: DeskId, others: &[DeskId], out: impl Write) -> Result<Made, Error> {
    let mut boxes = Vec::new();
    for other in others.iter().filter(|other| **other != id) {
        let folder = county.folder.uploads();
        let mut inside = tempfile::tempfile_in(&folder).map_err(Error::file(&folder))?;
        let made = export(county, *other, &[], &mut inside)?;
        inside.rewind()?;
        boxes.push((made.written, inside));
    }
    let (desk, heard, unit) = county.database.read::<_, Error>(|view| {
        let desk = desk::get(view, id)?.filter(|desk| !desk.revoked).ok_or(sync::refusal::Code::NotFound)?;
        let unit = person::unit(view, &desk.unit)?;
        Ok((desk, courier::get(view, id)?, unit))
    })?;
    let heard = heard.ok_or(CourierError::BadKey)?;
    let recipient: Recipient = heard.said.up.recipient.parse()?;
    let mut gathered =
        Gathered { parts: Vec::new(), sources: Vec::new(), items: 0, files: 0, seen: BTreeSet::new() };
    gathered.items(county, &desk, &heard)?;
    let catalogue = gathered.catalogue(county, heard.said.up.catalogue)?;
    let count = boxes.len() as u64;
    for (written, inside) in boxes {
        gathered.add(What::Box, written.bytes, written.sha256, Source::Box(inside));
    }
    let down = Down {
        answers: heard.number,
        receipts: receipts(county, id, heard.said.up.unanswered)?,
        files: heard.said.files.clone(),
        renewal: match &heard.said.up.renew {
            Some(request) => Some(enrol::renew(county, id, request)?),
            None => None,
        },
        carried: county.database.read::<_, Error>(|view| Ok(courier::boxes(view, id, BOXES)?))?,
        catalogue,
    };
    let number = county.database.write::<_, Error>(|write| Ok(courier::next(write, id)?))?;
    let Gathered { parts, mut sources, items, files, .. } = gathered;
    let manifest = Manifest {
        v: VERSION,
        county: county.id,
        from: Party::County,
        to: Party::Desk(id),
        number,
        unit: unit.map(|unit| UnitLabel { code: unit.code, name: unit.name }),
        made: county.now(),
        epoch: Some(county.epoch),
        load: Load::Down(Box::new(down)),
        parts,
    };
    let mut sources = sources.drain(..);
    let written = write(&manifest, &recipient, &county.key, out, |entry, to| match sources.next() {
        Some(Source::Bytes(bytes)) => to.write_all(&bytes),
        Some(Source::File(case)) => {
            let (bytes, _) = files::read(county, &desk, case, &entry.sha256).map_err(io::Error::other)?;
            to.write_all(&bytes)
        }
        Some(Source::Box(mut inside)) => io::copy(&mut inside, &mut { to }).map(drop),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    })?;
    Ok(Made { number, items, files, boxes: count, written })
}

/// The county's answers to the chunks whose fate the desk does not know, of this epoch only.
fn receipts(county: &County, id: DeskId, from: u64) -> Result<Vec<SignedReceipts>, Error> {
    let answers = county.database.read::<_, Error>(|view| Ok(courier::answers(view, id, from)?))?;
    let mut receipts = Vec::new();
    for answer in answers {
        let sealed: SignedReceipts = from_cbor(&answer).map_err(|_| Error::Sealed)?;
        let body = sealed.open(&county.public_key).map_err(|_| Error::Sealed)?;
        if body.epoch == county.epoch {
            receipts.push(sealed);
        }
    }
    Ok(receipts)
}

struct Gathered {
    parts: Vec<Entry>,
    sources: Vec<Source>,
    items: u64,
    files: u64,
    seen: BTreeSet<(CaseId, Digest)>,
}

impl Gathered {
    fn add(&mut self, what: What, size: u64, sha256: Digest, source: Source) {
        self.parts.push(Entry { what, size, sha256 });
        self.sources.push(source);
    }

    fn bytes(&mut self, what: What, bytes: Vec<u8>) {
        let sha256 = Digest(Sha256::digest(&bytes).into());
        self.add(what, bytes.len() as u64, sha256, Source::Bytes(bytes));
    }

    /// Everything in the desk's scopes after the place it said it holds, and the files of those cases.
    fn items(&mut self, county: &County, desk: &Desk, heard: &courier::Heard) -> Result<(), Error> {
        // Whoever was online since then said there how far they are.
        let online = desk.seen.is_some_and(|seen| seen > heard.arrived);
        let same_epoch = heard.said.epoch == Some(county.epoch);
        let mut request = SyncRequest {
            protocol: SPOKEN,
            desk: desk.id,
            epoch: Some(county.epoch),
            cursor: if online { desk.cursor } else { heard.said.up.cursor },
            chunk: None,
            adopt: Vec::new(),
            offer: Vec::new(),
            digests: None,
            compare: None,
            want: REPLY,
            catalogue: None,
            wait: false,
        };
        if !same_epoch && !online {
            request.cursor = 0;
        }
        // All of it is of one moment: what a withdrawal says holds for the whole range.
        county.database.read::<_, Error>(|view| {
            let mut cases = BTreeSet::new();
            loop {
                let after = request.cursor;
                let mut reply = pull::look(county, view, desk, &request, &[], false)?;
                reply.catalogue = None;
                request.cursor = reply.cursor;
                self.items += reply.items.len() as u64;
                for numbered in &reply.items {
                    cases.extend(Item::from_bytes(&numbered.item).and_then(|item| item.case()));
                }
                let more = reply.more;
                let bytes = encode(&reply).map_err(|_| Error::Broken("an answer could not be written"))?;
                self.bytes(What::Reply { after, to: reply.cursor }, bytes);
                if !more {
                    break;
                }
            }
            let mut room = MOST_FILES;
            for case in cases {
                for kept in courier::files_of_others(view, case, desk.id)? {
                    self.file(case, &kept, &mut room);
                }
            }
            for (case, sha256) in &heard.said.up.wants {
                if let Some(known) = file::get(view, *case, sha256)?
                    && files::visible(view, desk.id, *case).is_ok()
                {
                    let kept = courier::Kept { sha256: *sha256, size: known.size, mime: known.mime };
                    self.file(*case, &kept, &mut room);
                }
            }
            Ok(())
        })
    }

    fn file(&mut self, case: CaseId, kept: &courier::Kept, room: &mut u64) {
        if kept.size > *room || !self.seen.insert((case, kept.sha256)) {
            return;
        }
        *room -= kept.size;
        self.files += 1;
        let what = What::File { case, mime: kept.mime.clone() };
        self.add(what, kept.size, kept.sha256, Source::File(case));
    }

    /// The catalogue as a TUF repository, when it is another one than the desk has.
    fn catalogue(&mut self, county: &County, known: Option<Digest>) -> Result<Option<Digest>, Error> {
        let Some(current) = county.catalogue_hash().filter(|current| known != Some(*current)) else {
            return Ok(None);
        };
        let files = county.folder.published()?;
        // A release may have been published between the two looks: what comes along is what counts.
        let timestamp =
            files.get("metadata/timestamp.json").map(|bytes| Digest(Sha256::digest(bytes).into()));
        for (name, bytes) in files {
            if bytes.len() as u64 <= MOST_PART {
                self.bytes(What::Catalogue { name }, bytes);
            }
        }
        Ok(timestamp.or(Some(current)))
    }
}
