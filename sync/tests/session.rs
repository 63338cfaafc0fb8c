//! A synchronisation in bad weather, played without a network: a small desk, a small county, and a session between them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{CountyId, DeskId, Digest};
use sync::digest::{Compared, Digests};
use sync::item::ItemId;
use sync::key::SecretKey;
use sync::receipt::{Ack, ReceiptBody, SignedReceipts};
use sync::refusal::Code;
use sync::session::{
    Ask, Comparing, Effect, Event, Failure, Intake, Kept, Position, Report, Sent, Session, Traffic,
};
use sync::wire::{Epoch, Numbered, SyncReply};
use uuid::Uuid;

const COUNTY: CountyId = CountyId(Uuid::from_bytes([1; 16]));
const DESK: DeskId = DeskId(Uuid::from_bytes([2; 16]));

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn item(n: u8) -> Vec<u8> {
    vec![n; 3]
}

/// The county: keeps items by their name under numbers, answers with sealed receipts.
struct County {
    epoch: Epoch,
    items: Vec<Vec<u8>>,
    refuse: BTreeMap<ItemId, Ack>,
}

impl County {
    fn new() -> Self {
        County { epoch: Epoch([1; 16]), items: Vec::new(), refuse: BTreeMap::new() }
    }

    fn number(&self, id: &ItemId) -> Option<u64> {
        self.items.iter().position(|bytes| ItemId::of(bytes) == *id).map(|at| at as u64 + 1)
    }

    fn answer(&mut self, ask: &Ask, chunk: &[Vec<u8>], offer: &[ItemId]) -> SyncReply {
        let same = ask.epoch.is_none_or(|epoch| epoch == self.epoch);
        let cursor = if same { ask.cursor } else { 0 };
        let acks: Vec<_> = chunk.iter().map(|bytes| (ItemId::of(bytes), self.take(bytes))).collect();
        let body = ReceiptBody { county: COUNTY, desk: DESK, epoch: self.epoch, time: 5, acks };
        let last = self.items.len() as u64;
        let from = if cursor > last { 0 } else { cursor };
        let items = self.items.iter().enumerate().skip(from as usize).take(4).map(|(at, bytes)| Numbered {
            seq: at as u64 + 1,
            number: at as u64 + 1,
            item: bytes.clone(),
            claims: vec![],
            official: None,
            desk: DESK,
            arrived: 5,
            side: false,
        });
        let items: Vec<_> = items.collect();
        let reached = from + items.len() as u64;
        SyncReply {
            protocol: 1,
            epoch: self.epoch,
            time: 5,
            receipts: (!chunk.is_empty()).then(|| SignedReceipts::sign(&body, &key())),
            unknown: offer.iter().filter(|id| self.number(id).is_none()).copied().collect(),
            items,
            withdrawn: vec![],
            cursor: reached,
            more: reached < last,
            catalogue: None,
            digests: None,
            compared: None,
            instance: None,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Ack {
        let id = ItemId::of(bytes);
        if let Some(ack) = self.refuse.get(&id) {
            return ack.clone();
        }
        if let Some(seq) = self.number(&id) {
            return Ack::Had { seq };
        }
        self.items.push(bytes.to_vec());
        Ack::Stored { seq: self.items.len() as u64 }
    }
}

/// The desk: an outbox, what was acknowledged, what came in, and the driver of the session.
struct Desk {
    session: Session,
    outbox: Vec<Vec<u8>>,
    acknowledged: Vec<Vec<u8>>,
    refused: BTreeSet<ItemId>,
    came: BTreeSet<Vec<u8>>,
    stored: Position,
    reports: Vec<Report>,
    sent: usize,
    wake: Option<i64>,
    now: i64,
}

/// What the line does with one exchange.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Works,
    LosesRequest,
    LosesAnswer,
}

impl Desk {
    fn new(live: bool) -> Self {
        let position = Position { epoch: None, cursor: 0, offering: false, catalogue: None, protocol: 1 };
        let session = Session::new(COUNTY, key().public(), DESK, position.clone(), live, 42);
        Desk {
            session,
            outbox: vec![],
            acknowledged: vec![],
            refused: BTreeSet::new(),
            came: BTreeSet::new(),
            stored: position,
            reports: vec![],
            sent: 0,
            wake: None,
            now: 0,
        }
    }

