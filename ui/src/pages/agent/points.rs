//! What a point of a correction notice is about, and where in the form that is.

use domain::act::CorrectionPoint;
use ipc::case::CaseView;

use crate::route::Spot;
use crate::state::sheet::page_of;
use crate::state::steps::{self, Step};

/// The step on which a point is put right.
pub fn step_of(point: &CorrectionPoint, case: &CaseView) -> Option<Step> {
    match (&point.field, &point.slot) {
        (Some(field), _) => page_of(&case.item.form, field).map(Step::Page),
        (None, Some(slot)) if steps::signature_slot(&case.item) == Some(slot) => Some(Step::Signature),
        (None, Some(_)) => Some(Step::Materials),
        (None, None) => None,
    }
}

/// The address of what a point names.
pub fn spot_of(point: &CorrectionPoint, case: &CaseView) -> Spot {
    let step = step_of(point, case).map(|step| step.name(&case.item));
    Spot { step, field: point.field.as_ref().map(ToString::to_string), slot: point.slot.clone() }
}

/// What a point is about, in the form's words.
pub fn subject(point: &CorrectionPoint, case: &CaseView) -> String {
    let field = point
        .field
        .as_ref()
        .and_then(|field| case.item.form.field(&field.question))
        .map(|field| field.label.clone());
    let slot = point.slot.as_ref().and_then(|key| case.item.materials.iter().find(|slot| slot.key == *key));
    field.or_else(|| slot.map(|slot| slot.name.clone())).unwrap_or_default()
}
