//! The list of cases: filtered, searched, page by page.

use std::sync::Arc;

use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use domain::search;
use ipc::case::{CaseCard, CaseList, CasePage, Counts};
use ipc::problem::{self, Problem};
use store::Read;
use store::table::case_index::{self, Listed, PageKey, Query};

use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, blocking, case};

/// One page of cases.
pub(crate) async fn list(desk: &Arc<Desk>, ask: CaseList) -> Result<CasePage, Problem> {
    let open = desk.unlocked()?;
    let after = match &ask.after {
        Some(text) => Some(page_key(text).ok_or_else(|| Problem::new(problem::BAD_QUESTION))?),
        None => None,
    };
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let query = Query {
                scopes: Some(open.scopes()),
                statuses: ask.statuses,
                words: search::query(&ask.search),
                unseen: false,
                after,
                limit: ask.limit.map_or(case_index::PAGE, usize::from),
            };
            let total = case_index::total(r, &query)?;
            let page = case_index::list(r, &query)?;
            Ok(CasePage {
                cases: page.lines.into_iter().map(card).collect(),
                total,
                next: page.next.map(|key| format!("{}.{}", key.updated_at, key.case)),
                counts: counts(r, &open)?,
            })
        })
    })
    .await
}

/// Counts for home and filter chips.
///
/// # Errors
/// The store's.
pub(crate) fn counts(r: &Read<'_>, open: &Open) -> Result<Counts, Fault> {
    let scopes = open.scopes();
    let by_status = case_index::counts(r, Some(&scopes))?;
    let queue = queue(open).iter().filter_map(|status| by_status.get(status)).sum();
    Ok(Counts {
        by_status: by_status.iter().map(|(status, count)| (status.name().to_owned(), *count)).collect(),
        waiting: case_index::waiting(r, Some(&scopes))?,
        queue,
    })
}

/// Whether the list of this person holds the case, put away or not.
///
/// # Errors
/// The store's.
pub(crate) fn lists(r: &Read<'_>, open: &Open, case: CaseId) -> Result<bool, Fault> {
    let Some(listed) = case_index::get(r, case)? else { return Ok(false) };
    Ok(open.scopes().iter().any(|scope| listed.line.scopes.contains(scope)))
}

/// The statuses in which a case is this person's to work on.
pub(crate) fn queue(open: &Open) -> Vec<Status> {
    use Status::*;
    let of_role = |role: &Role| -> &[Status] {
        match role {
            Role::VillageAgent => &[CorrectionRequested, PreReviewReturned],
            Role::TownshipClerk => &[
                Submitted,
                CorrectionSubmitted,
                Accepted,
                AcceptedWithGaps,
                UnderInvestigation,
                PublicNotice,
            ],
            Role::Department => &[Forwarded, UnderDecision],
            Role::CountyAdmin => &[],
        }
    };
    let mut statuses: Vec<Status> = open.me().roles.iter().flat_map(of_role).copied().collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// A line as a card.
pub(crate) fn card(listed: Listed) -> CaseCard {
    let line = listed.line;
    CaseCard {
        case: line.case,
        receipt: line.number,
        item: line.item,
        item_name: line.item_name,
        status: line.status,
        transfer: case::transfer(listed.transfer),
        applicant: line.applicant,
        village: line.village,
        updated_at: line.updated_at,
        collected_at: line.collected_at,
        differing: line.differing,
    }
}

fn page_key(text: &str) -> Option<PageKey> {
    let (updated_at, case) = text.split_once('.')?;
    Some(PageKey { updated_at: updated_at.parse().ok()?, case: case.parse::<CaseId>().ok()? })
}
