//! The course of a synchronisation: what to do next, given what just happened. It neither waits nor sends by itself.
//!
//! The driver tells [`Session::step`] what happened and does, in order, what it gets back. Nothing counts as sent before
//! the county's sealed receipt for that very item was stored; nothing is asked for again once it was stored.

mod compare;
mod pace;
mod report;

use std::collections::BTreeSet;

use domain::id::{CaseId, CountyId, DeskId, Digest};
use domain::moment::Millis;

use crate::digest::{Compared, Digests};
use crate::item::ItemId;
use crate::key::PublicKey;
use crate::receipt::{Ack, SignedReceipts};
use crate::refusal::Code;
use crate::retry;
use crate::session::compare::Compare;
pub use crate::session::compare::{Comparing, Kept};
pub use crate::session::pace::{Pace, Traffic};
pub use crate::session::report::{Failure, Report};
use crate::version::SPOKEN;
use crate::wire::{Epoch, NewInstance, Numbered, SyncReply};

/// Milliseconds under which an empty answer to a waiting request was not held back.
const HASTY: Millis = 1_000;
/// Most milliseconds between two requests to a county that does not hold answers back. The first of them comes at once: a
/// county that is stopping lets all waiting requests go.
const POLL: Millis = 15_000;

/// Where a desk stands with its county. Stored by the desk; every change of it comes as an [`Effect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Epoch the cursor belongs to; none before the first exchange.
    pub epoch: Option<Epoch>,
    /// Last number of the county that was stored.
    pub cursor: u64,
    /// Whether items acknowledged in an earlier epoch still have to be offered again.
    pub offering: bool,
    /// Hash of the catalogue's timestamp.json that was fetched.
    pub catalogue: Option<Digest>,
    /// The version that the county spoke last with this desk; the oldest before the first exchange.
    pub protocol: u16,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody wants a synchronisation now, or a network appeared. Ends every wait and lifts every stop.
    Start,
    /// Something new waits to be sent.
    OutboxChanged,
    /// The time named by [`Effect::NextTry`] has come.
    Timer,
    /// The county answered the request of the last [`Effect::Send`].
    Answered {
        /// Its answer.
        reply: Box<SyncReply>,
        /// What the request had carried.
        sent: Sent,
    },
    /// There is no usable answer to the last [`Effect::Send`] or [`Effect::Renew`].
    Failed(Failure),
    /// The waiting request was given up, as [`Effect::StopWaiting`] asked.
    Stopped,
    /// The last [`Effect::Store`] or [`Effect::ReOffer`] is durable, and this is what it showed.
    Stored(Kept),
    /// The last [`Effect::Store`] or [`Effect::ReOffer`] could not be made durable; nothing of it was kept.
    StoreFailed,
    /// A new certificate was fetched and stored.
    Renewed,
    /// The catalogue of that timestamp was fetched, verified and stored.
    CatalogueStored(Digest),
}

/// What a request had carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// The items of its chunk, in order.
    pub items: Vec<ItemId>,
    /// Whether the outbox holds more than that.
    pub left: bool,
    /// Whether there is more to offer again.
    pub offers_left: bool,
    /// Bytes and time it took.
    pub traffic: Traffic,
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Build a request and send it; then tell [`Event::Answered`] or [`Event::Failed`].
    Send(Ask),
    /// Give up the waiting request in flight (it carries nothing); then tell [`Event::Stopped`].
    StopWaiting,
    /// Store all of this in one transaction; then tell [`Event::Stored`] or [`Event::StoreFailed`].
    Store(Box<Intake>),
    /// Store, in one transaction, this epoch, cursor 0, and that every acknowledged item of the re-offer window has to be
    /// offered again; then tell [`Event::Stored`] or [`Event::StoreFailed`].
    ReOffer {
        /// The county's epoch.
        epoch: Epoch,
    },
    /// Fetch the catalogue beside the synchronisation; then tell [`Event::CatalogueStored`], or nothing.
    FetchCatalogue(Digest),
    /// Ask for a new certificate; then tell [`Event::Renewed`] or [`Event::Failed`].
    Renew,
    /// Wake up at that time with [`Event::Timer`]. Replaces an earlier one.
    NextTry(Millis),
    /// For the people in front of the screen.
    Report(Report),
}

