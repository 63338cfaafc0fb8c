use serde_json::json;

use super::*;
use crate::form::open;
use crate::id::RowId;
use crate::sample::{TODAY, answers, form, member, plain, row};

fn read(file: Value) -> Result<Answers, Vec<String>> {
    let mut next = 0;
    let new_row = || {
        next += 1;
        row(next)
    };
    Answers::from_json(&form(), &file, new_row).map_err(|wrong| {
        wrong
            .into_iter()
            .map(|finding| {
                format!("{} {}", finding.field.map(String::from).unwrap_or_default(), finding.code)
            })
            .collect()
    })
}

#[test]
fn numbers_truth_and_lists_are_accepted() {
    let read = read(json!({
        "name": "张秀英", "has_phone": false, "declared": true, "care_places": ["home", "hospital"],
        "care_months": 7, "account": "6217 0000 0000 0000 004", "birth_date": "1999-01-01", "phone": null,
        "member": [{"member_name": "李大山", "member_income": 12.5}, {"_row": row(9).to_string()}],
    }))
    .unwrap();
    assert_eq!(read.text("has_phone"), "no");
    assert_eq!(read.text("declared"), "OK");
    assert_eq!(read.text("care_places"), "home hospital");
    assert_eq!(read.text("care_months"), "7");
    assert_eq!(read.text("account"), "6217000000000000004");
    assert_eq!(read.fields.get(&plain("birth_date")), None, "computed values are not taken from outside");
    assert_eq!(read.fields[&plain("phone")].value, "", "cleared on purpose");
    assert_eq!(read.rows["member"], [row(1), row(9)]);
    assert_eq!(read.fields[&member(1, "member_income")].value, "12.5");
}

#[test]
fn names_and_values_that_fit_no_question_refuse_the_file() {
    let wrong = read(json!({
        "nmae": "x", "has_phone": {"a": 1}, "member": [{"salary": 1}, 5], "name": true,
    }));
    let expected = [
        "has_phone bad_type".to_owned(),
        format!("member/{}/salary unknown_field", row(1)),
        "member bad_type".to_owned(),
        "name bad_type".to_owned(),
        "nmae unknown_field".to_owned(),
    ];
    assert_eq!(wrong.unwrap_err(), expected);
    assert_eq!(read(json!([1])).unwrap_err(), [" bad_type"]);
    let twice = json!({"member": [{"_row": row(1).to_string()}, {"_row": row(1).to_string()}]});
    assert_eq!(read(twice).unwrap_err(), ["member bad_type"]);
}

#[test]
fn what_is_written_can_be_read() {
    let written = answers().to_json();
    let again = Answers::from_json(&form(), &written, || -> RowId { panic!("rows keep their ids") }).unwrap();
    assert_eq!(again, answers());
    assert!(open(&form(), &again, TODAY).is_ok());
}
