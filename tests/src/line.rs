//! A bad line between desks and their county: what passes is slowed, held up, and cut off at any byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes passed on at once.
const PIECE: usize = 4096;
/// How long a piece is held up that was lost on the way and had to be sent again.
const SENT_AGAIN: Duration = Duration::from_millis(250);

/// The line. It is there for as long as the runtime.
pub struct Line {
    address: SocketAddr,
    ways: Arc<Ways>,
}

#[derive(Debug)]
struct Ways {
    /// Bytes until everything is cut off; negative: never.
    left: AtomicI64,
    /// Bytes a second each way; 0: as quick as it goes.
    rate: AtomicU64,
    /// Milliseconds each way.
    delay: AtomicU64,
    /// Of a thousand pieces so many are lost.
    loss: AtomicU32,
    random: AtomicU64,
    /// Bytes that went towards the county.
    up: AtomicU64,
    cuts: watch::Sender<u32>,
}

impl Line {
    /// A good line to that address.
    pub async fn to(county: SocketAddr, seed: u64) -> Line {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let ways = Arc::new(Ways {
            left: AtomicI64::new(-1),
            rate: AtomicU64::new(0),
            delay: AtomicU64::new(0),
            loss: AtomicU32::new(0),
            random: AtomicU64::new(seed),
            up: AtomicU64::new(0),
            cuts: watch::Sender::new(0),
        });
        let shared = ways.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let ways = shared.clone();
                tokio::spawn(async move {
                    // Nobody answers there: the connection is closed again, as a broken line does.
                    if let Ok(far) = TcpStream::connect(county).await {
                        pass(near, far, &ways).await;
                    }
                });
            }
        });
        Line { address, ways }
    }

    /// Where desks call.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// After so many bytes, counted both ways, every connection is cut off; the next one is good again.
    pub fn cut_after(&self, bytes: u64) {
        self.ways.left.store(i64::try_from(bytes).unwrap(), SeqCst);
    }

    /// From here on: bytes a second, milliseconds from end to end, and how many of a thousand pieces are lost.
    pub fn weather(&self, rate: u64, delay: u64, loss: u32) {
        self.ways.rate.store(rate, SeqCst);
        self.ways.delay.store(delay, SeqCst);
        self.ways.loss.store(loss, SeqCst);
    }

    /// A good line again.
    pub fn heal(&self) {
        self.ways.left.store(-1, SeqCst);
        self.weather(0, 0, 0);
    }

    /// How often everything was cut off.
    pub fn cuts(&self) -> u32 {
        *self.ways.cuts.borrow()
    }

    /// Bytes that went towards the county so far.
    pub fn up(&self) -> u64 {
        self.ways.up.load(SeqCst)
    }
}

async fn pass(near: TcpStream, far: TcpStream, ways: &Arc<Ways>) {
    let mut cut = ways.cuts.subscribe();
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = one_way(near_in, far_out, ways, true) => {}
        () = one_way(far_in, near_out, ways, false) => {}
        _ = cut.changed() => {}
    }
}

/// Passes on until either end closes or everything is cut off; then both ways of the connection are closed.
async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, ways: &Ways, up: bool) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let mut pause = Duration::from_millis(ways.delay.load(SeqCst));
        let rate = ways.rate.load(SeqCst);
        if rate > 0 {
            pause += Duration::from_secs_f64(length as f64 / rate as f64);
        }
        if ways.draw() % 1000 < u64::from(ways.loss.load(SeqCst)) {
            pause += SENT_AGAIN;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let whole = i64::try_from(length).unwrap();
        let left = match ways.left.load(SeqCst) {
            left if left < 0 => whole,
            _ => ways.left.fetch_sub(whole, SeqCst),
        };
        let passes = usize::try_from(left.clamp(0, whole)).unwrap();
        if up {
            ways.up.fetch_add(passes as u64, SeqCst);
        }
        if to.write_all(&piece[..passes]).await.is_err() {
            return;
        }
        if passes < length {
            ways.left.store(-1, SeqCst);
            ways.cuts.send_modify(|cuts| *cuts += 1);
            return;
        }
    }
}

impl Ways {
    /// The next number of SplitMix64.
    fn draw(&self) -> u64 {
        let mut mixed =
            self.random.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
