//! What was refused or cannot be used: shown with what it says otherwise than the case, settled by whoever must act, or
//! sent once more.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::answer::{Answers, FieldPath};
use domain::catalogue::ServiceItem;
use domain::id::CaseId;
use domain::lifecycle;
use ipc::problem::{self, Problem};
use ipc::sync::{BranchValue, QuarantineSettle, QuarantineView, StuckItem};
use serde_bytes::ByteBuf;
use store::table::quarantine::{Direction, Quarantined};
use store::table::{act, case_index, outbox, quarantine};
use store::{Read, Write};
use sync::document::{Document, DocumentError};
use sync::item::Item;
use sync::refusal::{Code, Retry};
use sync::wire::to_cbor;

use crate::fault::Fault;
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::{self, Kept, Paper};
use crate::{Desk, blocking, cabinet, clock, cover, identity, intake, upload};

/// Entries shown.
const SHOWN: usize = 100;

/// What was put aside and concerns the person at the desk.
///
/// # Errors
/// `locked`; the store's.
pub(crate) async fn list(desk: &Arc<Desk>) -> Result<QuarantineView, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || open.store.read::<_, Fault>(|r| view(r, &open))).await
}

/// Settles an entry, or sends it once more.
///
/// # Errors
/// `locked`, `not_allowed` when somebody else must act or sending cannot help, `no_such_case` when it is not there.
pub(crate) async fn settle(desk: &Arc<Desk>, ask: QuarantineSettle) -> Result<QuarantineView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, _: &Desk| {
        let entry = quarantine::get(w, ask.item)?.ok_or_else(|| Fault::told(problem::NO_SUCH_CASE))?;
        if !is_mine(open, &entry) || (ask.again && !can_go_again(&entry)) {
            return Err(Fault::told(problem::NOT_ALLOWED));
        }
        if ask.again {
            send_again(w, open, &entry)?;
        } else {
            for one in bundle(w, &entry)? {
                quarantine::settle(w, one.item)?;
            }
        }
        Ok(entry.case)
    };
    cabinet::did(desk, ask.request, "quarantine_settle", Box::new(work)).await?;
    list(desk).await
}

/// Sends once more by itself what could not go on for want of a login or of a newer program (retry classes).
///
/// # Errors
/// The store's.
pub(crate) fn retry(w: &Write<'_>, desk: &Desk, open: &Open) -> Result<(), Fault> {
    for entry in quarantine::open(w, usize::MAX >> 1)? {
        let due = match Code::from(entry.code.clone()).retry() {
            Retry::AfterLogin => entry.person == Some(open.person()),
            Retry::AfterUpdate => entry.program != intake::VERSION,
            Retry::Never | Retry::Later => false,
        };
        if due && entry.direction == Direction::Down && intake::retake(w, desk, open, &entry.bytes)? {
            quarantine::remove(w, entry.item)?;
        }
        // What left with another entry has gone with it already.
        if due && entry.direction == Direction::Up && quarantine::get(w, entry.item)?.is_some() {
            send_again(w, open, &entry)?;
        }
    }
    Ok(())
}

/// Whether the person at the desk is the one who must act.
pub(crate) fn is_mine(open: &Open, entry: &Quarantined) -> bool {
    let gone = entry.code == Code::UnknownPerson.name();
    entry.person.is_none_or(|person| person == open.person() || gone)
}

fn can_go_again(entry: &Quarantined) -> bool {
    entry.direction == Direction::Up && Code::from(entry.code.clone()).can_be_put_right()
}

/// The entry and what left together with it and is aside as well.
fn bundle(r: &Read<'_>, entry: &Quarantined) -> Result<Vec<Quarantined>, Fault> {
    let mut together = quarantine::open_of_case(r, entry.case)?;
    together.retain(|one| one.item == entry.item || (one.bundle == entry.bundle && entry.bundle != 0));
    Ok(together)
}

/// Puts an entry back into the outbox with everything it left with and everything it builds on; the branch becomes part of
/// the case again. Should it be refused once more, it is cut off once more.
fn send_again(w: &Write<'_>, open: &Open, entry: &Quarantined) -> Result<(), Fault> {
    let mut paper = Paper::find(w, open, entry.case)?;
    let aside = quarantine::of_case(w, entry.case)?;
    let mut going = bundle(w, entry)?;
    if let Some(paper) = &mut paper {
        let before = paper.doc.heads();
        let mut place = 0;
        while let Some(one) = going.get(place) {
            let missing = match join(&mut paper.doc, &Item::from_bytes(&one.bytes)?) {
                Err(DocumentError::MissingParents(hashes)) => hashes,
                joined => {
                    joined?;
                    place += 1;
                    continue;
                }
            };
            let holds = |one: &&Quarantined| {
                let inside =
                    Item::from_bytes(&one.bytes).map(|item| intake::hashes(&item)).unwrap_or_default();
                missing.iter().any(|hash| inside.contains(hash))
            };
            let parent = aside.iter().filter(|one| !going.contains(one)).find(holds).cloned();
            going.insert(place, parent.ok_or_else(|| Fault::told(problem::NOT_ALLOWED))?);
        }
        paper.keep(w, &before)?;
    }
    let mut rows = Vec::new();
    for one in going {
        let item = Item::from_bytes(&one.bytes)?;
        if let Item::Act(signed) = &item {
            let kept = Kept { item: ByteBuf::from(one.bytes.clone()), official: None, arrived: None };
            let (id, bytes) = (signed.body()?.act.id, to_cbor(&kept));
            act::put(w, &act::ActRow { id, case: one.case, bytes, state: act::ActState::Waiting })?;
        }
        quarantine::remove(w, one.item)?;
        rows.push(outbox::NewItem {
            item: one.item,
            case: one.case,
            person: one.person.unwrap_or_else(|| open.person()),
            kind: paper::kind(&item),
            lane: paper::LANE,
            bytes: one.bytes,
        });
    }
    outbox::put(w, &rows, clock::device())?;
    if let Some(paper) = Paper::find(w, open, entry.case)? {
        index::refresh(w, open, &paper, Touch::default())?;
    }
    Ok(())
}

