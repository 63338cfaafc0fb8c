//! Courier files in bad weather: twice, in the wrong order, mixed with the network, cut off, altered, from strangers, from
//! before the county was restored.

use desk::dispatch::ask;
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::lifecycle::Status;
use ipc::case::Transfer;
use ipc::courier::{CourierState, TakenAs};
use scenarios::courier::{copy, replace};
use scenarios::picture::photograph;
use scenarios::until::until;
use sync::courier::{Down, Load, Manifest, Party, Recipient, Up, VERSION, write};
use sync::key::SecretKey;

use super::{People, act, handed_in, people};

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
        unit: None,
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
