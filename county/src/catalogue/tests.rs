//! The sample catalogue is clean, compiles to the same bytes every time, and each kind of mistake is found where it is.

use std::collections::BTreeMap;

use domain::answer::{Answers, FieldPath};
use domain::catalogue::{Necessity, ServiceItem};
use domain::eligibility::{Context, Verdict, assess};
use domain::form::{FieldClass, FieldKind, FormLogic as _, Part, open};
use domain::id::RowId;
use jiff::civil::{Date, date};

use super::workbook::Table;
use super::*;

const TODAY: Date = date(2026, 3, 2);

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue")
}

fn sources() -> Sources {
    read(&sample()).unwrap()
}

fn compiled() -> Compiled {
    compile(&sources(), 7, TODAY, "", Language::Chinese).unwrap_or_else(|error| match error {
        CatalogueError::Findings(findings) => panic!("{findings:#?}"),
        other => panic!("{other}"),
    })
}

fn item(compiled: &Compiled, code: &str) -> ServiceItem {
    let (_, bytes) = compiled.items.iter().find(|(item, _)| item == code).unwrap();
    serde_json::from_slice(bytes).unwrap()
}

fn example(slug: &str, item: &ServiceItem) -> Answers {
    let text = std::fs::read_to_string(sample().join(format!("examples/{slug}.json"))).unwrap();
    let mut rows = 0;
    let new_row = || {
        rows += 1;
        format!("00000000-0000-4000-8000-{rows:012}").parse::<RowId>().unwrap()
    };
    Answers::from_json(&item.form, &serde_json::from_str(&text).unwrap(), new_row).unwrap()
}

const EXAMPLES: [(&str, &str); 4] = [
    ("gaoling", "130511901000"),
    ("tuiyi", "130524901000"),
    ("canji", "130511902001"),
    ("nongji", "130520901000"),
];

#[test]
fn the_sample_catalogue_has_nothing_wrong() {
    let findings = lint_dir(&sample(), Language::Chinese).unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_village_is_chosen_by_name_from_those_of_the_county() {
    let gaoling = item(&compiled(), "130511901000");
    let choices = &gaoling.form.field("hukou_region").unwrap().choices;
    let east = choices.iter().find(|choice| choice.name == "131099100201").unwrap();
    assert_eq!(east.label, "示范镇东村");
    let committee = choices.iter().find(|choice| choice.name == "131099100001").unwrap();
    assert_eq!(committee.label, "示范镇居民委员会");
    assert!(choices.iter().all(|choice| choice.name.len() == 12), "no county, no township among them");
}

#[test]
fn who_is_registered_elsewhere_chooses_no_village_of_this_county() {
    let canji = item(&compiled(), "130511902001");
    let mut answers = example("canji", &canji);
    let set = |answers: &mut Answers, name: &str, value: &str| {
        answers.fields.insert(FieldPath::plain(name), domain::answer::Answer::stated(value));
    };
    let asked = |answers: &Answers| {
        let outcome = open(&canji.form, answers, TODAY).unwrap().outcome();
        let village = FieldPath::plain("hukou_region");
        (outcome.asks(&village), outcome.findings.iter().any(|found| found.field == Some(village.clone())))
    };
    set(&mut answers, "hukou_region", "");
    assert_eq!(asked(&answers), (true, true), "who is registered here names the village");
    set(&mut answers, "cross_region", "yes");
    set(&mut answers, "home_region_name", "邻县");
    assert_eq!(asked(&answers), (false, false));
    let context = Context { collect_date: TODAY, county: "131099".parse().unwrap() };
    let values = open(&canji.form, &answers, TODAY).unwrap().outcome().values;
    let assessed = assess(&canji, &values, &BTreeMap::new(), &context);
    let here = assessed.rules.iter().find(|rule| rule.id == "C2").unwrap();
    assert_eq!(here.verdict, Verdict::Yes);
}

#[test]
fn the_same_workbooks_give_the_same_bytes() {
    let (one, two) = (compiled().targets().unwrap(), compiled().targets().unwrap());
    assert!(one == two, "the targets differ");
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"release.json"));
    assert!(names.contains(&"items/130511901000.json"));
}

