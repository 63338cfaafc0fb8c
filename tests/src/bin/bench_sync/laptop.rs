//! A laptop whose outbox is full: applications are written into its encrypted store by the code the desk writes with,
//! many in one transaction, because a quarter of a million single saves are not what is measured here.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use county::enrol::{CODE_LIFE, NewCode};
use county::{County, Folder};
use desk::dispatch::ask;
use desk::syncing::drive::Drive;
use desk::{Desk, Machine, Place};
use domain::answer::{Answer, FieldPath};
use domain::id::{CaseId, Digest, RowId};
use domain::moment::{CountyTime, Millis, Moment};
use domain::region::RegionCode;
use domain::role::Role;
use ipc::account::{DeskState, DeskView, Enrol};
use scenarios::county::region;
use scenarios::desk::PASSWORD;
use serde_json::Value;
use store::table::{actor, catalogue, change, document, outbox};
use store::{Cost, Read, Write};
use sync::document::{DocEdit, Document};
use sync::item::{Actor, CaseMeta, Item, ItemId};
use sync::session::{Effect, Event, Report};
use sync::wire::to_cbor;

use crate::applications::{Application, Entry, Step};

/// Cases written in one transaction.
const TOGETHER: usize = 100;
const ITEM: &str = scenarios::answers::GAOLING;

/// Somebody's laptop.
pub struct Laptop {
    pub desk: Arc<Desk>,
    view: DeskView,
    actor: Actor,
    dice: fastrand::Rng,
    begun: Instant,
}

/// A one-time code that leads to the county over `address`.
pub fn code(county: &Path, name: &str, unit: &str, address: &str) -> String {
    code_of(county, name, unit, None, address)
}

/// The same for a unit that the county does not have yet.
pub fn code_in(county: &Path, name: &str, unit: &str, called: &str, address: &str) -> String {
    code_of(county, name, unit, Some(called.to_owned()), address)
}

fn code_of(county: &Path, name: &str, unit: &str, unit_name: Option<String>, address: &str) -> String {
    let county = County::open(Folder::at(county), county::clock::machine()).unwrap();
    let new = NewCode {
        unit: region(unit),
        unit_name,
        villages: Vec::new(),
        roles: vec![Role::VillageAgent],
        name: name.to_owned(),
        address: Some(address.to_owned()),
        life: CODE_LIFE,
    };
    county::enrol::make_code(&county, &new).unwrap().code.to_string()
}

impl Laptop {
    /// Enrols a laptop in `folder`.
    pub async fn enrol(folder: &Path, code: String, seed: u64) -> Laptop {
        Laptop::enrol_on(Machine::default(), folder, code, seed).await
    }

