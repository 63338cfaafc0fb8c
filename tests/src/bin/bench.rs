//! How quick a desk is: fills a desk with invented cases through the real use cases, then does what people do at it,
//! over and over, and writes down how long each took.
//!
//! `bench prepare FOLDER CASES` enrols a desk at a county of its own and lets the county take every case.
//! `bench measure FOLDER REPEATS` works at such a desk, out of the county's reach, in a process with nothing else in
//! it. Both print one line of JSON. `cargo xtask bench` calls both and shows the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measuring tool: what cannot be had ends it, and it speaks by printing"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use desk::dispatch::{self, ask};
use desk::entry::{self, Creation};
use desk::{Desk, Place};
use domain::role::Role;
use ipc::account::{DeskState, Enrol};
use ipc::case::{CaseList, CasePage};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::PASSWORD;
use serde_json::{Value, json};

const VILLAGE: &str = "131099100201";
/// Cases made between two exchanges, as on a desk that has a county; an endless outbox is not what is measured.
const BETWEEN_EXCHANGES: usize = 1000;

/// Surnames and characters of given names with the letter they begin with, so that a search by initials can be asked.
const SURNAMES: [(char, char); 24] = [
    ('王', 'w'),
    ('李', 'l'),
    ('张', 'z'),
    ('刘', 'l'),
    ('陈', 'c'),
    ('杨', 'y'),
    ('赵', 'z'),
    ('黄', 'h'),
    ('周', 'z'),
    ('吴', 'w'),
    ('徐', 'x'),
    ('孙', 's'),
    ('胡', 'h'),
    ('朱', 'z'),
    ('高', 'g'),
    ('林', 'l'),
    ('何', 'h'),
    ('郭', 'g'),
    ('马', 'm'),
    ('罗', 'l'),
    ('梁', 'l'),
    ('宋', 's'),
    ('郑', 'z'),
    ('韩', 'h'),
];
const GIVEN: [(char, char); 24] = [
    ('秀', 'x'),
    ('英', 'y'),
    ('桂', 'g'),
    ('兰', 'l'),
    ('芳', 'f'),
    ('玉', 'y'),
    ('珍', 'z'),
    ('凤', 'f'),
    ('梅', 'm'),
    ('春', 'c'),
    ('国', 'g'),
    ('华', 'h'),
    ('明', 'm'),
    ('德', 'd'),
    ('福', 'f'),
    ('建', 'j'),
    ('文', 'w'),
    ('金', 'j'),
    ('银', 'y'),
    ('菊', 'j'),
    ('荣', 'r'),
    ('树', 's'),
    ('海', 'h'),
    ('清', 'q'),
];

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [verb, folder, number] = args.as_slice() else {
        panic!("bench prepare FOLDER CASES | bench measure FOLDER REPEATS");
    };
    let (folder, number) = (Path::new(folder), number.parse().expect("a number"));
    let told = match verb.as_str() {
        "prepare" => prepare(folder, number).await,
        "measure" => measure(folder, number).await,
        other => panic!("{other} is neither prepare nor measure"),
    };
    println!("{told}");
}

/// The `n`th invented applicant: everybody of the village is above eighty.
fn applicant(n: usize) -> Value {
    let (name, _) = name(n);
    let mut answers = gaoling();
    answers["applicant_name"] = json!(name);
    answers["applicant_id_no"] = json!(id_no(n));
    answers
}

/// The `n`th name and its initials; near numbers have little in common.
fn name(n: usize) -> (String, String) {
    let scattered = n.wrapping_mul(7919);
    let parts = [
        SURNAMES[scattered % SURNAMES.len()],
        GIVEN[scattered / SURNAMES.len() % GIVEN.len()],
        GIVEN[scattered / SURNAMES.len() / GIVEN.len() % GIVEN.len()],
    ];
    parts.into_iter().unzip()
}

