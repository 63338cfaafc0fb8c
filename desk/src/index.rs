//! The line of each case in lists, and the words it is found by: computed from document and steps, never truth itself.

use std::sync::Arc;

use domain::catalogue::ServiceItem;
use domain::id::CaseId;
use domain::mask;
use domain::moment::Millis;
use domain::search;
use ipc::problem::Problem;
use store::table::{case_index, catalogue, document, search_key};
use store::{Read, Write};

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, rescue};

/// How a line changes beside what follows from the papers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Touch {
    /// When something changed last; `None` keeps the time there is.
    pub at: Option<Millis>,
    /// Whether somebody should look; `None` keeps it.
    pub unseen: Option<bool>,
    /// Put away (with the time) or taken back; `None` keeps it.
    pub discarded: Option<Option<Millis>>,
}

/// Writes the line and the search words of a case anew.
///
/// # Errors
/// The store's.
pub fn refresh(w: &Write<'_>, open: &Open, paper: &Paper, touch: Touch) -> Result<(), Fault> {
    let item = item_of(w, open, paper)?;
    let before = case_index::get(w, paper.case)?.map(|listed| listed.line);
    let facts = paper.facts(item.as_deref().map(|item| &item.subject));
    let village = facts.region.parse().ok().unwrap_or_else(|| paper.meta.village.clone());
    let item_name = item.as_deref().map_or_else(|| paper.meta.item.clone(), |item| item.name.clone());
    let number = paper.number().map(str::to_owned);
    let mut keys = search::keys(&facts.name);
    keys.extend(number.iter().flat_map(|number| search::keys(number)));
    keys.extend(number.iter().map(|number| number.to_lowercase()));
    // A number is looked for as it stands on a card: from its beginning.
    keys.extend(Some(facts.id_no.to_lowercase()).filter(|id| !id.is_empty()));
    keys.sort_unstable();
    keys.dedup();
    let line = case_index::CaseLine {
        case: paper.case,
        item: paper.meta.item.clone(),
        item_name,
        release: paper.meta.release,
        status: paper.status(),
        applicant: mask::name(&facts.name),
        number,
        village: Some(village),
        unit: paper.meta.unit.clone(),
        scopes: paper.scopes(),
        updated_at: touch
            .at
            .or(before.as_ref().map(|line| line.updated_at))
            .unwrap_or_else(|| last_step(paper)),
        collected_at: paper.collected_at(),
        differing: u32::try_from(paper.doc.conflicts().len()).unwrap_or(u32::MAX),
        unseen: touch.unseen.or(before.as_ref().map(|line| line.unseen)).unwrap_or(false),
        discarded_at: touch.discarded.unwrap_or_else(|| before.as_ref().and_then(|line| line.discarded_at)),
    };
    case_index::put(w, &line)?;
    search_key::of_item(w, &line.item, &line.item_name, || {
        [search::keys(&line.item_name), search::keys(&line.item)].concat()
    })?;
    search_key::replace(w, paper.case, &keys)?;
    Ok(())
}

/// The service item of a case: of the release it began on, or of the newest here that has it.
///
/// # Errors
/// The store's.
pub fn item_of(r: &Read<'_>, open: &Open, paper: &Paper) -> Result<Option<Arc<ServiceItem>>, Fault> {
    if let Some(item) = open.item(r, paper.meta.release, &paper.meta.item)? {
        return Ok(Some(item));
    }
    for release in catalogue::releases(r)? {
        if let Some(item) = open.item(r, release.number, &paper.meta.item)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// Builds all lines and search words anew, and queues again what the county lacks and nobody sends. Gives how many cases
/// there are.
///
/// # Errors
/// `locked`; the store's.
pub async fn rebuild(desk: &Arc<Desk>) -> Result<u64, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let work = move || {
        open.store.write::<u64, Fault>(|w| {
            rescue::queue_again(w, &open, &at_desk)?;
            build(w, &open)
        })
    };
    let count = blocking::run(work).await?;
    desk.link.wake();
    desk.watch.stir();
    Ok(count)
}

/// As [`rebuild`], inside a transaction.
///
/// # Errors
/// The store's.
pub(crate) fn build(w: &Write<'_>, open: &Open) -> Result<u64, Fault> {
    let mut lines = std::collections::BTreeMap::new();
    let cases = cases(w)?;
    for case in &cases {
        lines.insert(*case, case_index::get(w, *case)?.map(|listed| listed.line));
    }
    case_index::clear(w)?;
    for case in &cases {
        let paper = Paper::any(w, open, *case)?;
        refresh(w, open, &paper, kept(lines.remove(case).flatten()))?;
    }
    Ok(cases.len() as u64)
}

/// Writes the lines anew of cases that began on a release which has only now arrived.
///
/// # Errors
/// The store's.
pub(crate) fn rename(w: &Write<'_>, open: &Open, release: u64) -> Result<(), Fault> {
    for case in cases(w)? {
        let line = case_index::get(w, case)?.map(|listed| listed.line);
        if line.is_some_and(|line| line.release == release && line.item_name == line.item) {
            refresh(w, open, &Paper::any(w, open, case)?, Touch::default())?;
        }
    }
    Ok(())
}

/// Every case that lies here.
///
/// # Errors
/// The store's.
pub(crate) fn cases(r: &Read<'_>) -> Result<Vec<CaseId>, Fault> {
    let (mut cases, mut after) = (Vec::new(), None);
    loop {
        let page = document::list(r, after, 500)?;
        let Some(last) = page.last() else { return Ok(cases) };
        after = Some(last.case);
        cases.extend(page.into_iter().map(|row| row.case));
    }
}

/// What no document and no step tells: when this desk saw the case change, whether somebody looked, whether it was put away.
fn kept(line: Option<case_index::CaseLine>) -> Touch {
    line.map_or_else(Touch::default, |line| Touch {
        at: Some(line.updated_at),
        unseen: Some(line.unseen),
        discarded: Some(line.discarded_at),
    })
}

fn last_step(paper: &Paper) -> Millis {
    let told = |step: &crate::paper::Step| step.arrived.unwrap_or(step.body.moment.device);
    paper.acts.iter().map(told).max().unwrap_or_else(crate::clock::device)
}