    /// The same on a machine with a line of its own.
    pub async fn enrol_on(machine: Machine, folder: &Path, code: String, seed: u64) -> Laptop {
        let place = Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS };
        let desk = Desk::open_on(machine, place).unwrap();
        ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
        let mut dice = fastrand::Rng::with_seed(seed);
        let actor = Actor(std::array::from_fn(|_| dice.u8(..)));
        let view = ask(&desk, DeskState {}).await.unwrap();
        let laptop = Laptop { desk, view, actor, dice, begun: Instant::now() };
        // The catalogue comes with the first exchange.
        desk::syncing::exchange(&laptop.desk, true).await.unwrap();
        laptop.exchange(&mut Drive::begin(&laptop.desk).await.unwrap()).await;
        laptop
    }

    fn unit(&self) -> RegionCode {
        self.view.unit.as_ref().unwrap().code.clone()
    }

    fn id(&mut self, at: Millis) -> uuid::Uuid {
        let random: [u8; 10] = std::array::from_fn(|_| self.dice.u8(..));
        uuid::Builder::from_unix_timestamp_millis(at.unsigned_abs(), &random).into_uuid()
    }

    fn moment(&mut self, at: Millis) -> Moment {
        let heard = CountyTime { at: 1_767_225_600_000, heard: 60_000 };
        let monotonic = (at - heard.at).unsigned_abs() + self.dice.u64(..1_000);
        Moment { device: at, zone: 480, boot: self.actor.0, monotonic, county: Some(heard) }
    }

    /// Exchanges until nothing is left, over the line that `drive` has open.
    pub async fn exchange(&self, drive: &mut Drive) {
        let last = self.try_exchange(drive).await;
        assert!(matches!(last, Some(Report::UpToDate(_))), "the exchange ended with {last:?}");
    }

    /// The same, coming again as often and as late as the county asks. Gives how often that was.
    pub async fn exchange_patiently(&self, drive: &mut Drive) -> u64 {
        let mut again = 0;
        loop {
            match self.try_exchange(drive).await {
                Some(Report::UpToDate(_)) => return again,
                Some(Report::Waiting(_)) => again += 1,
                other => panic!("the exchange ended with {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(500 + self.dice.clone().u64(..1_000))).await;
        }
    }

    async fn try_exchange(&self, drive: &mut Drive) -> Option<Report> {
        let mut events = vec![Event::Start];
        let mut last = None;
        while let Some(event) = events.pop() {
            let now = Millis::try_from(self.begun.elapsed().as_millis()).unwrap();
            for effect in drive.step(now, event) {
                if let Effect::Report(report) = &effect {
                    last = Some(report.clone());
                }
                events.extend(drive.perform(effect).await);
            }
        }
        last
    }

    /// Fills the outbox with new cases. Gives their ids.
    pub async fn fill(&mut self, applications: &[Application]) -> Vec<CaseId> {
        let drive = Drive::begin(&self.desk).await.unwrap();
        let mut cases = Vec::new();
        for some in applications.chunks(TOGETHER) {
            let papers: Vec<(CaseId, Document, Millis)> = some
                .iter()
                .map(|application| {
                    let begun = application.steps[0].at * 1_000;
                    let mut paper = Document::begin(self.actor).unwrap();
                    for step in &application.steps {
                        paper.edit(&self.edits(step), step.at * 1_000).unwrap();
                    }
                    let last = application.steps[application.steps.len() - 1].at * 1_000;
                    (CaseId(self.id(begun)), paper, last)
                })
                .collect();
            cases.extend(papers.iter().map(|(case, ..)| *case));
            drive.store().write::<_, store::StoreError>(|w| self.put(w, &papers)).unwrap();
        }
        drop(drive);
        desk::index::rebuild(&self.desk).await.unwrap();
        cases
    }

    fn put(&mut self, w: &Write<'_>, papers: &[(CaseId, Document, Millis)]) -> Result<(), store::StoreError> {
        self.put_actor(w)?;
        let meta = self.meta(w)?;
        for (case, paper, at) in papers {
            let heads = paper.heads();
            let bytes = serde_bytes::ByteBuf::from(paper.save());
            let row = document::Document {
                case: *case,
                release: meta.release,
                meta: to_cbor(&meta),
                snapshot: paper.save(),
                heads: raw(&heads),
                acked_heads: Vec::new(),
            };
            document::insert(w, &row)?;
            let moment = self.moment(*at);
            let item = Item::Document { case: *case, meta: meta.clone(), bytes, heads, moment };
            self.queue(w, *case, outbox::ItemKind::Document, &item, *at)?;
        }
        Ok(())
    }

    /// Adds a step to each of these cases.
    pub async fn change(&mut self, steps: &[(CaseId, Step)]) {
        let drive = Drive::begin(&self.desk).await.unwrap();
        let changed = drive.store().write::<_, store::StoreError>(|w| {
            self.put_actor(w)?;
            for (case, step) in steps {
                let mut paper = self.paper(w, *case)?;
                let base = paper.heads();
                let at = step.at * 1_000;
                paper.edit(&self.edits(step), at).unwrap();
                let changes = paper.changes_since(&base);
                change::append(w, *case, &changes[0])?;
                document::set_heads(w, *case, &raw(&paper.heads()))?;
                let changes = changes.into_iter().map(serde_bytes::ByteBuf::from).collect();
                let (heads, moment) = (paper.heads(), self.moment(at));
                let item = Item::Changes { case: *case, base, changes, heads, moment };
                self.queue(w, *case, outbox::ItemKind::Changes, &item, at)?;
            }
            Ok(())
        });
        changed.unwrap();
    }

    /// Where each of these cases stands here; nothing for a case that is not here.
    pub async fn heads(&self, cases: &[CaseId]) -> Vec<Option<Vec<[u8; 32]>>> {
        let drive = Drive::begin(&self.desk).await.unwrap();
        let read = drive.store().read::<_, store::StoreError>(|r| {
            cases.iter().map(|case| Ok(document::heads(r, *case)?.map(|stands| stands.heads))).collect()
        });
        read.unwrap()
    }

    fn paper(&self, r: &Read<'_>, case: CaseId) -> Result<Document, store::StoreError> {
        let row = document::get(r, case)?.unwrap();
        let mut paper = Document::load(&row.snapshot, self.actor).unwrap();
        paper.apply(&change::tail(r, case)?).unwrap();
        Ok(paper)
    }

    fn queue(
        &self,
        w: &Write<'_>,
        case: CaseId,
        kind: outbox::ItemKind,
        item: &Item,
        at: Millis,
    ) -> Result<(), store::StoreError> {
        let bytes = item.to_bytes();
        let person = self.view.me.as_ref().unwrap().person;
        let row = outbox::NewItem { item: ItemId::of(&bytes).0, case, person, kind, lane: 1, bytes };
        outbox::put(w, &[row], at)
    }

    fn put_actor(&self, w: &Write<'_>) -> Result<(), store::StoreError> {
        let me = self.view.me.as_ref().unwrap();
        let row = actor::Actor {
            actor: self.actor.0.to_vec(),
            desk: self.view.desk.unwrap(),
            person: me.person,
            name: me.name.clone(),
            unit: self.unit(),
        };
        actor::put(w, &row).map(drop)
    }

    fn meta(&self, r: &Read<'_>) -> Result<CaseMeta, store::StoreError> {
        let release = catalogue::current(r)?.unwrap();
        let row = catalogue::items(r, release)?.into_iter().find(|row| row.code == ITEM).unwrap();
        Ok(CaseMeta {
            item: ITEM.to_owned(),
            release,
            village: self.unit(),
            unit: self.unit(),
            form: row.digest,
        })
    }

    fn edits(&mut self, step: &Step) -> Vec<DocEdit> {
        let mut edits = Vec::new();
        for entry in &step.entries {
            match entry {
                Entry::Set(name, value) => put_plain(name, value, &mut edits),
                Entry::Push(list, value) => {
                    let row = RowId(self.id(step.at * 1_000));
                    edits.push(DocEdit::AddRow { repeat: (*list).to_owned(), row });
                    for (key, value) in value.as_object().unwrap() {
                        edits.push(put(FieldPath::in_row(*list, row, key.clone()), value));
                    }
                }
            }
        }
        edits
    }
}

fn raw(heads: &[Digest]) -> Vec<[u8; 32]> {
    heads.iter().map(|head| head.0).collect()
}

fn put_plain(name: &str, value: &Value, edits: &mut Vec<DocEdit>) {
    match value {
        Value::Object(values) => {
            values.iter().for_each(|(key, value)| put_plain(&format!("{name}_{key}"), value, edits));
        }
        Value::Null => {}
        value => edits.push(put(FieldPath::plain(name), value)),
    }
}

fn put(field: FieldPath, value: &Value) -> DocEdit {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    DocEdit::SetAnswer { field, answer: Answer::stated(text) }
}
