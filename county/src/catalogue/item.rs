//! One item put together from its workbook: the elements of the item sheet, and the other sheets around it.

use std::collections::BTreeMap;

use domain::catalogue::{Guide, Limit, LimitUnit, ServiceItem, Subject};
use domain::form::{FieldKind, FormDef};
use domain::number::Uscc;
use jiff::civil::Date;

use super::finding::{At, Report};
use super::sources::ItemSource;
use super::workbook::{Row, Table};
use super::{form, guide, material, rule};

/// Every key of the item sheet; those marked `true` must have a value.
const KEYS: &[(&str, bool)] = &[
    ("code", true),
    ("task_code", false),
    ("name", true),
    ("aliases", false),
    ("item_type", true),
    ("case_kind", true),
    ("department", true),
    ("department_code", false),
    ("topic", false),
    ("summary", true),
    ("village_complete", true),
    ("visits", true),
    ("visits_reason", false),
    ("statutory_limit", true),
    ("statutory_unit", true),
    ("promised_limit", true),
    ("promised_unit", true),
    ("online_depth", true),
    ("post_possible", true),
    ("charged", true),
    ("pay_online", false),
    ("result_kind", true),
    ("result_name", false),
    ("result_sample", false),
    ("subject_name", true),
    ("subject_id_no", true),
    ("subject_region", true),
    ("subject_phone", false),
];

/// Where the national base codes put the item type (domain facts 2.1).
const TYPE_DIGITS: std::ops::Range<usize> = 2..4;

/// The item sheet, looked up by key.
struct Elements<'t> {
    table: &'t Table,
    rows: BTreeMap<&'t str, &'t Row>,
}

impl<'t> Elements<'t> {
    fn of(table: &'t Table, report: &mut Report) -> Elements<'t> {
        report.headers(table, &["key", "value"], &["name", "help"]);
        let mut rows = BTreeMap::new();
        for row in &table.rows {
            let key = row.text("key");
            if !KEYS.iter().any(|(known, _)| *known == key) {
                report.warning(table.cell(row, "key"), "key-unknown", &[("key", key)]);
            }
            if rows.insert(key, row).is_some() {
                report.error(table.cell(row, "key"), "key-twice", &[("key", key)]);
            }
        }
        for (key, _) in KEYS.iter().filter(|(_, needed)| *needed) {
            match rows.get(key) {
                None if table.present => report.error(table.whole(), "key-missing", &[("key", key)]),
                Some(row) if row.text("value").is_empty() => {
                    report.error(table.cell(row, "value"), "key-missing", &[("key", key)]);
                }
                _ => {}
            }
        }
        Elements { table, rows }
    }

    fn text(&self, key: &str) -> &'t str {
        self.rows.get(key).map_or("", |row| row.text("value"))
    }

    fn at(&self, key: &str) -> At {
        self.rows.get(key).map_or_else(|| self.table.whole(), |row| self.table.cell(row, "value"))
    }

    fn yes(&self, key: &str, report: &mut Report) -> bool {
        self.rows.get(key).is_some_and(|row| report.yes(self.table, row, "value"))
    }

    /// A word of a list; silent when the cell is empty, because that was reported already.
    fn word<T: serde::de::DeserializeOwned>(
        &self,
        key: &str,
        allowed: &str,
        report: &mut Report,
    ) -> Option<T> {
        let row = self.rows.get(key).filter(|row| row.given("value").is_some())?;
        report.word(self.table, row, "value", allowed)
    }

    fn number<T: std::str::FromStr>(&self, key: &str, report: &mut Report) -> Option<T> {
        let row = self.rows.get(key).filter(|row| row.given("value").is_some())?;
        report.number(self.table, row, "value")
    }

    fn limit(&self, amount: &str, unit: &str, report: &mut Report) -> Limit {
        let unit = self
            .word(unit, "working_days, calendar_days, on_the_spot", report)
            .unwrap_or(LimitUnit::WorkingDays);
        Limit { amount: self.number(amount, report).unwrap_or_default(), unit }
    }
}

