//! The papers an item asks for: each named, each with a basis, none that a village may not be asked for.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::{MaterialOrigin, MaterialSlot, Necessity};

use super::finding::{At, Report};
use super::sources::Sources;
use super::workbook::Table;

/// Words that make a material name vague, one a line.
const VAGUE: &str = include_str!("vague_names.txt");
/// Proofs that village committees must not issue (domain facts 2.17), `proof who-issues-it-instead` a line.
const FORBIDDEN: &str = include_str!("forbidden_proofs.txt");

/// Reads and checks the sheet `materials`.
pub(super) fn materials(table: &Table, report: &mut Report) -> Vec<MaterialSlot> {
    let optional = ["note", "when", "route", "check_original", "max_files"];
    report.headers(table, &["key", "name", "necessity", "origin", "basis"], &optional);
    let (mut keys, mut names) = (BTreeSet::new(), BTreeSet::new());
    let mut slots = Vec::new();
    for row in &table.rows {
        let key = report.needed(table, row, "key").to_owned();
        let name = report.needed(table, row, "name").to_owned();
        let basis = report.needed(table, row, "basis").to_owned();
        if !key.is_empty() && !keys.insert(key.clone()) {
            report.error(table.cell(row, "key"), "material-key-twice", &[("key", &key)]);
        }
        if !name.is_empty() && !names.insert(name.clone()) {
            report.error(table.cell(row, "name"), "material-name-twice", &[("name", &name)]);
        }
        check_name(&name, table.cell(row, "name"), report);
        let necessity = report.word(table, row, "necessity", "required, deferrable, optional, shared");
        let origin = report.word(table, row, "origin", "applicant, authority, generated, share");
        let route = row.text("route");
        if !matches!(route, "share" | "ecert" | "none" | "") {
            report.error(
                table.cell(row, "route"),
                "word-unknown",
                &[("value", route), ("allowed", "share, ecert, none")],
            );
        }
        // Check 12: what the state issued, the state should not ask for.
        if origin == Some(MaterialOrigin::Authority) && matches!(route, "none" | "") {
            report.warning(table.cell(row, "route"), "material-no-route", &[("name", &name)]);
        }
        if necessity == Some(Necessity::Shared) && route != "share" {
            report.error(table.cell(row, "route"), "material-shared-route", &[("name", &name)]);
        }
        let max_files = row.given("max_files").and_then(|_| report.number(table, row, "max_files"));
        slots.push(MaterialSlot {
            key,
            name,
            note: row.text("note").to_owned(),
            necessity: necessity.unwrap_or(Necessity::Required),
            when: row.text("when").to_owned(),
            origin: origin.unwrap_or(MaterialOrigin::Applicant),
            check_original: report.yes(table, row, "check_original"),
            basis,
            max_files: max_files.unwrap_or(6),
        });
    }
    slots
}

fn check_name(name: &str, at: At, report: &mut Report) {
    if let Some(word) = VAGUE.lines().find(|word| !word.is_empty() && name.contains(word)) {
        report.error(at.clone(), "material-vague", &[("name", name), ("word", word)]);
    }
    let proofs = FORBIDDEN.lines().filter_map(|line| line.split_once(' '));
    for (proof, instead) in proofs {
        if name.contains(proof) {
            report.error(at.clone(), "material-forbidden", &[("proof", proof), ("instead", instead)]);
        }
    }
}

/// The same key is the same paper in every item; forms made here may differ in name.
pub(super) fn check_keys(sources: &Sources, report: &mut Report) {
    let mut names: BTreeMap<String, (String, String)> = BTreeMap::new();
    for source in &sources.items {
        let table = source.sheets.sheet("materials");
        for row in table.rows.iter().filter(|row| row.text("origin") != "generated") {
            let (key, name) = (row.text("key"), row.text("name"));
            let (known, file) =
                names.entry(key.to_owned()).or_insert_with(|| (name.to_owned(), source.file.clone()));
            if known != name {
                let given =
                    [("key", key), ("name", name), ("known", known.as_str()), ("file", file.as_str())];
                report.warning(table.cell(row, "name"), "material-key-differs", &given);
            }
        }
    }
}
