use proptest::prelude::*;

use super::*;

fn finds(text: &str, typed: &str) -> bool {
    found(&keys(text), &query(typed))
}

#[test]
fn an_item_is_found_by_characters_pinyin_and_initials() {
    for typed in [
        "高龄",
        "津贴",
        "gljt",
        "gl",
        "jt",
        "gaoling",
        "gaolingjintie",
        "jintie",
        "gao ling",
        "GLJT",
        "ＧＬ",
        "",
    ] {
        assert!(finds("高龄津贴", typed), "{typed}");
    }
    for typed in ["glbt", "低保", "aoling", "gljtx"] {
        assert!(!finds("高龄津贴", typed), "{typed}");
    }
    assert!(finds("高龄补贴", "glbt"));
}

#[test]
fn readings_of_one_character_all_count_at_the_beginning() {
    assert!(finds("重度残疾人护理补贴", "zdcj"));
    assert!(finds("重度残疾人护理补贴", "cdcj"));
    assert!(finds("60周岁以上农村籍退役士兵身份认定与老年生活补助", "tysb"));
    assert!(finds("60周岁以上农村籍退役士兵身份认定与老年生活补助", "60"));
}

#[test]
fn surnames_are_read_as_surnames() {
    for (name, typed) in [
        ("单雄信", "shanxiongxin"),
        ("解晓东", "xxd"),
        ("仇小山", "qxs"),
        ("曾国华", "zengguohua"),
        ("查良玉", "zly"),
        ("盖丽丽", "geli"),
        ("尉迟恭", "yuchigong"),
        ("吕秀英", "lvxiuying"),
    ] {
        assert!(finds(name, typed), "{name} {typed}");
    }
}

#[test]
fn codes_and_minority_names_are_found() {
    assert!(finds("130511901000", "1305119"));
    assert!(finds("阿卜杜拉·买买提", "买买提"));
    assert!(finds("阿卜杜拉·买买提", "mmt"));
    assert!(finds("M-ID 身份证", "id"));
}

#[test]
fn long_names_stay_small() {
    let count = keys("60周岁以上农村籍退役士兵身份认定与老年生活补助（一次性告知单）").len();
    assert!(count < 300, "{count} keys");
}

proptest! {
    #[test]
    fn every_text_is_found_by_itself(text in "[高龄津贴补助重行a-z0-9 ]{0,12}") {
        prop_assert!(finds(&text, &text));
    }

    #[test]
    fn any_text_has_keys_without_panic(text in "\\PC{0,40}") {
        prop_assert!(keys(&text).iter().all(|key| !key.is_empty()));
    }
}