#[test]
fn the_release_lists_every_item_with_its_digest() {
    let compiled = compiled();
    assert_eq!(compiled.release.number, 7);
    assert_eq!(compiled.release.region.as_str(), "131099");
    assert_eq!(compiled.release.items.len(), 4);
    for (line, (code, bytes)) in compiled.release.items.iter().zip(&compiled.items) {
        assert_eq!(&line.code, code);
        assert_eq!(line.digest, compile::digest(bytes));
    }
}

#[test]
fn the_allowance_for_the_old_reads_as_its_workbook() {
    let item = item(&compiled(), "130511901000");
    assert_eq!(item.name, "高龄老人生活补贴");
    assert_eq!(item.aliases, ["高龄津贴", "高龄补贴", "老年津贴", "长寿金"]);
    assert_eq!(item.params.get("age_min").map(String::as_str), Some("80"));
    assert_eq!(item.guide.steps.len(), 6);
    let low = item.materials.iter().find(|slot| slot.key == "M-LOW").unwrap();
    assert_eq!(low.necessity, Necessity::Shared);
    let id = item.form.field("applicant_id_no").unwrap();
    assert_eq!((id.kind, id.class), (FieldKind::ResidentId, FieldClass::Guarded));
    let birth = item.form.field("birth_date").unwrap();
    assert!(birth.computed && birth.read_only);
    let agent = item.form.field("agent_name").unwrap();
    assert_eq!(agent.path, "/data/page_agent/agent_block/agent_name");
    assert_eq!(item.form.pages.first().map(|page| page.title.as_str()), Some("申请人"));
}

#[test]
fn amounts_follow_the_day_of_publication() {
    let value = |day| {
        let compiled = compile(&sources(), 1, day, "", Language::Chinese);
        compiled.map(|compiled| item(&compiled, "130524901000").params.get("per_year_month").cloned())
    };
    assert_eq!(value(date(2025, 6, 30)).unwrap().as_deref(), Some("55"));
    assert_eq!(value(date(2025, 7, 1)).unwrap().as_deref(), Some("60"));
    // Before the first document took effect there is no amount, so nothing may be published.
    let CatalogueError::Findings(findings) = value(date(2023, 12, 31)).unwrap_err() else { panic!() };
    assert!(findings.iter().all(|finding| finding.code == "param-no-value"), "{findings:#?}");
}

#[test]
fn every_example_is_a_case_that_can_be_handed_in() {
    let compiled = compiled();
    for (slug, code) in EXAMPLES {
        let item = item(&compiled, code);
        let outcome = open(&item.form, &example(slug, &item), TODAY).unwrap().outcome();
        assert!(outcome.findings.is_empty(), "{slug}: {:#?}", outcome.findings);
        let context = Context { collect_date: TODAY, county: compiled.release.region.clone() };
        let assessment = assess(&item, &outcome.values, &BTreeMap::new(), &context);
        // Facts that only other departments know may be open; nothing speaks against the applicant.
        let against: Vec<_> = assessment.rules.iter().filter(|rule| rule.verdict == Verdict::No).collect();
        assert!(against.is_empty(), "{slug}: {against:?}");
    }
}

#[test]
fn the_identity_number_fills_birth_date_sex_and_age_band() {
    let item = item(&compiled(), "130511901000");
    let outcome = open(&item.form, &example("gaoling", &item), TODAY).unwrap().outcome();
    let value = |name: &str| outcome.values.get(&FieldPath::plain(name)).map(String::as_str);
    assert_eq!(value("birth_date"), Some("1940-03-15"));
    assert_eq!(value("sex"), Some("2"));
    // Thirteen days before her birthday she is still 85.
    assert_eq!(value("applicant_age"), Some("85"));
    assert_eq!(value("age_band"), Some("age_80"));
}

