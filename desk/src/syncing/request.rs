//! What one request to the county carries: the next items from the outbox, sealed, or what is offered again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::id::{CaseId, Digest};
use ipc::problem::Problem;
use store::table::outbox::OutboxItem;
use store::table::{actor, meta, original, outbox, receipt, seal};
use store::{Read, Write};
use sync::chunk::{Chunk, MAX_ITEMS, MAX_PLAIN};
use sync::digest::Compare;
use sync::inspect;
use sync::item::{Actor, ActorClaim, Item, ItemId};
use sync::receipt::SignedReceipts;
use sync::refusal::Code;
use sync::session::{Ask, Comparing, Sent};
use sync::version::SPOKEN;
use sync::wire::{SyncRequest, from_cbor};

use crate::fault::Fault;
use crate::open::Open;
use crate::{blocking, clock, intake, standing, tally};

/// Names of items offered again in one request.
const OFFERS: usize = 400;
/// Cases asked for in one request that were found to differ.
const REPAIRS: usize = 200;
/// A hundred cases in one chunk pack to less than a fifth; the budget counts packed bytes.
const PACKS_TO: usize = 5;

/// A request, and what has to be known when it is answered.
pub(super) struct Built {
    pub request: SyncRequest,
    pub sent: Sent,
    /// The last original offered again.
    pub offered: Option<(u64, Digest)>,
}

/// Builds the request the session asks for. What goes into a chunk is noted as sent before it leaves. `gone`: the items of
/// the chunk that is on its way already, in place of another one.
pub(super) async fn build(
    open: &Arc<Open>,
    ask: Ask,
    repair: Vec<CaseId>,
    gone: Option<Vec<ItemId>>,
) -> Result<Built, Problem> {
    let open = open.clone();
    blocking::run(move || {
        let identity = open.identity();
        let mut request = SyncRequest {
            protocol: SPOKEN,
            desk: identity.desk,
            epoch: ask.epoch,
            cursor: ask.cursor,
            chunk: None,
            adopt: Vec::new(),
            offer: Vec::new(),
            digests: None,
            compare: None,
            want: ask.want,
            catalogue: ask.catalogue,
            wait: ask.wait,
        };
        let mut sent = Sent::default();
        let mut offered = None;
        if let Some(ids) = gone {
            sent.left = open.store.read(|r| outbox::more_than(r, ids.len()))?;
            sent.items = ids;
        } else if ask.budget > 0 {
            open.store.write::<_, Fault>(|w| {
                if let Some((chunk, ids)) = chunk(w, &open, plain(ask.budget))? {
                    sent.left = outbox::more_than(w, ids.len())?;
                    sent.items = ids;
                    request.chunk = Some(chunk);
                }
                Ok(())
            })?;
        }
        if ask.offer {
            open.store.read::<_, Fault>(|r| {
                let mut page = original::list(r, standing::offered_until(r)?, OFFERS)?;
                sent.offers_left = page.len() == OFFERS;
                if sent.offers_left {
                    keep_whole(&mut page);
                }
                offered = page.last().map(|last| (last.seq, last.item));
                request.offer = page.iter().map(|kept| ItemId(kept.item)).collect();
                request.adopt = receipts(r, &request.offer)?;
                Ok(())
            })?;
        }
        open.store.read::<_, Fault>(|r| {
            match ask.compare {
                Some(Comparing::Heaps) => request.compare = Some(Compare::Heaps(tally::heaps(r)?.to_bytes())),
                Some(Comparing::Cases) => {
                    let held = repair.iter().take(REPAIRS).map(|case| tally::known(r, *case));
                    request.compare = Some(Compare::Cases(held.collect::<Result<_, _>>()?));
                }
                None if !ask.offer => request.digests = Some(tally::sums(r)?),
                None => {}
            }
            Ok(())
        })?;
        Ok(Built { request, sent, offered })
    })
    .await
}

/// Leaves a bundle that may go on behind the page for the next one: what left together is offered together.
fn keep_whole(page: &mut Vec<original::Original>) {
    let last = page.last().map_or(0, |last| last.bundle);
    let whole = page.iter().rposition(|kept| kept.bundle != last).map_or(0, |at| at + 1);
    if last != 0 && whole > 0 {
        page.truncate(whole);
    }
}

/// The chunk that is under way, unchanged, or the next one.
fn chunk(w: &Write<'_>, open: &Open, bytes: usize) -> Result<Option<(Chunk, Vec<ItemId>)>, Fault> {
    loop {
        let under_way = outbox::under_way(w)?;
        let (counter, items) = match under_way {
            Some((counter, items)) => (Some(counter), items),
            None => (None, outbox::take(w, MAX_ITEMS, bytes, clock::device())?),
        };
        if items.is_empty() {
            return Ok(None);
        }
        if set_damaged_aside(w, &items)? {
            outbox::unmark_sent(w)?;
            continue;
        }
        let Some(counter) = counter else { return number(w, open, items).map(Some) };
        let ids = items.iter().map(|item| ItemId(item.item)).collect();
        return Ok(Some((seal(w, open, counter, items)?, ids)));
    }
}

