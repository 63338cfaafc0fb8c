//! Desk and county are updated one after the other: whichever is older is still understood, and nothing arrives twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use bytes::Bytes;
use desk::dispatch::ask;
use desk::entry::{self, Creation};
use desk::syncing::exchange;
use desk::{Desk, Machine};
use domain::role::Role;
use ipc::account::Enrol;
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, open_on};
use scenarios::messenger::{Messenger, Said};
use sync::refusal::{Code, Refusal};
use sync::version::Window;
use sync::wire::{SyncRequest, decode, encode};
use zstd::zstd_safe::get_dict_id_from_frame;

const EXCHANGE: &str = "/v1/sync";

fn has_dictionary(body: &[u8]) -> bool {
    get_dict_id_from_frame(body).is_some()
}

/// A county of the first version: it cannot read what is packed with a dictionary, and knows no later version.
fn first_version(path: &str, body: Bytes) -> Said {
    if path != EXCHANGE {
        return Said::Brought(body);
    }
    if has_dictionary(&body) {
        return Said::Refused(400, encode(&Refusal::new(Code::Malformed)).unwrap().into());
    }
    let request: SyncRequest = decode(&body).unwrap();
    Said::Brought(encode(&SyncRequest { protocol: Window { min: 1, max: 1 }, ..request }).unwrap().into())
}

async fn laptop(county: &TestCounty, messenger: &Messenger, folder: &std::path::Path) -> Arc<Desk> {
    let machine = Machine { carrier: Some(Arc::new(messenger.clone())), ..Machine::default() };
    let desk = open_on(machine, folder);
    let code = county.code("王桂兰", "131099100201", &[Role::VillageAgent]);
    ask(&desk, Enrol { code, password: PASSWORD.to_owned() }).await.unwrap();
    exchange(&desk, true).await.unwrap();
    desk
}

/// Takes a case in and exchanges.
async fn one_more(desk: &Arc<Desk>) {
    let creation = Creation {
        item: GAOLING.to_owned(),
        answers: gaoling(),
        attach: Vec::new(),
        submit: false,
        insist: false,
    };
    entry::create(desk, creation).await.unwrap();
    let told = exchange(desk, true).await.unwrap();
    assert_eq!((told.items_sent, told.waiting, told.refused.len()), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_county_of_before_is_spoken_to_as_it_understands() {
    let county = TestCounty::set_up().await;
    let old = Arc::new(AtomicBool::new(true));
    let is_old = old.clone();
    let heard = move |path: &str, body: Bytes| match is_old.load(SeqCst) {
        true => first_version(path, body),
        false => Said::Brought(body),
    };
    let messenger = Messenger::saying(county.open(), Box::new(heard));
    let folder = tempfile::tempdir().unwrap();
    let wang = laptop(&county, &messenger, folder.path()).await;
    let spoken = || {
        let passed = messenger.passed().into_iter().filter(|passed| passed.path == EXCHANGE);
        passed.map(|passed| (has_dictionary(&passed.up), has_dictionary(&passed.down))).collect::<Vec<_>>()
    };

    one_more(&wang).await;
    assert!(spoken().iter().all(|said| *said == (false, false)), "nobody uses what the county does not know");

    // The county is updated: from its first answer on both sides say less.
    old.store(false, SeqCst);
    one_more(&wang).await;
    assert_eq!(spoken().first(), Some(&(false, true)));
    one_more(&wang).await;
    assert!(spoken().iter().all(|said| *said == (true, true)));

    // Its update is taken back: the desk asks again at once, as the first county understands it.
    old.store(true, SeqCst);
    one_more(&wang).await;
    assert_eq!(spoken()[..2], [(true, false), (false, false)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dictionary_that_the_county_does_not_have_is_named_as_such() {
    let county = TestCounty::set_up().await;
    // Number 1 of the frame becomes another one on the way.
    let other = |path: &str, body: Bytes| {
        let mut body = body.to_vec();
        if path == EXCHANGE && has_dictionary(&body) {
            let at = if body[4] & 0x20 == 0 { 6 } else { 5 };
            assert_eq!(std::mem::replace(&mut body[at], 99), 1);
        }
        Said::Brought(body.into())
    };
    let messenger = Messenger::saying(county.open(), Box::new(other));
    let folder = tempfile::tempdir().unwrap();
    let wang = laptop(&county, &messenger, folder.path()).await;
    messenger.passed();
    one_more(&wang).await;
    let passed = messenger.passed();
    let refused: Vec<Refusal> = passed.iter().filter_map(|passed| decode(&passed.down).ok()).collect();
    assert!(!refused.is_empty() && refused.iter().all(|refusal| refusal.code == Code::UnknownDictionary));
}