/// Reads and checks one workbook. `on`: the day whose amounts and thresholds apply; `None` when only checking.
///
/// With errors in the report, what comes back has gaps and must not be published.
pub(super) fn item(source: &ItemSource, on: Option<Date>, report: &mut Report) -> ServiceItem {
    let table = source.sheets.sheet("item");
    let sheet = Elements::of(&table, report);
    let form = form::form(source, report);
    check_subject(&sheet, &form, report);
    check_codes(&sheet, report);
    let (statutory_limit, promised_limit) = (
        sheet.limit("statutory_limit", "statutory_unit", report),
        sheet.limit("promised_limit", "promised_unit", report),
    );
    check_limits(&sheet, statutory_limit, promised_limit, report);
    let visits = sheet.number("visits", report).unwrap_or_default();
    check_channels(&sheet, visits, report);
    check_result(&sheet, report);
    let guide = guide::guide(&source.sheets, sheet.text("item_type"), report);
    check_fee(&sheet, &guide, report);
    let optional = |key: &str| Some(sheet.text(key).to_owned()).filter(|text| !text.is_empty());
    let separators = ['\u{3001}', ',', '\u{ff0c}', ';', '\u{ff1b}'];
    let aliases = sheet.text("aliases").split(separators).map(str::trim).filter(|alias| !alias.is_empty());
    let (rules, params) = (source.sheets.sheet("rules"), source.sheets.sheet("params"));
    let materials = source.sheets.sheet("materials");
    let item = ServiceItem {
        code: sheet.text("code").to_owned(),
        task_code: optional("task_code"),
        name: sheet.text("name").to_owned(),
        aliases: aliases.map(str::to_owned).collect(),
        item_type: sheet.text("item_type").to_owned(),
        department: sheet.text("department").to_owned(),
        department_code: optional("department_code"),
        topic: sheet.text("topic").to_owned(),
        summary: sheet.text("summary").to_owned(),
        village_complete: sheet.yes("village_complete", report),
        visits,
        statutory_limit,
        promised_limit,
        guide,
        materials: material::materials(&materials, report),
        rules: rule::rules(&rules, report),
        params: rule::params(&params, on, report),
        subject: Subject {
            name: sheet.text("subject_name").to_owned(),
            id_no: sheet.text("subject_id_no").to_owned(),
            region: sheet.text("subject_region").to_owned(),
            phone: optional("subject_phone"),
        },
        form,
    };
    rule::check_language(&item, &rules, &materials, report);
    item
}

fn check_subject(sheet: &Elements<'_>, form: &FormDef, report: &mut Report) {
    // A form that could not be read has no questions; saying so for each of these would only hide the cause.
    if form.pages.is_empty() {
        return;
    }
    let wanted = [
        ("subject_name", FieldKind::PersonName),
        ("subject_id_no", FieldKind::ResidentId),
        ("subject_region", FieldKind::Region),
        ("subject_phone", FieldKind::Phone),
    ];
    for (key, kind) in wanted {
        let question = sheet.text(key);
        if question.is_empty() {
            continue;
        }
        match form.field(question) {
            None => report.error(sheet.at(key), "subject-missing", &[("question", question)]),
            Some(field) if field.kind != kind => {
                report.error(sheet.at(key), "subject-kind", &[("question", question)])
            }
            Some(_) => {}
        }
    }
}

