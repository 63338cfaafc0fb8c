//! Chunks that come before the rest of their request: opened early, taken in no earlier and no otherwise.

use std::time::Duration;

use county::database::index;
use sync::client::LinkError;
use sync::receipt::Ack;
use sync::refusal::Code;
use sync::version::SPOKEN;
use sync::wire::SyncReply;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::operator::get;
use crate::town::{Laptop, Paper, Town, stored};

type Answer = Result<SyncReply, LinkError>;

/// Sends a chunk ahead; what is told on the sender decides whether the rest follows.
fn ahead(laptop: &Laptop, chunk: sync::chunk::Chunk) -> (oneshot::Sender<bool>, JoinHandle<Answer>) {
    let (say, told) = oneshot::channel::<bool>();
    let (client, rest) = (laptop.client.clone(), laptop.request(None));
    let flight = tokio::spawn(async move {
        let rest = async move { told.await.unwrap().then_some(rest) };
        client.sync_ahead(SPOKEN.max, &chunk, rest).await.map(|(reply, _)| reply)
    });
    (say, flight)
}

/// How many chunks were opened before their requests were there, by all counties of this process.
async fn opened(town: &Town) -> u64 {
    let counters = get(town, "/metrics").await;
    let line = counters.lines().find_map(|line| line.strip_prefix("daiban_chunks_opened_ahead_total "));
    line.map_or(0, |count| count.parse().unwrap())
}

/// Waits until so many were opened.
async fn until_opened(town: &Town, many: u64) {
    let seen = async { while opened(town).await < many {} };
    tokio::time::timeout(Duration::from_secs(20), seen).await.expect("opened before the rest came");
}

/// How much the county has taken in.
fn taken_in(town: &Town) -> u64 {
    town.county().database.read::<_, county::Error>(|view| Ok(index::last(view)?)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_is_opened_while_the_rest_of_its_request_is_still_missing() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    let chunk = agent.chunk(&[paper.whole()]);
    let before = opened(&town).await;
    let (say, flight) = ahead(&agent, chunk.clone());
    until_opened(&town, before + 1).await;
    assert_eq!(taken_in(&town), 0, "nothing is taken in before");
    say.send(true).unwrap();
    let reply = flight.await.unwrap().unwrap();
    stored(&agent.results(&reply)[0]);
    assert!(reply.items.is_empty(), "a desk does not hear what it just said");
    // The same once more, whole: it gets the same answer.
    assert_eq!(agent.send(chunk).await.receipts, reply.receipts);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_off_behind_its_chunk_did_nothing() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    let chunk = agent.chunk(&[paper.whole()]);
    let before = opened(&town).await;
    let (say, flight) = ahead(&agent, chunk.clone());
    until_opened(&town, before + 1).await;
    say.send(false).unwrap();
    assert!(flight.await.unwrap().is_err());
    let reply = agent.send(chunk).await;
    assert!(matches!(agent.results(&reply)[0], Ack::Stored { .. }), "it is new to the county");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_chunk_is_told_as_if_it_had_not_come_ahead() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut chunk = agent.chunk(&[Paper::begin(&agent, "张大爷").whole()]);
    chunk.counter += 1;
    let (say, flight) = ahead(&agent, chunk);
    say.send(true).unwrap();
    assert!(
        matches!(flight.await.unwrap(), Err(LinkError::Refused(refusal)) if refusal.code == Code::BadSignature)
    );
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_lie_open_at_a_time_and_the_others_come_through_all_the_same() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let room = std::thread::available_parallelism().unwrap().get();
    let mut flights = Vec::new();
    let before = opened(&town).await;
    for n in 0..room + 2 {
        let paper = Paper::begin(&agent, &format!("村民{n}"));
        let chunk = agent.chunk(&[paper.whole()]);
        flights.push(ahead(&agent, chunk));
        if n < room {
            until_opened(&town, before + n as u64 + 1).await;
        }
    }
    // Those without room first: nobody waits for whoever lies open.
    for (say, flight) in flights.into_iter().rev() {
        say.send(true).unwrap();
        let reply = flight.await.unwrap().unwrap();
        stored(&agent.results(&reply)[0]);
    }
    town.running.stop().await;
}
