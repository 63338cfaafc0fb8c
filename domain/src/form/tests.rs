use super::*;
use crate::answer::{Answer, Answers};
use crate::sample::{TODAY, answers, form, member, plain, row};

fn open_form(answers: &Answers) -> Filled {
    open(&form(), answers, TODAY).unwrap()
}

/// The findings as `field code` lines.
fn told(outcome: &Outcome) -> Vec<String> {
    let line = |finding: &Finding| {
        let field = finding.field.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{field} {}", finding.code)
    };
    outcome.findings.iter().map(line).collect()
}

fn after(changes: &[(&str, &str)]) -> Outcome {
    let mut filled = open_form(&answers());
    for (name, value) in changes {
        filled.set(&plain(name), value).unwrap();
    }
    filled.outcome()
}

#[test]
fn a_complete_form_has_no_findings_and_knows_birth_date_sex_and_age() {
    let outcome = after(&[]);
    assert_eq!(told(&outcome), Vec::<String>::new());
    assert!(outcome.is_clean());
    assert_eq!(outcome.computed[&plain("birth_date")], "1940-03-15");
    assert_eq!(outcome.computed[&plain("sex")], "female");
    assert_eq!(outcome.computed[&plain("age")], "86");
    assert_eq!(outcome.values[&plain("kind")], "card", "defaults of the form count");
}

#[test]
fn an_empty_form_asks_for_what_is_required_and_nothing_else() {
    let outcome = open_form(&Answers::default()).outcome();
    let required = ["name", "id_no", "hukou_region", "has_phone", "account", "declared"];
    assert_eq!(told(&outcome), required.map(|name| format!("{name} required")));
    assert_eq!(outcome.findings[0].message, "请填写姓名");
    assert_eq!(outcome.computed[&plain("birth_date")], "", "what cannot be known yet is empty");
    assert_eq!(outcome.computed[&plain("age")], "");
}

#[test]
fn an_identity_number_with_a_typing_error_is_told_with_the_digit_that_fits() {
    let outcome = after(&[("id_no", "131099194003150022")]);
    assert_eq!(told(&outcome), ["id_no id_check_digit"]);
    assert_eq!(outcome.findings[0].args["expected"], "1");
    for unknown in ["birth_date", "sex"] {
        assert_eq!(outcome.computed[&plain(unknown)], "", "a mistyped number gives no {unknown}");
    }
    let outcome = after(&[("id_no", "13109919400315")]);
    assert_eq!(told(&outcome), ["id_no id_length"], "the form's own length rule does not say it twice");
}

#[test]
fn full_width_and_lower_case_input_is_put_right() {
    let outcome = after(&[("id_no", " １１０１０５１９４９１２３１００２ｘ ")]);
    assert_eq!(told(&outcome), Vec::<String>::new());
    assert_eq!(outcome.values[&plain("id_no")], "11010519491231002X");
    assert_eq!(outcome.computed[&plain("birth_date")], "1949-12-31");
    let outcome = after(&[("visited_on", "2026年")]);
    assert_eq!(told(&outcome), ["visited_on date_format"]);
    assert_eq!(after(&[("visited_on", "2026/3/5")]).values[&plain("visited_on")], "2026-03-05");
}

#[test]
fn dates_are_compared_as_dates() {
    assert!(after(&[("visited_on", "2026-03-20")]).is_clean());
    assert!(after(&[("visited_on", "2020-01-01")]).is_clean());
    for wrong in ["2026-03-21", "2027-01-01", "2019-12-31"] {
        let outcome = after(&[("visited_on", wrong)]);
        assert_eq!(told(&outcome), ["visited_on constraint"], "{wrong}");
        assert_eq!(outcome.findings[0].message, "日期不对");
    }
    assert_eq!(told(&after(&[("visited_on", "2026-02-30")])), ["visited_on date_format"]);
}

#[test]
fn questions_that_are_not_asked_count_nothing_and_keep_their_answers() {
    let outcome = after(&[]);
    assert!(!outcome.asks(&plain("phone")));
    assert!(!outcome.asks(&plain("care_months")), "hidden with its page");
    assert!(outcome.hidden_pages.contains("care"));

    let mut filled = open_form(&answers());
    filled.set(&plain("cares"), "yes").unwrap();
    assert_eq!(told(&filled.outcome()), ["care_months required"]);
    filled.set(&plain("care_months"), "9").unwrap();
    let outcome = filled.outcome();
    assert!(outcome.is_clean() && outcome.hidden_pages.is_empty());
    assert_eq!(outcome.computed[&plain("care_score")], "1");

    filled.set(&plain("cares"), "no").unwrap();
    let outcome = filled.outcome();
    assert_eq!(outcome.computed[&plain("care_score")], "0", "a hidden answer is not reckoned with");
    assert!(!outcome.values.contains_key(&plain("care_months")));
    filled.set(&plain("cares"), "yes").unwrap();
    assert_eq!(filled.outcome().values[&plain("care_months")], "9", "nothing entered is lost");
}

