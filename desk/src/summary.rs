//! Ended cases shrink to a summary after the time the county set: what lists, search and timeline show stays, answers and
//! papers go. The county has the whole, and whoever needs it fetches it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::answer::Answers;
use domain::catalogue::ServiceItem;
use domain::id::{CaseId, Digest};
use domain::lifecycle::Status;
use domain::mask;
use domain::moment::Millis;
use domain::workday::{Calendar, LEAST_KEPT_DAYS};
use ipc::case::{CaseView, Transfer};
use ipc::problem::Problem;
use ipc::summary::{Summary, Whole};
use store::table::summary::{self, State};
use store::table::{case_index, catalogue, file, meta, upload};
use store::{Read, Write};
use sync::wire::to_cbor;

use crate::account::HEARD;
use crate::clock::Heard;
use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, case, index};

const DAY: Millis = 24 * 3600 * 1000;
/// Cases in one transaction: whoever saves a field meanwhile does not wait for it.
const AT_ONCE: usize = 50;
/// Up to which day, counted from 1970 by the county's clock, it was looked what is due.
const LOOKED: &str = "summaries";

/// Lets every ended case shrink whose time has come. Looked at once for each day that the county tells: a desk that never
/// meets it keeps everything, and a wrong clock of this machine throws nothing away.
///
/// # Errors
/// The store's; what was done until then stays done.
pub(crate) fn shrink(desk: &Desk, open: &Open) -> Result<(), Fault> {
    let Some((day, before)) = open.store.read::<_, Fault>(due_before)? else { return Ok(()) };
    shrink_before(desk, open, before)?;
    Ok(open.store.write(|w| meta::put_json(w, LOOKED, &day))?)
}

/// As [`shrink`], for cases with which nothing happened since `before`.
///
/// # Errors
/// The store's.
pub(crate) fn shrink_before(desk: &Desk, open: &Open, before: Millis) -> Result<(), Fault> {
    loop {
        let (done, gone) = open.store.write::<_, Fault>(|w| {
            let due = summary::due(w, &Status::ENDED, before, AT_ONCE)?;
            let mut gone = Vec::new();
            for case in &due {
                gone.extend(shrink_one(w, open, *case)?);
            }
            Ok((due, gone))
        })?;
        for sha256 in gone {
            // Bytes that stay behind are swept at the next start.
            let _swept = open.store.files().remove(sha256);
        }
        let more = done.len() == AT_ONCE;
        if !done.is_empty() {
            desk.watch.touch(done);
        }
        if !more {
            return Ok(());
        }
    }
}

/// Today by the county's last word, and before when a case must have ended to be due; none when it was looked at today, or
/// the county wants none to shrink.
fn due_before(r: &Read<'_>) -> Result<Option<(i64, Millis)>, Fault> {
    let Some(heard) = meta::get_json::<Heard>(r, HEARD)? else { return Ok(None) };
    let day = heard.at.div_euclid(DAY);
    if meta::get_json::<i64>(r, LOOKED)?.is_some_and(|looked| looked >= day) {
        return Ok(None);
    }
    let Some(release) = catalogue::current(r)? else { return Ok(None) };
    let Some(bytes) = catalogue::calendar(r, release)? else { return Ok(None) };
    let calendar: Calendar =
        serde_json::from_slice(&bytes).map_err(|_| Fault::Broken("the calendar cannot be read"))?;
    Ok(calendar
        .keep_ended_days
        .map(|days| (day, heard.at - Millis::from(days.max(LEAST_KEPT_DAYS)).saturating_mul(DAY))))
}

/// Gives the files that nothing names any more.
fn shrink_one(w: &Write<'_>, open: &Open, case: CaseId) -> Result<Vec<Digest>, Fault> {
    let paper = Paper::any(w, open, case)?;
    let item = index::item_of(w, open, &paper)?;
    let facts = paper.facts(item.as_deref().map(|item| &item.subject));
    summary::shrink(w, case, &to_cbor(&facts))?;
    upload::remove_of_case(w, case)?;
    let mut gone = Vec::new();
    for named in file::of_case(w, case)? {
        file::detach(w, case, &named.slot, &named.key)?;
        if file::forget(w, named.sha256)? {
            gone.push(named.sha256);
        }
    }
    Ok(gone)
}

/// Asks for the whole of a case; it comes with the next exchange.
///
/// # Errors
/// `locked`, `no_such_case`.
pub(crate) async fn fetch(desk: &Arc<Desk>, case: CaseId) -> Result<CaseView, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let view = blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            Paper::see(w, &open, case)?;
            summary::set_state(w, case, State::Wanted)?;
            case::view(w, &open, &at_desk, case)
        })
    });
    let view = view.await?;
    desk.link.ask_now();
    Ok(view)
}

/// What is shown of a case that is a summary; none when it lies here whole.
///
/// # Errors
/// The store's.
pub(crate) fn view(
    r: &Read<'_>,
    open: &Open,
    desk: &Desk,
    paper: &Paper,
    item: &ServiceItem,
) -> Result<Option<CaseView>, Fault> {
    let Some(facts) = &paper.summary else { return Ok(None) };
    let whole = match summary::get(r, paper.case)?.map(|kept| kept.state) {
        Some(State::Wanted) => Whole::OnItsWay,
        Some(State::Lacking) => Whole::Lacking,
        Some(State::Kept) | None => Whole::AtCounty,
    };
    let listed = case_index::get(r, paper.case)?;
    Ok(Some(CaseView {
        case: paper.case,
        item: item.clone(),
        release: paper.meta.release,
        status: paper.status(),
        transfer: listed.as_ref().map_or(Transfer::AtCounty, |listed| case::transfer(listed.transfer)),
        receipt: paper.number().map(str::to_owned),
        answers: Answers::default(),
        covered: Vec::new(),
        conflicts: Vec::new(),
        unsaved: Vec::new(),
        summary: Some(Summary { applicant: mask::name(&facts.name), whole }),
        newer: None,
        findings: Vec::new(),
        materials: Vec::new(),
        timeline: case::timeline(r, open, paper)?,
        corrections: Vec::new(),
        may_write: false,
        acts: Vec::new(),
        updated_at: listed.map(|listed| listed.line.updated_at).unwrap_or_default(),
        facts: BTreeMap::new(),
        today: desk.clock.today(),
    }))
}
