//! Takes in what desks send: every item is checked by itself, and one bad item never stands in another's way.
//!
//! Cheap and heavy checks that need no database come first ([`prepare`]); then one transaction takes in one chunk.

use std::collections::BTreeMap;

use domain::id::Digest;
use serde_json::json;
use sync::chunk::{Chunk, ChunkError};
use sync::item::{Actor, ActorClaim, ItemId};
use sync::key::PublicKey;
use sync::receipt::{Ack, ReceiptBody, SignedReceipts};
use sync::refusal::Code;
use sync::wire::{NewInstance, from_cbor, to_cbor};

use crate::county::County;
use crate::database::desk::Desk;
use crate::database::{self, Write, act, audit, chunk, desk, item};
use crate::enrol;
use crate::error::Error;

mod act_item;
mod document_item;
mod prepare;
mod writer;

pub(crate) use document_item::READER;
pub use prepare::{Prepared, prepare};

/// How long a desk waits before it offers again what other desks have to bring first, milliseconds.
const AFTER_OTHERS: i64 = 60_000;

/// What became of a chunk.
#[derive(Debug)]
pub enum Taken {
    /// One result per item, sealed.
    Receipts(SignedReceipts),
    /// The desk is a copy of another one; nothing was taken in.
    Clone(NewInstance),
}

/// Why an item was not taken.
pub(crate) enum Stop {
    /// For good; somebody has to do something.
    Refused(Code),
    /// Until these changes are there.
    Needs(Vec<Digest>),
    /// The county itself failed: the whole chunk is undone.
    Failed(Error),
}

impl From<Code> for Stop {
    fn from(code: Code) -> Stop {
        Stop::Refused(code)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failed(error)
    }
}

impl From<database::Error> for Stop {
    fn from(error: database::Error) -> Stop {
        Stop::Failed(error.into())
    }
}

/// What the checks of one chunk have in common.
pub(crate) struct Delivery<'d> {
    pub county: &'d County,
    pub write: &'d Write<'d>,
    pub desk: &'d Desk,
    pub claims: BTreeMap<Actor, &'d ActorClaim>,
    pub items: &'d [(ItemId, Prepared)],
    pub now: i64,
}

/// A chunk whose seal was checked, with its items opened.
#[derive(Debug)]
pub struct Opened {
    chunk: Chunk,
    hash: Digest,
    items: Vec<(ItemId, Prepared)>,
}

impl Opened {
    /// The names of the items, in order.
    pub fn names(&self) -> Vec<ItemId> {
        self.items.iter().map(|(id, _)| *id).collect()
    }
}

/// Checks the seal of a chunk from `desk` and opens its items; the database is not asked for anything.
pub fn open(county: &County, desk: &Desk, chunk: Chunk) -> Result<Opened, Error> {
    if chunk.desk != desk.id {
        return Err(Code::UnknownDevice.into());
    }
    chunk.check(county.id, &PublicKey(desk.device_key)).map_err(|error| match error {
        ChunkError::TooLarge => Code::TooLarge,
        ChunkError::BadGroups => Code::Malformed,
        ChunkError::Signature(_) => Code::BadSignature,
    })?;
    let (hash, items) = (chunk.hash(county.id), prepare::all(&chunk.items));
    Ok(Opened { chunk, hash, items })
}

/// Takes in a chunk from `desk`, which showed `certificate` (DER).
pub fn take_in(county: &County, desk: &Desk, certificate: &[u8], opened: &Opened) -> Result<Taken, Error> {
    let Opened { chunk: sent, hash, items } = opened;
    let now = county.now();
    let mut stored = 0;
    let taken = county.database.write::<_, Error>(|write| {
        let desk = desk::get(write, desk.id)?.filter(|desk| !desk.revoked).ok_or(Code::Revoked)?;
        match chunk::get(write, desk.id, sent.counter)? {
            Some((before, _)) if before != hash.0 => {
                return Ok(Taken::Clone(enrol::separate(county, write, &desk, certificate)?));
            }
            Some((_, answer)) if !answer.is_empty() => {
                return Ok(Taken::Receipts(
                    from_cbor(&answer).map_err(|_| database::Error::Damaged("desk_chunk.answer"))?,
                ));
            }
            _ => {}
        }
        let claims = sent.claims.iter().map(|claim| (claim.actor, claim)).collect();
        let delivery = Delivery { county, write, desk: &desk, claims, items, now };
        let mut acks: Vec<Option<Ack>> = vec![None; items.len()];
        for unit in sent.units() {
            for (index, ack) in delivery.take_unit(&unit)? {
                if let Some(place) = acks.get_mut(index) {
                    *place = Some(ack);
                }
            }
        }
        let acks: Vec<(ItemId, Ack)> = items
            .iter()
            .zip(acks)
            .map(|((id, _), ack)| (*id, ack.unwrap_or(Ack::Refused { code: Code::Internal })))
            .collect();
        for (_, ack) in &acks {
            count(ack);
            stored += usize::from(matches!(ack, Ack::Stored { .. }));
        }
        let body = ReceiptBody { county: county.id, desk: desk.id, epoch: county.epoch, time: now, acks };
        let receipts = SignedReceipts::sign(&body, &county.key);
        chunk::put(write, desk.id, sent.counter, &hash.0, &to_cbor(&receipts), now)?;
        Ok(Taken::Receipts(receipts))
    })?;
    if stored > 0 {
        county.database.read::<_, Error>(|view| Ok(county.news.items(view)?))?;
    }
    Ok(taken)
}

