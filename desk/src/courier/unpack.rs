//! Taking in a courier file of the county: first the whole of it is checked, then everything in it goes the usual way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::problem;
use store::table::upload::UploadState;
use store::table::{file, meta, outbox, upload};
use sync::courier::{Down, FileAnswer, Load, Pack, Party, What};
use sync::enrol::RenewReply;
use sync::item::ItemId;
use sync::receipt::SignedReceipts;
use sync::session::{Intake, Position};
use sync::wire::{Epoch, SyncReply, decode};

use super::{carry, epoch_position, key, nothing, pack, told, unreadable};
use crate::account::HEARD;
use crate::clock::Heard;
use crate::fault::Fault;
use crate::identity::Staff;
use crate::open::Open;
use crate::{Desk, grant, intake, lease, standing};

/// When the newest courier file of the county that was taken in here was made, by the county's clock.
const WORD: &str = "courier/word";
/// Most bytes of a catalogue that comes along.
const MOST_CATALOGUE: usize = 128 * 1024 * 1024;

/// What a courier file brought.
#[derive(Debug, Default)]
pub struct Taken {
    /// Items that were new here.
    pub new: u64,
    /// Items that were here.
    pub known: u64,
    /// Attached files that are here now.
    pub files: u64,
    /// Courier files for others that came inside.
    pub boxes: u64,
    /// What was not taken, or was refused by the county: what it is, code.
    pub refused: Vec<(String, String)>,
    /// Whether an earlier courier file has to come first.
    pub waits: bool,
    /// Cases that changed.
    pub touched: BTreeSet<CaseId>,
    /// Whether permissions were renewed.
    pub renewed: bool,
    /// A catalogue that came along, by the names of its files, still to be verified.
    pub catalogue: Option<(Digest, BTreeMap<String, Vec<u8>>)>,
}

/// Takes in a courier file for this desk. Taking it in again changes nothing.
///
/// # Errors
/// What is wrong with the file; nothing of it was taken then. The store's.
pub fn take(desk: &Desk, open: &Open, file: &mut (impl BufRead + Seek)) -> Result<Taken, Fault> {
    let identity = open.identity();
    let key = open.store.write::<_, Fault>(key)?;
    let sealed = Pack::open(&mut *file, identity.county, &key).map_err(told)?;
    sealed.sealed_by(&identity.county_key).map_err(told)?;
    let manifest = sealed.check().map_err(told)?;
    let stranger = || Fault::told(problem::PACK_STRANGER);
    let (Load::Down(down), Some(epoch)) = (manifest.load, manifest.epoch) else { return Err(stranger()) };
    if (manifest.from, manifest.to) != (Party::County, Party::Desk(identity.desk)) {
        return Err(stranger());
    }
    let mut taking = Taking { desk, open, epoch, made: manifest.made, taken: Taken::default() };
    taking.begin()?;
    taking.answers(&down)?;

    file.rewind().map_err(unreadable)?;
    let mut inside = Pack::open(&mut *file, identity.county, &key).map_err(told)?;
    let mut catalogue = BTreeMap::new();
    let mut room = MOST_CATALOGUE;
    while let Some(part) = inside.part().map_err(told)? {
        let entry = part.entry.clone();
        match entry.what {
            What::Reply { after, to } => {
                let bytes = part.bytes().map_err(told)?;
                taking.reply(after, to, &decode(&bytes)?)?;
            }
            What::File { case, .. } => {
                let bytes = part.bytes().map_err(told)?;
                taking.file(case, entry.sha256, &bytes)?;
            }
            What::Catalogue { name } => {
                let bytes = part.bytes().map_err(told)?;
                if let Some(left) = room.checked_sub(bytes.len()) {
                    room = left;
                    catalogue.insert(name, bytes);
                }
            }
            What::Box => {
                carry::put(&desk.place.data, |mut to| part.copy(&mut to).map_err(told))?;
                taking.taken.boxes += 1;
            }
            // Only desks send these.
            What::Receipts | What::Chunk { .. } => part.copy(&mut std::io::sink()).map_err(told)?,
        }
    }
    carry::arrived(&desk.place.data, &down.carried)?;
    let known = open.store.read::<_, Fault>(standing::position)?.catalogue;
    if let Some(hash) = down.catalogue.filter(|hash| known != Some(*hash) && !catalogue.is_empty()) {
        taking.taken.catalogue = Some((hash, catalogue));
    }
    taking.end()?;
    Ok(taking.taken)
}

