use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 3, 20);

fn read(text: &str) -> Result<ResidentId, IdError> {
    ResidentId::parse(text, TODAY)
}

#[test]
fn the_vectors_of_the_standard() {
    let female = read("131099194003150021").unwrap();
    assert_eq!((female.sex(), female.birth()), (Sex::Female, date(1940, 3, 15)));
    let male = read("131099193512010110").unwrap();
    assert_eq!((male.sex(), male.birth()), (Sex::Male, date(1935, 12, 1)));
    assert_eq!(read("131099195902280027").unwrap().sex(), Sex::Female);
    assert_eq!(read("131099201906010030").unwrap().age_on(TODAY), 6);
    assert_eq!(read("11010519491231002X").unwrap().region_prefix(), "110105");
    assert_eq!(read("11010519491231002x").unwrap().as_str(), "11010519491231002X");
    assert_eq!(read("１３１０９９ １９４００３１５ ００２１").unwrap().as_str(), "131099194003150021");
    assert!(read("810000198001010014").unwrap().prefix_known());
    assert_eq!(read("131099196202290018"), Err(IdError::NoSuchDate));
    assert_eq!(read("131099194003150022"), Err(IdError::CheckDigit('1')));
}

#[test]
fn each_mistake_has_its_own_error() {
    assert_eq!(read("131099400315002"), Err(IdError::Old));
    assert_eq!(read("13109919400315002"), Err(IdError::Length(17)));
    assert_eq!(read(""), Err(IdError::Length(0)));
    assert_eq!(read("13109919400315O021"), Err(IdError::Characters(15)));
    assert_eq!(read("X31099194003150021"), Err(IdError::Characters(1)));
    assert_eq!(read("131099189903150021"), Err(IdError::Year));
    assert_eq!(read("131099202603210021"), Err(IdError::Year), "tomorrow");
    assert!(matches!(read("131099202603200021"), Err(IdError::CheckDigit(_))), "today is allowed");
}

#[test]
fn years_are_full_years_and_the_29th_of_february_ends_with_its_month() {
    assert_eq!(age(date(1940, 3, 15), date(2026, 3, 14)), 85);
    assert_eq!(age(date(1940, 3, 15), date(2026, 3, 15)), 86);
    let leap = date(1960, 2, 29);
    assert_eq!(age(leap, date(2026, 2, 27)), 65);
    assert_eq!(age(leap, date(2026, 2, 28)), 66);
    assert_eq!(age(leap, date(2024, 2, 28)), 63);
    assert_eq!(age(leap, date(2024, 2, 29)), 64);
    assert_eq!(age(date(2026, 3, 21), TODAY), -1);
}

#[test]
fn names_keep_rare_characters_and_the_right_dot() {
    for (typed, name) in [
        ("张秀英", "张秀英"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("王\u{2b404}", "王\u{2b404}"),
        ("李\u{31350}", "李\u{31350}"),
        ("〇一", "〇一"),
    ] {
        assert_eq!(PersonName::parse(typed).unwrap().as_str(), name);
    }
    for (typed, error) in [
        ("张", NameError::Length),
        ("·", NameError::Length),
        ("张三1", NameError::Characters),
        ("张?", NameError::Characters),
        ("·张三", NameError::Characters),
        ("张··三", NameError::Characters),
    ] {
        assert_eq!(PersonName::parse(typed), Err(error), "{typed}");
    }
    assert_eq!(PersonName::parse(&"长".repeat(51)), Err(NameError::Length));
    assert!(PersonName::parse(&"长".repeat(50)).is_ok());
}

#[test]
fn phones_are_mobile_or_landline() {
    for (typed, phone) in [
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("+86 13800000000", "13800000000"),
        ("+86-13800000000", "13800000000"),
        ("0316-2000000", "0316-2000000"),
        ("03162000000", "03162000000"),
        ("010-62000000", "010-62000000"),
    ] {
        assert_eq!(Phone::parse(typed).unwrap().as_str(), phone);
    }
    for typed in
        ["", "12800000000", "1380000000", "138000000000", "316-2000000", "0316-200000", "0316--2000000", "无"]
    {
        assert!(Phone::parse(typed).is_err(), "{typed}");
    }
    assert!(Phone::parse("13800000000").unwrap().is_mobile());
    assert!(!Phone::parse("0316-2000000").unwrap().is_mobile());
}

#[test]
fn nothing_of_a_person_shows_in_a_log() {
    let shown = format!(
        "{:?} {:?} {:?}",
        read("131099194003150021").unwrap(),
        PersonName::parse("张秀英").unwrap(),
        Phone::parse("13800000000").unwrap()
    );
    assert_eq!(shown, "ResidentId(131099********0021) PersonName(张*英) Phone(138****0000)");
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(text in "\\PC{0,24}") {
        let id = ResidentId::normalise(&text);
        prop_assert_eq!(ResidentId::normalise(&id), id);
        let name = PersonName::normalise(&text);
        prop_assert_eq!(PersonName::normalise(&name), name);
        let phone = Phone::normalise(&text);
        prop_assert_eq!(Phone::normalise(&phone), phone);
    }

    #[test]
    fn any_wrong_last_character_is_caught_and_the_right_one_named(
        days in 0i32..46_000, sequence in 0u32..1000, wrong in 0usize..11,
    ) {
        let birth = date(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let body = format!("131099{:04}{:02}{:02}{sequence:03}", birth.year(), birth.month(), birth.day());
        let right = check_character(&body).unwrap();
        let last = ID_CHECKS[wrong];
        let parsed = read(&format!("{body}{last}"));
        if last == right {
            prop_assert_eq!(parsed.unwrap().birth(), birth);
        } else {
            prop_assert_eq!(parsed, Err(IdError::CheckDigit(right)));
        }
    }
}
