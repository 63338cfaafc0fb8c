//! Trains the dictionary of the line on what travels: a village, its township and the county work through invented cases of the
//! sample catalogue, each county with people, ids and keys of its own, so that only what all have in common is learned.

use std::path::Path;
use std::sync::Arc;

use desk::dispatch::ask;
use desk::entry::{self, Creation};
use desk::syncing::exchange;
use desk::{Desk, Machine};
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::Enrol;
use ipc::case::{CaseAct, CaseCard, CaseList, CaseSave, CaseSubmit};
use scenarios::county::{TestCounty, sample_catalogue};
use scenarios::desk::{PASSWORD, open_on, set};
use scenarios::messenger::Messenger;
use serde_json::{Value, json};
use sync::wire::unpack;
use zstd::bulk::Compressor;

/// Counties whose exchanges are learned from.
const COUNTIES: u64 = 8;
/// Rounds of work in each.
const ROUNDS: usize = 10;
/// Bytes of the dictionary.
const SIZE: usize = 32 * 1024;
/// How it is packed with: as `sync::wire` does.
const LEVEL: i32 = 9;
/// Where a dictionary says its number, four bytes, the lowest first (RFC 8878).
pub const NUMBER: std::ops::Range<usize> = 4..8;

const ITEMS: [(&str, &str); 4] = [
    ("130511901000", "gaoling"),
    ("130524901000", "tuiyi"),
    ("130511902001", "canji"),
    ("130520901000", "nongji"),
];
const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const GIVEN: [&str; 12] =
    ["秀英", "桂兰", "建国", "德胜", "玉珍", "春梅", "国华", "金凤", "明", "芳", "志强", "福生"];
const HAMLETS: [&str; 4] = ["东村", "西村", "南坡村", "北沟村"];
const REASONS: [&str; 4] = ["请写到门牌号", "电话号码少一位", "请核对银行账号", "姓名与身份证不一致"];

/// Trains dictionary `number`, writes it to `file`, and tells how much less another county would say with it.
pub async fn train(file: &Path, number: u32) -> Value {
    let mut samples = Vec::new();
    for county in 0..COUNTIES {
        samples.extend(exchanges(county).await);
    }
    let mut made = zstd::dict::from_samples(&samples, SIZE).unwrap();
    made[NUMBER].copy_from_slice(&number.to_le_bytes());
    std::fs::write(file, &made).unwrap();

    let others = exchanges(COUNTIES).await;
    let packed = |dictionary: &[u8], message: &[u8]| {
        Compressor::with_dictionary(LEVEL, dictionary).unwrap().compress(message).unwrap().len()
    };
    let told = [(0, 400), (400, 2_000), (2_000, 8_000), (8_000, usize::MAX)].map(|(from, to)| {
        let some: Vec<_> = others.iter().filter(|message| (from..to).contains(&message.len())).collect();
        let sum = |dictionary: &[u8]| some.iter().map(|one| packed(dictionary, one)).sum::<usize>();
        json!({"from": from, "messages": some.len(), "without": sum(&[]), "with": sum(&made)})
    });
    json!({"samples": samples.len(), "dictionary": made.len(), "of_another_county": told})
}

/// What desks and one county said to each other, each message before it was packed.
async fn exchanges(seed: u64) -> Vec<Vec<u8>> {
    let county = TestCounty::set_up().await;
    let messenger = Messenger::to(county.open());
    let folder = tempfile::tempdir().unwrap();
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut desks = Vec::new();
    for (unit, roles) in [
        ("131099100201", &[Role::VillageAgent][..]),
        ("131099100", &[Role::TownshipClerk]),
        ("131099", &[Role::CountyAdmin, Role::Department]),
    ] {
        let machine = Machine { carrier: Some(Arc::new(messenger.clone())), ..Machine::default() };
        let desk = open_on(machine, &folder.path().join(unit));
        let code = county.code(&name(&mut dice), unit, roles);
        ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
        exchange(&desk, true).await.unwrap();
        desks.push(desk);
    }
    let [village, township, office] = &desks[..] else { panic!("three desks") };
    for round in 0..ROUNDS {
        for _ in 0..dice.usize(1..4) {
            take_in(village, &name(&mut dice), &mut dice).await;
        }
        for desk in [village, township, office, village] {
            work(desk, round, &mut dice).await;
            exchange(desk, true).await.unwrap();
        }
    }
    let said = messenger.passed().into_iter().filter(|passed| passed.path == "/v1/sync");
    said.flat_map(|passed| [passed.up, passed.down]).map(|body| unpack(&body).unwrap()).collect()
}

