//! Doing something to one case, once: in one transaction, remembered by the request's id, so that repeating is harmless.

use std::sync::Arc;

use domain::id::CaseId;
use ipc::case::CaseView;
use ipc::problem::{self, Problem};
use store::Write;
use store::table::request;

use crate::fault::Fault;
use crate::index::{self, Touch};
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, case, clock};

/// What a command does inside its transaction.
pub type Work = Box<dyn FnOnce(&Write<'_>, &Open, &Desk) -> Result<CaseId, Fault> + Send>;

/// Does `work` unless the request was done before, and gives the case as it stands then.
///
/// # Errors
/// What `work` says; `locked`; `bad_question` when the id was used for another command.
pub async fn once(
    desk: &Arc<Desk>,
    request: String,
    command: &'static str,
    work: Work,
) -> Result<CaseView, Problem> {
    let case = did(desk, request, command, work).await?;
    case::open(desk, case).await
}

/// As [`once`], without showing the case.
///
/// # Errors
/// As [`once`].
pub async fn did(
    desk: &Arc<Desk>,
    request: String,
    command: &'static str,
    work: Work,
) -> Result<CaseId, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let case = blocking::run(move || {
        open.store.write::<CaseId, Fault>(|w| {
            if let Some(done) = request::get(w, &request)? {
                if done.command != command {
                    return Err(Fault::told(problem::BAD_QUESTION));
                }
                return done.reply.parse().map_err(|_| Fault::Broken("a kept answer cannot be read"));
            }
            let case = work(w, &open, &at_desk)?;
            let done = request::Request { command: command.to_owned(), reply: case.to_string() };
            request::put(w, &request, &done, at_desk.clock.now())?;
            Ok(case)
        })
    })
    .await?;
    desk.watch.touch([case]);
    desk.link.wake();
    Ok(case)
}

/// Ends a piece of work on a case: queues what the county lacks and writes the line anew.
///
/// # Errors
/// The store's.
pub fn finish(
    w: &Write<'_>,
    open: &Open,
    desk: &Desk,
    paper: &Paper,
    step: Option<sync::act::SignedAct>,
) -> Result<CaseId, Fault> {
    paper.queue(w, open, &desk.clock, step)?;
    index::refresh(w, open, paper, Touch { at: Some(clock::device()), ..Touch::default() })?;
    Ok(paper.case)
}