    /// Tells the session what happened and does what it says, until it waits.
    fn tell(&mut self, event: Event, county: &mut County, mut line: impl FnMut(usize) -> Line) {
        let mut todo: Vec<Effect> = self.session.step(self.now, event);
        while !todo.is_empty() {
            let effect = todo.remove(0);
            let event = match effect {
                Effect::Send(ask) if ask.wait => None,
                Effect::Send(ask) => {
                    self.sent += 1;
                    assert!(self.sent < 200, "the session does not come to rest");
                    Some(self.exchange(&ask, county, line(self.sent)))
                }
                Effect::Store(intake) => {
                    self.store(*intake);
                    Some(Event::Stored(Kept::default()))
                }
                Effect::ReOffer { epoch } => {
                    self.stored =
                        Position { epoch: Some(epoch), cursor: 0, offering: true, ..self.stored.clone() };
                    Some(Event::Stored(Kept::default()))
                }
                Effect::NextTry(at) => {
                    self.wake = Some(at);
                    None
                }
                Effect::Report(report) => {
                    self.reports.push(report);
                    None
                }
                Effect::StopWaiting => Some(Event::Stopped),
                Effect::FetchCatalogue(hash) => Some(Event::CatalogueStored(hash)),
                Effect::Renew => Some(Event::Renewed),
            };
            if let Some(event) = event {
                todo.extend(self.session.step(self.now, event));
            }
        }
        assert_eq!(*self.session.position(), self.stored, "the session believes what is on the disk");
    }

    fn exchange(&mut self, ask: &Ask, county: &mut County, line: Line) -> Event {
        let chunk: Vec<Vec<u8>> =
            if ask.budget == 0 { vec![] } else { self.outbox.iter().take(3).cloned().collect() };
        let offer: Vec<ItemId> = if ask.offer {
            self.acknowledged.iter().map(|bytes| ItemId::of(bytes)).collect()
        } else {
            vec![]
        };
        if line == Line::LosesRequest {
            return Event::Failed(Failure::NoLink);
        }
        let reply = Box::new(county.answer(ask, &chunk, &offer));
        if line == Line::LosesAnswer {
            return Event::Failed(Failure::NoLink);
        }
        let sent = Sent {
            items: chunk.iter().map(|bytes| ItemId::of(bytes)).collect(),
            left: ask.budget == 0 && !self.outbox.is_empty() || self.outbox.len() > chunk.len(),
            offers_left: false,
            traffic: Traffic { up: 100, down: 100, elapsed: 600 },
        };
        Event::Answered { reply, sent }
    }

    fn store(&mut self, intake: Intake) {
        for (id, ack) in &intake.acks {
            if ack.is_final() {
                let at = self.outbox.iter().position(|bytes| ItemId::of(bytes) == *id).unwrap();
                let bytes = self.outbox.remove(at);
                if ack.seq().is_some() {
                    self.acknowledged.push(bytes)
                } else {
                    assert!(self.refused.insert(*id))
                }
            }
        }
        for id in &intake.unknown {
            let at = self.acknowledged.iter().position(|bytes| ItemId::of(bytes) == *id).unwrap();
            self.outbox.push(self.acknowledged.remove(at));
        }
        self.came.extend(intake.items.into_iter().map(|numbered| numbered.item));
        let offering = self.stored.offering && !intake.offered;
        let (epoch, protocol) = (Some(intake.epoch), intake.protocol);
        self.stored = Position { epoch, cursor: intake.cursor, offering, catalogue: None, protocol };
    }
}

fn works(_: usize) -> Line {
    Line::Works
}

#[test]
fn everything_is_exchanged_and_said_to_be() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    county.items = (100..110).map(item).collect();
    desk.outbox = (0..10).map(item).collect();
    desk.tell(Event::Start, &mut county, works);
    assert!(desk.outbox.is_empty());
    assert_eq!(county.items.len(), 20);
    assert_eq!(desk.came.len(), 20);
    assert_eq!(desk.reports.last(), Some(&Report::UpToDate(5)));
    let sent = desk.sent;
    desk.tell(Event::Start, &mut county, works);
    assert_eq!(desk.sent, sent + 1, "an idle exchange is one request");
}

