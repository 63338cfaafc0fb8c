//! A line of packets between two network namespaces: slow, losing some, and cut now and then, so that TCP itself has to send again.
//!
//! The desk's end is entered by whoever lays the line; the county is started at the other end. Both ends are TUN devices, and what
//! one sends this program brings to the other, later, or not at all.

mod segment;

use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tun_rs::{AsyncDevice, DeviceBuilder};

/// What is told where a line cannot be laid.
pub const NOT_HERE: &str =
    "network namespaces and a TUN device need root (CAP_NET_ADMIN, CAP_SYS_ADMIN), /dev/net/tun and ip";

const COUNTY: &str = "10.213.77.1";
const DESK: &str = "10.213.77.2";
/// Bytes of a packet, at most.
const PACKET: u16 = 1400;
/// How much a limited line holds before it throws packets away: what a modem would queue.
const QUEUE: Duration = Duration::from_millis(400);
/// How long nothing passes when the line is cut.
const CUT: Duration = Duration::from_secs(1);

/// How a line is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Of a thousand packets so many are lost, each way.
    pub lost: u16,
    /// How long a packet travels.
    pub delay: Duration,
    /// Bytes a second each way; 0: as quick as it goes.
    pub rate: u64,
}

/// What passed between the two ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Packets that arrived, and that were lost, both ways.
    pub arrived: u64,
    /// Packets that were lost, both ways.
    pub lost: u64,
    /// Bytes that the desk gave to TCP and that left, each counted once.
    pub up: u64,
    /// Bytes that TCP sent once more towards the county.
    pub up_again: u64,
    /// How often the desk opened a connection.
    pub connections: u64,
    /// How often the line was cut.
    pub cuts: u64,
}

impl std::ops::Sub for Passed {
    type Output = Passed;
    fn sub(self, before: Passed) -> Passed {
        Passed {
            arrived: self.arrived - before.arrived,
            lost: self.lost - before.lost,
            up: self.up - before.up,
            up_again: self.up_again - before.up_again,
            connections: self.connections - before.connections,
            cuts: self.cuts - before.cuts,
        }
    }
}

/// A network namespace; gone when this is.
struct Place(String);

impl Place {
    fn named(name: &str) -> Option<Place> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("daiban-{name}-{}-{}", std::process::id(), MADE.fetch_add(1, SeqCst));
        ip(&["netns", "add", &name]).then_some(Place(name))
    }

    /// From here on this thread, the threads it begins and the programs they start are there.
    fn enter(&self) -> Option<()> {
        let there = std::fs::File::open(format!("/var/run/netns/{}", self.0)).ok()?;
        move_into_link_name_space(there.as_fd(), Some(LinkNameSpaceType::Network)).ok()
    }

    /// Segments that TCP had to send again there.
    fn sent_again(&self) -> u64 {
        let told =
            Command::new("ip").args(["netns", "exec", &self.0, "cat", "/proc/net/snmp"]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let mut rows = told.lines().filter(|line| line.starts_with("Tcp:"));
        let (names, numbers) = (rows.next().unwrap(), rows.next().unwrap());
        let place = names.split(' ').position(|name| name == "RetransSegs").unwrap();
        numbers.split(' ').nth(place).unwrap().parse().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ip(&["netns", "delete", &self.0]);
    }
}

fn ip(words: &[&str]) -> bool {
    Command::new("ip").args(words).output().is_ok_and(|done| done.status.success())
}

/// The two ends before there is a line between them.
pub struct Ends {
    county: Place,
    desk: Place,
}

impl Ends {
    /// Makes both ends and enters the desk's with this thread; none where this machine does not let us. Before any thread of a
    /// runtime began, or it stays where it is.
    pub fn enter() -> Option<Ends> {
        let ends = Ends { county: Place::named("county")?, desk: Place::named("desk")? };
        ends.desk.enter()?;
        ip(&["link", "set", "lo", "up"]).then_some(ends)
    }

    /// Lays a good line between them, inside a runtime.
    pub fn lay(self, seed: u64) -> Option<Packets> {
        let device = |name: &str| DeviceBuilder::new().name(name).mtu(PACKET).build_async().ok();
        let (county, desk) = (device("county")?, device("desk")?);
        let at_county = ["-n", self.county.0.as_str()];
        let there = |words: &[&str]| ip(&[&at_county[..], words].concat());
        let laid = ip(&["link", "set", "county", "netns", &self.county.0])
            && there(&["address", "add", COUNTY, "peer", DESK, "dev", "county"])
            && there(&["link", "set", "lo", "up"])
            && there(&["link", "set", "county", "up"])
            && ip(&["address", "add", DESK, "peer", COUNTY, "dev", "desk"])
            && ip(&["link", "set", "desk", "up"]);
        if !laid {
            return None;
        }
        let ways = Arc::new(Ways { left: AtomicI64::new(-1), ..Ways::default() });
        let (county, desk) = (Arc::new(county), Arc::new(desk));
        carry(desk.clone(), county.clone(), ways.clone(), true, seed);
        carry(county, desk, ways.clone(), false, seed.wrapping_add(1));
        Some(Packets { ends: self, ways })
    }
}

