//! What the outbox gives to a courier file: the chunks that are under way, unchanged, and all that still waits.

use domain::id::Digest;
use domain::moment::Millis;
use store::table::{meta, outbox};
use store::{Read, Write};
use sync::chunk::{Chunk, MAX_ITEMS, MAX_PLAIN};
use sync::item::ItemId;
use sync::receipt::SignedReceipts;

use super::request;
use crate::fault::Fault;
use crate::open::Open;

/// Plain bytes of a chunk of a courier file; they pack to well under what a chunk may have.
const BYTES: usize = MAX_PLAIN / 16;

/// Everything that waits, in at most `most` chunks. Chunks that left before keep their counters: whichever way the county
/// hears of one first, it knows the other (ruling 10).
///
/// # Errors
/// The store's.
pub(crate) fn chunks(w: &Write<'_>, open: &Open, most: usize) -> Result<Vec<Chunk>, Fault> {
    let mut chunks = Vec::new();
    for (counter, items) in outbox::all_under_way(w)? {
        chunks.push(request::seal(w, open, counter, items)?);
    }
    while chunks.len() < most {
        // What the county put off travels for days: it is due when it arrives.
        let items = outbox::take(w, MAX_ITEMS, BYTES, Millis::MAX)?;
        if items.is_empty() {
            break;
        }
        let counter = meta::next(w, &format!("chunk/{}", open.identity().desk))?;
        let names: Vec<Digest> = items.iter().map(|item| item.item).collect();
        outbox::mark_sent(w, &names, counter)?;
        chunks.push(request::seal(w, open, counter, items)?);
    }
    Ok(chunks)
}

/// The county's own receipts for these items (ruling 9).
///
/// # Errors
/// The store's.
pub(crate) fn receipts(r: &Read<'_>, items: &[ItemId]) -> Result<Vec<SignedReceipts>, Fault> {
    request::receipts(r, items)
}