#[test]
fn an_answer_lost_after_the_county_stored_it_doubles_nothing() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    desk.outbox = (0..7).map(item).collect();
    desk.tell(Event::Start, &mut county, |n| if n == 2 { Line::LosesAnswer } else { Line::Works });
    assert_eq!(county.items.len(), 6, "the county has what the desk does not know of");
    assert_eq!(desk.acknowledged.len(), 3, "nothing counts as sent without its receipt");
    assert_eq!(desk.reports.last(), Some(&Report::Waiting(Failure::NoLink)));
    desk.now = desk.wake.unwrap();
    desk.tell(Event::Timer, &mut county, works);
    assert_eq!(county.items, (0..7).map(item).collect::<Vec<_>>());
    assert_eq!((desk.outbox.len(), desk.acknowledged.len()), (0, 7));
}

#[test]
fn any_weather_ends_with_both_sides_equal() {
    for weather in 0..300u64 {
        let (mut county, mut desk) = (County::new(), Desk::new(weather % 2 == 0));
        county.items = (200..203).map(item).collect();
        let mut random = weather.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for round in 0..6u8 {
            desk.outbox.push(item(round));
            if round == 3 && weather % 3 == 0 {
                // Restored from a backup: the last items are gone and the epoch is another one.
                county.items.truncate(county.items.len().saturating_sub(2));
                county.epoch = Epoch([round; 16]);
            }
            let event = if round == 0 { Event::Start } else { Event::OutboxChanged };
            let mut line = |_| {
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                match random >> 61 {
                    0 | 1 => Line::LosesRequest,
                    2 | 3 => Line::LosesAnswer,
                    _ => Line::Works,
                }
            };
            desk.tell(event, &mut county, &mut line);
            if let Some(at) = desk.wake.take() {
                desk.now = at;
                desk.tell(Event::Timer, &mut county, &mut line);
            }
        }
        desk.tell(Event::Start, &mut county, works);
        assert!(desk.outbox.is_empty(), "weather {weather}");
        let there: BTreeSet<Vec<u8>> = county.items.iter().cloned().collect();
        assert_eq!(there.len(), county.items.len(), "doubled in weather {weather}");
        assert!((0..6).all(|n| there.contains(&item(n))), "lost in weather {weather}");
        assert!(there.is_subset(&desk.came), "not delivered in weather {weather}");
    }
}

#[test]
fn a_restored_county_is_offered_everything_again() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    desk.outbox = (0..6).map(item).collect();
    desk.tell(Event::Start, &mut county, works);
    county.items.truncate(2);
    county.epoch = Epoch([9; 16]);
    desk.tell(Event::Start, &mut county, works);
    assert!(desk.reports.contains(&Report::NewEpoch));
    assert_eq!(county.items.iter().collect::<BTreeSet<_>>().len(), 6);
    assert_eq!((desk.outbox.len(), desk.stored.offering), (0, false));
}

#[test]
fn a_county_that_forgot_without_saying_so_is_noticed() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    desk.outbox = (0..6).map(item).collect();
    desk.tell(Event::Start, &mut county, works);
    county.items.truncate(2);
    desk.tell(Event::Start, &mut county, works);
    assert_eq!(county.items.iter().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn one_bad_item_does_not_hold_up_the_others() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    desk.outbox = (0..8).map(item).collect();
    let (bad, slow) = (ItemId::of(&item(1)), ItemId::of(&item(7)));
    county.refuse.insert(bad, Ack::Refused { code: Code::OutOfScope });
    county.refuse.insert(slow, Ack::Later { code: Code::Busy, after: 60_000 });
    desk.tell(Event::Start, &mut county, works);
    assert_eq!(county.items.len(), 6);
    assert_eq!(desk.refused, BTreeSet::from([bad]));
    assert_eq!(desk.outbox, [item(7)], "what has to wait stays in the outbox");
    assert!(desk.wake.unwrap() >= 60_000, "and is tried again when the county said");
    county.refuse.clear();
    desk.now = desk.wake.unwrap();
    desk.tell(Event::Timer, &mut county, works);
    assert!(desk.outbox.is_empty());
}

