//! A small county with its people: it starts in a folder of its own, and laptops enrol over the loopback.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use county::clock::Clock;
use county::enrol::{CODE_LIFE, MadeCode, NewCode, make_code};
use county::{Config, County, Folder, Running, Setup, start};
use domain::act::{Act, ActKind, Payload};
use domain::answer::{Answer, FieldPath};
use domain::id::{ActId, CaseId, CountyId, DeskId, Digest, PersonId};
use domain::moment::Moment;
use domain::role::Role;
use serde_bytes::ByteBuf;
use sync::act::{ActBody, SignedAct};
use sync::chunk::Chunk;
use sync::client::{self, Client, LinkError, TlsIdentity};
use sync::document::{DocEdit, Document};
use sync::enrol::{EnrolCode, EnrolReply, EnrolRequest};
use sync::item::{Actor, ActorClaim, CaseMeta, Item};
use sync::key::SecretKey;
use sync::receipt::Ack;
use sync::version::SPOKEN;
use sync::wire::{Epoch, SyncReply, SyncRequest};
use tempfile::TempDir;
use uuid::Uuid;

pub const COUNTY: &str = "131099";
pub const TOWNSHIP: &str = "131099100";
pub const VILLAGE: &str = "131099100201";
pub const OTHER_VILLAGE: &str = "131099101202";

/// The day all stories begin: 5 January 2026.
pub const START: i64 = 1_767_571_200_000;

pub struct Town {
    pub dir: TempDir,
    pub time: Arc<AtomicI64>,
    pub running: Running,
}

pub fn random<const N: usize>() -> [u8; N] {
    county::random::bytes().unwrap()
}

fn clock(time: &Arc<AtomicI64>) -> Clock {
    let time = time.clone();
    Arc::new(move || time.load(Ordering::SeqCst))
}

pub fn moment() -> Moment {
    Moment { device: START, zone: 480, boot: [1; 16], monotonic: 1, county: None }
}

async fn open(dir: &Path, time: &Arc<AtomicI64>) -> Running {
    let any = "127.0.0.1:0".parse().unwrap();
    start(Config { folder: Folder::at(dir), listen: any, ops: any, clock: clock(time) }).await.unwrap()
}

impl Town {
    pub async fn begin() -> Town {
        Town::begin_at(START).await
    }

    pub async fn begin_at(moment: i64) -> Town {
        let dir = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicI64::new(moment));
        let setup = Setup {
            region: COUNTY.parse().unwrap(),
            name: "示范县".into(),
            address: "127.0.0.1:8443".into(),
        };
        County::create(&Folder::at(dir.path()), &setup, &clock(&time)).await.unwrap();
        let running = open(dir.path(), &time).await;
        Town { dir, time, running }
    }

    pub fn county(&self) -> &Arc<County> {
        &self.running.county
    }

    pub fn later(&self, millis: i64) {
        self.time.fetch_add(millis, Ordering::SeqCst);
    }

    pub async fn restart(self) -> Town {
        let Town { dir, time, running } = self;
        running.stop().await;
        Town::reopen(dir, time).await
    }

    pub async fn reopen(dir: TempDir, time: Arc<AtomicI64>) -> Town {
        let running = open(dir.path(), &time).await;
        Town { dir, time, running }
    }

    pub fn code(&self, name: &str, unit: &str, roles: &[Role]) -> MadeCode {
        let new = NewCode {
            unit: unit.parse().unwrap(),
            unit_name: None,
            villages: Vec::new(),
            roles: roles.to_vec(),
            name: name.into(),
            address: Some(self.running.addr.to_string()),
            life: CODE_LIFE,
        };
        make_code(self.county(), &new).unwrap()
    }

    pub async fn laptop(&self, name: &str, unit: &str, roles: &[Role]) -> Laptop {
        Laptop::enrol(self, &self.code(name, unit, roles).code).await.unwrap()
    }

    pub async fn agent(&self) -> Laptop {
        self.laptop("王秀兰", VILLAGE, &[Role::VillageAgent]).await
    }

    pub async fn clerk(&self) -> Laptop {
        self.laptop("李建国", TOWNSHIP, &[Role::TownshipClerk]).await
    }

    pub fn audit(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        self.county()
            .database
            .read::<_, county::Error>(|view| {
                county::database::audit::walk(view, |row| {
                    kinds.push(row.kind);
                    true
                })?;
                Ok(())
            })
            .unwrap();
        kinds
    }
}