/// The line between a desk and its county. Whoever laid it is at the desk's end.
pub struct Packets {
    ends: Ends,
    ways: Arc<Ways>,
}

impl Packets {
    /// What a command begins with that runs at the county's end.
    pub fn at_county(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.ends.county.0]
    }

    /// The county's address with that port.
    pub fn address(&self, port: u16) -> SocketAddr {
        format!("{COUNTY}:{port}").parse().unwrap()
    }

    /// From here on the line is like that.
    pub fn becomes(&self, weather: Weather) {
        *self.ways.weather.lock().unwrap() = weather;
    }

    /// For a second nothing passes, what is under way is lost, and whoever sends learns that the connection is gone.
    pub fn cut(&self) {
        self.ways.cut();
    }

    /// The line is cut when so many bytes of packets passed, counted both ways.
    pub fn cut_after(&self, bytes: u64) {
        self.ways.left.store(i64::try_from(bytes).unwrap(), SeqCst);
    }

    /// A good line again.
    pub fn heal(&self) {
        self.ways.left.store(-1, SeqCst);
        self.becomes(Weather::default());
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        *self.ways.passed.lock().unwrap()
    }

    /// Segments that TCP had to send again so far, at the desk and at the county.
    pub fn sent_again(&self) -> (u64, u64) {
        (self.ends.desk.sent_again(), self.ends.county.sent_again())
    }
}

#[derive(Default)]
struct Ways {
    weather: Mutex<Weather>,
    passed: Mutex<Passed>,
    /// Until when nothing passes.
    down: Mutex<Option<Instant>>,
    /// Bytes until the line is cut; negative: never.
    left: AtomicI64,
}

impl Ways {
    fn cut(&self) {
        *self.down.lock().unwrap() = Some(Instant::now() + CUT);
        self.passed.lock().unwrap().cuts += 1;
    }

    fn is_down(&self) -> bool {
        self.down.lock().unwrap().is_some_and(|until| Instant::now() < until)
    }

    fn lose(&self) {
        self.passed.lock().unwrap().lost += 1;
    }
}

/// A packet on its way.
struct Sent {
    /// When it arrives.
    at: Instant,
    /// How often the line had been cut when it left.
    cuts: u64,
    packet: Vec<u8>,
}

/// Brings what one end sends to the other.
fn carry(from: Arc<AsyncDevice>, to: Arc<AsyncDevice>, ways: Arc<Ways>, up: bool, seed: u64) {
    let (put, mut taken) = tokio::sync::mpsc::unbounded_channel::<Sent>();
    let mut dice = fastrand::Rng::with_seed(seed);
    let (mut flows, mut free) = (segment::Flows::default(), Instant::now());
    let arriving = ways.clone();
    tokio::spawn(async move {
        let mut packet = vec![0; usize::from(PACKET)];
        while let Ok(length) = from.recv(&mut packet).await {
            let packet = &packet[..length];
            if up {
                let (new, again) = flows.count(packet);
                let mut passed = ways.passed.lock().unwrap();
                passed.up += new;
                passed.up_again += again;
                passed.connections = flows.opened;
            }
            if ways.is_down() {
                if let Some(told) = segment::reset(packet) {
                    // An end that is gone takes nothing more.
                    let _gone = from.send(&told).await;
                }
                ways.lose();
                continue;
            }
            let weather = *ways.weather.lock().unwrap();
            let now = Instant::now();
            if dice.u16(0..1000) < weather.lost || free.saturating_duration_since(now) > QUEUE {
                ways.lose();
                continue;
            }
            let takes = (length as u64 * 1_000_000).checked_div(weather.rate).unwrap_or(0);
            free = free.max(now) + Duration::from_micros(takes);
            let cuts = ways.passed.lock().unwrap().cuts;
            let _gone = put.send(Sent { at: free + weather.delay, cuts, packet: packet.to_vec() });
            if ways.left.load(SeqCst) >= 0 && ways.left.fetch_sub(length as i64, SeqCst) <= length as i64 {
                ways.left.store(-1, SeqCst);
                ways.cut();
            }
        }
    });
    tokio::spawn(async move {
        while let Some(sent) = taken.recv().await {
            tokio::time::sleep_until(sent.at.into()).await;
            if sent.cuts != arriving.passed.lock().unwrap().cuts {
                arriving.lose();
                continue;
            }
            arriving.passed.lock().unwrap().arrived += 1;
            let _gone = to.send(&sent.packet).await;
        }
    });
}
