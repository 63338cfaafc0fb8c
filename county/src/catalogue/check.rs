//! Checks a whole catalogue before it may be published: every workbook by itself, then what must agree between them.

use std::collections::BTreeMap;

use super::finding::{At, LintFinding, Report};
use super::sources::Sources;
use super::{calendar, item, material, region};
use crate::text::{Language, Texts};

/// Everything wrong, file by file, errors before warnings.
pub(super) fn lint(sources: &Sources, language: Language) -> Vec<LintFinding> {
    let mut report = Report::new(Texts::of(language));
    region::regions(&sources.regions, &mut report);
    calendar::calendar(&sources.calendar, &sources.calendar_settings, &mut report);
    let codes =
        sources.items.iter().map(|source| item::item(source, None, &mut report).code).collect::<Vec<_>>();
    between(sources, &codes, &mut report);
    let mut findings = report.findings;
    findings.sort_by(|a, b| (&a.file, a.level, &a.sheet, a.row).cmp(&(&b.file, b.level, &b.sheet, b.row)));
    findings
}

/// What must agree between the items.
pub(super) fn between(sources: &Sources, codes: &[String], report: &mut Report) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (source, code) in sources.items.iter().zip(codes).filter(|(_, code)| !code.is_empty()) {
        if let Some(other) = first.insert(code, &source.file) {
            let table = source.sheets.sheet("item");
            let row = table.rows.iter().find(|row| row.text("key") == "code");
            let at = row.map_or_else(|| table.whole(), |row| table.cell(row, "value"));
            report.error(at, "code-twice", &[("code", code), ("file", other)]);
        }
    }
    material::check_keys(sources, report);
    if sources.items.is_empty() {
        report.error(At { file: "items".to_owned(), ..At::default() }, "no-items", &[]);
    }
}
