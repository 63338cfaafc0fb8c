//! Which papers a case still lacks. Missing papers never keep a case from being handed in (容缺收件).

use std::collections::BTreeMap;

use crate::answer::FieldPath;
use crate::catalogue::{MaterialSlot, Necessity, ServiceItem};
use crate::eligibility::{Context, Verdict, condition};
use crate::form::Finding;

/// Whether a slot applies to this case: yes, no, or not known yet.
pub fn applies(
    slot: &MaterialSlot,
    item: &ServiceItem,
    values: &BTreeMap<FieldPath, String>,
    context: Option<&Context>,
) -> Verdict {
    condition(&slot.when, item, values, &BTreeMap::new(), context)
}

/// What is missing or wrong among the papers, in slot order; warnings all (ruling 16).
///
/// `values`: [`crate::form::Outcome::values`]. `attached`: number of files by slot key.
/// Codes: `material_missing`, `material_deferrable` (may follow against a promise), `material_too_many`,
/// `material_unknown_slot`. Papers that are checked by data sharing are never asked for; neither is one of which it is
/// not known whether it applies.
pub fn material_findings(
    item: &ServiceItem,
    values: &BTreeMap<FieldPath, String>,
    attached: &BTreeMap<String, usize>,
    context: Option<&Context>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for slot in &item.materials {
        let files = attached.get(&slot.key).copied().unwrap_or(0);
        if files > usize::from(slot.max_files) {
            findings.push(Finding::about_slot(&slot.key, "material_too_many").with("most", slot.max_files));
        }
        let code = match slot.necessity {
            Necessity::Required => "material_missing",
            Necessity::Deferrable => "material_deferrable",
            Necessity::Optional | Necessity::Shared => continue,
        };
        if files == 0 && applies(slot, item, values, context) == Verdict::Yes {
            findings.push(Finding::about_slot(&slot.key, code));
        }
    }
    let unknown = attached.keys().filter(|key| !item.materials.iter().any(|slot| slot.key == **key));
    findings.extend(unknown.map(|key| Finding::about_slot(key, "material_unknown_slot")));
    findings
}

#[cfg(test)]
mod tests;
