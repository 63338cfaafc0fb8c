//! Who may see what: a unit sees its own drafts at once, a township what was handed in, the county what was forwarded.

use std::collections::BTreeSet;

use domain::act::ActKind;
use domain::id::DeskId;
use domain::region::{RegionCode, RegionLevel};
use domain::role::Unit;

use crate::database::{self, View, desk, person};

/// The scope that only `unit` reads, drafts included.
pub fn drafts(unit: &RegionCode) -> String {
    format!("draft:{unit}")
}

/// The scopes a unit reads.
pub fn of_unit(unit: &Unit) -> Vec<String> {
    let regions = std::iter::once(&unit.code).chain(&unit.villages).map(|code| code.as_str().to_owned());
    std::iter::once(drafts(&unit.code)).chain(regions).collect()
}

/// Whether a citizen of `village` may be served by `unit`.
pub fn serves(unit: &Unit, village: &RegionCode) -> bool {
    unit.code.contains(village) || unit.villages.iter().any(|served| served.contains(village))
}

/// The scopes a desk reads: those of the units of its people who may still work.
pub fn of_desk(view: &View<'_>, id: DeskId) -> database::Result<Vec<String>> {
    let mut scopes = BTreeSet::new();
    for at in desk::people(view, id)? {
        if person::official(view, at.person, &at.unit)?.is_some()
            && let Some(unit) = person::unit(view, &at.unit)?
        {
            scopes.extend(of_unit(&unit));
        }
    }
    Ok(scopes.into_iter().collect())
}

/// The scopes a case enters when this step was accepted.
pub fn entered_by(kind: &ActKind, village: &RegionCode) -> Vec<String> {
    let levels: &[RegionLevel] = match kind {
        ActKind::Submit => &[RegionLevel::Village, RegionLevel::Township],
        ActKind::Forward => &[RegionLevel::County],
        _ => &[],
    };
    levels.iter().filter_map(|level| village.at(*level)).map(String::from).collect()
}
