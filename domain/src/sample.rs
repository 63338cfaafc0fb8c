//! A form and a service item small enough to read, for the tests of this crate.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use crate::answer::{Answer, Answers, FieldPath};
use crate::catalogue::*;
use crate::form::*;
use crate::id::RowId;

pub(crate) const TODAY: Date = date(2026, 3, 20);

pub(crate) fn row(number: u128) -> RowId {
    RowId(uuid::Uuid::from_u128(number))
}

pub(crate) fn plain(name: &str) -> FieldPath {
    FieldPath::plain(name)
}

pub(crate) fn member(number: u128, question: &str) -> FieldPath {
    FieldPath::in_row("member", row(number), question)
}

/// An 86-year-old woman with one member in her household and nothing missing.
pub(crate) fn answers() -> Answers {
    let mut answers = Answers::default();
    let pairs = [
        ("name", "张秀英"),
        ("id_no", "131099194003150021"),
        ("hukou_region", "131099100201"),
        ("has_phone", "no"),
        ("visited_on", "2026-03-20"),
        ("town", "t1"),
        ("village", "v11"),
        ("account", "6217000000000000004"),
        ("declared", "OK"),
        ("cares", "no"),
    ];
    for (name, value) in pairs {
        answers.fields.insert(plain(name), Answer::stated(value));
    }
    answers.rows.insert("member".into(), vec![row(1)]);
    answers.fields.insert(member(1, "member_name"), Answer::stated("李大山"));
    answers.fields.insert(member(1, "member_birth"), Answer::stated("1962-05-01"));
    answers.fields.insert(member(1, "member_income"), Answer::stated("1200"));
    answers
}

fn field(name: &str, path: &str, kind: FieldKind) -> Field {
    Field {
        name: name.into(),
        path: path.into(),
        label: name.into(),
        hint: None,
        kind,
        class: FieldClass::Plain,
        computed: false,
        read_only: false,
        choices: Vec::new(),
    }
}

fn choices(names: &[&str]) -> Vec<Choice> {
    let choice = |name: &&str| Choice { name: (*name).into(), label: (*name).into(), extra: BTreeMap::new() };
    names.iter().map(choice).collect()
}

fn select(name: &str, path: &str, names: &[&str]) -> Part {
    Part::Field(Field { choices: choices(names), ..field(name, path, FieldKind::SelectOne) })
}

fn computed(name: &str, path: &str, kind: FieldKind) -> Part {
    Part::Field(Field { computed: true, ..field(name, path, kind) })
}

fn page(name: &str, parts: Vec<Part>) -> Page {
    Page { name: name.into(), path: format!("/data/{name}"), title: name.into(), parts }
}

pub(crate) fn form() -> FormDef {
    use FieldKind::*;
    let asked = |name: &str, path: &str, kind| Part::Field(field(name, path, kind));
    FormDef::new(
        include_str!("../tests/data/allowance.xml").to_owned(),
        vec![
            page(
                "applicant",
                vec![
                    asked("name", "/data/applicant/name", PersonName),
                    asked("id_no", "/data/applicant/id_no", ResidentId),
                    computed("birth_date", "/data/applicant/birth_date", Date),
                    computed("sex", "/data/applicant/sex", Text),
                    computed("age", "/data/applicant/age", Integer),
                    asked("hukou_region", "/data/applicant/hukou_region", Region),
                    select("has_phone", "/data/applicant/has_phone", &["yes", "no"]),
                    asked("phone", "/data/applicant/phone", Phone),
                    asked("visited_on", "/data/applicant/visited_on", Date),
                    select("town", "/data/applicant/town", &["t1", "t2"]),
                    select("village", "/data/applicant/village", &["v11", "v12", "v21"]),
                ],
            ),
            page(
                "household",
                vec![
                    Part::Repeat(Repeat {
                        name: "member".into(),
                        path: "/data/household/member".into(),
                        title: "member".into(),
                        fields: vec![
                            field("member_name", "/data/household/member/member_name", PersonName),
                            field("member_birth", "/data/household/member/member_birth", Date),
                            field("member_income", "/data/household/member/member_income", Money),
                            field("member_employer", "/data/household/member/member_employer", Text),
                        ],
                    }),
                    computed("total_income", "/data/household/total_income", Money),
                ],
            ),
            page(
                "care",
                vec![
                    asked("care_months", "/data/care/care_months", Integer),
                    Part::Field(Field {
                        choices: choices(&["home", "hospital"]),
                        ..field("care_places", "/data/care/care_places", SelectMultiple)
                    }),
                ],
            ),
            page(
                "pay",
                vec![
                    select("cares", "/data/pay/cares", &["yes", "no"]),
                    select("kind", "/data/pay/kind", &["card", "book"]),
                    asked("account", "/data/pay/account", BankAccount),
                    asked("declared", "/data/pay/declared", Acknowledge),
                ],
            ),
        ],
    )
}

fn slot(key: &str, necessity: Necessity, when: &str) -> MaterialSlot {
    MaterialSlot {
        key: key.into(),
        name: key.into(),
        note: String::new(),
        necessity,
        when: when.into(),
        origin: MaterialOrigin::Applicant,
        check_original: true,
        basis: String::new(),
        max_files: 2,
    }
}

fn rule(id: &str, level: RuleLevel, check: &str) -> Rule {
    let (when, basis) = (String::new(), String::new());
    Rule { id: id.into(), level, when, check: check.into(), message: format!("{id} fails"), basis }
}

pub(crate) fn item() -> ServiceItem {
    let limit = Limit { amount: 20, unit: LimitUnit::WorkingDays };
    ServiceItem {
        code: "130511901000".into(),
        task_code: None,
        name: "高龄老人生活补贴".into(),
        aliases: vec!["高龄津贴".into()],
        item_type: "05".into(),
        department: "示范县民政局".into(),
        department_code: None,
        topic: String::new(),
        summary: String::new(),
        village_complete: true,
        visits: 0,
        statutory_limit: limit,
        promised_limit: limit,
        guide: Guide::default(),
        materials: vec![
            slot("M-ID", Necessity::Required, ""),
            slot("M-HK", Necessity::Deferrable, ""),
            slot("M-CARE", Necessity::Required, "${cares} = 'yes'"),
            slot("M-LOW", Necessity::Shared, ""),
            slot("M-PHOTO", Necessity::Optional, ""),
        ],
        rules: vec![
            rule("R1", RuleLevel::Hard, "age(${birth_date}, collect_date()) >= param('age_min')"),
            rule("R2", RuleLevel::Hard, "in_region(${hukou_region}, county())"),
            rule("R3", RuleLevel::Hard, "fact('alive') != 'false'"),
            rule("R4", RuleLevel::Soft, "not(selected(${care_places}, 'hospital'))"),
        ],
        params: BTreeMap::from([("age_min".into(), "80".into())]),
        subject: Subject {
            name: "name".into(),
            id_no: "id_no".into(),
            region: "hukou_region".into(),
            phone: Some("phone".into()),
        },
        form: form(),
    }
}
