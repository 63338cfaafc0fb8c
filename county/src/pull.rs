//! What a desk is told: everything new in its scopes after its cursor, in the county's order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use domain::id::CaseId;
use domain::role::Official;
use sync::digest::{Compared, Digests};
use sync::item::{Actor, ActorClaim, Item, ItemId};
use sync::receipt::{Ack, SignedReceipts};
use sync::version::SPOKEN;
use sync::wire::{SyncReply, SyncRequest};

use crate::compare;
use crate::county::County;
use crate::database::desk::Desk;
use crate::database::index::What;
use crate::database::{View, Write, actor, case, index, item, person, share};
use crate::error::Error;
use crate::scope;

/// Most bytes of items in one answer, whatever the desk wants.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Items of one answer pack to a sixth and less; a desk wants packed bytes.
const PACKS_TO: usize = 8;
/// Most places looked at for one answer.
const MOST_PLACES: u32 = 500;

/// Takes over the numbers that the county gave before it was restored, from receipts it sealed itself (ruling 9).
pub fn adopt(county: &County, write: &Write<'_>, receipts: &[SignedReceipts]) -> Result<(), Error> {
    for receipt in receipts {
        let Ok(body) = receipt.open(&county.public_key) else { continue };
        if body.county != county.id {
            continue;
        }
        for (id, ack) in &body.acks {
            if let Ack::Stored { seq } | Ack::Had { seq } = ack {
                item::adopt(write, &id.0.0, *seq)?;
            }
        }
    }
    Ok(())
}

/// Whether this county gave the desk everything it knows of: a desk of another epoch, or with a cursor ahead of everything,
/// remembers more than the county. One that never exchanged anything remembers nothing.
pub fn remembers(county: &County, request: &SyncRequest) -> Result<bool, Error> {
    match request.epoch {
        None => Ok(true),
        Some(epoch) if epoch != county.epoch => Ok(false),
        Some(_) => county.database.read(|view| Ok(request.cursor <= index::last(view)?)),
    }
}

/// The answer to a desk: what is new for it beyond what it `sent` right now, and with `idle` the sums it may compare. Receipts
/// are added by whoever took its chunk in.
pub fn look(
    county: &County,
    view: &View<'_>,
    desk: &Desk,
    request: &SyncRequest,
    sent: &[ItemId],
    idle: bool,
) -> Result<SyncReply, Error> {
    let scopes = scope::of_desk(view, desk.id)?;
    let last = index::last(view)?;
    // A cursor of another epoch, or one ahead of everything, says nothing here: the desk reads from the start.
    let sound = request.epoch == Some(county.epoch) && request.cursor <= last;
    let from = if sound { request.cursor } else { 0 };
    let budget = usize::try_from(request.want).unwrap_or(MOST_BYTES).saturating_mul(PACKS_TO).min(MOST_BYTES);
    let mut reply = SyncReply {
        protocol: request.protocol.common(SPOKEN).unwrap_or(SPOKEN.max),
        epoch: county.epoch,
        time: county.now(),
        receipts: None,
        unknown: unknown(view, &request.offer)?,
        items: Vec::new(),
        withdrawn: Vec::new(),
        cursor: from,
        more: false,
        catalogue: county.catalogue_hash().filter(|hash| request.catalogue != Some(*hash)),
        digests: None,
        compared: None,
        instance: None,
    };
    let pruned = sound && from < index::floor(view)?;
    if let Some(asked) = &request.compare {
        // What a desk compares takes the place of the log up to here.
        reply.cursor = if from == 0 || pruned { last } else { from };
        compare::answer(county, view, &scopes, asked, budget, &mut reply)?;
        return Ok(reply);
    }
    if pruned {
        reply.cursor = last;
        reply.compared = Some(Compared { left: true, ..Compared::default() });
        return Ok(reply);
    }
    let places = index::after(view, desk.id, &scopes, from, MOST_PLACES)?;
    let full = places.len() >= MOST_PLACES as usize;
    let mut cases = Cases::new(county, view);
    let mut bytes = 0;
    let sending = numbers(view, sent)?;
    let sees = |case| Ok::<_, Error>(case::scopes(view, case)?.iter().any(|scope| scopes.contains(scope)));
    for place in places {
        match place.what {
            What::Withdrawn(case) => {
                if !sees(case)? && !reply.withdrawn.contains(&case) {
                    reply.withdrawn.push(case);
                }
            }
            What::Item(seq) => {
                let Some(found) = item::get(view, seq)? else { continue };
                // A desk has what it sends right now, unless it reads a place again that it once had, or the case was taken
                // away from it meanwhile and comes back. What another machine sent under the same name (a copy of this
                // one's disk) it does not have.
                let own = sending.contains(&seq)
                    && place.place > desk.cursor
                    && !index::was_withdrawn(view, found.case, place.place)?;
                // What stands at a place of this very desk may belong to a case it sees no more.
                if !own && sees(found.case)? {
                    let opened = cases.open(place.place, found)?;
                    if bytes > 0 && bytes + opened.item.len() > budget {
                        reply.more = true;
                        break;
                    }
                    bytes += opened.item.len();
                    reply.items.push(opened);
                }
            }
        }
        reply.cursor = place.place;
    }
    reply.more |= full;
    if !reply.more {
        reply.cursor = last;
        if request.digests.is_some() && idle {
            reply.digests = Some(county.sums.of(view, &scopes)?);
        }
    }
    Ok(reply)
}

