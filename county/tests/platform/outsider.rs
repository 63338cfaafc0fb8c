//! A client that nobody here wrote sends a photograph over a line that breaks again and again: the protocol's own words
//! are enough for it to go on where it was.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::id::Digest;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::town::{Paper, Town, random};

const SLICE: usize = 128 * 1024;
/// After how many bytes from the client each connection breaks; what comes later holds.
const BREAKS: [usize; 6] = [3_000, 300_000, 150_000, 5_000, 420_000, 200_000];

/// A line that breaks. What the client wrote is counted, and so are the breaks.
struct Line {
    port: u16,
    bytes: Arc<AtomicU64>,
    broke: Arc<AtomicUsize>,
}

impl Line {
    async fn to(county: std::net::SocketAddr) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Line {
            port: listener.local_addr().unwrap().port(),
            bytes: Arc::default(),
            broke: Arc::default(),
        };
        let (bytes, broke) = (line.bytes.clone(), line.broke.clone());
        tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((client, _)) = listener.accept().await {
                let holds = BREAKS.get(connections).copied().unwrap_or(usize::MAX);
                connections += 1;
                let server = TcpStream::connect(county).await.unwrap();
                tokio::spawn(carry(client, server, holds, bytes.clone(), broke.clone()));
            }
        });
        line
    }
}

async fn carry(
    client: TcpStream,
    server: TcpStream,
    holds: usize,
    bytes: Arc<AtomicU64>,
    broke: Arc<AtomicUsize>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut left = holds;
    let mut piece = vec![0; 16 * 1024];
    while left > 0 {
        let most = piece.len().min(left);
        match from_client.read(&mut piece[..most]).await {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                left -= read;
                bytes.fetch_add(read as u64, Ordering::SeqCst);
                if to_server.write_all(&piece[..read]).await.is_err() {
                    break;
                }
            }
        }
    }
    if left == 0 {
        broke.fetch_add(1, Ordering::SeqCst);
    }
    back.abort();
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

/// `tests/e2e/_tus_client.mjs` sends what it is told on its standard input with tus-js-client.
#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_brings_a_photograph_over_a_line_that_breaks() {
    // A stranger's clock is its machine's.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let town = Town::begin_at(now.as_millis() as i64).await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let photo = random::<50_000>().repeat(30);
    let sha256 = Digest(Sha256::digest(&photo).into());
    let line = Line::to(town.running.addr).await;
    let order = serde_json::json!({
        "endpoint": format!("https://127.0.0.1:{}/v1/files", line.port),
        "ca": pem("CERTIFICATE", &agent.identity.ca_der),
        "cert": pem("CERTIFICATE", &agent.identity.cert_der),
        "key": pem("PRIVATE KEY", &agent.identity.key_der),
        "slice": SLICE,
        "metadata": { "case": paper.case.to_string(), "sha256": sha256.to_string(), "mime": "image/jpeg" },
        "file": STANDARD.encode(&photo),
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/e2e/_tus_client.mjs");
    let node = std::env::var_os("DAIBAN_NODE").unwrap_or_else(|| "node".into());
    let mut client = tokio::process::Command::new(node)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut told = client.stdin.take().unwrap();
    told.write_all(order.to_string().as_bytes()).await.unwrap();
    drop(told);
    let done = client.wait_with_output().await.unwrap();
    assert!(done.status.success(), "tus-js-client gave up");

    let mut back = Vec::new();
    let kept = |part: &[u8]| {
        back.extend_from_slice(part);
        Ok(())
    };
    agent.client.download(paper.case, sha256, 0, kept).await.unwrap();
    assert_eq!(Sha256::digest(&back).as_slice(), sha256.0, "what arrived is what was sent");
    assert_eq!(line.broke.load(Ordering::SeqCst), BREAKS.len(), "the line broke as often as it should");
    let sent = line.bytes.load(Ordering::SeqCst);
    let most = photo.len() + (BREAKS.len() + 1) * (SLICE + 8 * 1024);
    assert!(sent <= most as u64, "at most one slice is sent again for each break: {sent} of at most {most}");
    town.running.stop().await;
}
