//! The list of cases: pages without gaps, counts that are right, search by every word typed.

use domain::lifecycle::Status;
use store::StoreError;
use store::table::case_index::{self, PAGE, Query, Transfer};
use store::table::document::{self, Document};
use store::table::search_key;

use crate::{Desk, case, line};

fn listed(desk: &Desk, query: &Query) -> Vec<u128> {
    let page = desk.store().read(|r| case_index::list(r, query)).unwrap();
    page.lines.iter().map(|listed| listed.line.case.0.as_u128()).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let desk = Desk::new();
    let statuses = [Status::Draft, Status::Submitted, Status::Accepted];
    desk.store()
        .write(|w| {
            // Many lines share a time, so that a page may end among equals.
            for n in 0..130u128 {
                let at = i64::try_from(n / 7).unwrap();
                case_index::put(w, &line(n, statuses[usize::try_from(n % 3).unwrap()], at))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    for statuses in [vec![], vec![Status::Draft], vec![Status::Draft, Status::Accepted, Status::Draft]] {
        let mut query = Query { statuses, ..Query::default() };
        let mut seen = Vec::new();
        let mut times = Vec::new();
        loop {
            let page = desk.store().read(|r| case_index::list(r, &query)).unwrap();
            assert!(page.lines.len() <= PAGE);
            seen.extend(page.lines.iter().map(|listed| listed.line.case));
            times.extend(page.lines.iter().map(|listed| listed.line.updated_at));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first");
        let total = desk.store().read(|r| case_index::total(r, &query)).unwrap();
        assert_eq!(seen.len() as u64, total);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len() as u64, total, "nothing twice");
    }
}

#[test]
fn counts_follow_every_move() {
    let desk = Desk::new();
    let counts = || {
        let counts = desk.store().read(|r| case_index::counts(r, None)).unwrap();
        counts.into_iter().map(|(status, n)| (status.name(), n)).collect::<Vec<_>>()
    };
    let put = |of| desk.store().write(|w| case_index::put(w, &of)).unwrap();
    put(line(1, Status::Draft, 1));
    put(line(2, Status::Draft, 2));
    assert_eq!(counts(), [("draft", 2)]);
    put(line(1, Status::Submitted, 3));
    put(line(1, Status::Submitted, 4));
    assert_eq!(counts(), [("draft", 1), ("submitted", 1)]);
    let mut away = line(2, Status::Draft, 5);
    away.discarded_at = Some(5);
    put(away);
    assert_eq!(counts(), [("submitted", 1)], "what was put away is not counted");
    assert_eq!(listed(&desk, &Query::default()), [1]);
    assert_eq!(desk.store().read(|r| case_index::discarded(r, 6, 10)).unwrap(), [case(2)]);
    put(line(2, Status::Draft, 6));
    assert_eq!(counts(), [("draft", 1), ("submitted", 1)], "and taken back");
    desk.store().write(|w| case_index::remove(w, case(1))).unwrap();
    assert_eq!(counts(), [("draft", 1)]);
    desk.store().write(case_index::clear).unwrap();
    assert_eq!(counts(), []);
}

#[test]
fn every_word_typed_must_begin_one_of_the_keys() {
    let desk = Desk::new();
    let keys = [
        (1, vec!["张", "桂", "兰", "zhangguilan", "zgl", "高龄津贴", "gljt"]),
        (2, vec!["张", "卫", "国", "zhangweiguo", "zwg", "临时救助", "lsjz"]),
        (3, vec!["王", "秀", "英", "wangxiuying", "wxy", "gljt"]),
    ];
    desk.store()
        .write(|w| {
            for (n, keys) in &keys {
                case_index::put(w, &line(*n, Status::Draft, i64::try_from(*n).unwrap()))?;
                search_key::replace(w, case(*n), keys)?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let search = |typed: &[&str]| listed(&desk, &Query { words: words(typed), ..Query::default() });
    assert_eq!(search(&["zhang"]), [2, 1]);
    assert_eq!(search(&["zhang", "gl"]), [1]);
    assert_eq!(search(&["张", "lsjz"]), [2]);
    assert_eq!(search(&["gljt"]), [3, 1]);
    assert_eq!(search(&["hang"]), [] as [u128; 0], "the middle of a word finds nothing");
    assert_eq!(search(&["张", "王"]), [] as [u128; 0]);
    assert_eq!(search(&["%"]), [] as [u128; 0], "no wildcard of the database works here");

    let query = Query { words: words(&["zhang"]), limit: 1, ..Query::default() };
    let first = desk.store().read(|r| case_index::list(r, &query)).unwrap();
    assert_eq!(desk.store().read(|r| case_index::total(r, &query)).unwrap(), 2);
    let rest = Query { after: first.next, ..query };
    assert_eq!(listed(&desk, &rest), [1]);

    // A corrected name is found by the new one only.
    desk.store().write(|w| search_key::replace(w, case(2), &["李", "lisi"])).unwrap();
    assert_eq!(search(&["zhang"]), [1]);
    assert_eq!(search(&["li"]), [2]);
}

#[test]
fn a_case_is_at_the_county_only_when_everything_was_acknowledged() {
    let desk = Desk::new();
    let document = Document {
        case: case(1),
        release: 1,
        meta: Vec::new(),
        snapshot: Vec::new(),
        heads: vec![[1; 32]],
        acked_heads: Vec::new(),
    };
    desk.store()
        .write(|w| {
            document::insert(w, &document)?;
            case_index::put(w, &line(1, Status::Draft, 1))
        })
        .unwrap();
    let transfer = || desk.store().read(|r| case_index::get(r, case(1))).unwrap().unwrap().transfer;
    assert_eq!(transfer(), Transfer::Saved);
    desk.store().write(|w| document::set_acked_heads(w, case(1), &[[1; 32]])).unwrap();
    assert_eq!(transfer(), Transfer::AtCounty);
    desk.store().write(|w| document::set_heads(w, case(1), &[[2; 32]])).unwrap();
    assert_eq!(transfer(), Transfer::Waiting, "something was written since");
}

#[test]
fn what_came_back_stays_marked_until_somebody_looked() {
    let desk = Desk::new();
    let mut back = line(1, Status::CorrectionRequested, 3);
    back.unseen = true;
    back.number = Some("131099-K7Q-000012".to_owned());
    desk.store()
        .write(|w| {
            case_index::put(w, &back)?;
            case_index::put(w, &line(2, Status::Draft, 4))
        })
        .unwrap();
    let unseen = Query { unseen: true, ..Query::default() };
    assert_eq!(listed(&desk, &unseen), [1]);
    assert_eq!(desk.store().read(|r| case_index::total(r, &unseen)).unwrap(), 1);
    assert_eq!(desk.store().read(|r| case_index::by_number(r, "131099-K7Q-000012")).unwrap(), Some(case(1)));
    desk.store().write(|w| case_index::set_seen(w, case(1))).unwrap();
    assert_eq!(listed(&desk, &unseen), [] as [u128; 0]);
}