/// Whether the answer tells the desk anything it did not know.
pub fn tells(reply: &SyncReply) -> bool {
    !reply.items.is_empty()
        || !reply.withdrawn.is_empty()
        || reply.catalogue.is_some()
        || reply.more
        || reply.compared.is_some()
}

/// The numbers of these items, as far as they have one.
fn numbers(view: &View<'_>, items: &[ItemId]) -> Result<BTreeSet<u64>, Error> {
    let numbers = items.iter().filter_map(|id| item::seq_of(view, &id.0.0).transpose());
    numbers.map(|seq| Ok(seq?)).collect()
}

fn unknown(view: &View<'_>, offer: &[ItemId]) -> Result<Vec<ItemId>, Error> {
    let mut unknown = Vec::new();
    for id in offer {
        if item::seq_of(view, &id.0.0)?.is_none() {
            unknown.push(*id);
        }
    }
    Ok(unknown)
}

/// Opens items, each case's key once, and names each actor once per answer.
pub(crate) struct Cases<'v> {
    county: &'v County,
    view: &'v View<'v>,
    keys: BTreeMap<CaseId, crate::seal::CaseKey>,
    claimed: BTreeSet<CaseId>,
}

impl<'v> Cases<'v> {
    /// Nothing was opened yet.
    pub(crate) fn new(county: &'v County, view: &'v View<'v>) -> Cases<'v> {
        Cases { county, view, keys: BTreeMap::new(), claimed: BTreeSet::new() }
    }
}

impl Cases<'_> {
    /// Opens an item that stands at `place`.
    pub(crate) fn open(&mut self, place: u64, found: item::Item) -> Result<sync::wire::Numbered, Error> {
        if !self.keys.contains_key(&found.case) {
            let known = case::get(self.view, found.case)?.ok_or(Error::Lacking("case"))?;
            self.keys.insert(found.case, self.county.vault.case(found.case, &known.key)?);
        }
        let key = self.keys.get(&found.case).ok_or(Error::Sealed)?;
        let bytes = key.open("item", &found.sealed)?;
        let official = self.official(&bytes)?;
        let claims = if official.is_none() && self.claimed.insert(found.case) {
            self.claims(found.case)?
        } else {
            Vec::new()
        };
        Ok(sync::wire::Numbered {
            seq: place,
            number: found.seq,
            item: bytes,
            claims,
            official,
            desk: found.desk,
            arrived: found.arrived,
            side: found.side,
        })
    }

    /// Who did an act, from the county's own table. Somebody who left since is named as they signed.
    fn official(&self, bytes: &[u8]) -> Result<Option<Official>, Error> {
        let Ok(Item::Act(signed)) = Item::from_bytes(bytes) else { return Ok(None) };
        let body = signed.body().map_err(|_| Error::Sealed)?;
        if let Some(known) = person::official(self.view, body.act.by, &body.act.unit)? {
            return Ok(Some(known));
        }
        let name = person::name(self.view, body.act.by)?.unwrap_or_default();
        Ok(Some(Official { person: body.act.by, name, unit: body.act.unit, roles: vec![body.act.role] }))
    }

    fn claims(&self, case: CaseId) -> Result<Vec<ActorClaim>, Error> {
        let bound = actor::of_case(self.view, case)?;
        let claims = bound.into_iter().map(|bound| ActorClaim {
            actor: Actor(bound.actor),
            desk: bound.desk,
            person: bound.person,
            name: bound.name,
            unit: bound.unit,
        });
        Ok(claims.collect())
    }
}

/// The sums over scopes, kept until something in them changes.
#[derive(Debug, Default)]
pub struct Sums {
    known: Mutex<BTreeMap<Vec<String>, (u64, Digests)>>,
}

impl Sums {
    /// Sums over the cases of `scopes`: drafts are those that the county never saw handed in.
    fn of(&self, view: &View<'_>, scopes: &[String]) -> Result<Digests, Error> {
        let last = index::last_of(view, scopes)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(scopes).copied();
        if let Some((_, sums)) = known.filter(|(at, _)| *at == last) {
            return Ok(sums);
        }
        let mut sums = Digests::default();
        share::each(view, scopes, |row| sums.add(row.draft, row.share))?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(scopes.to_vec(), (last, sums));
        Ok(sums)
    }
}