#[test]
fn accounts_typed_differently_are_told_in_the_words_of_the_workbook() {
    let item = item(&compiled(), "130511901000");
    let mut filled = open(&item.form, &example("gaoling", &item), TODAY).unwrap();
    filled.set(&FieldPath::plain("pay_account_again"), "6217000000000000012").unwrap();
    let findings = filled.outcome().findings;
    let finding = findings.iter().find(|finding| finding.is_error()).unwrap();
    assert_eq!(finding.message, "两次输入的账号不一致");
}

#[test]
fn machines_are_rows_and_the_invoice_must_match_their_sum() {
    let item = item(&compiled(), "130520901000");
    let repeat = item.form.pages.iter().flat_map(|page| &page.parts).find_map(|part| match part {
        Part::Repeat(repeat) => Some(repeat),
        Part::Field(_) => None,
    });
    assert_eq!(repeat.map(|repeat| repeat.name.as_str()), Some("machines"));
    let mut filled = open(&item.form, &example("nongji", &item), TODAY).unwrap();
    let value = |filled: &domain::form::Filled, name: &str| {
        filled.outcome().values.get(&FieldPath::plain(name)).cloned()
    };
    assert_eq!(value(&filled, "machine_total").as_deref(), Some("102800"));
    assert_eq!(value(&filled, "plated_count").as_deref(), Some("1"));
    filled.set(&FieldPath::plain("invoice_amount"), "102700").unwrap();
    assert!(!filled.outcome().is_clean());
}

#[test]
fn a_child_needs_a_guardian_for_the_disability_subsidy() {
    let item = item(&compiled(), "130511902001");
    let mut filled = open(&item.form, &example("canji", &item), TODAY).unwrap();
    filled.set(&FieldPath::plain("applicant_id_no"), "131099201906010030").unwrap();
    let findings = filled.outcome().findings;
    let mode = findings.iter().find(|finding| finding.field == Some(FieldPath::plain("filing_mode")));
    assert!(mode.is_some_and(|finding| finding.message.contains("监护人")), "{findings:#?}");
}

/// Lints the sample after one cell was changed; the row is found by the text of its first column.
fn after(slug: &str, sheet: &str, first: &str, column: &str, text: &str) -> Vec<LintFinding> {
    let mut sources = sources();
    let source = sources.items.iter_mut().find(|source| source.slug == slug).unwrap();
    change(source.sheets.sheet_mut(sheet), first, column, text);
    lint(&sources, Language::Chinese)
}

fn change(table: &mut Table, first: &str, column: &str, text: &str) {
    let key = table.headers[0].clone();
    let row = table.rows.iter_mut().find(|row| row.text(&key) == first).unwrap();
    row.set(column, text);
}

