//! Who may see what: a unit sees its own drafts at once, a township what was handed in, the county what was forwarded.
//!
//! The county lets desks read by these rules; a desk that several people share shows each of them no more than that.

use std::collections::BTreeSet;

use crate::act::{Act, ActKind};
use crate::region::{RegionCode, RegionLevel};
use crate::role::Unit;

/// What every scope of drafts begins with.
const DRAFTS: &str = "draft:";

/// The scope that only `unit` reads, drafts included.
pub fn drafts(unit: &RegionCode) -> String {
    format!("{DRAFTS}{unit}")
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

/// The scopes a case enters when this step was accepted.
pub fn entered_by(kind: &ActKind, village: &RegionCode) -> Vec<String> {
    let levels: &[RegionLevel] = match kind {
        ActKind::Submit => &[RegionLevel::Village, RegionLevel::Township],
        ActKind::Forward => &[RegionLevel::County],
        _ => &[],
    };
    levels.iter().filter_map(|level| village.at(*level)).map(String::from).collect()
}

/// The scopes of a case that `unit` took in for a citizen of `village`, after the steps the county numbered.
pub fn of_case<'a>(
    unit: &RegionCode,
    village: &RegionCode,
    numbered: impl IntoIterator<Item = &'a Act>,
) -> BTreeSet<String> {
    let mut scopes = BTreeSet::from([drafts(unit)]);
    for act in numbered {
        scopes.extend(entered_by(&act.kind, village));
        if let (ActKind::Reassign, Some(taking)) = (&act.kind, &act.payload.unit) {
            // Whoever takes over reads the drafts from now on, and nobody else does.
            scopes.retain(|scope| !scope.starts_with(DRAFTS));
            scopes.insert(drafts(taking));
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Payload;
    use crate::id::{ActId, CaseId, PersonId};
    use crate::role::Role;
    use uuid::Uuid;

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    fn unit(of: &str) -> Unit {
        Unit { code: code(of), name: String::new(), villages: Vec::new() }
    }

    fn step(kind: ActKind, payload: Payload) -> Act {
        Act {
            id: ActId(Uuid::from_u128(1)),
            case: CaseId(Uuid::from_u128(2)),
            kind,
            by: PersonId(Uuid::from_u128(3)),
            unit: code("131099100201"),
            role: Role::VillageAgent,
            payload,
        }
    }

    fn sees(reader: &str, acts: &[Act]) -> bool {
        let scopes = of_case(&code("131099100201"), &code("131099100201"), acts);
        of_unit(&unit(reader)).iter().any(|scope| scopes.contains(scope))
    }

    #[test]
    fn a_case_is_seen_further_up_with_every_step() {
        let submit = step(ActKind::Submit, Payload::default());
        let forward = step(ActKind::Forward, Payload::default());
        let readers = ["131099100201", "131099100202", "131099100", "131099101", "131099"];
        let seen = |acts: &[Act]| readers.map(|reader| sees(reader, acts));
        assert_eq!(seen(&[]), [true, false, false, false, false]);
        assert_eq!(seen(std::slice::from_ref(&submit)), [true, false, true, false, false]);
        assert_eq!(seen(&[submit, forward]), [true, false, true, false, true]);
    }

    #[test]
    fn a_draft_that_was_handed_over_is_the_other_units_alone() {
        let payload = Payload { unit: Some(code("131099100202")), ..Payload::default() };
        let acts = [step(ActKind::Reassign, payload)];
        assert!(!sees("131099100201", &acts));
        assert!(sees("131099100202", &acts));
    }
}
