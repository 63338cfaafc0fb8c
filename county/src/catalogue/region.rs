//! The region table: county, townships, villages, with the time each code was valid.

use std::collections::BTreeMap;

use domain::catalogue::RegionEntry;
use domain::form::Choice;
use domain::region::{RegionCode, RegionLevel};
use jiff::civil::Date;

use super::finding::Report;
use super::workbook::Table;

/// Reads and checks the table; entries in the order of their codes.
pub(super) fn regions(table: &Table, report: &mut Report) -> Vec<RegionEntry> {
    report.headers(table, &["code", "name"], &["valid_from", "valid_to", "successor"]);
    let mut found = BTreeMap::new();
    for row in &table.rows {
        let text = row.text("code");
        let Ok(code) = text.parse::<RegionCode>() else {
            report.error(table.cell(row, "code"), "region-code", &[("value", text)]);
            continue;
        };
        let name = report.needed(table, row, "name").to_owned();
        let (from, to) = (report.day(table, row, "valid_from"), report.day(table, row, "valid_to"));
        if matches!((from, to), (Some(from), Some(to)) if from > to) {
            report.error(table.cell(row, "valid_to"), "days-order", &[]);
        }
        let successor = row.given("successor").and_then(|text| text.parse::<RegionCode>().ok());
        if successor.is_none() && row.given("successor").is_some() {
            report.error(table.cell(row, "successor"), "region-code", &[("value", row.text("successor"))]);
        }
        let entry = RegionEntry {
            code: code.clone(),
            name,
            valid_from: from.map(|day| day.to_string()),
            valid_to: to.map(|day| day.to_string()),
            successor,
        };
        if found.insert(code, (row, entry)).is_some() {
            report.error(table.cell(row, "code"), "region-twice", &[("value", text)]);
        }
    }
    for (code, (row, entry)) in &found {
        let parent = match code.level() {
            RegionLevel::County => None,
            RegionLevel::Township => code.at(RegionLevel::County),
            RegionLevel::Village => code.at(RegionLevel::Township),
        };
        if let Some(parent) = parent.filter(|parent| !found.contains_key(parent)) {
            report.error(
                table.cell(row, "code"),
                "region-parent",
                &[("value", code.as_str()), ("parent", parent.as_str())],
            );
        }
        if let Some(successor) = entry.successor.as_ref().filter(|successor| !found.contains_key(successor)) {
            report.error(table.cell(row, "successor"), "region-unknown", &[("value", successor.as_str())]);
        }
    }
    let counties = found.keys().filter(|code| code.level() == RegionLevel::County).count();
    if counties != 1 {
        report.error(table.whole(), "region-county", &[("count", &counties.to_string())]);
    }
    found.into_values().map(|(_, entry)| entry).collect()
}

/// The villages valid on `day`, as choices of a region question: named with their township, as people say them.
pub(super) fn villages(regions: &[RegionEntry], day: Date) -> Vec<Choice> {
    let day = day.to_string();
    let valid = |entry: &&RegionEntry| {
        entry.code.level() == RegionLevel::Village
            && entry.valid_from.as_ref().is_none_or(|from| *from <= day)
            && entry.valid_to.as_ref().is_none_or(|to| *to >= day)
    };
    let township = |entry: &RegionEntry| {
        let code = entry.code.at(RegionLevel::Township)?;
        regions.iter().find(|other| other.code == code).map(|other| other.name.as_str())
    };
    let label = |entry: &RegionEntry| match township(entry) {
        // A residents' committee often bears its town's name already.
        Some(township) if !entry.name.starts_with(township) => format!("{township}{}", entry.name),
        _ => entry.name.clone(),
    };
    let choice = |entry: &RegionEntry| Choice {
        name: entry.code.to_string(),
        label: label(entry),
        extra: BTreeMap::new(),
    };
    regions.iter().filter(valid).map(choice).collect()
}