#[test]
fn rows_are_known_by_their_id_whatever_their_place() {
    let mut filled = open_form(&answers());
    filled.add_row("member", row(2)).unwrap();
    filled.set(&member(2, "member_income"), "300.50").unwrap();
    let outcome = filled.outcome();
    assert_eq!(outcome.computed[&plain("total_income")], "1500.5");
    assert_eq!(told(&outcome), [format!("member/{}/member_name required", row(2))]);
    assert!(outcome.asks(&member(2, "member_employer")));

    filled.set(&member(2, "member_birth"), "2026-03-20").unwrap();
    filled.set(&member(2, "member_name"), "李小山").unwrap();
    assert_eq!(told(&filled.outcome()), [format!("member/{}/member_birth constraint", row(2))]);

    filled.remove_row("member", row(1)).unwrap();
    let outcome = filled.outcome();
    assert_eq!(
        told(&outcome),
        [format!("member/{}/member_birth constraint", row(2))],
        "the only row is still row 2"
    );
    assert_eq!(outcome.computed[&plain("total_income")], "300.5");

    filled.remove_row("member", row(2)).unwrap();
    assert!(filled.outcome().is_clean());
    assert_eq!(filled.outcome().computed[&plain("total_income")], "0");
    assert!(filled.remove_row("member", row(2)).is_err());
    assert!(filled.set(&member(2, "member_name"), "x").is_err());
}

#[test]
fn rules_inside_a_row_look_at_that_row() {
    let mut filled = open_form(&answers());
    filled.add_row("member", row(2)).unwrap();
    filled.set(&member(2, "member_name"), "李小山").unwrap();
    filled.set(&member(2, "member_income"), "0").unwrap();
    let outcome = filled.outcome();
    assert!(outcome.asks(&member(1, "member_employer")));
    assert!(!outcome.asks(&member(2, "member_employer")));
}

