//! What befalls disks and logs: power that fails, bits that change, a log that is lost, cases that go and come back, and items
//! of a newer program.

use std::fs;
use std::os::unix::fs::FileExt as _;

use county::database::{case, index, item, meta};
use domain::id::CaseId;
use sync::item::ItemId;

use super::host::{self, Refusal};
use super::plan::Work;
use super::world::World;

/// Bytes of a page of a desk's database.
const PAGE: u64 = 4096;

impl World {
    /// The power of a desk's machine fails while it does something.
    pub(super) async fn power_cut(
        &mut self,
        number: u32,
        at: usize,
        writes: u8,
        work: Option<&Work>,
    ) -> String {
        let at = self.seat(at);
        let told = self.broken_disk(number, at, writes, Refusal::Dead, work).await;
        let folder = self.seats[at].folder.clone();
        self.seats[at].kill();
        format!("{told}, {} writes undone", host::cut_power(&folder))
    }

    /// The power of the county's machine fails while it answers.
    pub(super) async fn county_power_cut(&mut self, at: usize, writes: u8) -> String {
        let told = self.broken_county(at, writes, Refusal::Dead).await;
        self.kill_county();
        let undone = host::cut_power(&self.county_folder());
        self.open_county();
        format!("{told}, {undone} writes undone")
    }

    /// A bit changes on the disk under a desk that is switched off. What was not at the county may lie there.
    pub(super) fn flip_bit(&mut self, at: usize, page: u16) -> String {
        let at = self.seat(at);
        self.seats[at].kill();
        let path = self.seats[at].folder.join("desk.db");
        let file = fs::File::options().read(true).write(true).open(&path).unwrap();
        let pages = file.metadata().unwrap().len() / PAGE;
        if pages < 3 {
            return "too small".to_owned();
        }
        let place = (1 + u64::from(page) % (pages - 1)) * PAGE + u64::from(page) % PAGE;
        let mut byte = [0];
        file.read_exact_at(&mut byte, place).unwrap();
        file.write_all_at(&[byte[0] ^ 1], place).unwrap();
        self.seats[at].damaged = true;
        let kept: Vec<bool> =
            self.ledger.entries.iter().map(|entry| self.county_has(entry.case, &entry.heads)).collect();
        for (entry, kept) in self.ledger.entries.iter_mut().zip(kept) {
            if !kept && entry.seat == at {
                entry.excused.get_or_insert("it may have lain on the damaged page");
            }
        }
        String::new()
    }

    /// Everything but the last entry is gone from the county's log, and nobody is told. It is noticed after a restart: what the
    /// county remembers of its log while it runs is not lost with it.
    pub(super) fn lose_log(&mut self) -> String {
        let lost = self.county().database.write::<_, county::Error>(|write| {
            let last = index::last(write)?;
            index::prune(write, last.saturating_sub(1))?;
            meta::set(write, meta::FLOOR, "0")?;
            Ok(last)
        });
        let lost = lost.unwrap();
        self.kill_county();
        self.open_county();
        lost.to_string()
    }

    fn some_case(&self, case: u16) -> Option<CaseId> {
        let cases = &self.ledger.cases;
        let id = *cases.get(usize::from(case) % cases.len().max(1))?;
        self.kept_at_county(id).map(|_| id)
    }

    /// A newer county has something in a case that this program cannot read.
    pub(super) fn newer(&mut self, number: u32, case: u16) -> String {
        let Some(id) = self.some_case(case) else { return "no case".to_owned() };
        let county = self.county();
        let letter = serde_json::json!({ "case": id, "text": format!("letter {number}") });
        let bytes = sync::wire::to_cbor(&serde_json::json!({ "Letter": letter }));
        let desk = super::check::desk_of(self, 0).first().copied();
        let done = county.database.write::<_, county::Error>(|write| {
            let Some(known) = case::get(write, id)? else { return Ok(()) };
            let Some(desk) = desk else { return Ok(()) };
            let sealed = county.vault.case(id, &known.key)?.seal("item", &bytes)?;
            let name = ItemId::of(&bytes).0.0;
            let seq = item::append(write, &name, item::Kind::Changes, id, &sealed, desk, host::now())?;
            Ok(index::append(write, id, seq)?)
        });
        done.unwrap();
        format!("case {}", self.ledger.ordinal(id))
    }

    /// A case leaves all scopes it is in.
    pub(super) fn leave(&mut self, case: u16) -> String {
        let Some(id) = self.some_case(case) else { return "no case".to_owned() };
        let left = self.county().database.write::<_, county::Error>(|write| {
            let scopes = case::scopes(write, id)?;
            for scope in &scopes {
                index::leave(write, id, scope)?;
            }
            Ok(scopes)
        });
        self.away.entry(id).or_default().extend(left.unwrap());
        self.county().news.everybody();
        format!("case {}", self.ledger.ordinal(id))
    }

    /// A case comes back to where it was.
    pub(super) fn come_back(&mut self, case: u16) -> String {
        let Some(id) = self.some_case(case) else { return "no case".to_owned() };
        let Some(scopes) = self.away.get(&id).cloned() else { return "it never went".to_owned() };
        let back = self.county().database.write::<_, county::Error>(|write| {
            for scope in &scopes {
                index::enter(write, id, scope)?;
            }
            Ok(())
        });
        back.unwrap();
        self.county().news.everybody();
        format!("case {}", self.ledger.ordinal(id))
    }

    /// At the end every case that went is back.
    pub(super) fn all_come_back(&mut self) {
        for case in 0..self.ledger.cases.len() {
            self.come_back(u16::try_from(case).unwrap_or(u16::MAX));
        }
    }
}
