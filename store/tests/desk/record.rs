//! The record of a case: all or nothing, in order, never lost to a second click.

use domain::id::ActId;
use store::StoreError;
use store::table::act::{self, ActRow, ActState};
use store::table::document::{self, Document};
use store::table::{actor, change, draft_buffer, meta, request, setting};
use uuid::Uuid;

use crate::{Desk, case, person};

fn document(n: u128) -> Document {
    Document {
        case: case(n),
        release: 1,
        meta: b"meta".to_vec(),
        snapshot: b"snapshot".to_vec(),
        heads: vec![[1; 32]],
        acked_heads: Vec::new(),
    }
}

fn act(n: u128, state: ActState) -> ActRow {
    ActRow { id: ActId(Uuid::from_u128(n)), case: case(1), bytes: vec![u8::try_from(n).unwrap()], state }
}

#[test]
fn a_save_that_fails_in_the_middle_leaves_nothing() {
    let mut desk = Desk::new();
    let failed: Result<(), StoreError> = desk.store().write(|w| {
        document::insert(w, &document(1))?;
        change::append(w, case(1), b"change")?;
        Err(StoreError::Busy)
    });
    assert!(failed.is_err());
    assert_eq!(desk.store().read(|r| document::get(r, case(1))).unwrap(), None);

    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        desk.store().write(|w| -> Result<(), StoreError> {
            document::insert(w, &document(1))?;
            panic!("the program dies here")
        })
    }));
    assert!(panicked.is_err());
    desk.store().write(|w| document::insert(w, &document(2))).expect("others go on working");
    desk.stop();
    desk.start();
    assert_eq!(desk.store().read(|r| document::get(r, case(1))).unwrap(), None);
    assert_eq!(desk.store().read(|r| document::get(r, case(2))).unwrap(), Some(document(2)));
}