#[test]
fn a_group_without_rows_is_shown_or_hidden_all_the_same() {
    let mut with_rule = form();
    let rule = r#"<bind nodeset="/data/household/member" relevant=" /data/pay/cares = 'yes'"/><bind nodeset="/data/pay/cares""#;
    with_rule.xform = with_rule.xform.replace(r#"<bind nodeset="/data/pay/cares""#, rule);
    let mut filled = open(&with_rule, &answers(), TODAY).unwrap();
    for rows in 0..2 {
        filled.set(&plain("cares"), "no").unwrap();
        let outcome = filled.outcome();
        assert!(outcome.hidden_repeats.contains("member"), "{rows}");
        assert!(!outcome.values.contains_key(&member(1, "member_name")));
        filled.set(&plain("cares"), "yes").unwrap();
        assert!(filled.outcome().hidden_repeats.is_empty(), "{rows}");
        let _ = filled.remove_row("member", row(1));
    }
}

#[test]
fn choices_follow_other_answers() {
    let outcome = after(&[]);
    assert_eq!(outcome.choices[&plain("village")], ["v11", "v12"]);
    let outcome = after(&[("town", "t2")]);
    assert_eq!(outcome.choices[&plain("village")], ["v21"]);
    assert_eq!(told(&outcome), ["village bad_choice"]);
    assert_eq!(
        told(&after(&[("cares", "yes"), ("care_months", "1"), ("care_places", "home moon")])),
        ["care_places bad_choice"]
    );
    assert_eq!(told(&after(&[("has_phone", "maybe")])), ["has_phone bad_choice"]);
}

#[test]
fn each_kind_of_answer_is_checked() {
    let cases = [
        ("name", "张", "name_length"),
        ("name", "Zhang San", "name_characters"),
        ("account", "6217000000000000005", "account_luhn"),
        ("account", "62170000", "account_length"),
        ("hukou_region", "13109", "region_format"),
        ("declared", "yes", "acknowledge"),
    ];
    for (name, value, code) in cases {
        assert_eq!(told(&after(&[(name, value)])), [format!("{name} {code}")], "{value}");
    }
    assert!(after(&[("account", "6217000000000000005")]).is_clean(), "a passbook may fail the check digit");
    assert_eq!(told(&after(&[("has_phone", "yes"), ("phone", "12800000000")])), ["phone phone_format"]);
    assert!(after(&[("has_phone", "yes"), ("phone", "138-0000-0000")]).is_clean());
    let mut filled = open_form(&answers());
    filled.set(&member(1, "member_income"), "12.345").unwrap();
    assert_eq!(
        told(&filled.outcome()),
        [format!("member/{} money_format", row(1)).replace(' ', "/member_income ")]
    );
}

#[test]
fn what_the_form_computes_or_does_not_ask_cannot_be_set() {
    let mut filled = open_form(&answers());
    assert_eq!(
        filled.set(&plain("birth_date"), "1950-01-01"),
        Err(FormError::NoSuchField(plain("birth_date")))
    );
    assert!(filled.set(&plain("nonsense"), "1").is_err());
    assert!(filled.set(&plain("member_name"), "李小山").is_err(), "only in a row");
    assert!(filled.add_row("pay", row(3)).is_err());
}

#[test]
fn answers_the_form_does_not_know_are_told_and_hold_nothing_up() {
    let mut stored = answers();
    stored.fields.insert(plain("old_question"), Answer::stated("x"));
    let outcome = open_form(&stored).outcome();
    assert_eq!(told(&outcome), ["old_question unknown_field"]);
    assert!(outcome.is_clean());
}

#[test]
fn a_form_that_cannot_be_run_is_an_error() {
    let broken = FormDef { xform: "<data/>".into(), ..form() };
    assert!(matches!(open(&broken, &answers(), TODAY), Err(FormError::Form(_))));
    let mut lost = form();
    lost.xform = lost.xform.replace("<account/>", "");
    assert_eq!(open(&lost, &answers(), TODAY).err(), Some(FormError::NoPlace("/data/pay/account".into())));
}

#[test]
fn a_form_completed_after_it_was_looked_at_asks_what_it_asks_now() {
    let mut growing = form();
    let with = {
        let mut answers = answers();
        answers.fields.insert(plain("kind"), Answer::stated("voucher"));
        answers
    };
    assert_eq!(told(&open(&growing, &with, TODAY).unwrap().outcome()), ["kind bad_choice"]);
    let kind = growing.fields_mut().find(|field| field.name == "kind").unwrap();
    kind.choices.push(Choice { name: "voucher".into(), ..kind.choices[0].clone() });
    assert_eq!(told(&open(&growing, &with, TODAY).unwrap().outcome()), Vec::<String>::new());
}

#[test]
fn a_rule_the_engine_cannot_run_is_told_and_holds_nothing_up() {
    let mut odd = form();
    odd.xform = odd.xform.replace("string-length(.) = 18", "indexed-repeat(., ., 1) = 18");
    let outcome = open(&odd, &answers(), TODAY).unwrap().outcome();
    assert_eq!(told(&outcome), [" form_broken"]);
    assert!(outcome.is_clean());
}

#[test]
fn day_counts_agree_with_the_calendar() {
    // The difference of two dates, as a form would write it, against the calendar's own.
    for (from, to) in
        [("1900-02-28", "1900-03-01"), ("2000-02-28", "2000-03-01"), ("1940-03-15", "2026-03-20")]
    {
        let mut odd = form();
        let rule = format!("date('{to}') - date('{from}')");
        odd.xform = odd.xform.replace("int((today() - /data/applicant/birth_date ) div 365.25)", &rule);
        let days = open(&odd, &answers(), TODAY).unwrap().outcome().computed[&plain("age")].clone();
        let (from, to): (jiff::civil::Date, jiff::civil::Date) = (from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(days, from.until(to).unwrap().get_days().to_string());
    }
    let mut odd = form();
    odd.xform = odd.xform.replace(". &lt;= today() and", ". = today() - 1 and");
    let mut filled = open(&odd, &answers(), TODAY).unwrap();
    assert_eq!(told(&filled.outcome()), ["visited_on constraint"]);
    filled.set(&plain("visited_on"), "2026-03-19").unwrap();
    assert!(filled.outcome().is_clean());
}

proptest::proptest! {
    #[test]
    fn spelling_an_answer_twice_changes_nothing(text in "\\PC{0,16}") {
        use FieldKind::*;
        for kind in [
            Text, LongText, PersonName, Integer, Decimal, Money, Date, SelectOne, SelectMultiple, Acknowledge, ResidentId,
            Phone, BankAccount, Region, Uscc, Note,
        ] {
            let once = normalise(kind, &text);
            proptest::prop_assert_eq!(normalise(kind, &once), once, "{:?}", kind);
        }
    }
}
