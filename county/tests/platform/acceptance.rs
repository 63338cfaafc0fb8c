//! What the county takes in, what it refuses, and that one bad item never stands in another's way.

use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::role::Role;
use serde_bytes::ByteBuf;
use sync::document::Document;
use sync::item::{Actor, Item};
use sync::receipt::Ack;

use crate::town::{OTHER_VILLAGE, Paper, START, Town, VILLAGE, answer, moment, random, refused, stored};

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_the_village_over_the_township_to_the_county_and_back() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut clerk = town.clerk().await;
    let mut department = town.laptop("县民政局", "131099", &[Role::Department]).await;
    let paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    assert!(clerk.pull().await.is_empty(), "drafts are private to their unit");
    stored(&agent.push(&[agent.submit(&paper)]).await[0]);
    assert_eq!(clerk.pull().await.len(), 2);
    assert!(department.pull().await.is_empty());
    let heads = paper.document.heads();
    let accept = clerk.act(paper.case, ActKind::Accept, Payload::default(), heads.clone());
    let forward = clerk.act(paper.case, ActKind::Forward, Payload::default(), heads.clone());
    clerk.push(&[accept, forward]).await.iter().for_each(|ack| {
        stored(ack);
    });
    assert_eq!(department.pull().await.len(), 4);
    let approve = department.act(paper.case, ActKind::Approve, Payload::default(), heads);
    stored(&department.push(&[approve]).await[0]);
    let seen = agent.pull().await;
    assert_eq!(
        seen.len(),
        5,
        "accept, forward, approve, and its own two: it did not read on when it sent them"
    );
    assert!(town.audit().iter().filter(|kind| *kind == "act_accepted").count() == 4);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_item_is_refused_and_its_neighbours_are_taken() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let (one, two) = (Paper::begin(&agent, "张大爷"), Paper::begin(&agent, "赵大娘"));
    let mut forged = agent.submit(&one);
    if let Item::Act(signed) = &mut forged {
        signed.person.bytes[3] ^= 1;
    }
    let results = agent.push(&[one.whole(), forged, two.whole(), agent.submit(&two)]).await;
    stored(&results[0]);
    assert_eq!(refused(&results[1]), "bad_signature");
    stored(&results[2]);
    stored(&results[3]);
    assert!(town.audit().contains(&"act_refused".to_owned()));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_cannot_sign_for_each_other_and_roles_come_from_the_county() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let clerk = town.clerk().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    // The agent's laptop makes an act of the clerk, sealed with the agent's keys.
    let mut stolen = agent.act(paper.case, ActKind::Accept, Payload::default(), paper.document.heads());
    if let Item::Act(signed) = &stolen {
        let mut act = signed.body().unwrap().act;
        act.by = clerk.person;
        act.role = Role::TownshipClerk;
        stolen = agent.sealed(act, paper.document.heads());
    }
    // And one of its own, in a role it does not have.
    let mut promoted = agent.act(paper.case, ActKind::Accept, Payload::default(), paper.document.heads());
    if let Item::Act(signed) = &promoted {
        let mut act = signed.body().unwrap().act;
        act.role = Role::TownshipClerk;
        promoted = agent.sealed(act, paper.document.heads());
    }
    let results = agent.push(&[stolen, promoted]).await;
    assert_eq!(refused(&results[0]), "unknown_person");
    assert_eq!(refused(&results[1]), "not_your_role");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_outside_the_unit_is_refused() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut neighbour = town.laptop("赵敏", OTHER_VILLAGE, &[Role::VillageAgent]).await;
    let mut elsewhere = Paper::begin(&agent, "张大爷");
    elsewhere.meta.village = OTHER_VILLAGE.parse().unwrap();
    let mut for_them = Paper::begin(&agent, "张大爷");
    for_them.meta.unit = OTHER_VILLAGE.parse().unwrap();
    for_them.meta.village = OTHER_VILLAGE.parse().unwrap();
    let results = agent.push(&[elsewhere.whole(), for_them.whole()]).await;
    assert_eq!(refused(&results[0]), "out_of_scope");
    assert_eq!(refused(&results[1]), "out_of_scope");
    let paper = Paper::begin(&agent, "李大娘");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let mut copied = paper.taken_by(&neighbour);
    let before = copied.document.heads();
    copied.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    let meddling = [copied.since(&before), neighbour.submit(&paper)];
    let results = neighbour.push(&meddling).await;
    assert_eq!(refused(&results[0]), "out_of_scope");
    assert_eq!(refused(&results[1]), "out_of_scope");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_actor_inside_a_document_is_refused() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut second = town.laptop("周村", VILLAGE, &[Role::VillageAgent]).await;
    let mut nobody = Paper::begin(&agent, "张大爷");
    nobody.document = Document::load(&nobody.document.save(), Actor(random())).unwrap();
    nobody.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    assert_eq!(refused(&agent.push(&[nobody.whole()]).await[0]), "not_your_actor");
    // The actor of another desk, whoever claims it.
    let paper = Paper::begin(&agent, "李大娘");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let mut forged = paper.taken_by(&second);
    let before = forged.document.heads();
    forged.document = Document::load(&forged.document.save(), agent.actor).unwrap();
    forged.document.edit(&[answer("phone", "13800000001")], START).unwrap();
    second.actor = agent.actor;
    assert_eq!(refused(&second.push(&[forged.since(&before)]).await[0]), "not_your_actor");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_damaged_is_refused_alone() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let good = Paper::begin(&agent, "张大爷");
    let mut large = Paper::begin(&agent, "赵大娘");
    large.document.edit(&[answer("remark", &"长".repeat(8_000))], START).unwrap();
    let damaged = Paper::begin(&agent, "钱大爷");
    let Item::Document { case, meta, heads, .. } = damaged.whole() else { panic!() };
    let damaged = Item::Document { case, meta, bytes: ByteBuf::from(vec![0; 50]), heads, moment: moment() };
    let results = agent.push(&[large.whole(), damaged, good.whole()]).await;
    assert_eq!(refused(&results[0]), "too_large");
    assert_eq!(refused(&results[1]), "malformed");
    stored(&results[2]);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_whose_parents_are_missing_are_asked_for() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let first = paper.document.heads();
    paper.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    let second = paper.document.heads();
    paper.document.edit(&[answer("phone", "13800000001")], START).unwrap();
    let (missing, rest) = (paper.since(&second), paper.since(&first));
    match &agent.push(&[missing]).await[0] {
        Ack::Needs { hashes } => assert_eq!(*hashes, second),
        other => panic!("{other:?}"),
    }
    stored(&agent.push(&[rest]).await[0]);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lifecycle_is_judged_again_and_a_repeated_act_is_harmless() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut clerk = town.clerk().await;
    let mut paper = Paper::begin(&agent, "张大爷");
    let submit = agent.submit(&paper);
    let results = agent.push(&[paper.whole(), submit.clone()]).await;
    let seq = stored(&results[1]);
    assert_eq!(agent.push(&[submit]).await[0], Ack::Had { seq });
    assert_eq!(refused(&agent.push(&[agent.submit(&paper)]).await[0]), "wrong_status");
    // Handed in: the village may not write any more.
    let before = paper.document.heads();
    paper.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    assert_eq!(refused(&agent.push(&[paper.since(&before)]).await[0]), "wrong_status");
    // A correction names its points.
    let bare = clerk.act(paper.case, ActKind::RequestCorrection, Payload::default(), before.clone());
    assert_eq!(refused(&clerk.push(&[bare]).await[0]), "payload_missing");
    let point =
        CorrectionPoint {
            field: Some(FieldPath::plain("phone")), slot: None, reason: "缺联系电话".into()
        };
    let points = Payload { points: vec![point], ..Payload::default() };
    let notice = clerk.act(paper.case, ActKind::RequestCorrection, points, before.clone());
    stored(&clerk.push(&[notice]).await[0]);
    stored(&agent.push(&[paper.since(&before)]).await[0]);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn change_and_act_of_a_group_are_taken_both_or_neither() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let before = paper.document.heads();
    paper.document.edit(&[answer("phone", "13800000000")], START).unwrap();
    let mut forged = agent.submit(&paper);
    if let Item::Act(signed) = &mut forged {
        signed.desk.bytes[0] ^= 1;
    }
    let change = paper.since(&before);
    let chunk = agent.grouped(&[change.clone(), forged], vec![vec![0, 1]]);
    let reply = agent.send(chunk).await;
    let results = agent.results(&reply);
    assert_eq!(refused(&results[0]), "group_refused");
    assert_eq!(refused(&results[1]), "bad_signature");
    let chunk = agent.grouped(&[change, agent.submit(&paper)], vec![vec![0, 1]]);
    let reply = agent.send(chunk).await;
    agent.results(&reply).iter().for_each(|ack| {
        stored(ack);
    });
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_field_with_two_values_is_not_overwritten_without_a_decision() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut second = town.laptop("周村", VILLAGE, &[Role::VillageAgent]).await;
    let mut paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let base = paper.document.heads();
    let mut theirs = paper.taken_by(&second);
    paper.document.edit(&[answer("bank_account", "6217000000000000004")], START).unwrap();
    theirs.document.edit(&[answer("bank_account", "6228480000000001230")], START).unwrap();
    stored(&agent.push(&[paper.since(&base)]).await[0]);
    stored(&second.push(&[theirs.since(&base)]).await[0]);
    paper.document.merge(&theirs.document).unwrap();
    let both = paper.document.heads();
    assert_eq!(both.len(), 2);
    paper.document.resolve(&FieldPath::plain("bank_account"), "6217000000000000004", START).unwrap();
    let overwrite = paper.since(&both);
    assert_eq!(refused(&agent.push(std::slice::from_ref(&overwrite)).await[0]), "guarded_conflict");
    let decided = Payload {
        field: Some(FieldPath::plain("bank_account")),
        reason: Some("核对存折原件".into()),
        ..Payload::default()
    };
    // A decision on another case decides nothing here.
    let other = Paper::begin(&agent, "李大娘");
    stored(&agent.push(&[other.whole()]).await[0]);
    let elsewhere = agent.act(other.case, ActKind::Reconcile, decided.clone(), other.document.heads());
    let chunk = agent.grouped(&[overwrite.clone(), elsewhere], vec![vec![0, 1]]);
    let reply = agent.send(chunk).await;
    assert_eq!(refused(&agent.results(&reply)[0]), "guarded_conflict");
    let reconcile = agent.act(paper.case, ActKind::Reconcile, decided, paper.document.heads());
    let chunk = agent.grouped(&[overwrite, reconcile], vec![vec![0, 1]]);
    let reply = agent.send(chunk).await;
    agent.results(&reply).iter().for_each(|ack| {
        stored(ack);
    });
    town.running.stop().await;
}
