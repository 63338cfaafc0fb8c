//! Which scopes a desk reads; what a scope is stands in the rules of the work.

use std::collections::BTreeSet;

use domain::id::DeskId;
pub use domain::scope::{drafts, entered_by, of_unit, serves};

use crate::database::{self, View, desk, person};

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