fn first_ask(session: &mut Session) -> Ask {
    match session.step(0, Event::Start).remove(0) {
        Effect::Send(ask) => ask,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receipt_that_is_not_the_countys_counts_for_nothing() {
    let mut county = County::new();
    let mut desk = Desk::new(false);
    let ask = first_ask(&mut desk.session);
    let honest = county.answer(&ask, &[item(1)], &[]);
    let sent = Sent { items: vec![ItemId::of(&item(1))], ..Sent::default() };
    let mut other_desk = honest.clone();
    let acks = vec![(ItemId::of(&item(1)), Ack::Stored { seq: 1 })];
    let body = ReceiptBody {
        county: COUNTY,
        desk: DeskId(Uuid::from_bytes([8; 16])),
        epoch: county.epoch,
        time: 5,
        acks,
    };
    other_desk.receipts = Some(SignedReceipts::sign(&body, &key()));
    let mut forged = honest.clone();
    forged.receipts = Some(SignedReceipts::sign(&body, &SecretKey::from_seed(&[1; 32])));
    for reply in [other_desk, forged] {
        let mut session = desk.session.clone();
        let effects = session.step(0, Event::Answered { reply: Box::new(reply), sent: sent.clone() });
        assert!(matches!(
            effects[..],
            [Effect::Report(Report::Waiting(Failure::StrangeAnswer)), Effect::NextTry(_)]
        ));
    }
    let effects = desk.session.step(0, Event::Answered { reply: Box::new(honest), sent });
    assert!(matches!(&effects[..], [Effect::Store(intake)] if intake.acks.len() == 1));
}

#[test]
fn results_for_items_that_were_not_sent_are_ignored() {
    let mut county = County::new();
    let mut desk = Desk::new(false);
    let ask = first_ask(&mut desk.session);
    let reply = Box::new(county.answer(&ask, &[item(1), item(2)], &[]));
    let sent = Sent { items: vec![ItemId::of(&item(2))], ..Sent::default() };
    let effects = desk.session.step(0, Event::Answered { reply, sent });
    assert!(
        matches!(&effects[..], [Effect::Store(intake)] if intake.acks[0].0 == ItemId::of(&item(2)) && intake.acks.len() == 1)
    );
}

#[test]
fn what_could_not_be_saved_is_asked_for_again() {
    let mut county = County::new();
    county.items = vec![item(1)];
    let mut desk = Desk::new(false);
    let ask = first_ask(&mut desk.session);
    let reply = Box::new(county.answer(&ask, &[], &[]));
    desk.session.step(0, Event::Answered { reply, sent: Sent::default() });
    let effects = desk.session.step(0, Event::StoreFailed);
    assert!(matches!(effects[..], [Effect::Report(Report::CannotSave), Effect::NextTry(_)]));
    assert_eq!(desk.session.position().cursor, 0);
    assert!(matches!(&desk.session.step(9, Event::Timer)[0], Effect::Send(ask) if ask.cursor == 0));
}

#[test]
fn something_new_ends_the_waiting_at_once() {
    let (mut county, mut desk) = (County::new(), Desk::new(true));
    desk.tell(Event::Start, &mut county, works);
    desk.outbox.push(item(1));
    desk.tell(Event::OutboxChanged, &mut county, works);
    assert!(desk.outbox.is_empty());
}

#[test]
fn something_new_while_sending_is_sent_right_after() {
    let mut county = County::new();
    let mut desk = Desk::new(false);
    let ask = first_ask(&mut desk.session);
    assert_eq!(desk.session.step(0, Event::OutboxChanged), []);
    let reply = Box::new(county.answer(&ask, &[], &[]));
    desk.session.step(0, Event::Answered { reply, sent: Sent::default() });
    assert!(matches!(desk.session.step(0, Event::Stored(Kept::default()))[..], [Effect::Send(_), _]));
}

#[test]
fn a_county_that_does_not_hold_back_its_answers_is_not_asked_without_pause() {
    let mut county = County::new();
    let mut desk = Desk::new(true);
    desk.tell(Event::Start, &mut county, works);
    let ask = Ask {
        budget: 0,
        want: 0,
        epoch: Some(county.epoch),
        cursor: 0,
        catalogue: None,
        offer: false,
        wait: true,
        compare: None,
        protocol: 1,
    };
    let reply = Box::new(county.answer(&ask, &[], &[]));
    desk.session.step(0, Event::Answered { reply, sent: Sent::default() });
    let effects = desk.session.step(0, Event::Stored(Kept::default()));
    assert!(
        matches!(effects[..], [Effect::Report(Report::UpToDate(_)), Effect::NextTry(..=1_000)]),
        "a county that stops lets all go, and is found again at once: {effects:?}"
    );
    let mut waits = Vec::new();
    for _ in 0..9 {
        desk.session.step(0, Event::Timer);
        let idle = Event::Answered { reply: Box::new(county.answer(&ask, &[], &[])), sent: Sent::default() };
        desk.session.step(0, idle.clone());
        assert!(matches!(desk.session.step(0, Event::Stored(Kept::default()))[1], Effect::Send(_)));
        desk.session.step(0, idle);
        let Effect::NextTry(at) = desk.session.step(0, Event::Stored(Kept::default()))[1] else { panic!() };
        waits.push(at);
    }
    assert!(waits.iter().all(|wait| *wait <= 15_000) && waits[8] > 1_500, "{waits:?}");
}

#[test]
fn what_only_a_person_can_mend_is_not_tried_again() {
    for failure in [Failure::Revoked, Failure::UpdateNeeded, Failure::UntrustedCounty] {
        let mut desk = Desk::new(true);
        first_ask(&mut desk.session);
        let effects = desk.session.step(0, Event::Failed(failure.clone()));
        assert_eq!(effects, [Effect::Report(Report::Halted(failure))]);
        assert_eq!(desk.session.step(1, Event::OutboxChanged), []);
        assert_eq!(desk.session.step(1, Event::Timer), []);
        assert!(matches!(desk.session.step(2, Event::Start)[0], Effect::Send(_)));
    }
}

#[test]
fn an_expired_certificate_is_renewed_once() {
    let mut desk = Desk::new(false);
    first_ask(&mut desk.session);
    assert_eq!(desk.session.step(0, Event::Failed(Failure::CertificateExpired)), [Effect::Renew]);
    let mut refused = desk.session.clone();
    let effects = refused.step(0, Event::Failed(Failure::CertificateExpired));
    assert_eq!(effects, [Effect::Report(Report::Halted(Failure::CertificateExpired))]);
    assert!(matches!(desk.session.step(0, Event::Renewed)[0], Effect::Send(_)));
}

#[test]
fn failures_space_out_and_a_busy_county_names_its_time() {
    let mut desk = Desk::new(false);
    first_ask(&mut desk.session);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let effects = desk.session.step(now, Event::Failed(Failure::NoLink));
        let Effect::NextTry(at) = effects[1] else { panic!("{effects:?}") };
        waits.push(at - now);
        now = at;
        desk.session.step(now, Event::Timer);
    }
    assert!(waits.iter().all(|wait| (100..=300_000).contains(wait)), "{waits:?}");
    assert!(waits[8..].iter().sum::<i64>() > 10 * waits[..4].iter().sum::<i64>(), "{waits:?}");
    let effects = desk.session.step(now, Event::Failed(Failure::Busy { after: Some(9_000) }));
    assert!(matches!(effects[1], Effect::NextTry(at) if at >= now + 9_000));
}

#[test]
fn requests_grow_with_the_link_and_shrink_with_losses() {
    let mut county = County::new();
    let mut desk = Desk::new(false);
    let start = first_ask(&mut desk.session).budget;
    let mut ask = |desk: &mut Desk, traffic| {
        let reply = Box::new(county.answer(
            &Ask {
                budget: 1,
                want: 1,
                epoch: None,
                cursor: 0,
                catalogue: None,
                offer: false,
                wait: false,
                compare: None,
                protocol: 1,
            },
            &[],
            &[],
        ));
        desk.session.step(0, Event::Answered { reply, sent: Sent { traffic, ..Sent::default() } });
        desk.session.step(0, Event::Stored(Kept::default()));
        first_ask(&mut desk.session).budget
    };
    let fast = ask(&mut desk, Traffic { up: 60_000, down: 4_000, elapsed: 900 });
    let slow = ask(&mut desk, Traffic { up: 20_000, down: 0, elapsed: 10_000 });
    assert!(start < fast && fast <= 128 * 1024 && slow < fast, "{start} {fast} {slow}");
    desk.session.step(0, Event::Failed(Failure::NoLink));
    assert!(first_ask(&mut desk.session).budget < slow);
}

#[test]
fn a_new_catalogue_is_fetched_once() {
    let mut county = County::new();
    let mut desk = Desk::new(false);
    let ask = first_ask(&mut desk.session);
    let mut reply = county.answer(&ask, &[], &[]);
    reply.catalogue = Some(Digest([4; 32]));
    desk.session.step(0, Event::Answered { reply: Box::new(reply.clone()), sent: Sent::default() });
    assert!(
        desk.session
            .step(0, Event::Stored(Kept::default()))
            .contains(&Effect::FetchCatalogue(Digest([4; 32])))
    );
    desk.session.step(0, Event::CatalogueStored(Digest([4; 32])));
    assert_eq!(first_ask(&mut desk.session).catalogue, Some(Digest([4; 32])));
    desk.session.step(0, Event::Answered { reply: Box::new(reply), sent: Sent::default() });
    let effects = desk.session.step(0, Event::Stored(Kept::default()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::FetchCatalogue(_))));
}