/// The `n`th resident ID number of the invented county 131099 (GB 11643).
fn id_no(n: usize) -> String {
    let (day, month, year) = (n % 28 + 1, n / 28 % 12 + 1, 1930 + n / 336 % 15);
    let serial = 2 * (n / 5040) + 100;
    let body = format!("131099{year}{month:02}{day:02}{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

fn at(folder: &Path) -> Arc<Desk> {
    Desk::open(Place::new(folder)).unwrap()
}

/// One whole case from an answers file, as the import of the command line makes it.
async fn make(desk: &Arc<Desk>, n: usize, submit: bool) -> String {
    let creation = Creation {
        item: GAOLING.to_owned(),
        answers: applicant(n),
        attach: Vec::new(),
        submit,
        insist: false,
    };
    match entry::create(desk, creation).await {
        Ok(made) => made.case.to_string(),
        Err(why) => panic!("case {n} was not made: {why:?}"),
    }
}

async fn prepare(folder: &Path, cases: usize) -> Value {
    let county = TestCounty::start().await;
    let desk = at(folder);
    let code = county.code("王桂兰", VILLAGE, &[Role::VillageAgent]);
    ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
    desk::syncing::exchange(&desk, true).await.unwrap();
    let (mut making, mut sending) = (Duration::ZERO, Duration::ZERO);
    let (mut items, mut bytes) = (0, 0);
    for begin in (0..cases).step_by(BETWEEN_EXCHANGES) {
        let begun = Instant::now();
        for n in begin..cases.min(begin + BETWEEN_EXCHANGES) {
            make(&desk, n, true).await;
        }
        making += begun.elapsed();
        let begun = Instant::now();
        loop {
            let report = desk::syncing::exchange(&desk, true).await.unwrap();
            assert!(report.refused.is_empty(), "{:?}", report.refused);
            items += report.items_sent;
            bytes += report.bytes_up;
            if report.waiting == 0 {
                break;
            }
        }
        sending += begun.elapsed();
    }
    json!({
        "cases": cases,
        "make_seconds": making.as_secs_f64(),
        "send_seconds": sending.as_secs_f64(),
        "items_sent": items,
        "bytes_sent": bytes,
    })
}

/// Everything measured on one desk.
#[derive(Default)]
struct Sheet(Vec<Value>);

impl Sheet {
    /// Notes how long something took each time: median and the time that 95 of 100 stay below, in milliseconds;
    /// with the bytes of the answer as the window gets it and whatever else belongs to it.
    fn note(&mut self, what: &str, mut took: Vec<Duration>, bytes: usize, more: Value) {
        took.sort_unstable();
        let part = |of_100: usize| (took[(took.len() - 1) * of_100 / 100].as_secs_f64() * 1e5).round() / 1e2;
        let mut row = json!({
            "what": what, "times": took.len(), "median_ms": part(50), "p95_ms": part(95), "answer_bytes": bytes,
        });
        row.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.0.push(row);
    }

    /// Asks as the window asks, JSON to JSON, once for each of `questions`.
    async fn time(
        &mut self,
        what: &str,
        desk: &Arc<Desk>,
        command: &str,
        questions: Vec<Value>,
    ) -> Vec<Value> {
        let (mut took, mut bytes, mut answers) = (Vec::new(), 0, Vec::new());
        for question in questions {
            let begun = Instant::now();
            let (answer, text) = told(desk, command, question).await;
            took.push(begun.elapsed());
            bytes = text.len();
            answers.push(answer);
        }
        self.note(what, took, bytes, Value::Null);
        answers
    }
}

async fn told(desk: &Arc<Desk>, command: &str, question: Value) -> (Value, String) {
    let answer = dispatch::call(desk, command, question).await.unwrap();
    let text = answer.to_string();
    (answer, text)
}

async fn measure(folder: &Path, times: usize) -> Value {
    let mut sheet = Sheet::default();
    let rss_begin = resident().0;
    let desk = at(folder);
    let person = ask(&desk, DeskState {}).await.unwrap().people[0].person;
    let unlock = json!({"person": person, "password": PASSWORD});

    let begun = Instant::now();
    told(&desk, "unlock", unlock.clone()).await;
    told(&desk, "case_list", json!({})).await;
    sheet.note("first unlock of a run, to the list", vec![begun.elapsed()], 0, Value::Null);
    let rss_open = resident().0;

    let (mut to_list, mut password_only) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..times {
        told(&desk, "lock", json!({})).await;
        let begun = Instant::now();
        told(&desk, "unlock", unlock.clone()).await;
        bytes = told(&desk, "case_list", json!({})).await.1.len();
        to_list.push(begun.elapsed());
        let begun = Instant::now();
        store::Keys::load(folder).unwrap().unlock(person, PASSWORD).unwrap();
        password_only.push(begun.elapsed());
    }
    sheet.note("unlock to list", to_list, bytes, Value::Null);
    sheet.note("of it, the password (Argon2id)", password_only, 0, Value::Null);

    let cases = all(&desk).await;
    let some = |n: usize| &cases[n.wrapping_mul(7919) % cases.len()];
    let again = |question: Value| vec![question; times];
    sheet.time("home screen", &desk, "home", again(json!({}))).await;
    sheet.time("a page of the list", &desk, "case_list", again(json!({}))).await;
    let questions = (0..times).map(|n| json!({"case": some(n)})).collect();
    sheet.time("open a case", &desk, "case_open", questions).await;

    for (what, questions) in [
        ("search: initials of a name", (0..times).map(|n| json!({"search": name(n).1})).collect()),
        ("search: a surname", again(json!({"search": "王"}))),
        ("search: what every case is about", again(json!({"search": "gaoling"}))),
    ] {
        let found = sheet.time(what, &desk, "case_list", questions).await;
        let hits: Vec<u64> = found.iter().map(|page| page["total"].as_u64().unwrap()).collect();
        assert!(hits.iter().all(|hits| *hits > 0), "{what} found nothing");
        let row = sheet.0.last_mut().unwrap();
        row["hits"] = json!(hits.iter().sum::<u64>() / hits.len() as u64);
    }

    let fresh = cases.len();
    let mut drafts = Vec::new();
    for n in 0..=times {
        drafts.push(make(&desk, fresh + n, false).await);
    }
    let draft = drafts.pop().unwrap();
    let request = |n: usize| format!("bench-{n}");
    let questions = (0..times)
        .map(|n| json!({"case": draft, "field": "hukou_address", "text": format!("东村{n}组")}))
        .collect();
    sheet.time("keep what is being typed", &desk, "case_buffer", questions).await;
    let questions = (0..times)
        .map(|n| {
            let edit = json!({"edit": "set", "field": "hukou_address", "value": format!("东村{n}组15号")});
            json!({"request": request(n), "case": draft, "edits": [edit]})
        })
        .collect();
    sheet.time("save a field", &desk, "case_save", questions).await;
    let questions = (0..times)
        .map(|n| json!({"request": request(times + n), "case": drafts[n], "insist": false}))
        .collect();
    sheet.time("submit", &desk, "case_submit", questions).await;
    let mut took = Vec::new();
    for n in 0..times {
        let begun = Instant::now();
        make(&desk, fresh + times + 1 + n, true).await;
        took.push(begun.elapsed());
    }
    sheet.note("import a case and submit it", took, 0, Value::Null);

    let (rss, peak) = resident();
    json!({
        "cases": cases.len(),
        "rows": sheet.0,
        "memory": {"started": rss_begin, "open": rss_open, "worked": rss, "peak": peak},
        "database_bytes": std::fs::metadata(folder.join("desk.db")).unwrap().len(),
    })
}

/// The ids of all cases, page by page.
async fn all(desk: &Arc<Desk>) -> Vec<String> {
    let mut cases = Vec::new();
    let mut after = None;
    loop {
        let page: CasePage = ask(desk, CaseList { after, ..CaseList::default() }).await.unwrap();
        cases.extend(page.cases.iter().map(|card| card.case.to_string()));
        after = page.next;
        if after.is_none() {
            return cases;
        }
    }
}

/// Memory of this process in bytes: now, and at most so far. Zero where the system does not tell.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    (field("VmRSS:").unwrap_or(0) * 1024, field("VmHWM:").unwrap_or(0) * 1024)
}