#[track_caller]
fn expect(findings: &[LintFinding], code: &str, sheet: &str, column: &str, level: Level) {
    let found = findings.iter().find(|finding| finding.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {findings:#?}"));
    assert_eq!((found.sheet.as_str(), found.column.as_deref(), found.level), (sheet, Some(column), level));
    assert!(found.row.is_some_and(|row| row > 1));
    assert_ne!(found.message, code, "the sentence is missing");
}

#[test]
fn mistakes_in_the_elements_are_found_in_their_cell() {
    let value = "value";
    let cases = [
        ("code", "130511902001", "code-twice", Level::Error, "code"),
        ("code", "1305", "code-structure", Level::Warning, "code"),
        ("code", "130611901000", "code-type", Level::Warning, "item_type"),
        ("code", "../etc", "code-characters", Level::Error, "code"),
        ("department_code", "11131099MB99000213", "department-code", Level::Error, "department_code"),
        ("case_kind", "immediate", "case-kind", Level::Error, "case_kind"),
        ("promised_limit", "40", "limit-longer", Level::Error, "promised_limit"),
        ("visits", "1", "visits-reason", Level::Error, "visits_reason"),
        ("visits", "一次", "number-format", Level::Error, "visits"),
        ("charged", "yes", "fee-missing", Level::Error, "charged"),
        ("pay_online", "yes", "fee-pay", Level::Error, "pay_online"),
        ("result_name", "高龄老人优待证", "result-kind", Level::Warning, "result_kind"),
        ("subject_name", "nobody", "subject-missing", Level::Error, "subject_name"),
        ("subject_phone", "hukou_address", "subject-kind", Level::Error, "subject_phone"),
        ("summary", "", "key-missing", Level::Error, "summary"),
    ];
    for (key, text, code, level, at) in cases {
        let findings = after("gaoling", "item", key, value, text);
        expect(&findings, code, "item", value, level);
        let row = sources().items[1]
            .sheets
            .sheet("item")
            .rows
            .iter()
            .find(|row| row.text("key") == at)
            .unwrap()
            .number;
        assert!(
            findings.iter().any(|finding| finding.code == code && finding.row == Some(row)),
            "{key} {code}"
        );
    }
}

#[test]
fn mistakes_in_materials_are_found_in_their_cell() {
    let cases = [
        ("name", "其他材料", "material-vague", Level::Error),
        ("name", "村委会证明", "material-forbidden", Level::Error),
        ("name", "社会保障卡或银行卡（存折）账号页", "material-name-twice", Level::Error),
        ("key", "M-BANK", "material-key-twice", Level::Error),
        ("basis", "", "cell-empty", Level::Error),
        ("route", "none", "material-no-route", Level::Warning),
        ("necessity", "must", "word-unknown", Level::Error),
        ("when", "${nobody} = 'yes'", "rule-question", Level::Error),
    ];
    for (column, text, code, level) in cases {
        // The household register stands before the bank card, so the duplicate is found in the later row.
        expect(&after("gaoling", "materials", "M-HK", column, text), code, "materials", column, level);
    }
}

#[test]
fn mistakes_in_rules_and_amounts_are_found_in_their_cell() {
    let cases = [
        ("rules", "R1", "check", "age(${nobody}) > 1", "rule-question", Level::Error),
        ("rules", "R1", "check", "age(", "rule-syntax", Level::Error),
        ("rules", "R1", "check", "height(${birth_date}) > 1", "rule-function", Level::Error),
        ("rules", "R1", "check", "age(${birth_date}) > param('nothing')", "rule-param", Level::Error),
        ("rules", "R5", "when", "/data/x = 1", "rule-language", Level::Error),
        ("rules", "R2", "id", "R1", "rule-twice", Level::Error),
        ("rules", "R1", "basis", "", "rule-basis", Level::Warning),
        ("params", "age_min", "source", "", "param-source", Level::Warning),
        ("params", "age_min", "valid_to", "2023-01-01", "days-order", Level::Error),
        ("params", "age_min", "valid_from", "明年", "day-format", Level::Error),
        ("params", "age_min", "name", "band_100", "param-overlap", Level::Error),
    ];
    for (sheet, first, column, text, code, level) in cases {
        let findings = after("gaoling", sheet, first, column, text);
        let at = if code == "param-overlap" { "valid_from" } else { column };
        expect(&findings, code, sheet, at, level);
    }
}

#[test]
fn an_item_without_legal_basis_is_not_published() {
    let mut sources = sources();
    let guide = sources.items[0].sheets.sheet_mut("guide");
    guide.rows.retain(|row| row.text("kind") != "basis");
    let findings = lint(&sources, Language::Chinese);
    assert!(findings.iter().any(|finding| finding.code == "no-basis" && finding.level == Level::Error));
    assert!(matches!(compile(&sources, 1, TODAY, "", Language::Chinese), Err(CatalogueError::Findings(_))));
}

/// Lints the sample after one cell of the survey was changed.
fn after_survey(slug: &str, name: &str, column: &str, text: &str) -> Vec<LintFinding> {
    let mut sources = sources();
    let source = sources.items.iter_mut().find(|source| source.slug == slug).unwrap();
    let survey = &mut source.form.as_mut().unwrap().survey;
    let (_, row) =
        survey.rows.iter_mut().find(|(_, row)| row.get("name").is_some_and(|at| at == name)).unwrap();
    row.insert(column.to_owned(), text.to_owned());
    lint(&sources, Language::Chinese)
}

#[test]
fn mistakes_in_the_questions_are_found_in_their_cell() {
    let cases = [
        ("gaoling", "living", "type", "select_one livng", "form-conversion", Level::Error),
        ("gaoling", "living", "type", "photo", "type-unsupported", Level::Error),
        ("gaoling", "decl_reuse", "name", "living", "name-twice", Level::Error),
        ("gaoling", "living", "relevant", "${nobody} = 1", "form-conversion", Level::Error),
        ("gaoling", "applicant_id_no", "bind::daiban:class", "secret", "word-unknown", Level::Error),
        ("gaoling", "moved_on", "appearance", "phone", "appearance-type", Level::Error),
        ("gaoling", "living", "relevant", "/data/page_x/nothing = 1", "form-dead", Level::Error),
        ("nongji", "machine_subsidy", "constraint", ". < ${machine_price}", "repeat-reference", Level::Error),
    ];
    for (slug, name, column, text, code, level) in cases {
        let findings = after_survey(slug, name, column, text);
        expect(&findings, code, "survey", column, level);
    }
}

#[test]
fn regions_hang_together_and_days_off_are_days() {
    let mut sources = sources();
    change(&mut sources.regions, "131099101", "code", "131099102");
    change(&mut sources.calendar, "2026-01-04", "date", "2026-01-05");
    change(&mut sources.calendar, "2026-01-01", "kind", "party");
    let findings = lint(&sources, Language::English);
    expect(&findings, "region-parent", "regions", "code", Level::Error);
    expect(&findings, "calendar-makeup", "calendar", "kind", Level::Warning);
    expect(&findings, "word-unknown", "calendar", "kind", Level::Error);
}

#[test]
fn the_calendar_counts_the_working_days_of_the_domain_facts() {
    let calendar = compiled().calendar;
    assert_eq!(calendar.add_working_days(date(2026, 2, 13), 2).date, date(2026, 2, 24));
    assert_eq!(calendar.add_working_days(date(2026, 9, 24), 20).date, date(2026, 10, 29));
    assert_eq!(calendar.working_days_between(date(2025, 12, 31), date(2026, 12, 31)), 248);
}

#[test]
fn release_numbers_are_serials_of_the_day() {
    assert_eq!(next_number(0, date(2026, 1, 5)), 2_026_010_501);
    assert_eq!(next_number(2_026_010_501, date(2026, 1, 5)), 2_026_010_502);
    assert_eq!(next_number(2_026_010_502, date(2025, 1, 5)), 2_026_010_503);
}

#[test]
fn every_person_of_the_sample_has_a_valid_identity_number_and_village() {
    let text = std::fs::read_to_string(sample().join("people.json")).unwrap();
    let people: serde_json::Value = serde_json::from_str(&text).unwrap();
    let regions = compiled().regions;
    let known =
        |code: &serde_json::Value| regions.iter().any(|entry| entry.code.as_str() == code.as_str().unwrap());
    for villager in people["villagers"].as_array().unwrap() {
        let id = domain::person::ResidentId::parse(villager["id_no"].as_str().unwrap(), TODAY).unwrap();
        assert!(id.as_str().starts_with("131099"));
        assert_eq!(id.birth().to_string(), villager["birth_date"].as_str().unwrap());
        assert!(domain::person::PersonName::parse(villager["name"].as_str().unwrap()).is_ok());
        assert!(known(&villager["region"]));
    }
    for official in people["officials"].as_array().unwrap() {
        assert!(known(&official["unit"]));
        serde_json::from_value::<domain::role::Role>(official["role"].clone()).unwrap();
    }
}
