//! A village that never goes online: everything travels as courier files on a stick.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod weather;

use desk::dispatch::{ask, get, put};
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::account::DeskState;
use ipc::case::{CaseAct, Transfer};
use ipc::courier::{CourierState, TakenAs};
use ipc::material::FileState;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::courier::Stick;
use scenarios::desk::{PASSWORD, TestDesk, set};
use scenarios::picture::photograph;
use scenarios::program::{run, run_county};
use scenarios::until::until;
use serde_json::json;
use sync::courier::{Manifest, What};

struct People {
    county: TestCounty,
    wang: TestDesk,
    li: TestDesk,
    zhao: TestDesk,
}

/// Three desks that were online once, on the day they were enrolled. From then on nobody has a network.
async fn people() -> People {
    let mut county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    let zhao = TestDesk::enrol(&county.code("赵明", "131099", &[Role::CountyAdmin, Role::Department])).await;
    county.down().await;
    People { county, wang, li, zhao }
}

async fn act(desk: &TestDesk, case: CaseId, kind: ActKind, payload: Payload) {
    ask(&desk.desk, CaseAct { request: desk.request(), case, kind, payload }).await.unwrap();
}

async fn handed_in(wang: &TestDesk) -> CaseId {
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg", "original_seen": true});
    put(&wang.desk, "material_put", args, photograph(1200, 800)).await.unwrap();
    assert_eq!(wang.submit(case).await.unwrap().status, Status::Collected);
    case
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allowance_is_done_by_stick_alone() {
    let People { county, wang, li, zhao } = people().await;
    let case = handed_in(&wang).await;

    let (there, back) = wang.courier(&county).await;
    assert!(there.refused.is_empty() && there.new >= 2 && there.files == 1, "{there:?}");
    assert!(back.refused.is_empty(), "{back:?}");
    let acknowledged = wang.look(case).await;
    assert_eq!((acknowledged.status, acknowledged.transfer), (Status::Submitted, Transfer::AtCounty));
    assert!(acknowledged.timeline.iter().any(|entry| entry.kind == "submit" && entry.seq.is_some()));
    assert!(acknowledged.materials.iter().all(|paper| paper.state == FileState::AtCounty));

    // The township clerk gets the case and the photograph.
    li.courier(&county).await;
    let seen = li.look(case).await;
    assert_eq!(seen.status, Status::Submitted);
    let paper = seen.materials.iter().find(|paper| paper.slot == "M-ID").unwrap();
    let shown = get(&li.desk, "material_get", json!({"case": case, "file": paper.file})).await.unwrap();
    assert_eq!(shown.mime, "image/jpeg");

    // A correction goes down, the corrected case comes up.
    let field = FieldPath::plain("hukou_address");
    let points =
        vec![CorrectionPoint { field: Some(field), slot: None, reason: "请写到门牌号".to_owned() }];
    act(&li, case, ActKind::RequestCorrection, Payload { points: points.clone(), ..Payload::default() })
        .await;
    li.courier(&county).await;
    wang.courier(&county).await;
    let asked = wang.look(case).await;
    assert_eq!((asked.status, &asked.corrections), (Status::CorrectionRequested, &points));
    wang.save(case, vec![set("hukou_address", "东村二组15号")]).await.unwrap();
    wang.submit(case).await.unwrap();
    wang.courier(&county).await;
    li.courier(&county).await;
    assert_eq!(li.look(case).await.status, Status::CorrectionSubmitted);

    // Accepted, forwarded, approved; the village hears the outcome.
    act(&li, case, ActKind::Accept, Payload::default()).await;
    li.courier(&county).await;
    act(&li, case, ActKind::Forward, Payload::default()).await;
    li.courier(&county).await;
    zhao.courier(&county).await;
    let approval = Payload { reason: Some("符合条件".to_owned()), ..Payload::default() };
    act(&zhao, case, ActKind::Approve, approval).await;
    zhao.courier(&county).await;
    let (there, back) = wang.courier(&county).await;
    assert_eq!((there.new, there.refused.len(), back.refused.len()), (0, 0, 0), "nothing is sent twice");
    let done = wang.look(case).await;
    assert_eq!((done.status, done.transfer), (Status::Approved, Transfer::AtCounty));
    assert_eq!(done.answers.text("hukou_address"), "东村二组15号");
    for desk in [&wang, &li, &zhao] {
        assert_eq!(desk.cases().await.iter().filter(|card| card.case == case).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_catalogue_comes_with_the_stick() {
    let People { county, wang, .. } = people().await;
    let before = ask(&wang.desk, DeskState {}).await.unwrap().catalogue_release.unwrap();
    let (opened, folder) = (county.opened(), scenarios::county::sample_catalogue());
    let published =
        county::publish::folder(&opened, &folder, "新一版", None, false, Default::default()).await;
    let newer = published.unwrap().release.unwrap().number;
    assert!(newer > before);
    let (_, back) = wang.courier(&county).await;
    assert!(back.refused.is_empty(), "{back:?}");
    assert_eq!(ask(&wang.desk, DeskState {}).await.unwrap().catalogue_release, Some(newer));
    // The next courier file does not bring it again.
    let (_, back) = county.pack(wang.id().await);
    wang.courier(&county).await;
    let (_, after) = county.pack(wang.id().await);
    assert!(after.len() * 4 < back.len(), "{} of {}", after.len(), back.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_township_carries_on_what_it_cannot_read() {
    let People { mut county, wang, li, .. } = people().await;
    let case = handed_in(&wang).await;
    let up = wang.pack().await;
    assert_eq!(li.unpack(&up).await.unwrap().kind, TakenAs::Carried);
    assert_eq!(li.unpack(&up).await.unwrap().kind, TakenAs::Carried, "twice is as good as once");
    let carried = ask(&li.desk, CourierState {}).await.unwrap().carried;
    assert_eq!(carried.len(), 1);
    let wangs = wang.id().await.to_string();
    assert_eq!((carried[0].from.as_str(), carried[0].to.as_str()), (wangs.as_str(), "county"));
    assert_eq!(carried[0].unit.as_deref(), Some("东村"), "the clerk sees whose it is");
    assert!(li.cases().await.is_empty(), "nothing of it is opened");

    // By stick: it goes along with the township's own courier file, and the answer comes back inside another one.
    let there = county.take(&li.pack().await).unwrap();
    assert_eq!((there.boxes.len(), there.boxes[0].refused.len()), (1, 0));
    assert_eq!((there.boxes[0].desk, there.boxes[0].files), (wang.id().await, 1));
    let mut back = Vec::new();
    let others = [wang.id().await];
    county::courier::export(&county.opened(), li.id().await, &others, &mut back).unwrap();
    assert_eq!(li.unpack(&back).await.unwrap().boxes, 1);
    let carried = ask(&li.desk, CourierState {}).await.unwrap().carried;
    assert_eq!(carried.len(), 1, "what arrived left the box: {carried:?}");
    assert_eq!(carried[0].unit.as_deref(), Some("东村"), "and to whom it goes home");
    let stick = Stick::new();
    let home = stick.at("home.age");
    let made = desk::courier::export(&li.desk, &wangs, &home).await.unwrap();
    let bytes = std::fs::read(&home).unwrap();
    assert_eq!(
        (made.bytes, made.sha256.as_str()),
        (bytes.len() as u64, carried[0].sha256.to_string().as_str())
    );
    wang.unpack(&bytes).await.unwrap();
    assert_eq!(wang.look(case).await.status, Status::Submitted);
    assert_eq!(li.look(case).await.status, Status::Submitted, "her own answer came in the same file");

    // By network: the township's own exchange takes it on, and brings the answer to be carried home.
    let next = handed_in(&wang).await;
    li.unpack(&wang.pack().await).await.unwrap();
    county.up().await;
    let answer = until(&li.desk, "the answer for the village", async || {
        let carried = ask(&li.desk, CourierState {}).await.unwrap().carried;
        let newer = carried.iter().find(|kept| kept.to == wangs && kept.sha256.to_string() != made.sha256)?;
        carried.iter().all(|kept| kept.to != "county").then(|| newer.sha256.to_string())
    })
    .await;
    county.down().await;
    let home = stick.at("again.age");
    desk::courier::export(&li.desk, &answer, &home).await.unwrap();
    wang.unpack(&std::fs::read(&home).unwrap()).await.unwrap();
    assert_eq!(wang.look(next).await.status, Status::Submitted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_metered_line_words_are_carried_on_and_pictures_wait() {
    let People { mut county, wang, li, zhao } = people().await;
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "户口簿.pdf", "original_seen": true});
    put(&wang.desk, "material_put", args, large_paper()).await.unwrap();
    li.desk.line_is_metered(true);
    for pack in [wang.pack().await, zhao.pack().await] {
        assert_eq!(li.unpack(&pack).await.unwrap().kind, TakenAs::Carried);
    }
    county.up().await;
    let (wangs, zhaos) = (wang.id().await.to_string(), zhao.id().await.to_string());
    let waiting = async || {
        let carried = ask(&li.desk, CourierState {}).await.unwrap().carried;
        carried.into_iter().filter(|kept| kept.to == "county").map(|kept| kept.from).collect::<Vec<_>>()
    };
    until(&li.desk, "the small one at the county", async || {
        (!waiting().await.contains(&zhaos)).then_some(())
    })
    .await;
    assert_eq!(waiting().await, [wangs], "the large one waits for a line that costs nothing");
    li.desk.line_is_metered(false);
    until(&li.desk, "the large one at the county", async || waiting().await.is_empty().then_some(())).await;
    county.down().await;
}

/// A paper that is larger than any chunk of cases, and does not get smaller.
fn large_paper() -> Vec<u8> {
    let mut dice = fastrand::Rng::with_seed(5);
    let mut bytes = b"%PDF-1.4\n%".to_vec();
    bytes.extend(std::iter::repeat_with(|| dice.alphanumeric()).map(|letter| letter as u8).take(400_000));
    bytes.push(b'\n');
    bytes.extend(scenarios::picture::pdf());
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_days_without_a_network_and_the_permission_to_work_goes_on() {
    let People { county, wang, .. } = people().await;
    let on_day = |day: i64| {
        let start = county.opened().now();
        let clock = std::sync::Arc::new(move || start + day * county::clock::DAY);
        county::County::open(county::Folder::at(county.path()), clock).unwrap()
    };
    let journey = async |wang: &TestDesk, day: i64| {
        let there = on_day(day);
        county::courier::import(&there, &mut std::io::Cursor::new(wang.pack().await)).unwrap();
        let mut back = Vec::new();
        county::courier::export(&there, wang.id().await, &[], &mut back).unwrap();
        back
    };
    let case = handed_in(&wang).await;
    let first = journey(&wang, 20).await;
    wang.unpack(&first).await.unwrap();
    let second = journey(&wang, 40).await;
    wang.unpack(&second).await.unwrap();
    // By the county's clock her first permission ended ten days ago. An older file does not bring it back.
    wang.unpack(&first).await.unwrap();
    let wang = wang.restart().await;
    assert_eq!(wang.look(case).await.status, Status::Submitted);

    // Then the county hears nothing of her for too long. The last file she gets brings the time, but no new permission.
    let id = wang.id().await;
    let asked = |asks: Option<sync::enrol::RenewRequest>| {
        county.opened().database.write::<_, county::Error>(|write| {
            let heard = county::database::courier::get(write, id)?.unwrap();
            let before = heard.said.up.renew.clone();
            let mut said = heard.said;
            said.up.renew = asks;
            county::database::courier::heard(write, id, heard.number, &said, heard.arrived)?;
            Ok(before)
        })
    };
    let late = |day: i64| {
        let mut file = Vec::new();
        county::courier::export(&on_day(day), id, &[], &mut file).unwrap();
        file
    };
    let request = asked(None).unwrap();
    wang.unpack(&late(80)).await.unwrap();
    let wang = wang.off().await;
    let (status, told) = run(wang.path(), PASSWORD, &["status"]);
    assert_eq!((status, told["problem"]["code"].as_str()), (1, Some("lease_ended")));
    // The next stick opens the desk.
    asked(request).unwrap();
    let stick = Stick::new();
    let file = stick.put("late.age", &late(81));
    let (status, told) = run(wang.path(), PASSWORD, &["pack", "import", file.to_str().unwrap()]);
    assert_eq!((status, told["kind"].as_str()), (0, Some("taken")), "{told}");
    assert_eq!(run(wang.path(), PASSWORD, &["status"]).0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_commands_alone() {
    let People { county, wang, .. } = people().await;
    let case = handed_in(&wang).await;
    let id = wang.id().await.to_string();
    let wang = wang.off().await;
    let stick = Stick::new();
    let (up, down) = (stick.at("up.age"), stick.at("down.age"));
    let (up, down) = (up.to_str().unwrap(), down.to_str().unwrap());
    let desk = |args: &[&str]| run(wang.path(), PASSWORD, args);

    let (status, made) = desk(&["pack", "export", "--to", "county", "-o", up]);
    assert_eq!((status, made["files"].as_u64()), (0, Some(1)), "{made}");
    let bytes = std::fs::read(up).unwrap();
    assert_eq!(made["bytes"].as_u64(), Some(bytes.len() as u64));
    assert_eq!(made["sha256"].as_str().unwrap(), sha256(&bytes));
    assert!(made["items"].as_u64().unwrap() >= 2);

    let (status, taken) = run_county(county.path(), &["pack", "import", up]);
    assert_eq!((status, &taken["items_new"]), (0, &made["items"]), "{taken}");
    assert_eq!((taken["refused"].as_array().unwrap().len(), taken["desk"].as_str()), (0, Some(id.as_str())));
    let (status, made) = run_county(county.path(), &["pack", "export", "--to", "131099100201", "-o", down]);
    assert_eq!(
        (status, made["desk"].as_str(), made["boxes"].as_u64()),
        (0, Some(id.as_str()), Some(0)),
        "{made}"
    );
    assert_eq!(made["sha256"].as_str().unwrap(), sha256(&std::fs::read(down).unwrap()));

    let (status, taken) = desk(&["pack", "import", down]);
    assert_eq!((status, taken["refused"].as_array().unwrap().len()), (0, 0), "{taken}");
    let (status, shown) = desk(&["case", "show", &case.to_string()]);
    assert_eq!((status, shown["status"].as_str()), (0, Some("submitted")));
    // What is wrong is said in one sentence, with status 1.
    assert_eq!(desk(&["pack", "import", up]).0, 1);
    assert_eq!(run_county(county.path(), &["pack", "import", down]).0, 1);
    assert_eq!(run_county(county.path(), &["pack", "export", "--to", "ZZZ", "-o", up]).0, 1);
    let (status, told) = desk(&["pack", "export", "--to", &id, "-o", up]);
    assert_eq!((status, told["problem"]["code"].as_str()), (1, Some("no_such_pack")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plain_age_command_opens_it_with_the_countys_key() {
    let People { county, wang, .. } = people().await;
    handed_in(&wang).await;
    let stick = Stick::new();
    let up = stick.put("up.age", &wang.pack().await);
    let age = |key: &std::path::Path| {
        let mut command = std::process::Command::new("age");
        let done = command.arg("--decrypt").arg("--identity").arg(key).arg(&up).output();
        done.unwrap_or_else(|error| panic!("the age command is needed (Debian package age): {error}"))
    };
    let opened = age(&county.path().join("keys/courier.key"));
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    // What docs/courier.md says: four bytes of length, a signed manifest, then the parts; among them a photograph as it is.
    let inside = opened.stdout;
    let length = u32::from_be_bytes(inside[..4].try_into().unwrap()) as usize;
    let outer: Outer = sync::wire::from_cbor(&inside[4..4 + length]).unwrap();
    let manifest: Manifest = sync::wire::from_cbor(&outer.manifest).unwrap();
    let mut at = 4 + length;
    for part in &manifest.parts {
        let bytes = &inside[at..at + usize::try_from(part.size).unwrap()];
        assert_eq!(sha256(bytes), part.sha256.to_string());
        at += bytes.len();
    }
    assert_eq!(at, inside.len(), "nothing hangs on");
    let photographs = manifest.parts.iter().filter(|part| matches!(part.what, What::File { .. })).count();
    assert_eq!(photographs, 1);
    // Another key opens nothing.
    let other = people().await.county;
    assert!(!age(&other.path().join("keys/courier.key")).status.success());
}

#[derive(serde::Deserialize)]
struct Outer {
    manifest: serde_bytes::ByteBuf,
}

fn sha256(bytes: &[u8]) -> String {
    sync::item::ItemId::of(bytes).to_string()
}