/// What a machine brings to its enrolment.
pub struct Machine {
    pub tls: Vec<u8>,
    pub csr: Vec<u8>,
    pub device_seed: [u8; 32],
    pub person_seed: [u8; 32],
}

impl Machine {
    pub fn new() -> Machine {
        let key = rcgen::KeyPair::generate().unwrap();
        let csr = rcgen::CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
        Machine { tls: key.serialize_der(), csr, device_seed: random(), person_seed: random() }
    }

    pub fn request(&self, code: &EnrolCode, desk: Option<DeskId>) -> EnrolRequest {
        EnrolRequest {
            secret: code.secret,
            csr_der: self.csr.clone(),
            device_key: SecretKey::from_seed(&self.device_seed).public(),
            person_key: SecretKey::from_seed(&self.person_seed).public(),
            desk,
            clock: moment(),
        }
    }
}

pub struct Laptop {
    pub county: CountyId,
    pub epoch: Epoch,
    pub desk: DeskId,
    pub person: PersonId,
    pub unit: String,
    pub name: String,
    pub role: Role,
    pub device: SecretKey,
    pub seal: SecretKey,
    pub actor: Actor,
    pub identity: TlsIdentity,
    pub client: Client,
    pub counter: u64,
    pub cursor: u64,
    pub reply: EnrolReply,
    pub machine: Machine,
}

impl Laptop {
    pub async fn enrol(town: &Town, code: &EnrolCode) -> Result<Laptop, LinkError> {
        let machine = Machine::new();
        let reply = client::enrol(code, &machine.request(code, None)).await?;
        let identity = TlsIdentity {
            ca_der: reply.ca_der.clone(),
            cert_der: reply.client_cert_der.clone(),
            key_der: machine.tls.clone(),
        };
        Ok(Laptop {
            county: reply.county,
            epoch: reply.epoch,
            desk: reply.desk,
            person: reply.person,
            unit: reply.unit.code.to_string(),
            name: reply.official.name.clone(),
            role: reply.official.roles[0],
            device: SecretKey::from_seed(&machine.device_seed),
            seal: SecretKey::from_seed(&machine.person_seed),
            actor: Actor(random()),
            client: line(town, &identity),
            identity,
            counter: 0,
            cursor: 0,
            reply,
            machine,
        })
    }

    pub fn claim(&self) -> ActorClaim {
        ActorClaim {
            actor: self.actor,
            desk: self.desk,
            person: self.person,
            name: self.name.clone(),
            unit: self.unit.parse().unwrap(),
        }
    }

    pub fn chunk(&mut self, items: &[Item]) -> Chunk {
        self.grouped(items, Vec::new())
    }

    pub fn grouped(&mut self, items: &[Item], groups: Vec<Vec<u16>>) -> Chunk {
        self.counter += 1;
        let items = items.iter().map(Item::to_bytes).collect();
        Chunk::seal(self.county, self.desk, self.counter, items, vec![self.claim()], groups, &self.device)
    }

    pub fn request(&self, chunk: Option<Chunk>) -> SyncRequest {
        SyncRequest {
            protocol: SPOKEN,
            desk: self.desk,
            epoch: Some(self.epoch),
            cursor: self.cursor,
            chunk,
            adopt: Vec::new(),
            offer: Vec::new(),
            digests: None,
            compare: None,
            want: 1024 * 1024,
            catalogue: None,
            wait: false,
        }
    }

    pub async fn send(&mut self, chunk: Chunk) -> SyncReply {
        self.client.sync(SPOKEN.max, &self.request(Some(chunk))).await.unwrap().0
    }

