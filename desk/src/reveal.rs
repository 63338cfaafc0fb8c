//! Showing a covered value, against a reason that is signed by whoever looks and ends up in the county's book.

use std::sync::Arc;

use domain::act::{Act, ActKind, Payload};
use domain::answer::FieldPath;
use domain::lifecycle;
use ipc::case::{CaseReveal, Revealed};
use ipc::problem::{self, Problem};
use store::Write;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::{Paper, new_act};
use crate::{Desk, blocking, case};

/// Shows one value, or both where there are two; the look is written down before it is granted.
pub(crate) async fn reveal(desk: &Arc<Desk>, ask: CaseReveal) -> Result<Revealed, Problem> {
    let open = desk.unlocked()?;
    let at_desk = desk.clone();
    let shown = blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            let mut paper = Paper::load(w, &open, ask.case)?;
            let answers = paper.doc.answers();
            let unknown = || Fault::from(Problem::new(problem::UNKNOWN_FIELD).with("field", &ask.field));
            let value =
                answers.fields.get(&ask.field).map(|answer| answer.value.clone()).ok_or_else(unknown)?;
            let both = case::conflicts(w, &paper)?.into_iter().find(|known| known.field == ask.field);
            note(w, &open, &at_desk, &mut paper, &ask.field, &ask.reason)?;
            Ok(Revealed { value, values: both.map(|known| known.values).unwrap_or_default() })
        })
    });
    let shown = shown.await?;
    desk.link.wake();
    Ok(shown)
}

/// Writes a look down: signed by the person, waiting to be sent like every step.
///
/// # Errors
/// `reason_missing`; the store's.
pub(crate) fn note(
    w: &Write<'_>,
    open: &Open,
    desk: &Desk,
    paper: &mut Paper,
    field: &FieldPath,
    reason: &str,
) -> Result<(), Fault> {
    if reason.trim().is_empty() {
        return Err(Fault::told(problem::REASON_MISSING));
    }
    let me = open.me();
    let role = lifecycle::role_for(paper.status(), &ActKind::Reveal, &me);
    let payload =
        Payload { field: Some(field.clone()), reason: Some(reason.to_owned()), ..Payload::default() };
    let act = Act {
        id: new_act(),
        case: paper.case,
        kind: ActKind::Reveal,
        by: me.person,
        unit: me.unit,
        role: role.ok_or_else(|| Fault::told(problem::NOT_ALLOWED))?,
        payload,
    };
    paper.note(w, open, &desk.clock, act)
}
