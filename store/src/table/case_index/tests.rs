//! Twenty thousand cases cost a page what twenty cost: the plans walk an index and sort nothing.

use std::ops::ControlFlow;

use uuid::Uuid;

use super::*;
use crate::table::search_key;
use crate::{DbKey, FolderLock, Store};

const CASES: u128 = 20_000;

fn full_store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let lock = FolderLock::take(dir.path()).unwrap();
    let store = Store::open(&lock, &DbKey::generate().unwrap()).unwrap();
    store
        .write(|w| {
            for n in 0..CASES {
                let case = CaseId(Uuid::from_u128(n));
                let line = CaseLine {
                    case,
                    item: "000111001000".to_owned(),
                    item_name: "item".to_owned(),
                    release: 1,
                    status: Status::ALL[usize::try_from(n % 5).unwrap()],
                    applicant: "Z*".to_owned(),
                    number: Some(format!("131099-{n}")),
                    village: None,
                    unit: "131099100201".parse().unwrap(),
                    scopes: BTreeSet::from([format!("draft:13109910020{}", n % 4)]),
                    updated_at: i64::try_from(n * 37 % CASES).unwrap(),
                    collected_at: None,
                    differing: 0,
                    unseen: n % 1000 == 0,
                    discarded_at: (n % 100 == 99).then_some(1),
                };
                put(w, &line)?;
                search_key::replace(
                    w,
                    case,
                    &[format!("name{}", n % 500), "common".to_owned(), format!("{n}")],
                )?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    (dir, store)
}

fn plan(r: &Read<'_>, query: &Query) -> String {
    let (sql, mut values) = page_sql(&Select::of(query, &Seen::All));
    values.push(51.into());
    let mut statement = r.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    rows.map(|row| row.unwrap() + "\n").collect()
}

#[test]
fn a_page_of_twenty_thousand_cases_walks_an_index() {
    let (_dir, store) = full_store();
    let after = Some(PageKey { updated_at: 12_000, case: CaseId(Uuid::from_u128(5)) });
    let queries = [
        (Query::default(), "case_index_newest"),
        (Query { after, ..Query::default() }, "case_index_newest"),
        (Query { statuses: vec![Status::Draft], after, ..Query::default() }, "case_index_newest_by_status"),
        (Query { unseen: true, ..Query::default() }, "case_index_unseen"),
        (Query { words: vec!["name12".to_owned()], ..Query::default() }, "search_key"),
    ];
    store
        .read(|r| {
            for (query, index) in &queries {
                let plan = plan(r, query);
                assert!(plan.contains(index), "{query:?}\n{plan}");
                if query.words.is_empty() {
                    assert!(!plan.contains("TEMP B-TREE"), "nothing is sorted\n{plan}");
                    assert!(!plan.contains("SCAN c\n"), "nothing is walked whole\n{plan}");
                }
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();

    // The whole list in pages, so that the filter for several statuses is exercised at size too.
    let mut query = Query { statuses: vec![Status::ALL[0], Status::ALL[3]], ..Query::default() };
    let mut seen = 0;
    let walk = std::iter::repeat(()).try_for_each(|()| {
        let page = store.read(|r| list(r, &query)).unwrap();
        seen += page.lines.len() as u64;
        query.after = page.next;
        if page.next.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(walk.is_break());
    assert_eq!(seen, store.read(|r| total(r, &query)).unwrap());
    assert_eq!(store.read(|r| counts(r, None)).unwrap().values().sum::<u64>(), 19_800);
}

#[test]
fn whoever_reads_some_scopes_gets_their_lines_and_their_counts_only() {
    let (_dir, store) = full_store();
    let scopes = Some(vec!["draft:131099100201".to_owned(), "131099100201".to_owned()]);
    let mine = |query: Query| Query { scopes: scopes.clone(), ..query };
    for query in [
        Query::default(),
        Query { statuses: vec![Status::ALL[1]], ..Query::default() },
        Query { words: vec!["common".to_owned()], ..Query::default() },
    ] {
        let page = store.read(|r| list(r, &mine(query.clone()))).unwrap();
        assert_eq!(page.lines.len(), PAGE);
        assert!(page.lines.iter().all(|listed| listed.line.scopes.contains("draft:131099100201")));
        let (all, some) =
            store.read(|r| Ok::<_, StoreError>((total(r, &query)?, total(r, &mine(query))?))).unwrap();
        assert!(some > 0 && some * 3 < all, "{some} of {all}");
    }
    let counted = store.read(|r| counts(r, scopes.as_deref())).unwrap().values().sum::<u64>();
    assert_eq!(counted, store.read(|r| total(r, &mine(Query::default()))).unwrap());
    let nobody = Query { scopes: Some(vec!["draft:1".to_owned()]), ..Query::default() };
    assert!(store.read(|r| list(r, &nobody)).unwrap().lines.is_empty());
}
