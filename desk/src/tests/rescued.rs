//! After a rescue the desk counts what was rescued, not what it had.

use domain::id::CaseId;
use store::table::{document, share};
use sync::digest::{Digests, Share};
use sync::receipt::Ack;

use super::desk::{ITEM, answers, unlocked};
use super::refused::{answered, remark, sent};
use crate::entry::{Creation, create};
use crate::fault::Fault;
use crate::{Desk, tally};

fn sums(desk: &Desk) -> Digests {
    desk.unlocked().unwrap().store.read(tally::sums).unwrap()
}

#[tokio::test]
async fn the_sums_are_of_what_was_rescued() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let open = desk.unlocked().unwrap();
    open.store.write(tally::begin).unwrap();
    let mut cases: Vec<CaseId> = Vec::new();
    for seq in 1..=2 {
        let item = ITEM.to_owned();
        let draft = Creation { item, answers: answers(), attach: Vec::new(), submit: false, insist: false };
        let case = create(&desk, draft).await.unwrap().case;
        let acks = sent(&desk, case, seq).into_iter().map(|item| (item, Ack::Stored { seq })).collect();
        answered(&desk, acks);
        cases.push(case);
    }
    let both = sums(&desk);
    let (kept, lost) = (cases[0], cases[1]);
    let forgotten = open.store.write::<_, Fault>(|w| {
        // A bad page took one document along.
        document::remove(w, lost)?;
        tally::forget(w)
    });
    forgotten.unwrap();
    // A courier file comes before the next exchange: what it brings is counted once, then.
    remark(&desk, kept, "later", "张秀兰").await;
    let acks = sent(&desk, kept, 3).into_iter().map(|item| (item, Ack::Stored { seq: 3 })).collect();
    answered(&desk, acks);
    open.store.write(tally::begin).unwrap();
    let left = open.store.read(|r| share::get(r, kept)).unwrap().unwrap();
    let mut expected = Digests::default();
    expected.add(left.draft, Share(left.share));
    assert_ne!(sums(&desk), both);
    assert_eq!(sums(&desk), expected);
}
