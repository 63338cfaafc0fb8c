//! What this desk holds of what the county has, in sums: whether both hold the same is seen at a glance, and what differs is
//! found in a few short questions.

use domain::act::Act;
use domain::id::CaseId;
use domain::lifecycle::{self, Status};
use serde_bytes::ByteBuf;
use store::table::{act, document, leaving, meta, quarantine, share, summary};
use store::{Read, Write};
use sync::digest::{Compared, Digests, Heaps, Held, Mark, Share, heap, step};
use sync::item::ItemId;
use sync::refusal::Code;
use sync::wire::{from_cbor, to_cbor};

use crate::fault::Fault;
use crate::paper;

/// Name under which the sums are kept.
const SUMS: &str = "sums";

/// How far this desk knows a case, as the county acknowledged it; `None` when the case does not count: the county does not
/// have it, or it is leaving.
///
/// # Errors
/// The store's.
pub(crate) fn held(r: &Read<'_>, case: CaseId) -> Result<Option<(Held, bool)>, Fault> {
    let Some(stands) = document::heads(r, case)?.filter(|stands| !stands.acked_heads.is_empty()) else {
        return Ok(None);
    };
    if leaving::holds(r, case)? {
        return Ok(None);
    }
    let (mut numbered, mut marks): (Vec<Act>, Vec<Mark>) = (Vec::new(), Vec::new());
    for known in paper::steps(r, case)? {
        if let act::ActState::Done { seq } = known.state
            && known.body.act.kind.is_step()
        {
            marks.push(step(known.body.act.id, seq));
            numbered.push(known.body.act);
        }
    }
    for aside in quarantine::of_case(r, case)? {
        if aside.code == Code::SideBranch.name() {
            marks.push(ItemId(aside.item).mark());
        }
    }
    let heads = stands.acked_heads.into_iter().map(domain::id::Digest).collect();
    let draft = lifecycle::fold(&numbered) == Status::Draft;
    Ok(Some((Held { case, heads, marks: marks.into_iter().map(ByteBuf::from).collect() }, draft)))
}

fn share_of(held: &Held) -> Share {
    let marks: Vec<Mark> =
        held.marks.iter().filter_map(|mark| Mark::try_from(mark.as_slice()).ok()).collect();
    Share::of(held.case, &held.heads, &marks)
}

/// Brings the sums up to date after these cases changed. While there are none, nothing is noted: they will be made of everything
/// that is here then.
///
/// # Errors
/// The store's.
pub(crate) fn note(w: &Write<'_>, cases: impl IntoIterator<Item = CaseId>) -> Result<(), Fault> {
    let Some(before) = kept(w)? else { return Ok(()) };
    let mut sums = before;
    for case in cases {
        let old = share::get(w, case)?;
        let new = held(w, case)?.map(|(held, draft)| (share_of(&held), draft));
        if old.map(|old| (Share(old.share), old.draft)) == new {
            continue;
        }
        if let Some(old) = old {
            sums.take(old.draft, Share(old.share));
        }
        match new {
            Some((new, draft)) => {
                sums.add(draft, new);
                share::put(w, &share::Share { case, draft, share: new.0 })?;
            }
            None => share::remove(w, case)?,
        }
    }
    if sums != before {
        meta::put(w, SUMS, &to_cbor(&sums))?;
    }
    Ok(())
}

/// The sums over everything the county has and this desk holds.
///
/// # Errors
/// The store's.
pub(crate) fn sums(r: &Read<'_>) -> Result<Digests, Fault> {
    Ok(kept(r)?.unwrap_or_default())
}

fn kept(r: &Read<'_>) -> Result<Option<Digests>, Fault> {
    meta::get(r, SUMS)?.map(|kept| Ok(from_cbor(&kept)?)).transpose()
}

/// Forgets the sums, after a rescue brought what it could: they are made anew from that before the next exchange.
///
/// # Errors
/// The store's.
pub(crate) fn forget(w: &Write<'_>) -> Result<(), Fault> {
    Ok(meta::remove(w, SUMS)?)
}

/// Makes the sums of a desk that has none, because an older program worked at it or its database was rescued.
///
/// # Errors
/// The store's.
pub(crate) fn begin(w: &Write<'_>) -> Result<(), Fault> {
    if meta::get(w, SUMS)?.is_some() {
        return Ok(());
    }
    share::clear(w)?;
    meta::put(w, SUMS, &to_cbor(&Digests::default()))?;
    let mut after = None;
    loop {
        let page = document::list(w, after, 500)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.case);
        note(w, page.into_iter().map(|row| row.case))?;
    }
}

/// The sums of all heaps.
///
/// # Errors
/// The store's.
pub(crate) fn heaps(r: &Read<'_>) -> Result<Heaps, Fault> {
    let mut heaps = Heaps::default();
    share::each(r, |row| heaps.add(heap(row.case), Share(row.share)))?;
    Ok(heaps)
}

/// The cases that differ, by the county's lists of the heaps that do.
///
/// # Errors
/// The store's.
pub(crate) fn differing(r: &Read<'_>, compared: &Compared) -> Result<Vec<CaseId>, Fault> {
    let mut theirs: std::collections::BTreeMap<CaseId, &[u8]> =
        compared.leaves.iter().map(|leaf| (leaf.case, leaf.share.as_slice())).collect();
    let mut differing = Vec::new();
    share::each(r, |row| {
        if compared.heaps.contains(&heap(row.case))
            && theirs.remove(&row.case) != Some(Share(row.share).half().as_slice())
        {
            differing.push(row.case);
        }
    })?;
    // What is left the county has and this desk does not.
    differing.extend(theirs.into_keys());
    Ok(differing)
}

/// How this desk knows a case that is asked for, also one it does not have.
///
/// # Errors
/// The store's.
pub(crate) fn known(r: &Read<'_>, case: CaseId) -> Result<Held, Fault> {
    let known = held(r, case)?.map(|(held, _)| held);
    let mut known = known.unwrap_or(Held { case, heads: Vec::new(), marks: Vec::new() });
    if summary::get(r, case)?.is_some_and(|kept| kept.state == summary::State::Wanted) {
        // Where its document stood is known, its bytes are not here.
        known.heads.clear();
    }
    Ok(known)
}
