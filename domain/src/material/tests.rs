use super::*;
use crate::form::{FormLogic, open};
use crate::sample::{TODAY, answers, form, item, plain};

fn lacking(cares: &str, attached: &[(&str, usize)]) -> Vec<(String, String)> {
    let mut filled = open(&form(), &answers(), TODAY).unwrap();
    filled.set(&plain("cares"), cares).unwrap();
    let attached = attached.iter().map(|(key, files)| ((*key).to_owned(), *files)).collect();
    let findings = material_findings(&item(), &filled.outcome().values, &attached, None);
    assert!(findings.iter().all(|finding| !finding.is_error()), "papers hold nothing up");
    findings.into_iter().map(|finding| (finding.slot.unwrap(), finding.code)).collect()
}

fn pair(slot: &str, code: &str) -> (String, String) {
    (slot.to_owned(), code.to_owned())
}

#[test]
fn required_papers_are_missed_shared_and_optional_ones_never() {
    let nothing = lacking("no", &[]);
    assert_eq!(nothing, [pair("M-ID", "material_missing"), pair("M-HK", "material_deferrable")]);
    assert_eq!(lacking("no", &[("M-ID", 2), ("M-HK", 1)]), []);
}

#[test]
fn a_paper_is_missed_only_where_it_applies() {
    let there = [("M-ID", 1), ("M-HK", 1)];
    assert_eq!(lacking("yes", &there), [pair("M-CARE", "material_missing")]);
    assert_eq!(lacking("", &there), [], "not known whether it applies");
}

#[test]
fn too_many_files_and_unknown_slots_are_told() {
    let found = lacking("no", &[("M-ID", 3), ("M-HK", 1), ("M-XX", 1)]);
    assert_eq!(found, [pair("M-ID", "material_too_many"), pair("M-XX", "material_unknown_slot")]);
}
