//! A village that never goes online: everything travels as courier files on a stick.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

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
use scenarios::courier::{Stick, copy, replace};
use scenarios::desk::{PASSWORD, TestDesk, set};
use scenarios::picture::photograph;
use scenarios::program::{run, run_county};
use scenarios::until::until;
use serde_json::json;
use sync::courier::{Down, Load, Manifest, Party, Recipient, Up, VERSION, What, write};
use sync::key::SecretKey;

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
async fn twice_and_in_the_wrong_order_is_as_good_as_once() {
    let People { county, wang, li, .. } = people().await;
    let first = handed_in(&wang).await;
    let one = wang.pack().await;
    let second = handed_in(&wang).await;
    let two = wang.pack().await;

    // The later one first: it holds everything of the earlier one.
    let there = county.take(&two).unwrap();
    assert!(there.refused.is_empty() && there.later == 0, "{there:?}");
    let numbered = there.new;
    for again in [&one, &two, &one] {
        let there = county.take(again).unwrap();
        assert_eq!((there.new, there.later, there.refused.len()), (0, 0, 0), "{there:?}");
        assert!(there.known > 0 && there.known <= numbered);
    }

    // The county answers twice before the village hears of the first answer.
    let (_, early) = county.pack(wang.id().await);
    let points =
        vec![CorrectionPoint { field: None, slot: Some("M-ID".to_owned()), reason: "看不清".to_owned() }];
    li.courier(&county).await;
    act(&li, first, ActKind::RequestCorrection, Payload { points, ..Payload::default() }).await;
    li.courier(&county).await;
    let (_, late) = county.pack(wang.id().await);
    let taken = wang.unpack(&late).await.unwrap();
    assert!(taken.items_new > 0 && taken.refused.is_empty(), "{taken:?}");
    for again in [&early, &late, &early] {
        let taken = wang.unpack(again).await.unwrap();
        assert_eq!((taken.items_new, taken.refused.len()), (0, 0), "{taken:?}");
    }
    assert_eq!(wang.look(first).await.status, Status::CorrectionRequested);
    assert_eq!(wang.look(second).await.status, Status::Submitted);
    assert_eq!(wang.cases().await.len(), 2);
    assert_eq!(li.cases().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sticks_and_the_network_take_turns() {
    let People { mut county, wang, li, .. } = people().await;
    let case = handed_in(&wang).await;
    let on_the_stick = wang.pack().await;
    // The network is quicker than the stick.
    county.up().await;
    wang.sees(case, Status::Submitted).await;
    li.sees(case, Status::Submitted).await;
    county.down().await;
    let there = county.take(&on_the_stick).unwrap();
    assert_eq!((there.new, there.later, there.refused.len()), (0, 0, 0), "{there:?}");
    // The answer to the stick arrives after the network's: nothing changes, and the next case goes by stick alone.
    let (_, back) = county.pack(wang.id().await);
    wang.unpack(&back).await.unwrap();
    let next = handed_in(&wang).await;
    wang.courier(&county).await;
    assert_eq!(wang.look(next).await.status, Status::Submitted);
    // And the other way round: what the stick brought is not asked for again, nothing is doubled.
    county.up().await;
    li.sees(next, Status::Submitted).await;
    act(&li, next, ActKind::Accept, Payload::default()).await;
    wang.sees(next, Status::Accepted).await;
    county.down().await;
    wang.courier(&county).await;
    assert_eq!(wang.look(next).await.status, Status::Accepted);
    assert_eq!(wang.cases().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_cut_off_or_altered_anywhere_changes_nothing() {
    let People { county, wang, .. } = people().await;
    let case = handed_in(&wang).await;
    let up = wang.pack().await;
    let items = || {
        let all = county
            .opened()
            .database
            .read::<_, county::Error>(|view| Ok(county::database::item::verify(view)?));
        all.unwrap().unwrap()
    };
    let before = items();
    let places = |bytes: &[u8]| {
        let step = (bytes.len() / 60).max(1);
        (0..600.min(bytes.len())).step_by(7).chain((600..bytes.len()).step_by(step)).collect::<Vec<_>>()
    };
    for at in places(&up) {
        assert!(county.take(&up[..at]).is_err(), "cut off at {at}");
        let mut altered = up.clone();
        altered[at] ^= 0x10;
        assert!(county.take(&altered).is_err(), "altered at {at}");
    }
    assert!(county.take(&[up.clone(), vec![0]].concat()).is_err(), "something hangs on");
    assert_eq!(items(), before);
    county.take(&up).unwrap();
    let (_, down) = county.pack(wang.id().await);
    for at in places(&down) {
        let problem = wang.unpack(&down[..at]).await.unwrap_err();
        assert!(["not_a_pack", "pack_damaged"].contains(&problem.code.as_str()), "{at}: {problem}");
        let mut altered = down.clone();
        altered[at] ^= 0x10;
        // In the address on the outside, one letter can make it somebody else's: then it is carried, never used.
        match wang.unpack(&altered).await {
            Err(problem) => assert!(problem.code.contains("pack"), "{at}: {problem}"),
            Ok(taken) => assert_eq!(taken.kind, TakenAs::Carried, "{at}"),
        }
    }
    assert_eq!(wang.look(case).await.status, Status::Collected);
    wang.unpack(&down).await.unwrap();
    assert_eq!(wang.look(case).await.status, Status::Submitted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_turned_away_with_a_sentence() {
    let People { county, wang, .. } = people().await;
    let other = people().await;
    handed_in(&wang).await;
    let up = wang.pack().await;
    let refused = |done: Result<county::courier::Arrived, county::Error>| match done {
        Err(county::Error::Courier(error)) => error.code(),
        other => panic!("{other:?}"),
    };
    // Another county's desk, and another county.
    handed_in(&other.wang).await;
    assert_eq!(refused(county.take(&other.wang.pack().await)), "pack_other_county");
    assert_eq!(refused(other.county.take(&up)), "pack_other_county");
    let (_, elsewhere) = {
        other.wang.courier(&other.county).await;
        other.county.pack(other.wang.id().await)
    };
    assert_eq!(wang.unpack(&elsewhere).await.unwrap_err().code, "pack_other_county");
    // A picture; a file of the age command for the county's own key, from nobody.
    assert_eq!(wang.unpack(&photograph(40, 30)).await.unwrap_err().code, "not_a_pack");
    assert_eq!(refused(county.take(&photograph(40, 30))), "not_a_pack");
    // One's own; and what is for the county is no answer.
    assert_eq!(wang.unpack(&up).await.unwrap_err().code, "pack_is_ours");
    county.take(&up).unwrap();
    let (_, down) = county.pack(wang.id().await);
    assert_eq!(refused(county.take(&down)), "pack_not_for_us");
    // Somebody who knows every address and every public key, but signs with a key of their own.
    let id = wang.id().await;
    let opened = county.opened();
    let forger = SecretKey::from_seed(&[7; 32]);
    let up_load = Up {
        cursor: 0,
        unanswered: u64::MAX,
        catalogue: None,
        recipient: opened.courier.recipient().to_string(),
        renew: None,
        wants: Vec::new(),
    };
    let forged = forge(
        &opened,
        Party::Desk(id),
        Party::County,
        Load::Up(up_load),
        &forger,
        &opened.courier.recipient(),
    );
    assert_eq!(refused(county.take(&forged)), "pack_stranger");
    let heard =
        opened.database.read::<_, county::Error>(|view| Ok(county::database::courier::get(view, id)?));
    let recipient = heard.unwrap().unwrap().said.up.recipient.parse().unwrap();
    let down_load = Down {
        answers: 1,
        receipts: Vec::new(),
        files: Vec::new(),
        renewal: None,
        carried: Vec::new(),
        catalogue: None,
    };
    let load = Load::Down(Box::new(down_load));
    let forged = forge(&opened, Party::County, Party::Desk(id), load, &forger, &recipient);
    assert_eq!(wang.unpack(&forged).await.unwrap_err().code, "pack_stranger");
    // A laptop that was locked out.
    county.revoke(wang.id().await);
    assert_eq!(refused(county.take(&up)), "pack_stranger");
}

fn forge(
    county: &county::County,
    from: Party,
    to: Party,
    load: Load,
    key: &SecretKey,
    seal: &Recipient,
) -> Vec<u8> {
    let manifest = Manifest {
        v: VERSION,
        county: county.id,
        from,
        to,
        number: 99,
        made: county.now(),
        epoch: Some(county.epoch),
        load,
        parts: Vec::new(),
    };
    let mut out = Vec::new();
    write(&manifest, seal, key, &mut out, |_, _| Ok(())).unwrap();
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_yesterdays_backup_the_stick_brings_back_what_the_county_lost() {
    let People { county, wang, li, .. } = people().await;
    let first = handed_in(&wang).await;
    wang.courier(&county).await;
    let yesterday = tempfile::tempdir().unwrap();
    copy(county.path(), yesterday.path());

    let second = handed_in(&wang).await;
    wang.courier(&county).await;
    li.courier(&county).await;
    let number =
        |view: ipc::case::CaseView| view.timeline.iter().find(|entry| entry.kind == "submit").unwrap().seq;
    let before = (number(wang.look(first).await), number(wang.look(second).await));
    let (_, of_yesterday) = county.pack(wang.id().await);

    // The county is restored; its database gets a new epoch, as every restore gives it.
    replace(county.path(), yesterday.path());
    let epoch = hex_of(7);
    let restored = county.opened().database.write::<_, county::Error>(|write| {
        Ok(county::database::meta::set(write, county::database::meta::EPOCH, &epoch)?)
    });
    restored.unwrap();

    // A new case is taken in before anybody at the county knows of the lost one.
    let third = handed_in(&wang).await;
    wang.courier(&county).await;
    assert_eq!(wang.unpack(&of_yesterday).await.unwrap_err().code, "pack_old_epoch");
    wang.courier(&county).await;
    li.courier(&county).await;
    li.courier(&county).await;
    for case in [first, second, third] {
        for desk in [&wang, &li] {
            let view = desk.look(case).await;
            assert_eq!((view.status, view.transfer), (Status::Submitted, Transfer::AtCounty), "{case}");
        }
    }
    assert_eq!(
        (number(wang.look(first).await), number(wang.look(second).await)),
        before,
        "official numbers stay"
    );
    assert_eq!(number(li.look(second).await), before.1);
    assert_eq!((wang.cases().await.len(), li.cases().await.len()), (3, 3));
    let (there, _) = wang.courier(&county).await;
    assert_eq!((there.new, there.known), (0, 0), "nothing is left to offer");
}

fn hex_of(byte: u8) -> String {
    format!("{byte:02x}").repeat(16)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_laptop_put_back_to_last_week_waits_for_the_file_it_lacks() {
    let People { county, wang, li, .. } = people().await;
    let case = handed_in(&wang).await;
    wang.courier(&county).await;
    let wang = wang.off().await;
    let last_week = tempfile::tempdir().unwrap();
    copy(wang.path(), last_week.path());
    let wang = wang.on().await;

    li.courier(&county).await;
    act(&li, case, ActKind::Accept, Payload::default()).await;
    li.courier(&county).await;
    let (_, one) = county.pack(wang.id().await);
    wang.unpack(&one).await.unwrap();
    county.take(&wang.pack().await).unwrap();
    act(&li, case, ActKind::Forward, Payload::default()).await;
    li.courier(&county).await;
    let (_, two) = county.pack(wang.id().await);
    assert!(wang.unpack(&two).await.unwrap().items_new > 0);
    assert_eq!(wang.look(case).await.status, Status::Forwarded);

    // Her laptop broke; its copy of last week is put back.
    let wang = wang.off().await;
    replace(wang.path(), last_week.path());
    let wang = wang.on().await;
    assert_eq!(wang.look(case).await.status, Status::Submitted);
    let taken = wang.unpack(&two).await.unwrap();
    assert_eq!((taken.kind, taken.items_new), (TakenAs::Waits, 0), "the cursor does not jump the gap");
    assert_eq!(wang.look(case).await.status, Status::Submitted);
    let taken = wang.unpack(&one).await.unwrap();
    assert_eq!((taken.kind, taken.refused.len()), (TakenAs::Taken, 0));
    assert_eq!(wang.look(case).await.status, Status::Forwarded, "what waited is used at once");
    assert!(ask(&wang.desk, CourierState {}).await.unwrap().carried.is_empty());
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
async fn a_carrier_who_alters_a_file_only_makes_it_useless() {
    let People { mut county, wang, li, .. } = people().await;
    handed_in(&wang).await;
    let mut up = wang.pack().await;
    let last = up.len() - 1;
    up[last] ^= 1;
    assert_eq!(li.unpack(&up).await.unwrap().kind, TakenAs::Carried);
    let there = county.take(&li.pack().await).unwrap();
    assert_eq!((there.boxes.len(), there.refused[0].code.as_str()), (0, "pack_damaged"));
    // On the line the county says the same, and the file stays in the box with the reason beside it.
    county.up().await;
    let why = until(&li.desk, "the county's word on the file", async || {
        ask(&li.desk, CourierState {}).await.unwrap().carried.first()?.refused.clone()
    })
    .await;
    assert_eq!(why, "malformed");
    county.down().await;
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