/// The chunk behind those that are under way, noted as sent; nothing when nothing else may leave now.
pub(super) async fn next_chunk(
    open: &Arc<Open>,
    budget: u32,
) -> Result<Option<(Chunk, Vec<ItemId>)>, Problem> {
    let open = open.clone();
    blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            let items = outbox::take(w, MAX_ITEMS, plain(budget), clock::device())?;
            if items.is_empty() || items.iter().any(is_damaged) {
                // Damaged ones are set aside when their turn comes.
                return Ok(None);
            }
            number(w, &open, items).map(Some)
        })
    })
    .await
}

/// Bytes before packing that make a chunk of `budget` bytes.
fn plain(budget: u32) -> usize {
    usize::try_from(budget).unwrap_or(MAX_PLAIN).saturating_mul(PACKS_TO).min(MAX_PLAIN)
}

/// Items whose bytes are damaged, or of a newer program, go aside with what belongs to them, so that they stand in nobody's
/// way. Gives whether there were any.
fn set_damaged_aside(w: &Write<'_>, items: &[OutboxItem]) -> Result<bool, Fault> {
    let bundles: BTreeSet<i64> =
        items.iter().filter(|item| is_damaged(item)).map(|item| item.bundle).collect();
    for item in items.iter().filter(|item| bundles.contains(&item.bundle)) {
        let code = if is_damaged(item) { Code::Malformed } else { Code::GroupRefused };
        outbox::refuse(w, item.item, code.name(), clock::device(), intake::VERSION)?;
    }
    Ok(!bundles.is_empty())
}

fn is_damaged(item: &OutboxItem) -> bool {
    ItemId::of(&item.bytes).0 != item.item || Item::from_bytes(&item.bytes).is_err()
}

/// Puts items into a chunk with the next number, and notes that they are sent in it.
fn number(w: &Write<'_>, open: &Open, items: Vec<OutboxItem>) -> Result<(Chunk, Vec<ItemId>), Fault> {
    let counter = meta::next(w, &format!("chunk/{}", open.identity().desk))?;
    let names: Vec<Digest> = items.iter().map(|item| item.item).collect();
    outbox::mark_sent(w, &names, counter)?;
    Ok((seal(w, open, counter, items)?, names.into_iter().map(ItemId).collect()))
}

/// Puts items into a sealed chunk. The same items under the same counter give the same chunk.
pub(super) fn seal(r: &Read<'_>, open: &Open, counter: u64, items: Vec<OutboxItem>) -> Result<Chunk, Fault> {
    let identity = open.identity();
    let (claims, groups) = (claims(r, &items)?, groups(&items));
    let bytes = items.into_iter().map(|item| item.bytes).collect();
    let key = identity.device_key();
    Ok(Chunk::seal(identity.county, identity.desk, counter, bytes, claims, groups, &key))
}

/// Items that leave together, by position.
fn groups(items: &[OutboxItem]) -> Vec<Vec<u16>> {
    let mut bundles: BTreeMap<i64, Vec<u16>> = BTreeMap::new();
    for (position, item) in (0u16..).zip(items) {
        bundles.entry(item.bundle).or_default().push(position);
    }
    bundles.into_values().filter(|bundle| bundle.len() > 1).collect()
}

/// Who wrote what is inside; writers of other desks are known to the county.
fn claims(r: &Read<'_>, items: &[OutboxItem]) -> Result<Vec<ActorClaim>, Fault> {
    let mut writers: BTreeSet<Actor> = BTreeSet::new();
    for item in items {
        // What cannot be read has no writers; the county refuses it by itself, and nothing else waits for it.
        let Ok(opened) = Item::from_bytes(&item.bytes) else { continue };
        let named = match opened {
            Item::Document { bytes, .. } => inspect::named_in_document(&bytes),
            Item::Changes { changes, .. } => inspect::named_in_changes(&changes),
            Item::Act(_) => continue,
        };
        writers.extend(named.into_iter().flatten());
    }
    let mut claims = Vec::new();
    for writer in writers {
        let Some(known) = actor::get(r, &writer.0)? else { continue };
        claims.push(ActorClaim {
            actor: writer,
            desk: known.desk,
            person: known.person,
            name: known.name,
            unit: known.unit,
        });
    }
    Ok(claims)
}

/// The county's own receipts for these items, so that a restored county gives the same numbers again (ruling 9).
pub(super) fn receipts(r: &Read<'_>, items: &[ItemId]) -> Result<Vec<SignedReceipts>, Fault> {
    let mut seals = BTreeSet::new();
    for item in items {
        seals.extend(receipt::get(r, item.0)?.map(|proof| proof.seal));
    }
    let mut receipts = Vec::new();
    for n in seals {
        if let Some(bytes) = seal::get(r, n)? {
            receipts.push(from_cbor(&bytes)?);
        }
    }
    Ok(receipts)
}
