//! Whether the applicant qualifies and which papers apply, judged in the window as desk and county judge it.

use std::collections::BTreeMap;

use domain::answer::FieldPath;
use domain::catalogue::MaterialSlot;
use domain::eligibility::{Assessment, Context, Verdict, assess, condition};
use domain::region::{RegionCode, RegionLevel};
use ipc::case::CaseView;

use super::filling::Filling;

/// When and where the case is taken in, as far as the window knows.
fn context(case: &CaseView, unit: Option<&RegionCode>) -> Option<Context> {
    let county = unit.and_then(|unit| unit.at(RegionLevel::County))?;
    Some(Context { collect_date: case.today.parse().ok()?, county })
}

/// What the rules say about the answers as they stand.
pub fn eligibility(filling: &Filling, unit: Option<&RegionCode>) -> Option<Assessment> {
    let case = &filling.case;
    Some(assess(&case.item, &filling.sheet.values, &case.facts, &context(case, unit)?))
}

/// Whether a paper is asked for: not when its condition is known not to hold. `values`: what counts in the form now.
pub fn applies(
    slot: &MaterialSlot,
    case: &CaseView,
    values: &BTreeMap<FieldPath, String>,
    unit: Option<&RegionCode>,
) -> bool {
    let context = context(case, unit);
    condition(&slot.when, &case.item, values, &case.facts, context.as_ref()) != Verdict::No
}