/// Cases of the sample catalogue, each with people, ids and addresses of its own, taken in at a desk. Gives their ids.
pub async fn cases(desk: &Arc<Desk>, count: usize) -> Vec<CaseId> {
    let mut dice = fastrand::Rng::with_seed(COUNTIES);
    let mut cases = Vec::new();
    for _ in 0..count {
        let name = name(&mut dice);
        cases.push(take_in(desk, &name, &mut dice).await);
    }
    cases
}

fn name(dice: &mut fastrand::Rng) -> String {
    SURNAMES[dice.usize(..SURNAMES.len())].to_owned() + GIVEN[dice.usize(..GIVEN.len())]
}

/// A case is taken in, and mostly handed in.
async fn take_in(desk: &Arc<Desk>, name: &str, dice: &mut fastrand::Rng) -> CaseId {
    let (item, example) = ITEMS[dice.usize(..ITEMS.len())];
    let example = sample_catalogue().join(format!("examples/{example}.json"));
    let mut answers: Value = serde_json::from_slice(&std::fs::read(example).unwrap()).unwrap();
    let id_no = id_no(answers["applicant_id_no"].as_str().unwrap(), dice);
    for (question, value) in [
        ("applicant_name", name.to_owned()),
        ("invoice_buyer", name.to_owned()),
        ("dis_cert_no", format!("{id_no}42")),
        ("applicant_id_no", id_no),
        ("applicant_phone", format!("1390000{:04}", dice.u16(..10_000))),
        ("contact_phone", format!("1390000{:04}", dice.u16(..10_000))),
    ] {
        if answers.get(question).is_some() {
            answers[question] = value.into();
        }
    }
    let hamlet = HAMLETS[dice.usize(..HAMLETS.len())];
    answers["hukou_address"] =
        format!("示范县示范镇{hamlet}{}组{}号", dice.u8(1..13), dice.u16(1..200)).into();
    let account = format!("6217{:015}", dice.u64(..1_000_000_000_000_000));
    answers["pay_account"] = account.clone().into();
    answers["pay_account_again"] = account.into();
    let submit = dice.u8(..4) > 0;
    let creation = Creation { item: item.to_owned(), answers, attach: Vec::new(), submit, insist: true };
    let made = entry::create(desk, creation).await;
    made.unwrap_or_else(|error| panic!("{item}: {error:?}")).case
}

/// An identity number of the sample county that is right in itself, of somebody born on the same day.
fn id_no(of: &str, dice: &mut fastrand::Rng) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("{}{:03}", of.get(..14).unwrap(), dice.u16(..1_000));
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11];
    digits + check
}

/// Everybody does with the cases on their desk what is theirs to do; what the rules do not allow is left.
async fn work(desk: &Arc<Desk>, round: usize, dice: &mut fastrand::Rng) {
    exchange(desk, true).await.unwrap();
    let listed = ask(desk, CaseList { limit: Some(50), ..CaseList::default() }).await.unwrap();
    for CaseCard { case, status, .. } in listed.cases {
        let request = format!("{case}-{round}-{}", status.name());
        let reason = REASONS[dice.usize(..REASONS.len())].to_owned();
        let field =
            Some(FieldPath::plain(["hukou_address", "applicant_name", "pay_account"][dice.usize(..3)]));
        let (kind, payload) = match (status, dice.u8(..4)) {
            (Status::Draft | Status::CorrectionRequested | Status::PreReviewReturned, 1..) => {
                let edits = vec![set(
                    "hukou_address",
                    format!("示范县示范镇东村{}组{}号", dice.u8(1..13), dice.u16(1..200)),
                )];
                let _theirs = ask(desk, CaseSave { request: request.clone(), case, edits }).await;
                let _theirs = ask(desk, CaseSubmit { request: request + "-in", case, insist: true }).await;
                continue;
            }
            (Status::Submitted, 0) => {
                let points = vec![CorrectionPoint { field, slot: None, reason }];
                (ActKind::RequestCorrection, Payload { points, ..Payload::default() })
            }
            (Status::Submitted, 1) => {
                (ActKind::Return, Payload { reason: Some(reason), ..Payload::default() })
            }
            (Status::Submitted | Status::CorrectionSubmitted, _) => (ActKind::Accept, Payload::default()),
            (Status::Accepted, 1..) => (ActKind::Forward, Payload::default()),
            (Status::Forwarded, 1..) => {
                (ActKind::Approve, Payload { reason: Some("符合条件".to_owned()), ..Payload::default() })
            }
            (Status::Approved, 2..) => (ActKind::Deliver, Payload::default()),
            (Status::Delivered, 3) => (ActKind::Close, Payload::default()),
            _ => continue,
        };
        let _theirs = ask(desk, CaseAct { request, case, kind, payload }).await;
    }
}