/// What a request shall carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Most bytes of a chunk, compressed. Zero: no chunk.
    pub budget: u32,
    /// Most bytes wanted back.
    pub want: u32,
    /// Epoch to name.
    pub epoch: Option<Epoch>,
    /// Cursor to name.
    pub cursor: u64,
    /// Catalogue timestamp to name.
    pub catalogue: Option<Digest>,
    /// Whether to add receipts to adopt and names of items to offer again.
    pub offer: bool,
    /// Whether the county may hold its answer back. A waiting request never carries a chunk.
    pub wait: bool,
    /// What to compare. Such a request carries no chunk.
    pub compare: Option<Comparing>,
    /// The version in which to say it.
    pub protocol: u16,
}

/// What came in and has to be stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The county's epoch.
    pub epoch: Epoch,
    /// The version it spoke.
    pub protocol: u16,
    /// The county's clock.
    pub time: Millis,
    /// The new cursor.
    pub cursor: u64,
    /// Results for items that were sent. Those that are final leave the outbox.
    pub acks: Vec<(ItemId, Ack)>,
    /// The county's seal on these results.
    pub receipts: Option<SignedReceipts>,
    /// Acknowledged items that the county has lost: they go back into the outbox.
    pub unknown: Vec<ItemId>,
    /// Whether everything was offered again.
    pub offered: bool,
    /// Items from the county, in its order.
    pub items: Vec<Numbered>,
    /// Cases this desk may no longer see. Unsent work on them is kept.
    pub withdrawn: Vec<CaseId>,
    /// Sums over the scope, to compare with what the desk holds after storing.
    pub digests: Option<Digests>,
    /// What the county found different, and how it knows the cases that were asked for.
    pub compared: Option<Compared>,
    /// Who this desk is from now on, if it was a copy.
    pub instance: Option<NewInstance>,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// Nothing to do until something happens.
    Idle,
    /// A request is in flight; `waiting` when the county may hold its answer back.
    Asking { waiting: bool },
    /// An intake is being stored.
    Storing { next: Box<Stored> },
    /// A certificate is being renewed.
    Renewing,
    /// Nothing will help but a person.
    Halted,
}

/// What holds once an intake is durable.
#[derive(Debug, Clone, PartialEq)]
struct Stored {
    position: Position,
    desk: DeskId,
    time: Millis,
    again: bool,
    pause: Option<Millis>,
    /// Whether the county did not hold back an empty answer as it was asked to: ask again only after a while. None when it
    /// was not asked to.
    hasty: Option<bool>,
    catalogue: Option<Digest>,
    /// Whether more differs than the county listed.
    left: bool,
}

/// One synchronisation partner's course. Holds a few numbers, whatever the desk holds.
#[derive(Debug, Clone)]
pub struct Session {
    county: CountyId,
    county_key: PublicKey,
    desk: DeskId,
    position: Position,
    live: bool,
    phase: Phase,
    pace: Pace,
    failures: u32,
    /// Empty answers in a row that were not held back.
    hasty: u32,
    dirty: bool,
    random: u64,
    compare: Compare,
}

impl Session {
    /// A session that continues at `position`. `live`: keep a waiting request at the county when all is exchanged.
    /// `random`: any random number, for the lengths of waits.
    pub fn new(
        county: CountyId,
        county_key: PublicKey,
        desk: DeskId,
        position: Position,
        live: bool,
        random: u64,
    ) -> Session {
        let pace = Pace::default();
        Session {
            county,
            county_key,
            desk,
            position,
            live,
            phase: Phase::Idle,
            pace,
            failures: 0,
            hasty: 0,
            dirty: true,
            random,
            compare: Compare::default(),
        }
    }

    /// Where the desk stands.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Who this desk is; changes when it was found to be a copy.
    pub fn desk(&self) -> DeskId {
        self.desk
    }