/// Tries again what waits in the box for an earlier courier file, lowest number first.
///
/// # Errors
/// The store's.
pub fn waiting(desk: &Desk, open: &Open) -> Result<Vec<Taken>, Fault> {
    let me = Party::Desk(open.identity().desk);
    let mut ours: Vec<carry::Kept> =
        carry::list(&desk.place.data)?.into_iter().filter(|kept| kept.label.to == me).collect();
    ours.sort_by_key(|kept| kept.label.number);
    let mut done = Vec::new();
    for kept in ours {
        let Ok(file) = File::open(&kept.path) else { continue };
        match take(desk, open, &mut BufReader::new(file)) {
            Ok(taken) if taken.waits => {}
            Ok(taken) => {
                carry::remove(&kept);
                done.push(taken);
            }
            // It became useless meanwhile: of an earlier epoch, or damaged on this disk.
            Err(Fault::Told(problem)) if problem.code.starts_with("pack_") => carry::remove(&kept),
            Err(other) => return Err(other),
        }
    }
    Ok(done)
}

struct Taking<'a> {
    desk: &'a Desk,
    open: &'a Open,
    epoch: Epoch,
    made: Millis,
    taken: Taken,
}

impl Taking<'_> {
    /// Looks whether the file is of this epoch; with a newer one everything begins anew, as on the line.
    fn begin(&self) -> Result<(), Fault> {
        self.open.store.write::<_, Fault>(|w| {
            let heard: Option<Heard> = meta::get_json(w, HEARD)?;
            let word: Option<Millis> = meta::get_json(w, WORD)?;
            let position = standing::position(w)?;
            if epoch_position(&position, self.epoch, self.made, word.max(heard.map(|heard| heard.at)))? {
                standing::start_over(w, self.epoch)?;
            }
            Ok(meta::put_json(w, WORD, &word.unwrap_or(self.made).max(self.made))?)
        })
    }

    /// What the county did with what this desk had sent, and what it tells the desk about itself.
    fn answers(&mut self, down: &Down) -> Result<(), Fault> {
        let identity = self.open.identity();
        for receipts in &down.receipts {
            let Ok(body) = receipts.open(&identity.county_key) else { continue };
            if (body.county, body.desk, body.epoch) == (identity.county, identity.desk, self.epoch) {
                self.receipts(receipts, body.acks)?;
            }
        }
        let arrived = down.answers;
        self.open.store.write::<_, Fault>(|w| {
            for answer in &down.files {
                self.touch_upload(w, answer)?;
            }
            let offered: Option<(Epoch, u64)> = meta::get_json(w, pack::OFFERED)?;
            if offered.is_some_and(|(epoch, number)| epoch == self.epoch && number <= arrived) {
                let position = standing::position(w)?;
                standing::offered(w, true, None)?;
                standing::keep(w, &Position { offering: false, ..position })?;
                meta::remove(w, pack::OFFERED)?;
            }
            Ok(())
        })?;
        self.taken.touched.extend(down.files.iter().map(|answer| answer.case));
        if let Some(renewal) = down.renewal.as_ref().filter(|renewal| self.lasts_longer(renewal)) {
            lease::keep(self.open, renewal.clone())?;
            self.taken.renewed = true;
        }
        Ok(())
    }

    /// An old courier file must not bring an old permission back.
    fn lasts_longer(&self, renewal: &RenewReply) -> bool {
        let identity = self.open.identity();
        let ours = renewal.grants.iter().find(|renewed| renewed.person == self.open.person());
        // Nothing for us: our permission may have been taken back; what was given later stands.
        ours.is_none_or(|renewed| {
            let staff = Staff {
                official: renewed.official.clone(),
                unit: renewed.unit.clone(),
                grant: renewed.grant.clone(),
                taken_back: None,
            };
            grant::ends(&identity, &staff) > grant::ends(&identity, &self.open.staff())
        })
    }

    fn touch_upload(&self, w: &store::Write<'_>, answer: &FileAnswer) -> Result<(), Fault> {
        let open = upload::get(w, answer.case, answer.sha256)?
            .is_some_and(|upload| matches!(upload.state, UploadState::Waiting | UploadState::Sending { .. }));
        if open {
            let state = match &answer.refused {
                None => UploadState::AtCounty,
                Some(code) => UploadState::Refused { code: code.name().to_owned() },
            };
            upload::set(w, answer.case, answer.sha256, &state)?;
        }
        Ok(())
    }

    /// Results under the county's seal. Those of items that no longer wait say nothing new.
    fn receipts(
        &mut self,
        receipts: &SignedReceipts,
        acks: Vec<(ItemId, sync::receipt::Ack)>,
    ) -> Result<(), Fault> {
        let taken = self.open.store.write::<_, Fault>(|w| {
            let mut waiting = Vec::new();
            for (item, ack) in acks {
                if outbox::get(w, item.0)?.is_some() {
                    waiting.push((item, ack));
                }
            }
            if waiting.is_empty() {
                return Ok(None);
            }
            let position = standing::position(w)?;
            let intake = Intake {
                acks: waiting,
                receipts: Some(receipts.clone()),
                ..nothing(self.epoch, self.made, position.cursor)
            };
            Ok(Some(intake::take(w, self.desk, self.open, &intake)?))
        })?;
        if let Some(taken) = taken {
            self.count(taken);
        }
        Ok(())
    }

    /// A range of the county's items. It is used when it begins where this desk stands or before; one that begins later
    /// waits, because a cursor never jumps a gap (ruling 23).
    fn reply(&mut self, after: u64, to: u64, reply: &SyncReply) -> Result<(), Fault> {
        let all = reply.items.len() as u64;
        let taken = self.open.store.write::<_, Fault>(|w| {
            let position = standing::position(w)?;
            if self.taken.waits || after > position.cursor {
                return Ok(None);
            }
            if to <= position.cursor && position.epoch == Some(self.epoch) {
                return Ok(Some(intake::Taken::default()));
            }
            let intake = Intake {
                items: reply.items.clone(),
                withdrawn: reply.withdrawn.clone(),
                ..nothing(self.epoch, self.made, to)
            };
            let taken = intake::take(w, self.desk, self.open, &intake)?;
            let cursor = to.max(position.cursor);
            standing::keep(w, &Position { epoch: Some(self.epoch), cursor, ..position })?;
            Ok(Some(taken))
        })?;
        match taken {
            Some(taken) => {
                self.taken.known += all.saturating_sub(taken.received);
                self.count(taken);
            }
            None => self.taken.waits = true,
        }
        Ok(())
    }

    fn count(&mut self, taken: intake::Taken) {
        self.taken.new += taken.received;
        self.taken.touched.extend(taken.touched);
        self.taken.refused.extend(taken.refused.into_iter().map(|(item, code)| (item.to_string(), code)));
    }

    /// An attached file. It is kept when a case here names it.
    fn file(&mut self, case: CaseId, sha256: Digest, bytes: &[u8]) -> Result<(), Fault> {
        let wanted = self.open.store.read::<_, Fault>(|r| Ok(file::get(r, sha256)?))?;
        if wanted.is_none_or(|row| row.here) {
            return Ok(());
        }
        let mut writer = self.open.store.files().writer(sha256)?;
        writer.write(bytes)?;
        writer.finish()?;
        self.open.store.write::<_, Fault>(|w| Ok(file::set_here(w, sha256, true)?))?;
        self.taken.files += 1;
        self.taken.touched.insert(case);
        Ok(())
    }

    /// The county's clock when it made the file: time that has certainly passed.
    fn end(&self) -> Result<(), Fault> {
        if self.made <= self.desk.clock.now() {
            return Ok(());
        }
        let heard = self.desk.clock.hear(self.made);
        self.open.store.write::<_, Fault>(|w| Ok(meta::put_json(w, HEARD, &heard)?))
    }
}