fn count(ack: &Ack) {
    match ack {
        Ack::Stored { .. } => metrics::counter!("daiban_items_stored_total").increment(1),
        Ack::Had { .. } => metrics::counter!("daiban_items_repeated_total").increment(1),
        Ack::Refused { code } => {
            metrics::counter!("daiban_items_refused_total", "code" => code.name().to_owned()).increment(1);
        }
        Ack::Later { .. } | Ack::Needs { .. } => {
            metrics::counter!("daiban_items_postponed_total").increment(1)
        }
    }
}

impl Delivery<'_> {
    /// Takes in items that belong together: all of them, or none.
    fn take_unit(&self, unit: &[usize]) -> Result<Vec<(usize, Ack)>, Error> {
        let mut culprit = None;
        let tried = self.write.attempt(|| {
            let mut acks = Vec::new();
            for index in unit {
                culprit = Some(*index);
                acks.push((*index, self.take_item(*index, unit)?));
            }
            Ok::<_, Stop>(acks)
        })?;
        let stop = match tried {
            Ok(acks) => return Ok(acks),
            Err(Stop::Failed(error)) => return Err(error),
            Err(stop) => stop,
        };
        let mut acks = Vec::new();
        for index in unit {
            let Some((id, prepared)) = self.items.get(*index) else { continue };
            let ack = match (&stop, Some(*index) == culprit) {
                (Stop::Refused(code), true) => self.refusal(id, code)?,
                (Stop::Needs(hashes), true) => Ack::Needs { hashes: hashes.clone() },
                (Stop::Refused(_), false) => Ack::Refused { code: Code::GroupRefused },
                _ => Ack::Later { code: Code::MissingParents, after: 0 },
            };
            if let (Ack::Refused { code }, Prepared::Act { body, .. }) = (&ack, prepared) {
                let told = json!({
                    "act": body.act.id, "case": body.act.case, "kind": body.act.kind, "person": body.act.by,
                    "desk": self.desk.id, "code": code,
                });
                audit::append(self.write, self.now, "act_refused", &told)?;
            }
            acks.push((*index, ack));
        }
        Ok(acks)
    }

    /// What the county accepted before it was restored is not refused now: it waits for what it builds on.
    fn refusal(&self, id: &ItemId, code: &Code) -> Result<Ack, Error> {
        Ok(match item::is_adopted(self.write, &id.0.0)? {
            true => Ack::Later { code: code.clone(), after: AFTER_OTHERS },
            false => Ack::Refused { code: code.clone() },
        })
    }

    fn take_item(&self, index: usize, unit: &[usize]) -> Result<Ack, Stop> {
        let Some((id, prepared)) = self.items.get(index) else { return Err(Code::Malformed.into()) };
        if let Some(seq) = item::seq_of(self.write, &id.0.0)? {
            return Ok(Ack::Had { seq });
        }
        match prepared {
            Prepared::Bad(code) => Err(code.clone().into()),
            Prepared::Document { case, meta, bytes, contents, whole } => {
                self.take_document(id, *case, meta, bytes, contents, whole, unit)
            }
            Prepared::Changes { case, base, changes, heads, contents, whole } => {
                self.take_changes(id, *case, base, changes, heads, contents, whole, unit)
            }
            Prepared::Act { signed, body, whole } => match act::seq_of(self.write, body.act.id)? {
                Some(seq) => Ok(Ack::Had { seq }),
                None => self.take_act(id, signed, body, whole),
            },
        }
    }
}