#[test]
fn after_a_new_catalogue_the_desk_waits_for_news_again() {
    for elapsed in [10, 20_000] {
        let mut county = County::new();
        let mut desk = Desk::new(true);
        desk.tell(Event::Start, &mut county, works);
        let epoch = Some(county.epoch);
        let ask = Ask {
            budget: 0,
            want: 0,
            epoch,
            cursor: 0,
            catalogue: None,
            offer: false,
            wait: true,
            compare: None,
            protocol: 1,
        };
        let mut reply = county.answer(&ask, &[], &[]);
        reply.catalogue = Some(Digest([4; 32]));
        let traffic = Traffic { up: 1, down: 1, elapsed };
        desk.session
            .step(0, Event::Answered { reply: Box::new(reply), sent: Sent { traffic, ..Sent::default() } });
        desk.session.step(0, Event::Stored(Kept::default()));
        let mut effects = desk.session.step(0, Event::CatalogueStored(Digest([4; 32])));
        if effects == [Effect::StopWaiting] {
            effects = desk.session.step(0, Event::Stopped);
        }
        let Effect::Send(ask) = &effects[0] else { panic!("{effects:?}") };
        assert_eq!((ask.catalogue, ask.wait), (Some(Digest([4; 32])), false));
        let reply = county.answer(ask, &[], &[]);
        desk.session.step(0, Event::Answered { reply: Box::new(reply), sent: Sent::default() });
        let effects = desk.session.step(0, Event::Stored(Kept::default()));
        assert!(matches!(&effects[1], Effect::Send(ask) if ask.wait), "{effects:?}");
    }
}

