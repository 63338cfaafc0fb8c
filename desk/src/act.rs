//! Official steps: accept, ask for corrections, forward, approve, return, and all the others of the lifecycle table.

use std::sync::Arc;

use domain::act::ActKind;
use ipc::case::{CaseAct, CaseSubmit, CaseView};
use ipc::problem::{self, Problem};
use store::Write;

use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, cabinet, draft};

/// Does a step. It is real once the county gave it a number; until then it is shown as waiting.
pub(crate) async fn act(desk: &Arc<Desk>, ask: CaseAct) -> Result<CaseView, Problem> {
    if !ask.kind.is_step() {
        // A look is written down by looking.
        return Err(Problem::new(problem::NOT_ALLOWED));
    }
    if matches!(ask.kind, ActKind::Submit | ActKind::SubmitCorrection) {
        // Handing in checks the form and makes the number; there is one way to do it.
        return draft::submit(desk, CaseSubmit { request: ask.request, case: ask.case, insist: false }).await;
    }
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let mut paper = Paper::load(w, open, ask.case)?;
        draft::step(w, open, desk, &mut paper, ask.kind, ask.payload)
    };
    cabinet::once(desk, ask.request, "case_act", Box::new(work)).await
}
