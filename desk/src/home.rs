//! The first screen: what can be done here, what was begun, what waits, what came back, what is to be worked on.

use std::sync::Arc;

use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::CaseCard;
use ipc::home::HomeView;
use ipc::problem::Problem;
use store::Read;
use store::table::case_index::{self, Query};

use crate::fault::Fault;
use crate::open::Open;
use crate::worklist::{card, counts, queue};
use crate::{Desk, blocking, item};

/// Lists on the first screen are this short.
const SHORT: usize = 6;

/// The first screen.
pub(crate) async fn home(desk: &Arc<Desk>) -> Result<HomeView, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let is_agent = open.me().is(Role::VillageAgent);
            let mut came_back = Vec::new();
            if is_agent {
                came_back =
                    lines(r, &open, vec![Status::CorrectionRequested, Status::PreReviewReturned], false)?;
                // What was decided and not looked at yet.
                for card in lines(r, &open, Vec::new(), true)? {
                    if !came_back.iter().any(|known| known.case == card.case) && card.status != Status::Draft
                    {
                        came_back.push(card);
                    }
                }
                came_back.truncate(SHORT);
            }
            let mut village_items = item::cards(r, &open)?;
            village_items.retain(|item| item.village_complete);
            Ok(HomeView {
                village_items,
                drafts: lines(r, &open, vec![Status::Draft], false)?,
                waiting: case_index::waiting_lines(r, Some(&open.scopes()), SHORT)?
                    .into_iter()
                    .map(card)
                    .filter(|card| card.status != Status::Draft)
                    .collect(),
                came_back,
                queue: if is_agent { Vec::new() } else { lines(r, &open, queue(&open), false)? },
                counts: counts(r, &open)?,
            })
        })
    })
    .await
}

/// Cases in these statuses; none asked for and not `unseen` means none wanted.
fn lines(r: &Read<'_>, open: &Open, statuses: Vec<Status>, unseen: bool) -> Result<Vec<CaseCard>, Fault> {
    if statuses.is_empty() && !unseen {
        return Ok(Vec::new());
    }
    let query = Query { scopes: Some(open.scopes()), statuses, unseen, limit: SHORT, ..Query::default() };
    Ok(case_index::list(r, &query)?.lines.into_iter().map(card).collect())
}