/// A reply to what was asked, with these sums and this comparison.
fn told(county: &mut County, digests: bool, compared: Option<Compared>) -> Event {
    let ask = Ask {
        budget: 0,
        want: 0,
        epoch: Some(county.epoch),
        cursor: 0,
        catalogue: None,
        offer: false,
        wait: false,
        compare: None,
        protocol: 1,
    };
    let digests = digests.then(Digests::default);
    let reply = SyncReply { digests, compared, ..county.answer(&ask, &[], &[]) };
    Event::Answered { reply: Box::new(reply), sent: Sent::default() }
}

fn asks(effects: &[Effect]) -> Option<Comparing> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(ask) => ask.compare,
        _ => None,
    })
}

#[test]
fn what_differs_is_compared_repaired_and_then_left_in_peace_for_a_while() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    let differs = Event::Stored(Kept { differs: Some(true), to_repair: false, to_fetch: false });
    let agrees = Event::Stored(Kept { differs: Some(false), to_repair: false, to_fetch: false });
    let to_repair = Event::Stored(Kept { differs: None, to_repair: true, to_fetch: false });
    desk.session.step(0, Event::Start);
    desk.session.step(0, told(&mut county, true, None));
    let effects = desk.session.step(0, differs.clone());
    assert_eq!(asks(&effects), Some(Comparing::Heaps));
    desk.session.step(0, told(&mut county, false, Some(Compared { heaps: vec![1], ..Compared::default() })));
    assert_eq!(asks(&desk.session.step(0, to_repair)), Some(Comparing::Cases));
    desk.session.step(0, told(&mut county, false, Some(Compared::default())));
    // What the county lacks is sent at once, and nothing is compared again.
    let effects = desk.session.step(0, Event::Stored(Kept::default()));
    assert!(matches!(&effects[0], Effect::Send(ask) if ask.budget > 0 && ask.compare.is_none()));
    desk.session.step(0, told(&mut county, true, None));
    let effects = desk.session.step(0, differs.clone());
    assert_eq!(
        effects,
        [Effect::Report(Report::UpToDate(5))],
        "not again at once, although it still differs"
    );
    desk.session.step(400_000, Event::Start);
    desk.session.step(400_000, told(&mut county, true, None));
    assert_eq!(asks(&desk.session.step(400_000, differs)), Some(Comparing::Heaps));
    desk.session.step(400_000, told(&mut county, false, Some(Compared::default())));
    desk.session.step(400_000, Event::Stored(Kept::default()));
    desk.session.step(400_000, told(&mut county, true, None));
    assert_eq!(desk.session.step(400_000, agrees), [Effect::Report(Report::UpToDate(5))]);
}

