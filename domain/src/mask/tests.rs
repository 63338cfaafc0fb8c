use proptest::prelude::*;

use super::*;
use crate::sample;

#[test]
fn what_lists_and_notices_show() {
    assert_eq!(name("张三"), "张*");
    assert_eq!(name("李小敏"), "李*敏");
    assert_eq!(name("阿卜杜拉·买买提"), "阿******提");
    assert_eq!(name("张"), "*");
    assert_eq!(phone("13812343210"), "138****3210");
    assert_eq!(phone("0316-2001234"), "031*****1234");
    assert_eq!(phone("2001234"), "***1234");
    assert_eq!(resident_id("131099194003150021"), "131099********0021");
    assert_eq!(resident_id("13109919400315002"), "*****************");
    assert_eq!(account("6217000000000000004"), "***************0004");
    assert_eq!(account("12345678"), "********");
    assert_eq!(address("示范镇东村3组12号"), "示范镇东村3组***");
    assert_eq!(address("示范镇东村3组"), "示范镇东村3组");
    assert_eq!(address("幸福路12号"), "***");
    assert_eq!(date("1940-03-15"), "1940-**-**");
}

#[test]
fn a_field_is_covered_by_its_class_and_kind() {
    let of = |kind, class, value: &str| {
        let form = sample::form();
        let some = form.field("name").unwrap().clone();
        field(&Field { kind, class, ..some }, value)
    };
    assert_eq!(of(FieldKind::Text, FieldClass::Plain, "独居"), "独居");
    assert_eq!(of(FieldKind::Money, FieldClass::Guarded, "1200"), "***");
    assert_eq!(of(FieldKind::BankAccount, FieldClass::Guarded, "6217000000000000004"), "***************0004");
    assert_eq!(of(FieldKind::PersonName, FieldClass::Personal, "张三"), "张*");
    assert_eq!(of(FieldKind::LongText, FieldClass::Personal, "东村3组12号"), "东村3组***");
    assert_eq!(of(FieldKind::Text, FieldClass::Guarded, "退伍证 8801"), "***");
    assert_eq!(of(FieldKind::Money, FieldClass::Guarded, ""), "");
}

proptest! {
    #[test]
    fn a_hidden_digit_never_shows(digits in "[0-9]{1,24}") {
        let count = digits.len();
        for (masked, head, tail) in [
            (resident_id(&digits), 6, 4), (phone(&digits), 3, 4), (account(&digits), 0, 4), (name(&digits), 1, 1),
        ] {
            prop_assert_eq!(masked.chars().count(), count);
            for (at, (shown, real)) in masked.chars().zip(digits.chars()).enumerate() {
                prop_assert!(shown == '*' || (shown == real && (at < head || at + tail >= count)));
            }
        }
        let shown = resident_id(&digits).chars().filter(|c| c.is_ascii_digit()).count();
        prop_assert!(shown <= 10);
        prop_assert!(account(&digits).chars().filter(|c| c.is_ascii_digit()).count() <= 4);
        if count > 1 {
            prop_assert!(name(&digits).contains('*') && account(&digits).contains('*') && phone(&digits).contains('*'));
        }
    }

    #[test]
    fn house_numbers_never_show(head in "[东西南北村组]{0,6}", house in "[0-9]{2,6}") {
        let text = format!("{head}组{house}");
        prop_assert!(!address(&text).contains(&house));
    }
}