/// A wrong structure is a warning: counties with older code rules must be able to publish (domain facts 2.1).
fn check_codes(sheet: &Elements<'_>, report: &mut Report) {
    let (code, task, department) =
        (sheet.text("code"), sheet.text("task_code"), sheet.text("department_code"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let unusable = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    if code.contains(unusable) {
        // The code names a file of the release.
        report.error(sheet.at("code"), "code-characters", &[("value", code)]);
    } else if !code.is_empty() && (code.len() != 12 || !digits(code)) {
        report.warning(sheet.at("code"), "code-structure", &[("value", code)]);
    } else if code.get(TYPE_DIGITS).is_some_and(|kind| kind != sheet.text("item_type")) {
        report.warning(
            sheet.at("item_type"),
            "code-type",
            &[("value", sheet.text("item_type")), ("code", code)],
        );
    }
    if !department.is_empty() && Uscc::parse(department).is_err() {
        report.error(sheet.at("department_code"), "department-code", &[("value", department)]);
    }
    let built =
        task.len() == 31 && task.ends_with(code) && (department.is_empty() || task.starts_with(department));
    if !task.is_empty() && !built {
        report.warning(sheet.at("task_code"), "task-code", &[("value", task)]);
    }
    let kind = sheet.text("item_type");
    if !kind.is_empty() && (kind.len() != 2 || !digits(kind)) {
        report.error(sheet.at("item_type"), "item-type", &[("value", kind)]);
    }
}

/// Checks 1 and 10 of domain facts 2.3.
fn check_limits(sheet: &Elements<'_>, statutory: Limit, promised: Limit, report: &mut Report) {
    let at_once = promised.unit == LimitUnit::OnTheSpot;
    match sheet.text("case_kind") {
        "immediate" | "promised" if at_once != (sheet.text("case_kind") == "immediate") => {
            report.error(sheet.at("case_kind"), "case-kind", &[]);
        }
        "immediate" | "promised" | "" => {}
        other => report.error(
            sheet.at("case_kind"),
            "word-unknown",
            &[("value", other), ("allowed", "immediate, promised")],
        ),
    }
    for (key, limit) in [("statutory_limit", statutory), ("promised_limit", promised)] {
        if (limit.amount == 0) != (limit.unit == LimitUnit::OnTheSpot) {
            report.error(sheet.at(key), "limit-amount", &[]);
        }
    }
    if statutory.unit == promised.unit && promised.amount > statutory.amount {
        report.error(sheet.at("promised_limit"), "limit-longer", &[]);
    }
}

/// Checks 3 and 4 of domain facts 2.3.
fn check_channels(sheet: &Elements<'_>, visits: u8, report: &mut Report) {
    let depth: u8 = sheet.number("online_depth", report).unwrap_or_default();
    let post = sheet.yes("post_possible", report);
    let reason = !sheet.text("visits_reason").is_empty();
    if visits > 0 && !reason {
        report.error(sheet.at("visits_reason"), "visits-reason", &[]);
    }
    if visits == 0 && reason {
        report.warning(sheet.at("visits_reason"), "visits-no-reason", &[]);
    }
    if visits == 0 && depth < 2 && !post {
        report.error(sheet.at("visits"), "visits-no-way", &[]);
    }
    if visits > 0 && depth >= 4 {
        report.error(sheet.at("online_depth"), "visits-online", &[]);
    }
}

/// Checks 2 and 8 of domain facts 2.3. Which names mean which kind is data, one `ending kind` a line.
fn check_result(sheet: &Elements<'_>, report: &mut Report) {
    let (kind, name) = (sheet.text("result_kind"), sheet.text("result_name"));
    if !matches!(kind, "certificate" | "approval" | "other" | "none" | "") {
        let allowed = "certificate, approval, other, none";
        report.error(sheet.at("result_kind"), "word-unknown", &[("value", kind), ("allowed", allowed)]);
    }
    let endings = include_str!("result_kinds.txt").lines().filter_map(|line| line.split_once(' '));
    for (ending, expected) in endings {
        if name.ends_with(ending) && kind != expected {
            report.warning(sheet.at("result_kind"), "result-kind", &[("name", name), ("kind", expected)]);
        }
    }
    if !name.is_empty() && sheet.text("result_sample").is_empty() {
        report.warning(sheet.at("result_sample"), "result-sample", &[("name", name)]);
    }
}

/// Check 5 of domain facts 2.3.
fn check_fee(sheet: &Elements<'_>, guide: &Guide, report: &mut Report) {
    let charged = sheet.yes("charged", report);
    if charged && guide.fee.is_empty() {
        report.error(sheet.at("charged"), "fee-missing", &[]);
    }
    if !charged && sheet.yes("pay_online", report) {
        report.error(sheet.at("pay_online"), "fee-pay", &[]);
    }
}
