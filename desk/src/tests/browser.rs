//! Browser mode lets in whoever opened the entrance file on this machine, and nobody else.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use ipc::account::Stage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::desk::unlocked;
use crate::account;
use crate::serve::{Browser, listen};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

async fn ask(address: SocketAddr, head: &str, body: &str) -> Answer {
    let mut line = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

fn window(folder: &Path) -> std::path::PathBuf {
    let ui = folder.join("ui");
    std::fs::create_dir_all(&ui).unwrap();
    std::fs::write(ui.join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(ui.join("secret.txt"), "not part of the window").unwrap();
    ui
}

fn word(entrance: &Path) -> String {
    let page = std::fs::read_to_string(entrance).unwrap();
    page.split('#').nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_our_own_page_with_its_token_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let how = Browser { port: 0, ui: window(folder.path()), idle: Duration::from_secs(3600) };
    let served = listen(desk.clone(), how).await.unwrap();
    let (address, entrance) = (served.address(), served.entrance().to_owned());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&entrance).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(served.run(async move {
        let _either = stopped.await;
    }));
    let host = format!("Host: {address}");
    let origin = format!("Origin: http://{address}");
    let json = "Content-Type: application/json";

    let page = ask(address, &format!("GET /open HTTP/1.1\r\n{host}"), "").await;
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert_eq!(ask(address, &format!("GET /secret.txt HTTP/1.1\r\n{host}"), "").await.status, 404);
    assert_eq!(ask(address, "GET / HTTP/1.1\r\nHost: evil.example", "").await.status, 403);

    let enter = |host: &str, origin: &str, word: &str| {
        (format!("POST /token HTTP/1.1\r\n{host}\r\n{origin}\r\n{json}"), format!("{{\"nonce\":\"{word}\"}}"))
    };
    let first = word(&entrance);
    let strangers = [
        ("Host: evil.example", origin.as_str(), first.as_str(), 403),
        (host.as_str(), "Origin: http://evil.example", first.as_str(), 403),
        (host.as_str(), "X-None: 1", first.as_str(), 403),
        (host.as_str(), origin.as_str(), "0000", 401),
    ];
    for (host, origin, word, status) in strangers {
        let (head, body) = enter(host, origin, word);
        assert_eq!(ask(address, &head, &body).await.status, status, "{host} {origin} {word}");
    }
    let (head, body) = enter(&host, &origin, &first);
    let entered = ask(address, &head, &body).await;
    assert_eq!(entered.status, 200, "{}", entered.body);
    let token = entered.body.split('"').nth(3).unwrap().to_owned();
    assert_eq!(ask(address, &head, &body).await.status, 401, "a used word opens nothing");
    assert_ne!(word(&entrance), first, "the file holds the next word");

    let call =
        |bearer: &str| format!("POST /call/desk_state HTTP/1.1\r\n{host}\r\n{origin}\r\n{json}\r\n{bearer}");
    assert_eq!(ask(address, &call("X-None: 1"), "{}").await.status, 401);
    assert_eq!(ask(address, &call("Authorization: Bearer 00"), "{}").await.status, 401);
    let answered = ask(address, &call(&format!("Authorization: Bearer {token}")), "{}").await;
    assert_eq!(answered.status, 200);
    assert!(answered.body.contains("\"stage\":\"open\""), "{}", answered.body);
    let unknown = format!(
        "POST /call/nothing HTTP/1.1\r\n{host}\r\n{origin}\r\n{json}\r\nAuthorization: Bearer {token}"
    );
    let refused = ask(address, &unknown, "{}").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("unknown_command"), "{}", refused.body);

    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(!entrance.exists());
}

#[tokio::test]
async fn a_desk_nobody_asks_anything_locks_itself() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let revision = desk.watch.since(0).revision;
    let how = Browser { port: 0, ui: window(folder.path()), idle: Duration::from_millis(50) };
    let served = listen(desk.clone(), how).await.unwrap();
    let running = tokio::spawn(served.run(std::future::pending()));
    desk.watch.wait(revision).await;
    assert_eq!(account::state(&desk).await.unwrap().stage, Stage::Locked);
    running.abort();
}

#[tokio::test]
async fn a_page_that_waits_for_news_does_not_hold_the_end_up() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let how = Browser { port: 0, ui: window(folder.path()), idle: Duration::from_secs(3600) };
    let served = listen(desk.clone(), how).await.unwrap();
    let (address, entrance) = (served.address(), served.entrance().to_owned());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(served.run(async move {
        let _either = stopped.await;
    }));
    let ours = format!("Host: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/json");
    let nonce = format!("{{\"nonce\":\"{}\"}}", word(&entrance));
    let entered = ask(address, &format!("POST /token HTTP/1.1\r\n{ours}"), &nonce).await;
    let token = entered.body.split('"').nth(3).unwrap().to_owned();

    let mut page = TcpStream::connect(address).await.unwrap();
    let body = format!("{{\"after\":{}}}", desk.watch.since(0).revision);
    let question = format!(
        "POST /call/watch HTTP/1.1\r\n{ours}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    page.write_all(question.as_bytes()).await.unwrap();
    // Another answer shows that the question before it has arrived.
    let call = format!("POST /call/desk_state HTTP/1.1\r\n{ours}\r\nAuthorization: Bearer {token}");
    assert_eq!(ask(address, &call, "{}").await.status, 200);

    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap().unwrap();
    assert!(!entrance.exists());
}

#[tokio::test]
async fn without_the_windows_files_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let how = Browser { port: 0, ui: folder.path().join("nothing"), idle: Duration::from_secs(60) };
    assert_eq!(listen(desk, how).await.err().unwrap().code, ipc::problem::NO_WINDOW);
}
