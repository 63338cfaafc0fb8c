//! Finding what a desk and the county hold differently, without reading through everything again.

use std::collections::BTreeMap;

use domain::id::Digest;
use serde_bytes::ByteBuf;
use sync::digest::{Compare, Compared, Heaps, Held, Leaf, step};
use sync::document::Document;
use sync::item::{Item, ItemId};
use sync::wire::SyncReply;

use crate::accept::READER;
use crate::county::County;
use crate::database::{View, case, item, share};
use crate::error::Error;
use crate::pull::Cases;

/// Most cases listed in one answer.
const MOST_LEAVES: usize = 2_000;

/// Answers what a desk compares: the heaps that differ with the cases in them, or what it lacks of the cases it names.
pub fn answer(
    county: &County,
    view: &View<'_>,
    scopes: &[String],
    asked: &Compare,
    most_bytes: usize,
    reply: &mut SyncReply,
) -> Result<(), Error> {
    reply.compared = Some(match asked {
        Compare::Heaps(theirs) => heaps(view, scopes, theirs)?,
        Compare::Cases(held) => cases(county, view, scopes, held, most_bytes, reply)?,
    });
    Ok(())
}

fn heaps(view: &View<'_>, scopes: &[String], theirs: &[u8]) -> Result<Compared, Error> {
    let (mut ours, mut rows) = (Heaps::default(), BTreeMap::<u8, Vec<Leaf>>::new());
    share::each(view, scopes, |row| {
        ours.add(row.heap, row.share);
        let leaf = Leaf { case: row.case, share: ByteBuf::from(row.share.half()) };
        rows.entry(row.heap).or_default().push(leaf);
    })?;
    let mut compared = Compared::default();
    for heap in ours.differing(theirs) {
        let leaves = rows.remove(&heap).unwrap_or_default();
        if !compared.heaps.is_empty() && compared.leaves.len() + leaves.len() > MOST_LEAVES {
            compared.left = true;
            break;
        }
        compared.heaps.push(heap);
        compared.leaves.extend(leaves);
    }
    Ok(compared)
}

fn cases(
    county: &County,
    view: &View<'_>,
    scopes: &[String],
    held: &[Held],
    most_bytes: usize,
    reply: &mut SyncReply,
) -> Result<Compared, Error> {
    let mut compared = Compared::default();
    let (mut opener, mut bytes) = (Cases::new(county, view), 0);
    for theirs in held {
        let Some(known) = case::get(view, theirs.case)? else {
            compared.held.push(Held { case: theirs.case, heads: Vec::new(), marks: Vec::new() });
            continue;
        };
        if !case::scopes(view, known.id)?.iter().any(|scope| scopes.contains(scope)) {
            reply.withdrawn.push(known.id);
            continue;
        }
        let mut lacking = Vec::new();
        let key = county.vault.case(known.id, &known.key)?;
        let document =
            Document::load(&key.open("document", &known.sealed)?, READER).map_err(|_| Error::Sealed)?;
        let there: Vec<Digest> = theirs.heads.iter().filter(|head| document.has(head)).copied().collect();
        let behind = if there.is_empty() { None } else { document.at(&there).ok() };
        for seq in item::of_case(view, known.id)? {
            let Some(found) = item::get(view, seq)? else { continue };
            let opened = opener.open(reply.cursor, found)?;
            let marked = |mark: [u8; 16]| theirs.marks.iter().any(|one| one.as_ref() == mark.as_slice());
            let has = match Item::from_bytes(&opened.item) {
                _ if opened.side => marked(ItemId::of(&opened.item).mark()),
                Ok(Item::Act(signed)) => {
                    signed.body().is_ok_and(|body| marked(step(body.act.id, opened.number)))
                }
                Ok(Item::Document { heads, .. } | Item::Changes { heads, .. }) => {
                    behind.as_ref().is_some_and(|behind| heads.iter().all(|head| behind.has(head)))
                }
                Err(_) => false,
            };
            if !has {
                lacking.push(opened);
            }
        }
        let size: usize = lacking.iter().map(|numbered| numbered.item.len()).sum();
        if bytes > 0 && bytes + size > most_bytes {
            compared.left = true;
            break;
        }
        bytes += size;
        reply.items.append(&mut lacking);
        let marks = share::marks(view, known.id)?.into_iter().map(ByteBuf::from).collect();
        compared.held.push(Held { case: known.id, heads: known.heads, marks });
    }
    Ok(compared)
}
