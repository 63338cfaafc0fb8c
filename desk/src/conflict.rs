//! Two people entered different values: one of them decides, with a reason, and both see it.

use std::sync::Arc;

use domain::act::{ActKind, Payload};
use ipc::case::{CaseResolve, CaseView};
use ipc::problem::{self, Problem};
use store::Write;
use store::table::draft_buffer;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, cabinet, clock, cover, draft, index};

/// Writes the value that holds and the step that says who decided and why: both or neither (ruling 4).
pub(crate) async fn resolve(desk: &Arc<Desk>, ask: CaseResolve) -> Result<CaseView, Problem> {
    if ask.reason.trim().is_empty() {
        return Err(Problem::new(problem::REASON_MISSING));
    }
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let mut paper = Paper::load(w, open, ask.case)?;
        let item = index::item_of(w, open, &paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
        if item.form.field(&ask.field.question).is_none() {
            return Err(Problem::new(problem::UNKNOWN_FIELD).with("field", &ask.field).into());
        }
        // A covered value that was not looked at would come back as it is shown here: with stars instead of figures.
        for known in paper.doc.conflicts().iter().filter(|known| known.field == ask.field) {
            let values = || known.values.iter().map(|candidate| candidate.answer.value.as_str());
            let is_shown = |value| cover::value(&item.form, &ask.field, value) == ask.value;
            if values().all(|value| value != ask.value) && values().any(is_shown) {
                return Err(Fault::told(problem::REVEAL_FIRST));
            }
        }
        let before = paper.doc.heads();
        paper.doc.resolve(&ask.field, &ask.value, clock::device())?;
        paper.keep(w, &before)?;
        draft_buffer::remove(w, ask.case, &ask.field)?;
        let payload = Payload { field: Some(ask.field), reason: Some(ask.reason), ..Payload::default() };
        draft::step(w, open, desk, &mut paper, ActKind::Reconcile, payload)
    };
    cabinet::once(desk, ask.request, "case_resolve", Box::new(work)).await
}