fn join(doc: &mut Document, item: &Item) -> Result<(), DocumentError> {
    match item {
        Item::Document { bytes, .. } => doc.merge(&Document::load(bytes, sync::item::Actor([0; 16]))?),
        Item::Changes { changes, .. } => doc.apply(changes).map(|_| ()),
        Item::Act(_) => Ok(()),
    }
}

fn view(r: &Read<'_>, open: &Open) -> Result<QuarantineView, Fault> {
    let mut papers: BTreeMap<CaseId, Option<Paper>> = BTreeMap::new();
    let mut entries = Vec::new();
    for entry in quarantine::open(r, SHOWN)? {
        if let std::collections::btree_map::Entry::Vacant(place) = papers.entry(entry.case) {
            place.insert(Paper::find(r, open, entry.case)?);
        }
        let paper = papers.get(&entry.case).and_then(Option::as_ref);
        let seen = paper.is_some_and(|paper| paper.is_seen_by(open));
        if seen || is_mine(open, &entry) {
            entries.push(stuck(r, open, entry, paper.filter(|_| seen))?);
        }
    }
    Ok(QuarantineView { entries, files: upload::stuck(r, open)? })
}

fn stuck(r: &Read<'_>, open: &Open, entry: Quarantined, paper: Option<&Paper>) -> Result<StuckItem, Fault> {
    let opened = Item::from_bytes(&entry.bytes).ok();
    let act = match &opened {
        Some(Item::Act(signed)) => signed.body().ok().map(|body| body.act.kind.name().to_owned()),
        _ => None,
    };
    let what = match &opened {
        Some(Item::Document { .. }) => "document",
        Some(Item::Changes { .. }) => "changes",
        Some(Item::Act(_)) => "act",
        None => "unknown",
    };
    let line = case_index::get(r, entry.case)?.filter(|_| paper.is_some()).map(|listed| listed.line);
    let item = paper.map(|paper| index::item_of(r, open, paper)).transpose()?.flatten();
    let differs = match (paper, &item, &opened) {
        (Some(paper), Some(item), Some(opened)) => differs(r, open, paper, item, &entry, opened)?,
        _ => Vec::new(),
    };
    let by = entry.person.filter(|_| !is_mine(open, &entry));
    let by = by.map(|person| identity::staff(r, person)).transpose()?.flatten();
    Ok(StuckItem {
        item: entry.item,
        case: Some(entry.case).filter(|case| !case.0.is_nil()),
        item_name: line.as_ref().map(|line| line.item_name.clone()).unwrap_or_default(),
        applicant: line.as_ref().map(|line| line.applicant.clone()).unwrap_or_default(),
        number: line.and_then(|line| line.number),
        what: what.to_owned(),
        act,
        retry: Code::from(entry.code.clone()).retry().name().to_owned(),
        from_county: entry.direction == Direction::Down,
        by: by.map(|staff| staff.official.name).unwrap_or_default(),
        mine: is_mine(open, &entry),
        may_send_again: is_mine(open, &entry) && can_go_again(&entry),
        code: entry.code,
        at: entry.at,
        differs,
    })
}

/// What a branch entered that the case says otherwise.
fn differs(
    r: &Read<'_>,
    open: &Open,
    paper: &Paper,
    item: &ServiceItem,
    entry: &Quarantined,
    opened: &Item,
) -> Result<Vec<BranchValue>, Fault> {
    let (Item::Document { heads, .. } | Item::Changes { heads, .. }) = opened else { return Ok(Vec::new()) };
    let mut all = paper.doc.clone();
    for one in quarantine::of_case(r, entry.case)? {
        if let Ok(one) = Item::from_bytes(&one.bytes) {
            // A branch whose beginning is not here cannot be shown; the others can.
            let _shown = join(&mut all, &one);
        }
    }
    let Ok(there) = all.at(heads) else { return Ok(Vec::new()) };
    let base = match opened {
        Item::Changes { base, .. } => all.at(base).map(|doc| doc.answers()).unwrap_or_default(),
        _ => Answers::default(),
    };
    let covers = !cover::sees_all(
        &open.me(),
        lifecycle::may_write(paper.status(), &open.me(), paper.is_seen_by(open)),
    );
    let (here, there) = (paper.doc.answers(), there.answers());
    let mut found = Vec::new();
    let text = |answers: &Answers, field: &FieldPath| {
        answers.fields.get(field).map(|answer| answer.value.clone()).unwrap_or_default()
    };
    for field in there.fields.keys() {
        let (now, said) = (text(&here, field), text(&there, field));
        let Some(known) = item.form.field(&field.question).filter(|known| !known.computed) else { continue };
        if now == said || said == text(&base, field) {
            continue;
        }
        let shown = |value: &str| {
            if covers { cover::value(&item.form, field, value) } else { value.to_owned() }
        };
        found.push(BranchValue {
            field: field.clone(),
            label: known.label.clone(),
            here: shown(&now),
            there: shown(&said),
        });
    }
    Ok(found)
}
