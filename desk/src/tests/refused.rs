//! What the county did not take: kept to be looked at, and nothing waits for it for ever.

use std::sync::Arc;

use domain::answer::FieldPath;
use domain::id::{CaseId, Digest};
use ipc::case::{CaseOpen, CaseSave, Edit};
use ipc::sync::{QuarantineList, QuarantineSettle};
use store::table::{outbox, quarantine};
use sync::item::ItemId;
use sync::receipt::Ack;
use sync::refusal::Code;
use sync::session::Intake;
use sync::version::SPOKEN;
use sync::wire::Epoch;

use super::desk::{ITEM, answers, unlocked};
use crate::dispatch::ask;
use crate::entry::{Creation, create};
use crate::fault::Fault;
use crate::{Desk, intake};

pub(super) async fn remark(desk: &Arc<Desk>, case: CaseId, request: &str, name: &str) {
    let edits = vec![Edit::Set {
        field: FieldPath::plain("applicant_name"),
        value: name.to_owned(),
        source: Default::default(),
        original_seen: false,
    }];
    ask(desk, CaseSave { request: request.to_owned(), case, edits }).await.unwrap();
}

async fn name(desk: &Arc<Desk>, case: CaseId) -> String {
    ask(desk, CaseOpen { case }).await.unwrap().answers.text("applicant_name").to_owned()
}

/// The items that wait, in their order; from now on they count as sent.
pub(super) fn sent(desk: &Desk, case: CaseId, chunk: u64) -> Vec<ItemId> {
    let open = desk.unlocked().unwrap();
    open.store
        .write::<_, Fault>(|w| {
            let items: Vec<Digest> = outbox::of_case(w, case)?.into_iter().map(|row| row.item).collect();
            outbox::mark_sent(w, &items, chunk)?;
            Ok(items.into_iter().map(ItemId).collect())
        })
        .unwrap()
}

pub(super) fn answered(desk: &Desk, acks: Vec<(ItemId, Ack)>) {
    let open = desk.unlocked().unwrap();
    let intake = Intake {
        protocol: SPOKEN.max,
        epoch: Epoch([1; 16]),
        time: 0,
        cursor: 0,
        acks,
        receipts: None,
        unknown: Vec::new(),
        offered: false,
        items: Vec::new(),
        withdrawn: Vec::new(),
        digests: None,
        compared: None,
        instance: None,
    };
    open.store.write(|w| intake::store(w, desk, &open, &intake, None)).unwrap();
}

/// A case the county took, changed twice since: the first change is under way, the second one waits.
async fn twice_changed(desk: &Arc<Desk>) -> (CaseId, ItemId) {
    let draft = Creation {
        item: ITEM.to_owned(),
        answers: answers(),
        attach: Vec::new(),
        submit: false,
        insist: false,
    };
    let case = create(desk, draft).await.unwrap().case;
    let whole = sent(desk, case, 1).remove(0);
    answered(desk, vec![(whole, Ack::Stored { seq: 1 })]);
    remark(desk, case, "first", "张秀兰").await;
    let first = sent(desk, case, 2).remove(0);
    remark(desk, case, "second", "张秀芝").await;
    (case, first)
}

fn wait_and_aside(desk: &Desk) -> (u64, usize) {
    let open = desk.unlocked().unwrap();
    open.store.read::<_, Fault>(|r| Ok((outbox::waiting(r)?.items, quarantine::open(r, 100)?.len()))).unwrap()
}

#[tokio::test]
async fn what_was_entered_after_a_refused_change_is_said_anew_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let (case, first) = twice_changed(&desk).await;
    let before = name(&desk, case).await;
    assert_eq!(before, "张秀芝");
    answered(&desk, vec![(first, Ack::Refused { code: Code::GuardedConflict })]);
    // The later edit waits to be sent, made anew upon what the county has; the refused one can be looked at.
    assert_eq!(wait_and_aside(&desk), (1, 1));
    assert_eq!(name(&desk, case).await, "张秀芝");
    let aside = ask(&desk, QuarantineList {}).await.unwrap().entries;
    assert_eq!(
        (aside[0].code.as_str(), aside[0].what.as_str(), aside[0].mine),
        ("guarded_conflict", "changes", true)
    );
    assert_eq!(aside[0].differs.len(), 1);
    assert_eq!((aside[0].differs[0].here.as_str(), aside[0].differs[0].there.as_str()), ("张秀芝", "张秀兰"));
    // The case goes on, and what goes on is taken.
    let again = sent(&desk, case, 3).remove(0);
    answered(&desk, vec![(again, Ack::Stored { seq: 2 })]);
    remark(&desk, case, "third", "张秀珍").await;
    assert_eq!(wait_and_aside(&desk), (1, 1));
    // Whoever must act has looked at it: nothing needs attention any more.
    let settle = QuarantineSettle { request: "settle".to_owned(), item: first.0, again: false };
    assert_eq!(ask(&desk, settle).await.unwrap().entries, []);
    assert_eq!(wait_and_aside(&desk), (1, 0));
}

#[tokio::test]
async fn a_refused_change_goes_once_more_when_the_person_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let (case, first) = twice_changed(&desk).await;
    answered(&desk, vec![(first, Ack::Refused { code: Code::OutOfScope })]);
    let settle = QuarantineSettle { request: "again".to_owned(), item: first.0, again: true };
    assert_eq!(ask(&desk, settle.clone()).await.unwrap().entries, []);
    assert_eq!(ask(&desk, settle).await.unwrap().entries, [], "asking twice does it once");
    let going = sent(&desk, case, 3);
    assert!(going.contains(&first), "the very item that was refused");
    assert_eq!(going.len(), 2);
    answered(&desk, going.into_iter().zip(5..).map(|(item, seq)| (item, Ack::Stored { seq })).collect());
    assert_eq!(wait_and_aside(&desk), (0, 0));
    // The two values were entered without knowing of each other, as far as the record goes: both are shown.
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert_eq!(view.transfer, ipc::case::Transfer::AtCounty);
}

#[tokio::test]
async fn a_change_that_builds_on_a_refused_one_does_not_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let (case, first) = twice_changed(&desk).await;
    let second = sent(&desk, case, 3).remove(1);
    let needs = Ack::Needs { hashes: vec![Digest([1; 32])] };
    answered(&desk, vec![(first, Ack::Refused { code: Code::WrongStatus }), (second, needs)]);
    assert_eq!(wait_and_aside(&desk), (0, 2));
}

#[tokio::test]
async fn what_builds_on_something_nobody_has_is_not_offered_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let (_, first) = twice_changed(&desk).await;
    answered(&desk, vec![(first, Ack::Needs { hashes: vec![Digest([1; 32])] })]);
    // The first is put aside; the second is said anew upon what the county has.
    assert_eq!(wait_and_aside(&desk), (1, 1));
}

#[tokio::test]
async fn what_the_county_lacks_is_sent_whole_and_what_builds_on_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let (case, first) = twice_changed(&desk).await;
    let known = desk
        .unlocked()
        .unwrap()
        .store
        .read::<_, Fault>(|r| Ok(store::table::document::heads(r, case)?.unwrap().acked_heads))
        .unwrap();
    let hashes = known.into_iter().map(Digest).collect();
    answered(&desk, vec![(first, Ack::Needs { hashes })]);
    assert_eq!(wait_and_aside(&desk), (3, 0));
}
