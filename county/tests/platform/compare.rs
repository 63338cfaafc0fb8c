//! What desk and county hold differently is found in a few short questions; what was entered for a case that went elsewhere
//! arrives beside it.

use county::database::index;
use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::role::Role;
use sync::digest::{Compare, Heaps, Held, Share, heap};
use sync::item::Item;
use sync::version::SPOKEN;

use crate::town::{OTHER_VILLAGE, Paper, START, TOWNSHIP, Town, answer, refused, stored};

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_case_among_many_is_found_in_two_questions_and_a_few_kilobytes() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut papers: Vec<Paper> = (0..400).map(|_| Paper::begin(&agent, "张大爷")).collect();
    for some in papers.chunks(100) {
        agent.push(&some.iter().map(Paper::whole).collect::<Vec<_>>()).await;
    }
    // A change of one of them is at the county; the desk that compares does not know of it.
    let before = papers[77].document.heads();
    let shares: Vec<(CaseId, Share)> = papers
        .iter()
        .map(|paper| (paper.case, Share::of(paper.case, &paper.document.heads(), &[])))
        .collect();
    papers[77].document.edit(&[answer("living", "alone")], START).unwrap();
    stored(&agent.push(&[papers[77].since(&before)]).await[0]);
    let wrong = papers[77].case;

    let (used, mut sums) = (agent.client.used(), Heaps::default());
    shares.iter().for_each(|(case, share)| sums.add(heap(*case), *share));
    let mut request = agent.request(None);
    request.compare = Some(Compare::Heaps(sums.to_bytes()));
    let compared = agent.client.sync(SPOKEN.max, &request).await.unwrap().0.compared.unwrap();
    assert_eq!((compared.heaps, compared.left), (vec![heap(wrong)], false));
    let same = |leaf: &&sync::digest::Leaf| {
        shares.iter().any(|(case, share)| *case == leaf.case && share.half() == leaf.share.as_slice())
    };
    let differs: Vec<CaseId> =
        compared.leaves.iter().filter(|leaf| !same(leaf)).map(|leaf| leaf.case).collect();
    assert_eq!(differs, [wrong]);
    request.compare = Some(Compare::Cases(vec![Held { case: wrong, heads: before, marks: Vec::new() }]));
    let reply = agent.client.sync(SPOKEN.max, &request).await.unwrap().0;
    assert_eq!(reply.items.len(), 1, "only what the desk lacks of that case");
    let held = &reply.compared.unwrap().held[0];
    assert_eq!((held.case, &held.heads), (wrong, &papers[77].document.heads()));
    let now = agent.client.used();
    assert_eq!(now.requests - used.requests, 2);
    let bytes = now.up + now.down - used.up - used.down;
    assert!(bytes < 8 * 1024, "{bytes} bytes");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_behind_what_was_pruned_is_told_to_compare() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let county = &town.running.county;
    county.database.write::<_, county::Error>(|write| Ok(index::prune(write, index::last(write)?)?)).unwrap();
    agent.counter = 0;
    let mut request = agent.request(None);
    let reply = agent.client.sync(SPOKEN.max, &request).await.unwrap().0;
    assert!(reply.items.is_empty() && reply.compared.unwrap().left && reply.cursor > 0);
    request.compare = Some(Compare::Heaps(Heaps::default().to_bytes()));
    let leaves = agent.client.sync(SPOKEN.max, &request).await.unwrap().0.compared.unwrap().leaves;
    assert_eq!(leaves.iter().map(|leaf| leaf.case).collect::<Vec<_>>(), [paper.case]);
    request.compare =
        Some(Compare::Cases(vec![Held { case: paper.case, heads: Vec::new(), marks: Vec::new() }]));
    assert_eq!(agent.client.sync(SPOKEN.max, &request).await.unwrap().0.items.len(), 1);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_for_a_case_that_went_elsewhere_arrives_beside_it() {
    let town = Town::begin().await;
    let (mut agent, mut clerk) = (town.agent().await, town.clerk().await);
    let mut other = town.laptop("周敏", OTHER_VILLAGE, &[Role::VillageAgent]).await;
    let mut paper = Paper::begin(&agent, "张大爷");
    stored(&agent.push(&[paper.whole()]).await[0]);
    let base = paper.document.heads();
    // The county moves the draft to another village while this one is out of reach and goes on entering.
    let admin = town.laptop("赵主任", "131099", &[Role::CountyAdmin]).await;
    drop(admin);
    let county = &town.running.county;
    county
        .database
        .write::<_, county::Error>(|write| {
            let taking = county::scope::drafts(&OTHER_VILLAGE.parse().unwrap());
            index::enter(write, paper.case, &taking)?;
            Ok(index::leave(write, paper.case, &county::scope::drafts(&agent.unit.parse().unwrap()))?)
        })
        .unwrap();
    paper.document.edit(&[answer("living", "alone")], START).unwrap();
    let late = paper.since(&base);
    // A step is too late; what was entered arrives.
    let step = agent.submit(&paper);
    let both = agent.grouped(&[late.clone(), step], vec![vec![0, 1]]);
    let reply = agent.send(both).await;
    assert_eq!(
        agent.results(&reply).iter().map(refused).collect::<Vec<_>>(),
        ["group_refused", "out_of_scope"]
    );
    let seq = stored(&agent.push(std::slice::from_ref(&late)).await[0]);
    let reply = other.client.sync(SPOKEN.max, &other.request(None)).await.unwrap().0;
    let sides: Vec<_> = reply.items.iter().filter(|item| item.side).map(|item| item.number).collect();
    assert_eq!((sides, reply.items.len()), (vec![seq], 2));
    // The case itself is as it was: whoever has it now carries on from there.
    let mut theirs =
        Paper { case: paper.case, meta: paper.meta.clone(), document: paper.document.at(&base).unwrap() }
            .taken_by(&other);
    theirs.document.edit(&[answer("living", "spouse")], START).unwrap();
    stored(&other.push(&[theirs.since(&base)]).await[0]);
    assert!(clerk.pull().await.is_empty(), "a draft of a village is nobody else's");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_decides_between_two_values_while_the_case_is_back_at_the_village() {
    let town = Town::begin().await;
    let (mut agent, mut clerk) = (town.agent().await, town.clerk().await);
    let mut paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    let point = CorrectionPoint {
        field: Some(FieldPath::plain("applicant_name")),
        slot: None,
        reason: "与身份证不一致".to_owned(),
    };
    let back = Payload { points: vec![point], ..Payload::default() };
    clerk.pull().await;
    stored(
        &clerk.push(&[clerk.act(paper.case, ActKind::RequestCorrection, back, paper.document.heads())]).await
            [0],
    );
    let base = paper.document.heads();
    let mut theirs = paper.taken_by(&clerk);
    theirs.document.resolve(&FieldPath::plain("applicant_name"), "张大伯", START).unwrap();
    let change = theirs.since(&base);
    assert_eq!(
        refused(&clerk.push(std::slice::from_ref(&change)).await[0]),
        "wrong_status",
        "without a decision the case is the village's now"
    );
    let decided = Payload {
        field: Some(FieldPath::plain("applicant_name")),
        reason: Some("看过身份证".to_owned()),
        ..Payload::default()
    };
    let decide = |clerk: &crate::town::Laptop, theirs: &Paper| {
        clerk.act(theirs.case, ActKind::Reconcile, decided.clone(), theirs.document.heads())
    };
    // What goes beyond the field that is decided is not covered by the decision.
    let mut more = paper.taken_by(&clerk);
    more.document.edit(&[answer("applicant_name", "张大伯"), answer("living", "alone")], START).unwrap();
    let items = [more.since(&base), decide(&clerk, &more)];
    let chunk = clerk.grouped(&items, vec![vec![0, 1]]);
    let reply = clerk.send(chunk).await;
    assert_eq!(refused(&clerk.results(&reply)[0]), "wrong_status");
    let items = [change, decide(&clerk, &theirs)];
    let chunk = clerk.grouped(&items, vec![vec![0, 1]]);
    let reply = clerk.send(chunk).await;
    clerk.results(&reply).iter().for_each(|ack| {
        stored(ack);
    });
    assert!(agent.pull().await.iter().any(|item| matches!(item, Item::Changes { .. })), "{TOWNSHIP}");
    paper.document.edit(&[answer("living", "alone")], START).unwrap();
    town.running.stop().await;
}
