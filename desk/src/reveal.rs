//! Showing a covered value, against a reason that stays in the log.

use std::sync::Arc;

use domain::answer::FieldPath;
use domain::id::CaseId;
use ipc::case::{CaseReveal, Revealed};
use ipc::problem::{self, Problem};
use store::Write;
use store::table::reveal_log;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, clock};

/// Shows one value; the look is written down before it is granted.
pub(crate) async fn reveal(desk: &Arc<Desk>, ask: CaseReveal) -> Result<Revealed, Problem> {
    let open = desk.unlocked()?;
    if ask.reason.trim().is_empty() {
        return Err(Problem::new(problem::REASON_MISSING));
    }
    blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            let paper = Paper::load(w, &open, ask.case)?;
            let answers = paper.doc.answers();
            let unknown = || Fault::from(Problem::new(problem::UNKNOWN_FIELD).with("field", &ask.field));
            let value =
                answers.fields.get(&ask.field).map(|answer| answer.value.clone()).ok_or_else(unknown)?;
            note(w, &open, ask.case, &ask.field, &ask.reason)?;
            Ok(Revealed { value })
        })
    })
    .await
}

/// Writes a look down.
///
/// # Errors
/// The store's.
pub(crate) fn note(
    w: &Write<'_>,
    open: &Open,
    case: CaseId,
    field: &FieldPath,
    reason: &str,
) -> Result<(), Fault> {
    let entry = reveal_log::Reveal {
        person: open.person(),
        case,
        field: field.clone(),
        reason: reason.to_owned(),
        at: clock::device(),
    };
    reveal_log::append(w, &entry)?;
    Ok(())
}