    /// What to do next, given what happened at `now` (any clock that does not jump).
    pub fn step(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        match (event, self.phase.clone()) {
            (Event::Start, Phase::Idle | Phase::Halted) => {
                self.failures = 0;
                self.ask(false)
            }
            (Event::OutboxChanged, Phase::Idle) if self.failures == 0 => self.ask(false),
            (Event::Start | Event::OutboxChanged, phase) => {
                self.dirty = true;
                if phase == (Phase::Asking { waiting: true }) {
                    vec![Effect::StopWaiting]
                } else {
                    Vec::new()
                }
            }
            (Event::Timer, Phase::Idle) => self.ask(false),
            (Event::Answered { reply, sent }, Phase::Asking { waiting }) => {
                self.answered(now, *reply, sent, waiting)
            }
            (Event::Failed(failure), Phase::Asking { .. } | Phase::Renewing) => self.failed(now, failure),
            (Event::Stopped, Phase::Asking { waiting: true }) => self.ask(false),
            (Event::Stored(kept), Phase::Storing { next }) => self.stored(now, *next, kept),
            (Event::StoreFailed, Phase::Storing { .. }) => {
                self.compare.again();
                let mut effects = vec![Effect::Report(Report::CannotSave)];
                effects.extend(self.pause(now, None));
                effects
            }
            (Event::Renewed, Phase::Renewing) => self.ask(false),
            (Event::CatalogueStored(hash), phase) => {
                self.position.catalogue = Some(hash);
                // The county answers at once whoever names another catalogue: from now on it may hold back its answer.
                match phase {
                    Phase::Asking { waiting: true } => vec![Effect::StopWaiting],
                    Phase::Idle if self.live && self.failures == 0 => self.ask(false),
                    _ => Vec::new(),
                }
            }
            // What belongs to a request or an intake of the past changes nothing.
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, wait: bool) -> Vec<Effect> {
        self.phase = Phase::Asking { waiting: wait };
        // Receipts are adopted before anything else (ruling 9): no chunk while there is something to offer again.
        let compare = if wait || self.position.offering { None } else { self.compare.next.take() };
        self.compare.asked = compare;
        let idle = wait || self.position.offering || compare.is_some();
        let budget = if idle { 0 } else { self.pace.up() };
        self.dirty = self.dirty && budget == 0;
        let ask = Ask {
            budget,
            want: self.pace.down(),
            epoch: self.position.epoch,
            cursor: self.position.cursor,
            catalogue: self.position.catalogue,
            offer: self.position.offering,
            wait,
            compare,
            protocol: self.position.protocol,
        };
        let mut effects = vec![Effect::Send(ask)];
        if !wait {
            effects.push(Effect::Report(Report::Working));
        }
        effects
    }

    fn answered(&mut self, now: Millis, reply: SyncReply, sent: Sent, waited: bool) -> Vec<Effect> {
        let restored = self.position.epoch.is_some_and(|epoch| epoch != reply.epoch);
        if restored || reply.cursor < self.position.cursor {
            return self.start_over(reply);
        }
        let acks = match &reply.receipts {
            None => Vec::new(),
            Some(receipts) => match receipts.open(&self.county_key) {
                Ok(body) if (body.county, body.desk, body.epoch) == (self.county, self.desk, reply.epoch) => {
                    body.acks
                }
                _ => return self.failed(now, Failure::StrangeAnswer),
            },
        };
        let ours: BTreeSet<ItemId> = sent.items.iter().copied().collect();
        let acks: Vec<(ItemId, Ack)> = acks.into_iter().filter(|(item, _)| ours.contains(item)).collect();
        self.pace.learn(sent.traffic);
        self.failures = 0;

        let final_acks = acks.iter().filter(|(_, ack)| ack.is_final()).count();
        let moved = final_acks > 0 || reply.cursor > self.position.cursor || reply.instance.is_some();
        let unfinished = sent.left || final_acks < sent.items.len() || !reply.unknown.is_empty();
        let offering = self.position.offering && sent.offers_left;
        let was_offering = self.position.offering;
        let desk = reply.instance.as_ref().map_or(self.desk, |instance| instance.desk);
        let position = Position {
            epoch: Some(reply.epoch),
            cursor: reply.cursor,
            offering,
            catalogue: self.position.catalogue,
            protocol: spoken(&reply),
        };
        let asked_to_wait = acks.iter().filter_map(|(_, ack)| match ack {
            Ack::Later { after, .. } => Some(*after),
            _ => None,
        });
        let next = Stored {
            position,
            desk,
            time: reply.time,
            again: reply.more || was_offering || (unfinished && moved),
            pause: if unfinished && !moved { Some(asked_to_wait.max().unwrap_or(0)) } else { None },
            hasty: waited.then_some(!moved && sent.traffic.elapsed < HASTY),
            catalogue: reply.catalogue.filter(|hash| Some(*hash) != self.position.catalogue),
            left: reply.compared.as_ref().is_some_and(|compared| compared.left),
        };
        self.phase = Phase::Storing { next: Box::new(next) };
        vec![Effect::Store(Box::new(Intake {
            protocol: spoken(&reply),
            epoch: reply.epoch,
            time: reply.time,
            cursor: reply.cursor,
            acks,
            receipts: reply.receipts,
            unknown: reply.unknown,
            offered: was_offering && !offering,
            items: reply.items,
            withdrawn: reply.withdrawn,
            digests: reply.digests,
            compared: reply.compared,
            instance: reply.instance,
        }))]
    }

    /// The county does not remember what this desk remembers: everything is offered again, nothing else of the answer is
    /// used.
    fn start_over(&mut self, reply: SyncReply) -> Vec<Effect> {
        let position = Position {
            epoch: Some(reply.epoch),
            cursor: 0,
            offering: true,
            catalogue: self.position.catalogue,
            protocol: spoken(&reply),
        };
        let next = Stored {
            position,
            desk: self.desk,
            time: reply.time,
            again: true,
            pause: None,
            hasty: None,
            catalogue: None,
            left: false,
        };
        // What both sides have is found by comparing; the county's whole log is not read again.
        self.compare = Compare::from_the_start();
        self.phase = Phase::Storing { next: Box::new(next) };
        vec![Effect::Report(Report::NewEpoch), Effect::ReOffer { epoch: reply.epoch }]
    }

    fn stored(&mut self, now: Millis, next: Stored, kept: Kept) -> Vec<Effect> {
        // What the county lacks waits in the outbox now.
        self.dirty |= self.compare.seen(now, next.left, kept);
        self.position = Position { catalogue: self.position.catalogue, ..next.position };
        self.desk = next.desk;
        let mut effects: Vec<Effect> = next.catalogue.map(Effect::FetchCatalogue).into_iter().collect();
        if next.again || self.dirty || self.compare.next.is_some() {
            effects.extend(self.ask(false));
        } else if let Some(after) = next.pause {
            effects.extend(self.pause(now, Some(after)));
        } else {
            effects.push(Effect::Report(Report::UpToDate(next.time)));
            self.phase = Phase::Idle;
            match next.hasty {
                Some(true) => self.hasty = self.hasty.saturating_add(1),
                Some(false) => self.hasty = 0,
                None => {}
            }
            if self.live && next.hasty == Some(true) {
                let wait = retry::wait(self.hasty, self.jitter()).min(POLL);
                effects.push(Effect::NextTry(now.saturating_add(wait)));
            } else if self.live {
                effects.extend(self.ask(true));
            }
        }
        effects
    }

    fn failed(&mut self, now: Millis, failure: Failure) -> Vec<Effect> {
        self.compare.again();
        self.pace.lost();
        match failure {
            // A county of before its last update: it is asked again as every county understands it.
            Failure::Refused(Code::UnknownDictionary | Code::Malformed)
                if self.position.protocol > SPOKEN.min =>
            {
                self.position.protocol = SPOKEN.min;
                self.ask(false)
            }
            Failure::CertificateExpired if self.phase != Phase::Renewing => {
                self.phase = Phase::Renewing;
                vec![Effect::Renew]
            }
            Failure::Revoked
            | Failure::UpdateNeeded
            | Failure::UntrustedCounty
            | Failure::CertificateExpired => {
                self.phase = Phase::Halted;
                vec![Effect::Report(Report::Halted(failure))]
            }
            Failure::NoLink | Failure::StrangeAnswer | Failure::Busy { .. } | Failure::Refused(_) => {
                let after = if let Failure::Busy { after } = failure { after } else { None };
                let mut effects = vec![Effect::Report(Report::Waiting(failure))];
                effects.extend(self.pause(now, after));
                effects
            }
        }
    }

    fn pause(&mut self, now: Millis, at_least: Option<Millis>) -> Vec<Effect> {
        self.phase = Phase::Idle;
        self.failures = self.failures.saturating_add(1);
        let wait = retry::wait(self.failures, self.jitter()).saturating_add(at_least.unwrap_or(0).max(0));
        vec![Effect::NextTry(now.saturating_add(wait))]
    }

    /// SplitMix64 over the random number the session was given.
    fn jitter(&mut self) -> u32 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 32) as u32
    }
}

/// The version of an answer, as far as this program speaks it.
fn spoken(reply: &SyncReply) -> u16 {
    reply.protocol.clamp(SPOKEN.min, SPOKEN.max)
}
