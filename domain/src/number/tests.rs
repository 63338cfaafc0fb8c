use jiff::civil::date;
use proptest::prelude::*;

use super::*;

#[test]
fn credit_codes_of_the_standard_and_of_the_sample_county() {
    let real = ["11440232MB2D06811W", "11450000007565194H", "12441500196720244T", "91110000710931130E"];
    let sample = [
        "11131099MB99000137",
        "11131099MB99000212",
        "11131099MB990003XR",
        "11131099MB9900048R",
        "11131099MB9900056L",
        "11131099MB9900064F",
        "11131099MB9900072A",
        "13131099MB9900080Y",
        "11131099MB99000992",
        "11131099MB9900101M",
        "11131099MB990011XD",
    ];
    for code in real.into_iter().chain(sample) {
        assert_eq!(Uscc::parse(code).unwrap().as_str(), code);
    }
    assert_eq!(Uscc::parse("91110000710931130F"), Err(UsccError::CheckDigit('E')));
    assert_eq!(Uscc::parse("9111000071093113OE"), Err(UsccError::Characters(17)));
    assert_eq!(Uscc::parse("9111"), Err(UsccError::Length(4)));
    assert_eq!(Uscc::parse("9111 0000 7109 3113 0e").unwrap().as_str(), "91110000710931130E");
}

#[test]
fn a_wrong_organisation_code_is_only_doubted() {
    assert!(Uscc::parse("11131099MB99000137").unwrap().organisation_code_fits());
    assert!(
        !Uscc::parse("91110000710931130E").unwrap().organisation_code_fits(),
        "a code of the standard's own"
    );
    let body = "11131099MB9900014";
    let sum: u32 = body.chars().zip(USCC_WEIGHTS).map(|(c, w)| value_in(USCC_ALPHABET, c).unwrap() * w).sum();
    let last = character_in(USCC_ALPHABET, (31 - sum % 31) % 31).unwrap();
    assert!(!Uscc::parse(&format!("{body}{last}")).unwrap().organisation_code_fits());
}

#[test]
fn accounts_have_16_to_19_digits_and_may_fail_the_check_digit() {
    for number in ["6217000000000000004", "6228480000000001230"] {
        assert!(BankAccount::parse(number).unwrap().luhn_fits(), "{number}");
    }
    for number in ["6217000000000000005", "6228480000000001231"] {
        assert!(!BankAccount::parse(number).unwrap().luhn_fits(), "{number}");
    }
    assert_eq!(BankAccount::parse("6217-0000 0000 0000 004").unwrap().as_str(), "6217000000000000004");
    assert_eq!(BankAccount::parse("621700000000000"), Err(AccountError::Length(15)));
    assert_eq!(BankAccount::parse("62170000000000000041"), Err(AccountError::Length(20)));
    assert_eq!(BankAccount::parse("621700000000000000a"), Err(AccountError::Characters));
    assert_eq!(
        format!("{:?}", BankAccount::parse("6217000000000000004").unwrap()),
        "BankAccount(***************0004)"
    );
}

#[test]
fn the_check_character_is_that_of_iso_7064() {
    // The worked example of the Global Release Identifier, which uses the same system.
    assert_eq!(mod_37_36("A1-2425G-ABC1234002"), Some('M'));
}

#[test]
fn a_receipt_number_reads_back_and_a_typing_error_is_noticed() {
    let village: RegionCode = "131099100201".parse().unwrap();
    let no = ProvisionalNo::new(village.clone(), "7KQ", date(2026, 3, 15), 42).unwrap();
    let printed = no.to_string();
    assert!(printed.starts_with("131099100201-7KQ-20260315-0042"), "{printed}");
    assert_eq!(printed.len(), 31);
    assert_eq!(printed.to_lowercase().parse(), Ok(no.clone()));
    assert_eq!(printed.replace("0042", "0024").parse::<ProvisionalNo>(), Err(ProvisionalNoError::Check));
    for text in [
        "",
        "131099100201-7KQ-20260315",
        "131099100201-7KI-20260315-00421",
        "131099100201-7KQ-20260230-00421",
    ] {
        assert_eq!(text.parse::<ProvisionalNo>(), Err(ProvisionalNoError::Shape), "{text}");
    }
    assert_eq!(ProvisionalNo::new(village, "7K", date(2026, 3, 15), 1), None);
    let township = ProvisionalNo::new("131099100".parse().unwrap(), "000", date(2026, 3, 15), 1).unwrap();
    assert!(township.to_string().starts_with("131099100000-"));
    assert_eq!(township.to_string().parse(), Ok(township));
}

#[test]
fn a_desk_tells_itself_by_three_characters() {
    let tag = |number: u128| ProvisionalNo::device_tag(&DeskId(uuid::Uuid::from_u128(number)));
    assert_eq!((tag(0), tag(0x7fff), tag(33)), ("000".into(), "ZZZ".into(), "011".into()));
}

proptest! {
    #[test]
    fn receipt_numbers_round_trip(serial in 0u64..10_000_000, day in 0i32..40_000, desk in any::<u128>()) {
        let date = date(2000, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        let tag = ProvisionalNo::device_tag(&DeskId(uuid::Uuid::from_u128(desk)));
        let no = ProvisionalNo::new("131099100202".parse().unwrap(), &tag, date, serial).unwrap();
        prop_assert_eq!(no.to_string().parse(), Ok(no));
    }

    #[test]
    fn one_wrong_character_never_passes(at in 0usize..31, other in 0usize..36) {
        let no = ProvisionalNo::new("131099100202".parse().unwrap(), "7KQ", date(2026, 3, 15), 42).unwrap();
        let right: Vec<char> = no.to_string().chars().collect();
        let other = CHECK_ALPHABET.chars().nth(other).unwrap();
        prop_assume!(right[at] != '-' && right[at] != other);
        let mut wrong = right;
        wrong[at] = other;
        let wrong: String = wrong.into_iter().collect();
        prop_assert!(wrong.parse::<ProvisionalNo>().is_err());
    }

    #[test]
    fn normalising_twice_is_normalising_once(text in "\\PC{0,24}") {
        let code = Uscc::normalise(&text);
        prop_assert_eq!(Uscc::normalise(&code), code);
        let account = BankAccount::normalise(&text);
        prop_assert_eq!(BankAccount::normalise(&account), account);
    }
}