    /// Sends items and gives the results in their order.
    pub async fn push(&mut self, items: &[Item]) -> Vec<Ack> {
        let chunk = self.chunk(items);
        let reply = self.send(chunk).await;
        self.results(&reply)
    }

    pub fn results(&self, reply: &SyncReply) -> Vec<Ack> {
        let body = reply.receipts.as_ref().unwrap().open(&self.reply.county_key).unwrap();
        assert_eq!((body.county, body.desk), (self.county, self.desk));
        body.acks.into_iter().map(|(_, ack)| ack).collect()
    }

    /// Reads everything new.
    pub async fn pull(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            let reply = self.client.sync(SPOKEN.max, &self.request(None)).await.unwrap().0;
            items.extend(reply.items.iter().map(|numbered| Item::from_bytes(&numbered.item).unwrap()));
            self.cursor = reply.cursor;
            if !reply.more {
                return items;
            }
        }
    }

    pub fn act(&self, case: CaseId, kind: ActKind, payload: Payload, heads: Vec<Digest>) -> Item {
        let act = Act {
            id: ActId(Uuid::from_bytes(random())),
            case,
            kind,
            by: self.person,
            unit: self.unit.parse().unwrap(),
            role: self.role,
            payload,
        };
        self.sealed(act, heads)
    }

    pub fn sealed(&self, act: Act, heads: Vec<Digest>) -> Item {
        let body = ActBody { county: self.county, desk: self.desk, act, heads, moment: moment() };
        Item::Act(SignedAct::sign(&body, &self.seal, &self.device))
    }

    pub fn submit(&self, paper: &Paper) -> Item {
        self.act(paper.case, ActKind::Submit, Payload::default(), paper.document.heads())
    }
}

pub fn line(town: &Town, identity: &TlsIdentity) -> Client {
    let time = town.time.clone();
    let clock = client::Clock(move || time.load(Ordering::SeqCst));
    Client::new(identity, &town.running.addr.to_string(), Arc::new(clock)).unwrap()
}

/// A case as it is filled in at a kitchen table.
pub struct Paper {
    pub case: CaseId,
    pub meta: CaseMeta,
    pub document: Document,
}

pub fn answer(question: &str, value: &str) -> DocEdit {
    DocEdit::SetAnswer { field: FieldPath::plain(question), answer: Answer::stated(value) }
}

impl Paper {
    pub fn begin(laptop: &Laptop, name: &str) -> Paper {
        let mut document = Document::begin(laptop.actor).unwrap();
        document.edit(&[answer("applicant_name", name)], START).unwrap();
        let unit: domain::region::RegionCode = laptop.unit.parse().unwrap();
        let meta = CaseMeta {
            item: "000000000101".into(),
            release: 1,
            village: unit.clone(),
            unit,
            form: Digest([7; 32]),
        };
        Paper { case: CaseId(Uuid::from_bytes(random())), meta, document }
    }

    pub fn whole(&self) -> Item {
        Item::Document {
            case: self.case,
            meta: self.meta.clone(),
            bytes: ByteBuf::from(self.document.save()),
            heads: self.document.heads(),
            moment: moment(),
        }
    }

    /// The changes since `base`.
    pub fn since(&self, base: &[Digest]) -> Item {
        Item::Changes {
            case: self.case,
            base: base.to_vec(),
            changes: self.document.changes_since(base).into_iter().map(ByteBuf::from).collect(),
            heads: self.document.heads(),
            moment: moment(),
        }
    }

    /// The same case as another laptop holds it.
    pub fn taken_by(&self, laptop: &Laptop) -> Paper {
        let document = Document::load(&self.document.save(), laptop.actor).unwrap();
        Paper { case: self.case, meta: self.meta.clone(), document }
    }
}

pub fn refused(ack: &Ack) -> &str {
    match ack {
        Ack::Refused { code } => code.name(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub fn stored(ack: &Ack) -> u64 {
    match ack {
        Ack::Stored { seq } => *seq,
        other => panic!("expected to be stored, got {other:?}"),
    }
}