#[test]
fn a_county_that_cannot_go_on_from_the_cursor_is_compared_with() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    desk.session.step(0, Event::Start);
    desk.session.step(0, told(&mut county, false, Some(Compared { left: true, ..Compared::default() })));
    assert_eq!(asks(&desk.session.step(0, Event::Stored(Kept::default()))), Some(Comparing::Heaps));
    // A line that breaks off in between loses nothing of it.
    let effects = desk.session.step(0, Event::Failed(Failure::NoLink));
    let Some(Effect::NextTry(at)) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(asks(&desk.session.step(*at, Event::Timer)), Some(Comparing::Heaps));
}

#[test]
fn a_county_is_spoken_to_in_the_version_it_spoke_last() {
    let (mut county, mut desk) = (County::new(), Desk::new(false));
    let ask = first_ask(&mut desk.session);
    assert_eq!(ask.protocol, 1, "nobody has said anything yet");
    let reply = Box::new(SyncReply { protocol: 2, ..county.answer(&ask, &[], &[]) });
    let effects = desk.session.step(0, Event::Answered { reply, sent: Sent::default() });
    assert!(matches!(&effects[..], [Effect::Store(intake)] if intake.protocol == 2), "{effects:?}");
    desk.session.step(0, Event::Stored(Kept::default()));
    assert_eq!(first_ask(&mut desk.session).protocol, 2);

    // Its last update was taken back: it is asked again at once, as every county understands it, and once only.
    for code in [Code::Malformed, Code::UnknownDictionary] {
        let mut desk = desk.session.clone();
        let effects = desk.step(0, Event::Failed(Failure::Refused(code.clone())));
        assert!(matches!(&effects[0], Effect::Send(ask) if ask.protocol == 1), "{effects:?}");
        let effects = desk.step(0, Event::Failed(Failure::Refused(code)));
        assert!(
            matches!(effects[..], [Effect::Report(Report::Waiting(_)), Effect::NextTry(_)]),
            "{effects:?}"
        );
    }
    let effects = desk.session.step(0, Event::Failed(Failure::Refused(Code::BadSignature)));
    assert!(matches!(effects[..], [Effect::Report(Report::Waiting(_)), Effect::NextTry(_)]), "{effects:?}");
}
