//! The eligibility rules of an item, and the amounts and thresholds they use, each with its document and its time.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::{Rule, RuleLevel, ServiceItem};
use domain::eligibility::{self, RuleError};
use jiff::civil::Date;

use super::finding::Report;
use super::workbook::{Row, Table};

/// Reads the sheet `rules`.
pub(super) fn rules(table: &Table, report: &mut Report) -> Vec<Rule> {
    report.headers(table, &["id", "level", "check", "message"], &["when", "basis"]);
    let mut ids = BTreeSet::new();
    let mut rules = Vec::new();
    for row in &table.rows {
        let id = report.needed(table, row, "id").to_owned();
        if !id.is_empty() && !ids.insert(id.clone()) {
            report.error(table.cell(row, "id"), "rule-twice", &[("id", &id)]);
        }
        let rule = Rule {
            id,
            level: report.word(table, row, "level", "hard, soft, info").unwrap_or(RuleLevel::Info),
            when: row.text("when").to_owned(),
            check: report.needed(table, row, "check").to_owned(),
            message: report.needed(table, row, "message").to_owned(),
            basis: row.text("basis").to_owned(),
        };
        if rule.basis.is_empty() && rule.level == RuleLevel::Hard {
            report.warning(table.cell(row, "basis"), "rule-basis", &[("id", &rule.id)]);
        }
        rules.push(rule);
    }
    rules
}

/// Reads the sheet `params`: the values that apply on a day, or the last ones when only checking.
pub(super) fn params(table: &Table, on: Option<Date>, report: &mut Report) -> BTreeMap<String, String> {
    report.headers(table, &["name", "value", "source"], &["label", "unit", "valid_from", "valid_to"]);
    let mut spans: BTreeMap<&str, Vec<(Date, Date, &Row)>> = BTreeMap::new();
    for row in &table.rows {
        let name = report.needed(table, row, "name");
        report.needed(table, row, "value");
        if row.text("source").is_empty() {
            report.warning(table.cell(row, "source"), "param-source", &[("name", name)]);
        }
        let from = report.day(table, row, "valid_from").unwrap_or(Date::MIN);
        let to = report.day(table, row, "valid_to").unwrap_or(Date::MAX);
        if from > to {
            report.error(table.cell(row, "valid_to"), "days-order", &[]);
        }
        let known = spans.entry(name).or_default();
        if known.iter().any(|(other_from, other_to, _)| from <= *other_to && *other_from <= to) {
            report.error(table.cell(row, "valid_from"), "param-overlap", &[("name", name)]);
        }
        known.push((from, to, row));
    }
    let mut values = BTreeMap::new();
    for (name, spans) in spans {
        let applies = |(from, to, _): &&(Date, Date, &Row)| on.is_none_or(|on| *from <= on && on <= *to);
        let found = spans.iter().rev().find(applies);
        if found.is_none() {
            report.error(table.whole(), "param-no-value", &[("name", name)]);
        }
        // With an error nothing is published; any value keeps rules from being reported for a parameter that exists.
        if let Some((_, _, row)) = found.or(spans.last()) {
            values.insert(name.to_owned(), row.text("value").to_owned());
        }
    }
    values
}

/// Whether every rule and every condition of a material can be read, and all it names exists.
pub(super) fn check_language(item: &ServiceItem, rules: &Table, materials: &Table, report: &mut Report) {
    // Without a form, every rule would be reported for questions that may well exist.
    if item.form.pages.is_empty() {
        return;
    }
    for (place, error) in eligibility::lint_item(item) {
        // `rule R1 check` or `material M-LOW when`
        let mut words = place.split(' ');
        let (kind, id, column) =
            (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (table, key) = if kind == Some("material") { (materials, "key") } else { (rules, "id") };
        let row = table.rows.iter().find(|row| row.text(key) == id);
        let at = row.map_or_else(|| table.whole(), |row| table.cell(row, column));
        match &error {
            RuleError::Syntax { reason } => report.error(at, "rule-syntax", &[("reason", reason)]),
            RuleError::TooLong { limit } => report.error(at, "rule-long", &[("limit", &limit.to_string())]),
            RuleError::NoSuchQuestion { name } => report.error(at, "rule-question", &[("name", name)]),
            RuleError::NoSuchParam { name } => report.error(at, "rule-param", &[("name", name)]),
            RuleError::NoSuchFunction { name, arguments } => {
                report.error(at, "rule-function", &[("name", name), ("arguments", &arguments.to_string())]);
            }
            RuleError::NotInLanguage => report.error(at, "rule-language", &[]),
        }
    }
}
