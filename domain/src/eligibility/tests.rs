use super::Verdict::*;
use super::*;
use crate::form::{FormLogic, open};
use crate::sample::{TODAY, answers, form, item, member, plain};

fn context() -> Context {
    Context { collect_date: TODAY, county: "131099".parse().unwrap() }
}

fn facts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn judge(rule: &str) -> Verdict {
    let mut values = open(&form(), &answers(), TODAY).unwrap().outcome().values;
    values.insert(member(2, "member_income"), "300".into());
    condition(rule, &item(), &values, &facts(&[("alive", "true"), ("low_income", "no")]), Some(&context()))
}

#[test]
fn an_applicant_of_86_qualifies_once_nothing_is_unknown() {
    let values = open(&form(), &answers(), TODAY).unwrap().outcome().values;
    let unknown = assess(&item(), &values, &facts(&[]), &context());
    assert_eq!(unknown.verdict, Unknown, "nobody has verified yet that she is alive");
    let verdicts: Vec<_> = unknown.rules.iter().map(|rule| (rule.id.as_str(), rule.verdict)).collect();
    assert_eq!(verdicts, [("R1", Yes), ("R2", Yes), ("R3", Unknown), ("R4", Unknown)]);
    assert_eq!(
        assess(&item(), &values, &facts(&[("alive", "true")]), &context()).verdict,
        Yes,
        "R4 is only soft"
    );
    assert_eq!(assess(&item(), &values, &facts(&[("alive", "false")]), &context()).verdict, No);
}

#[test]
fn a_hard_no_outweighs_what_is_unknown() {
    let mut values = open(&form(), &answers(), TODAY).unwrap().outcome().values;
    values.insert(plain("birth_date"), "1946-03-21".into());
    let result = assess(&item(), &values, &facts(&[]), &context());
    assert_eq!(result.verdict, No);
    assert_eq!(result.rules[0].message, "R1 fails");
    values.insert(plain("birth_date"), "1946-03-20".into());
    assert_eq!(assess(&item(), &values, &facts(&[]), &context()).verdict, Unknown, "80 today");
}

#[test]
fn a_rule_counts_only_where_it_applies() {
    let mut item = item();
    item.rules.truncate(1);
    item.rules[0].check = "false()".into();
    let judged = |item: &ServiceItem| {
        let values = open(&form(), &answers(), TODAY).unwrap().outcome().values;
        assess(item, &values, &facts(&[]), &context())
    };
    assert_eq!(judged(&item).verdict, No);
    item.rules[0].when = "${cares} = 'yes'".into();
    assert_eq!(judged(&item), Assessment { verdict: Yes, rules: vec![] });
    item.rules[0].when = "fact('veteran') = 'true'".into();
    assert_eq!(judged(&item).verdict, Unknown);
}

#[test]
fn unknown_spreads_by_kleenes_tables() {
    let unknown = "fact('nothing') = '1'";
    let table = [
        (format!("{unknown} and false()"), No),
        (format!("false() and {unknown}"), No),
        (format!("{unknown} and true()"), Unknown),
        (format!("{unknown} or true()"), Yes),
        (format!("true() or {unknown}"), Yes),
        (format!("{unknown} or false()"), Unknown),
        (format!("not({unknown})"), Unknown),
        (format!("{unknown} or {unknown}"), Unknown),
        (format!("if({unknown}, true(), true())"), Unknown),
    ];
    for (rule, verdict) in table {
        assert_eq!(judge(&rule), verdict, "{rule}");
    }
}

#[test]
fn the_functions_of_the_language() {
    let yes = [
        "age(${birth_date}) = 86",
        "age(${birth_date}, '2025-03-14') = 84",
        "months_between('2025-12-31', collect_date()) = 2",
        "in_region(${hukou_region}, county()) and in_region(${hukou_region}, '131099100')",
        "exists(${name}) and not(exists(${phone})) and not(exists(fact('x'))) and exists(fact('alive'))",
        "count(${member}) = 2 and sum(${member_income}) = 1500",
        "id_valid(${id_no}) and luhn(${account})",
        "${visited_on} >= '2026-01-01' and ${visited_on} <= today()",
        "selected('a b', 'b') and not(selected('ab', 'b')) and count-selected('a b') = 2",
        "fact('low_income') = false() and fact('alive')",
        "string-length(${name}) = 3 and substr(${id_no}, 0, 6) = '131099' and starts-with(${id_no}, '13')",
        "param('age_min') * 2 - 10 > 149 and -1 < 0 and 7 mod 2 = 1 and 1 div 2 = 0.5",
        "'${name}' != ${name}",
        "number('3') = 3 and contains(${name}, '秀') and if(true(), true(), false())",
    ];
    for rule in yes {
        assert_eq!(judge(rule), Yes, "{rule}");
        assert_eq!(judge(&format!("not({rule})")), No, "{rule}");
        assert_eq!(lint(rule, &form()), Ok(()), "{rule}");
    }
}

#[test]
fn nonsense_is_unknown_and_never_no() {
    let nonsense = [
        "${name} > 3",
        "age(${name}) > 3",
        "1 div 0 > 3",
        "in_region('x', county())",
        "param('none') = 1",
        "sum(${member_name}) > 0",
        "((",
        "nofunction(1)",
        "${name}",
        "/data/x = 1",
        "id_valid(${phone})",
    ];
    for rule in nonsense {
        assert_eq!(judge(rule), Unknown, "{rule}");
    }
}

#[test]
fn the_linter_names_what_is_wrong() {
    let wrong = |rule: &str| lint(rule, &form()).unwrap_err();
    assert_eq!(wrong("${nmae} = 1"), RuleError::NoSuchQuestion { name: "nmae".into() });
    assert_eq!(wrong("agee(${name})"), RuleError::NoSuchFunction { name: "agee".into(), arguments: 1 });
    assert_eq!(wrong("age(1, 2, 3)"), RuleError::NoSuchFunction { name: "age".into(), arguments: 3 });
    assert_eq!(wrong("name = 1"), RuleError::NotInLanguage);
    assert!(matches!(wrong("1 +"), RuleError::Syntax { .. }));
    assert!(matches!(wrong("${name"), RuleError::Syntax { .. }));
    assert!(matches!(wrong(&"1+".repeat(2000)), RuleError::TooLong { .. }));

    let mut item = item();
    assert_eq!(lint_item(&item), []);
    item.params.clear();
    item.materials[2].when = "${cares} ~ 1".into();
    let places: Vec<String> = lint_item(&item).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["rule R1 check", "material M-CARE when"]);
}
