//! What the operator sees.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::town::{Paper, Town};

/// What the operator's page of that name says.
pub async fn get(town: &Town, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(town.running.ops_addr).await.unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_counters_are_there_and_name_nobody() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    assert!(get(&town, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(&town, "/readyz").await.ends_with("ready\n"));
    let counters = get(&town, "/metrics").await;
    assert!(counters.contains("daiban_items_stored_total"), "{counters}");
    assert!(counters.contains("daiban_last_place"), "{counters}");
    assert!(!counters.contains("张大爷") && !counters.contains("王秀兰"));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_book_of_what_happened_is_sound_and_names_nobody() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole(), agent.submit(&paper)]).await;
    let database = &town.county().database;
    let mut bodies = String::new();
    let book = database
        .read::<_, county::Error>(|view| {
            county::database::audit::walk(view, |row| {
                bodies.push_str(&row.body);
                true
            })?;
            Ok(county::database::audit::verify(view)?)
        })
        .unwrap();
    assert!(book.unwrap().0 >= 4);
    assert!(!bodies.contains("张大爷") && !bodies.contains("王秀兰"), "{bodies}");
    // Nor does the database file hold a citizen's name in the clear.
    let raw = std::fs::read(town.dir.path().join("county.db-wal")).unwrap_or_default();
    assert!(!raw.windows(9).any(|part| part == "张大爷".as_bytes()));
    town.running.stop().await;
}
