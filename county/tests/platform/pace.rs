//! A laptop whose program went wrong asks without end: it is slowed down, and nobody else notices.

use std::time::Duration;

use sync::client::LinkError;
use sync::version::SPOKEN;

use crate::town::{Paper, Town};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_without_end_is_told_when_to_come_again_and_others_go_on() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let mut clerk = town.clerk().await;
    let idle = agent.request(None);
    let mut asked = 0;
    let wait = loop {
        asked += 1;
        assert!(asked < 50_000, "nobody says anything");
        match agent.client.sync(SPOKEN.max, &idle).await {
            Ok(_) => {}
            Err(LinkError::CountyBusy { after: Some(after) }) => break after,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(asked > 1_000, "so many may come at once: {asked}");
    assert!((1_000..=5_000).contains(&wait), "{wait}");
    assert!(clerk.pull().await.is_empty(), "the township goes on as before");
    // Whoever waits as asked is served again, and nothing is lost by it.
    tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
    let paper = Paper::begin(&agent, "张大爷");
    assert_eq!(agent.push(&[paper.whole(), agent.submit(&paper)]).await.len(), 2);
    assert_eq!(clerk.pull().await.len(), 2);
    town.running.stop().await;
}
