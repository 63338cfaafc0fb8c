//! A line between desk and county as in the villages: so many bytes a second, so long a way, and cut now and then. It
//! counts what passes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

/// Bytes read at once: as on a slow line, they trickle.
const PIECE: usize = 4 * 1024;
/// Bytes under way on a limited line: what a modem would queue.
const QUEUED: usize = 16;
/// What sealing adds to each record of TLS 1.3: the tag and the true type.
const SEAL: u64 = 17;
/// Type of a TLS record that carries data.
const DATA: u8 = 23;

/// How a line is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kind {
    /// One way.
    pub delay: Duration,
    /// Bytes a second in each direction; 0 for no limit.
    pub rate: u64,
    /// Cut after so long, again and again.
    pub cut: Option<Duration>,
}

/// What passed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passed {
    /// Bytes to the county and back, TLS included.
    pub up: u64,
    pub down: u64,
    /// The same without what TLS adds to each record; handshakes count.
    pub plain_up: u64,
    pub plain_down: u64,
    /// Connections.
    pub connections: u64,
}

#[derive(Default)]
struct Counts {
    bytes: [AtomicU64; 2],
    plain: [AtomicU64; 2],
    connections: AtomicU64,
    cuts: AtomicU64,
    /// When each direction is free again, in microseconds since the line was laid.
    free: [AtomicU64; 2],
}

/// A line that is laid.
pub struct Line {
    pub address: SocketAddr,
    counts: Arc<Counts>,
    kind: Arc<Mutex<Kind>>,
    broken: Arc<Notify>,
}

impl Line {
    /// Lays a line to `county`.
    pub async fn lay(county: SocketAddr, kind: Kind) -> Line {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let (broken, kind) = (Arc::new(Notify::new()), Arc::new(Mutex::new(kind)));
        let line = Line { address, counts: counts.clone(), kind: kind.clone(), broken: broken.clone() };
        let laid = Instant::now();
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (counts, broken) = (counts.clone(), broken.clone());
                let kind = *kind.lock().unwrap();
                tokio::spawn(async move {
                    counts.connections.fetch_add(1, Ordering::Relaxed);
                    // The handshake of TCP: one way there, one way back.
                    tokio::time::sleep(2 * kind.delay).await;
                    let Ok(far) = TcpStream::connect(county).await else { return };
                    near.set_nodelay(true).unwrap();
                    far.set_nodelay(true).unwrap();
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    let up = pass(near_in, far_out, kind, counts.clone(), 0, laid);
                    let down = pass(far_in, near_out, kind, counts, 1, laid);
                    tokio::select! {
                        _ = async { tokio::join!(up, down) } => {}
                        () = broken.notified() => {}
                    }
                });
            }
        });
        line
    }

    /// Connections made from now on are of another kind.
    pub fn becomes(&self, kind: Kind) {
        *self.kind.lock().unwrap() = kind;
        if let Some(every) = kind.cut {
            let (broken, counts) = (self.broken.clone(), self.counts.clone());
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(every).await;
                    counts.cuts.fetch_add(1, Ordering::Relaxed);
                    broken.notify_waiters();
                }
            });
        }
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        Passed {
            up: read(&counts.bytes[0]),
            down: read(&counts.bytes[1]),
            plain_up: read(&counts.plain[0]),
            plain_down: read(&counts.plain[1]),
            connections: read(&counts.connections),
        }
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u64 {
        self.counts.cuts.load(Ordering::Relaxed)
    }
}

impl std::ops::Sub for Passed {
    type Output = Passed;
    fn sub(self, before: Passed) -> Passed {
        Passed {
            up: self.up - before.up,
            down: self.down - before.down,
            plain_up: self.plain_up - before.plain_up,
            plain_down: self.plain_down - before.plain_down,
            connections: self.connections - before.connections,
        }
    }
}

/// Passes bytes on, each at its time.
async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    kind: Kind,
    counts: Arc<Counts>,
    way: usize,
    laid: Instant,
) {
    let (send, mut receive) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUED);
    let reading = async move {
        let (mut records, mut piece) =
            (Records::default(), vec![0; if kind.rate > 0 { PIECE } else { 65_536 }]);
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            let bytes = piece[..length].to_vec();
            counts.bytes[way].fetch_add(length as u64, Ordering::Relaxed);
            counts.plain[way].fetch_add(records.read(&bytes), Ordering::Relaxed);
            let now = laid.elapsed().as_micros() as u64;
            let takes = (length as u64 * 1_000_000).checked_div(kind.rate).unwrap_or(0);
            let until = counts.free[way].load(Ordering::Relaxed).max(now) + takes;
            counts.free[way].store(until, Ordering::Relaxed);
            if send.send((laid + Duration::from_micros(until) + kind.delay, bytes)).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((at, bytes)) = receive.recv().await {
            if kind.rate > 0 || !kind.delay.is_zero() {
                tokio::time::sleep_until(at.into()).await;
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}

/// Reads the lengths of TLS records as they pass.
#[derive(Default)]
struct Records {
    head: Vec<u8>,
    left: usize,
}

impl Records {
    /// How many bytes of data the records have that begin in `bytes`.
    fn read(&mut self, bytes: &[u8]) -> u64 {
        let (mut rest, mut plain) = (bytes, 0);
        while !rest.is_empty() {
            let passing = self.left.min(rest.len());
            self.left -= passing;
            rest = &rest[passing..];
            while self.left == 0 && !rest.is_empty() {
                self.head.push(rest[0]);
                rest = &rest[1..];
                if self.head.len() == 5 {
                    self.left = usize::from(u16::from_be_bytes([self.head[3], self.head[4]]));
                    if self.head[0] == DATA {
                        plain += (self.left as u64).saturating_sub(SEAL);
                    }
                    self.head.clear();
                }
            }
        }
        plain
    }
}