#[test]
fn readers_see_the_state_before_a_write_that_is_under_way() {
    let desk = Desk::new();
    desk.store().write(|w| meta::put(w, "n", b"1")).unwrap();
    desk.store()
        .write(|w| {
            meta::put(w, "n", b"2")?;
            assert_eq!(desk.store().read(|r| meta::get(r, "n"))?.as_deref(), Some(b"1".as_slice()));
            assert_eq!(meta::get(w, "n")?.as_deref(), Some(b"2".as_slice()));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn the_tail_grows_in_order_and_folding_empties_it() {
    let desk = Desk::new();
    let store = desk.store();
    store
        .write(|w| {
            document::insert(w, &document(1))?;
            assert!(change::append(w, case(1), b"one")?);
            assert!(change::append(w, case(1), b"two")?);
            assert!(!change::append(w, case(1), b"one")?, "the same change is kept once");
            document::set_heads(w, case(1), &[[1; 32], [2; 32]])
        })
        .unwrap();
    store
        .read(|r| {
            assert_eq!(change::tail(r, case(1))?, [b"one".to_vec(), b"two".to_vec()]);
            assert_eq!(change::tail_len(r, case(1))?, 2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    store.write(|w| document::fold(w, case(1), b"folded", &[[3; 32]])).unwrap();
    let folded = store.read(|r| document::get(r, case(1))).unwrap().unwrap();
    assert_eq!((folded.snapshot.as_slice(), folded.heads), (b"folded".as_slice(), vec![[3; 32]]));
    assert_eq!(store.read(|r| change::tail_len(r, case(1))).unwrap(), 0);
    let orphan = store.write(|w| change::append(w, case(9), b"x"));
    assert!(orphan.is_err(), "no change without its document");
}

#[test]
fn what_the_county_has_not_acknowledged_is_known_without_loading_documents() {
    let desk = Desk::new();
    let store = desk.store();
    store
        .write(|w| {
            for n in 1..=3 {
                document::insert(w, &document(n))?;
            }
            document::set_acked_heads(w, case(2), &[[1; 32]])
        })
        .unwrap();
    let open = |after| {
        let page = store.read(|r| document::not_acknowledged(r, after, 10)).unwrap();
        page.into_iter().map(|heads| heads.case).collect::<Vec<_>>()
    };
    assert_eq!(open(None), [case(1), case(3)]);
    assert_eq!(open(Some(case(1))), [case(3)]);
    store.write(document::forget_acked_heads).unwrap();
    assert_eq!(open(None).len(), 3, "a new epoch offers everything again");
}

#[test]
fn steps_stand_in_the_countys_order_and_a_numbered_one_falls_back_only_by_the_countys_word() {
    let desk = Desk::new();
    let store = desk.store();
    store
        .write(|w| {
            act::put(w, &act(1, ActState::Waiting))?;
            act::put(w, &act(2, ActState::Waiting))?;
            act::put(w, &act(3, ActState::Done { seq: 7 }))?;
            assert!(act::set_done(w, ActId(Uuid::from_u128(2)), 5)?);
            act::put(w, &act(3, ActState::Waiting))?;
            assert!(act::set_refused(w, ActId(Uuid::from_u128(1)), "wrong_status")?);
            assert!(!act::set_refused(w, ActId(Uuid::from_u128(1)), "wrong_status")?);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let steps = store.read(|r| act::of_case(r, case(1))).unwrap();
    let states: Vec<_> = steps.iter().map(|step| (step.bytes[0], step.state.clone())).collect();
    assert_eq!(
        states,
        [
            (2, ActState::Done { seq: 5 }),
            (3, ActState::Done { seq: 7 }),
            (1, ActState::Refused { code: "wrong_status".to_owned() }),
        ]
    );
    // A restored county no longer knows the number, and does not take the step again.
    store.write(|w| act::set_refused(w, ActId(Uuid::from_u128(3)), "wrong_status")).unwrap();
    let last = store.read(|r| act::of_case(r, case(1))).unwrap().pop().unwrap();
    assert_eq!((last.bytes[0], last.state), (3, ActState::Refused { code: "wrong_status".to_owned() }));
}

#[test]
fn typing_survives_a_restart_and_is_gone_once_saved() {
    let mut desk = Desk::new();
    let typed = |text: &str| draft_buffer::Typed {
        field: "name".parse().unwrap(),
        text: text.to_owned(),
        at: 1,
        aside: false,
    };
    desk.store().write(|w| draft_buffer::put(w, case(1), &typed("张桂"))).unwrap();
    desk.store().write(|w| draft_buffer::put(w, case(1), &typed("张桂兰"))).unwrap();
    desk.stop();
    desk.start();
    assert_eq!(desk.store().read(|r| draft_buffer::of_case(r, case(1))).unwrap(), [typed("张桂兰")]);
    desk.store().write(|w| draft_buffer::remove(w, case(1), &"name".parse().unwrap())).unwrap();
    assert!(desk.store().read(|r| draft_buffer::of_case(r, case(1))).unwrap().is_empty());
}

#[test]
fn a_repeated_click_finds_the_first_answer_and_cannot_be_done_twice() {
    let desk = Desk::new();
    let done = request::Request { command: "case_submit".to_owned(), reply: "{}".to_owned() };
    desk.store().write(|w| request::put(w, "click-1", &done, 10)).unwrap();
    assert_eq!(desk.store().read(|r| request::get(r, "click-1")).unwrap(), Some(done.clone()));
    let twice = desk.store().write(|w| {
        meta::put(w, "side effect", b"")?;
        request::put(w, "click-1", &done, 11)
    });
    assert!(twice.is_err());
    assert_eq!(desk.store().read(|r| meta::get(r, "side effect")).unwrap(), None);
    assert_eq!(desk.store().write(|w| request::prune(w, 11)).unwrap(), 1);
}

#[test]
fn counters_count_and_settings_belong_to_a_person() {
    let desk = Desk::new();
    let store = desk.store();
    assert_eq!(store.write(|w| meta::next(w, "serial")).unwrap(), 1);
    assert_eq!(store.write(|w| meta::next(w, "serial")).unwrap(), 2);
    store.write(|w| setting::put(w, person(1), "zoom", "120")).unwrap();
    assert_eq!(store.read(|r| setting::get(r, person(1), "zoom")).unwrap().as_deref(), Some("120"));
    assert_eq!(store.read(|r| setting::get(r, person(2), "zoom")).unwrap(), None);
}

#[test]
fn an_actor_stays_with_the_person_who_claimed_it_first() {
    let desk = Desk::new();
    let claim = |n| actor::Actor {
        actor: vec![9; 16],
        desk: domain::id::DeskId(Uuid::from_u128(1)),
        person: person(n),
        name: "赵敏".to_owned(),
        unit: "131099100201".parse().unwrap(),
    };
    assert!(desk.store().write(|w| actor::put(w, &claim(1))).unwrap());
    assert!(desk.store().write(|w| actor::put(w, &claim(1))).unwrap());
    assert!(!desk.store().write(|w| actor::put(w, &claim(2))).unwrap());
    assert_eq!(desk.store().read(|r| actor::get(r, &[9; 16])).unwrap(), Some(claim(1)));
}
