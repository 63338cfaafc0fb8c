//! Counters, cursors and epochs: nothing arrives twice, nothing is passed over.

use std::time::Duration;

use county::database::{Write, index};
use county::enrol::{CODE_LIFE, NewCode, make_code};
use domain::role::Role;
use domain::scope::drafts;
use sync::chunk::Chunk;
use sync::item::{Item, ItemId};
use sync::receipt::Ack;
use sync::version::SPOKEN;
use sync::wire::Epoch;

use crate::town::{OTHER_VILLAGE, Paper, START, Town, VILLAGE, answer, line, stored};

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_sent_again_gets_the_same_answer() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    let chunk = agent.chunk(&[paper.whole()]);
    let first = agent.send(chunk.clone()).await;
    town.later(5_000);
    let second = agent.send(chunk).await;
    assert_eq!(first.receipts, second.receipts);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloned_desk_becomes_its_own_and_loses_nothing() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let (one, two) = (Paper::begin(&agent, "张大爷"), Paper::begin(&agent, "赵大娘"));
    stored(&agent.push(&[one.whole()]).await[0]);
    // A copy of the laptop, made before, sends something else under the same number.
    agent.counter -= 1;
    let chunk = agent.chunk(&[two.whole()]);
    let reply = agent.send(chunk).await;
    assert!(reply.receipts.is_none());
    let instance = reply.instance.unwrap();
    assert_ne!(instance.desk, agent.desk);
    assert_ne!(instance.prefix, agent.reply.prefix);
    let before = agent.desk;
    agent.desk = instance.desk;
    agent.identity.cert_der = instance.client_cert_der;
    agent.client = line(&town, &agent.identity);
    agent.actor = sync::item::Actor([3; 16]);
    let mut two = two.taken_by(&agent);
    two.document = sync::document::Document::begin(agent.actor).unwrap();
    two.document.edit(&[answer("applicant_name", "赵大娘")], START).unwrap();
    stored(&agent.push(&[two.whole()]).await[0]);
    assert_ne!(before, agent.desk);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_of_another_epoch_reads_from_the_start_and_offers_again() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut second = town.laptop("周村", VILLAGE, &[Role::VillageAgent]).await;
    let paper = Paper::begin(&agent, "张大爷");
    let whole = paper.whole();
    stored(&agent.push(std::slice::from_ref(&whole)).await[0]);
    assert_eq!(second.pull().await.len(), 1);
    assert_eq!(second.pull().await.len(), 0);
    let mut request = second.request(None);
    request.epoch = Some(Epoch([1; 16]));
    let unknown = ItemId::of(b"something the county never saw");
    request.offer = vec![ItemId::of(&whole.to_bytes()), unknown];
    let reply = second.client.sync(SPOKEN.max, &request).await.unwrap().0;
    assert_eq!(reply.epoch, second.epoch);
    assert_eq!(reply.items.len(), 1);
    assert_eq!(reply.unknown, vec![unknown]);
    // A cursor ahead of everything comes from a county that was younger: it counts as another epoch.
    let mut request = second.request(None);
    request.cursor = 1_000_000;
    let reply = second.client.sync(SPOKEN.max, &request).await.unwrap().0;
    assert_eq!(reply.items.len(), 1);
    assert!(reply.cursor < 1_000_000);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_given_before_a_restore_are_given_again() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut receipts = Vec::new();
    let papers: Vec<Paper> = ["张大爷", "赵大娘", "钱大爷"].map(|name| Paper::begin(&agent, name)).into();
    let mut numbers = Vec::new();
    for paper in &papers {
        let chunk = agent.chunk(&[paper.whole()]);
        let reply = agent.send(chunk).await;
        numbers.push(stored(&agent.results(&reply)[0]));
        receipts.push(reply.receipts.unwrap());
    }
    // The county loses everything but its keys and its list of desks.
    let database = town.dir.path().join("county.db");
    let Town { dir, time, running } = town;
    running.stop().await;
    let sql = rusqlite::Connection::open(&database).unwrap();
    sql.execute_batch(
        "PRAGMA foreign_keys = OFF; DELETE FROM scope_index; DELETE FROM case_scope; DELETE FROM case_actor; DELETE FROM item;
         DELETE FROM case_file; DELETE FROM desk_chunk; UPDATE desk SET cursor = 0;
         UPDATE meta SET value = '0102030405060708090a0b0c0d0e0f10' WHERE key = 'epoch';",
    )
    .unwrap();
    drop(sql);
    let town = Town::reopen(dir, time).await;
    agent.client = line(&town, &agent.identity);
    // The last case comes first: it gets its old number back all the same, and so do the others.
    let mut request = agent.request(None);
    request.adopt = receipts;
    agent.epoch = agent.client.sync(SPOKEN.max, &request).await.unwrap().0.epoch;
    for (paper, number) in papers.iter().zip(&numbers).rev() {
        let ack = &agent.push(&[paper.whole()]).await[0];
        assert!(matches!(ack, Ack::Stored { seq } if seq == number), "{ack:?} instead of {number}");
    }
    let fresh = Paper::begin(&agent, "孙大娘");
    assert_eq!(stored(&agent.push(&[fresh.whole()]).await[0]), numbers[2] + 1);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_township_hears_of_a_case_when_it_is_handed_in() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut clerk = town.clerk().await;
    clerk.pull().await;
    let mut request = clerk.request(None);
    request.wait = true;
    let client = clerk.client.clone();
    let waiting = tokio::spawn(async move { client.sync(SPOKEN.max, &request).await.unwrap().0 });
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    let heard = tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("woken").unwrap();
    assert_eq!(heard.items.len(), 2);
    assert_eq!(heard.items[1].official.as_ref().unwrap().name, "王秀兰");
    assert_eq!(heard.items[0].claims[0].name, "王秀兰");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_can_see_that_they_hold_the_same() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let (draft, handed_in) = (Paper::begin(&agent, "张大爷"), Paper::begin(&agent, "赵大娘"));
    let submit = agent.submit(&handed_in);
    let act = act_of(&submit);
    let acks = agent.push(&[draft.whole(), handed_in.whole(), submit]).await;
    let mark = sync::digest::step(act, stored(&acks[2]));
    let mut request = agent.request(None);
    request.digests = Some(sync::digest::Digests::default());
    let sums = agent.client.sync(SPOKEN.max, &request).await.unwrap().0.digests.unwrap();
    let none = sync::digest::ScopeDigest::default();
    let share = sync::digest::Share::of(draft.case, &draft.document.heads(), &[]);
    assert_eq!(sums.drafts, none.with(share));
    let share = sync::digest::Share::of(handed_in.case, &handed_in.document.heads(), &[mark]);
    assert_eq!(sums.cases, none.with(share));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_copied_desk_wrote_under_its_old_name_is_taken() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let (mut one, two) = (Paper::begin(&agent, "张大爷"), Paper::begin(&agent, "赵大娘"));
    stored(&agent.push(&[one.whole()]).await[0]);
    let base = one.document.heads();
    // A copy made before the first delivery: it goes on with another case, and with the first one after an unlock.
    agent.counter -= 1;
    let chunk = agent.chunk(&[two.whole()]);
    let instance = agent.send(chunk).await.instance.unwrap();
    let known_writer = agent.claim();
    agent.actor = sync::item::Actor([3; 16]);
    let new_writer = agent.claim();
    one = one.taken_by(&agent);
    one.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    agent.desk = instance.desk;
    agent.identity.cert_der = instance.client_cert_der;
    agent.client = line(&town, &agent.identity);
    let items = [two.whole(), one.since(&base)].iter().map(sync::item::Item::to_bytes).collect();
    let claims = vec![known_writer, new_writer];
    let chunk = Chunk::seal(agent.county, agent.desk, 1, items, claims, Vec::new(), &agent.device);
    let reply = agent.send(chunk).await;
    agent.results(&reply).iter().for_each(|ack| {
        stored(ack);
    });
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_comes_back_to_a_unit_is_read_again() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut second = town.laptop("周村", VILLAGE, &[Role::VillageAgent]).await;
    let paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    assert_eq!(second.pull().await.len(), 1);
    let scope = format!("draft:{VILLAGE}");
    let write = |change: &dyn Fn(&Write<'_>)| {
        let done = town.county().database.write::<_, county::Error>(|write| {
            change(write);
            Ok(())
        });
        done.unwrap();
    };
    write(&|write| index::leave(write, paper.case, &scope).unwrap());
    let reply = second.client.sync(SPOKEN.max, &second.request(None)).await.unwrap().0;
    assert_eq!(reply.withdrawn, [paper.case]);
    second.cursor = reply.cursor;
    // A laptop that is set up only now does not get to read what the unit lost.
    let mut third = town.laptop("吴村", VILLAGE, &[Role::VillageAgent]).await;
    assert!(third.pull().await.is_empty());
    write(&|write| {
        index::enter(write, paper.case, &scope).unwrap();
    });
    assert_eq!(second.pull().await.len(), 1);
    assert_eq!(third.pull().await.len(), 1);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_serves_another_village_reads_what_was_handed_in_there() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut neighbour = town.laptop("赵敏", OTHER_VILLAGE, &[Role::VillageAgent]).await;
    let paper = Paper::begin(&neighbour, "张大爷");
    let results = neighbour.push(&[paper.whole(), neighbour.submit(&paper)]).await;
    stored(&results[1]);
    assert!(agent.pull().await.is_empty());
    let serve = |villages: &[&str]| {
        let new = NewCode {
            unit: VILLAGE.parse().unwrap(),
            unit_name: None,
            villages: villages.iter().map(|code| code.parse().unwrap()).collect(),
            roles: vec![Role::VillageAgent],
            name: "王秀兰".into(),
            address: None,
            life: CODE_LIFE,
        };
        make_code(town.county(), &new).unwrap();
    };
    serve(&[OTHER_VILLAGE]);
    assert_eq!(agent.pull().await.len(), 2, "the case and its step");
    serve(&["131099100202"]);
    let reply = agent.client.sync(SPOKEN.max, &agent.request(None)).await.unwrap().0;
    assert_eq!(reply.withdrawn, [paper.case]);
    town.running.stop().await;
}

fn act_of(step: &Item) -> domain::id::ActId {
    let Item::Act(signed) = step else { panic!("no step") };
    signed.body().unwrap().act.id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_rings_for_those_whom_it_concerns() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let scope = |unit: &str| [drafts(&unit.parse().unwrap())];
    let news = &town.county().news;
    let heard = *news.listen().borrow();
    agent.push(&[Paper::begin(&agent, "张大爷").whole()]).await;
    assert!(news.concerns(&scope(VILLAGE), heard), "a colleague's laptop hears of the draft");
    assert!(!news.concerns(&scope(OTHER_VILLAGE), heard), "another village's sleeps on");
    let heard = *news.listen().borrow();
    town.code("赵强", OTHER_VILLAGE, &[Role::VillageAgent]);
    assert!(news.concerns(&scope(OTHER_VILLAGE), heard), "people concern everybody");
    town.running.stop().await;
}
