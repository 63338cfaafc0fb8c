//! The table of what went over the line, for people: what is to be reached, what was reached, what others needed for the
//! same documents in the same run.

use super::at;
use serde_json::Value;

/// Bytes a second of the slow line, and one round trip on it, seconds.
const SLOW_RATE: f64 = 32_000.0;
const ROUND_TRIP: f64 = 0.6;

/// The table people read, in Markdown. What was not measured has no line.
pub fn of(told: &Value) -> String {
    let cases = at(told, "/quick/cases");
    let mut table = Table {
        told,
        lines: vec![
            super::table::machine(told),
            String::new(),
            format!("| {cases} documents, 12 edits each | to reach | reached | others in the same run |"),
            "|---|---:|---:|---|".to_owned(),
        ],
    };
    table.near();
    table.idle();
    table.slow();
    table.at_rest();
    table.growth();
    table.photographs();
    table.rush();
    let peers = at(told, "/peers").as_array().cloned().unwrap_or_default();
    for peer in peers.iter().filter(|peer| at(peer, "/failure").is_string()) {
        let (name, why) = (at(peer, "/name"), at(peer, "/failure"));
        table.lines.push(format!(
            "\n{} did not run to its end: {}",
            name.as_str().unwrap_or_default(),
            why.as_str().unwrap_or_default()
        ));
    }
    table.lines.join("\n")
}

struct Table<'t> {
    told: &'t Value,
    lines: Vec<String>,
}

impl Table<'_> {
    /// A number that was measured.
    fn number(&self, pointer: &str) -> Option<f64> {
        at(self.told, pointer).as_f64()
    }

    fn row(&mut self, what: &str, to_reach: impl Into<String>, reached: Option<String>, others: String) {
        if let Some(reached) = reached {
            self.lines.push(format!("| {what} | {} | {reached} | {others} |", to_reach.into()));
        }
    }

    fn seconds(&self, pointer: &str) -> Option<String> {
        self.number(pointer).map(|seconds| format!("{seconds:.2} s"))
    }

    /// On loopback: everything up, and two hundred changes down.
    fn near(&mut self) {
        let told = self.told;
        let cases = self.number("/quick/cases").unwrap_or_default();
        let up = self.number("/quick/upload/plain_up");
        self.row(
            "bytes up for all",
            format!("{:.0} KB", 1.1 * cases),
            up.map(kilobytes),
            others(told, "quick", &|run| sum(run, &["/upload/up"]).map(kilobytes)),
        );
        let fastest = fastest(told, "upload", false);
        self.row(
            "full outbox until all is durable at the county",
            fastest.map_or_else(|| "half of the fastest".to_owned(), |best| format!("{:.2} s", best / 2.0)),
            self.seconds("/quick/upload/seconds"),
            others(told, "quick", &time("upload")),
        );
        self.row(
            "of it, processors busy at both ends",
            "",
            self.seconds("/quick/upload/processor"),
            others(told, "quick", &|run| {
                sum(run, &["/upload/cCpu", "/upload/sCpu"]).map(|ms| format!("{:.2} s", ms / 1e3))
            }),
        );
        let pulled = sum(at(told, "/quick/pull_open"), &["/plain_up", "/plain_down"]);
        self.row(
            "pull of 200 changed: bytes",
            "40 KB",
            pulled.map(kilobytes),
            others(told, "quick", &|run| sum(run, &["/pull/up", "/pull/down"]).map(kilobytes)),
        );
        let tenth = self::fastest(told, "pull", true);
        self.row(
            "the same: time",
            tenth.map_or_else(|| "a tenth".to_owned(), |best| format!("{:.2} s", best / 10.0)),
            self.seconds("/quick/pull_open/seconds"),
            others(told, "quick", &time("pull")),
        );
    }

    /// When nothing is new, whatever the desk holds.
    fn idle(&mut self) {
        for (what, part) in [("200", "few"), ("1,000", "quick"), ("20,000", "many")] {
            let up = self.number(&format!("/{part}/idle/plain_up"));
            let reached = up.zip(self.number(&format!("/{part}/idle/plain_down"))).map(|(up, down)| {
                let requests = at(self.told, &format!("/{part}/idle_told/requests"));
                format!("{up:.0} + {down:.0} B in {requests}")
            });
            let others = others(self.told, "quick", &|run| {
                sum(run, &["/idleWarm/up", "/idleWarm/down"]).map(kilobytes)
            });
            let others = if part == "quick" { others } else { String::new() };
            self.row(&format!("idle with {what}: bytes, requests"), "below 1,000 B in 1", reached, others);
        }
    }

    /// Over 256 kbit/s and 600 ms.
    fn slow(&mut self) {
        let told = self.told;
        let bytes = self.number("/slow/upload/up").unwrap_or_default();
        let most = 1.15 * (bytes / SLOW_RATE + 2.0 * ROUND_TRIP);
        let line = "256 kbit/s, 600 ms round trip";
        self.row(
            &format!("{line}: upload"),
            format!("{most:.1} s"),
            self.seconds("/slow/upload/seconds"),
            others(told, "slow", &time("upload")),
        );
        self.row(
            "the same: pull of 200, new connection",
            "3.5 s",
            self.seconds("/slow/pull/seconds"),
            others(told, "slow", &time("pull")),
        );
        self.row(
            "the same: pull of 200, open connection",
            "2.6 s",
            self.seconds("/slow/pull_open/seconds"),
            String::new(),
        );
        self.row(
            "the same: idle, open connection",
            "0.8 s",
            self.seconds("/slow/idle/seconds"),
            others(told, "slow", &time("idleWarm")),
        );
    }

    /// On the desk's disk.
    fn at_rest(&mut self) {
        let each = |told: &Value, part: &str| {
            let run = at(told, part);
            let grown = sum(run, &["/disk"])? - sum(run, &["/disk_before"])?;
            Some(kilobytes(grown / sum(run, &["/cases"])?))
        };
        self.row(
            "disk of a desk for each document",
            "2 KB",
            each(self.told, "/quick"),
            others(self.told, "quick", &|run| {
                Some(kilobytes(sum(run, &["/clientDisk1/bytes"])? / sum(run, &["/n"])?))
            }),
        );
        self.row("the same with 20,000", "2 KB", each(self.told, "/many"), String::new());
    }

    /// What twenty times as many cost each.
    fn growth(&mut self) {
        let each = |part: &str, what: &str| {
            Some(self.number(&format!("/{part}/{what}"))? / self.number(&format!("/{part}/cases"))?)
        };
        let times = |what: &str| Some(format!("{:.2} ×", each("many", what)? / each("quick", what)?));
        let (time, processor) = (times("upload/seconds"), times("upload/processor"));
        self.row("20,000 against 1,000: time for each", "1.2 ×", time, String::new());
        self.row("the same: processors", "1.2 ×", processor, String::new());
        let memory = |part: &str| self.number(&format!("/{part}/memory/0"));
        let reached = memory("quick").zip(memory("many"));
        let reached = reached.map(|(few, many)| format!("{:.0} against {:.0} MB", many / 1e6, few / 1e6));
        self.row(
            "the same: memory of two desks and the county together",
            "1.2 × for each",
            reached,
            String::new(),
        );
    }

    fn photographs(&mut self) {
        let bytes = self.number("/photos/up").zip(self.number("/photos/bytes"));
        let reached = bytes.map(|(up, all)| format!("{:.3} ×", up / all));
        let lost = self.number("/photos/packets_lost").zip(self.number("/photos/packets"));
        let lost = lost.map_or_else(
            || "no packets lost: network namespaces are not allowed here".to_owned(),
            |(lost, all)| format!("{:.1} % of the packets lost", 100.0 * lost / all),
        );
        let cuts = format!(
            "{} cuts in {:.0} s, {lost}",
            at(self.told, "/photos/cuts"),
            self.number("/photos/seconds").unwrap_or_default()
        );
        self.row("100 photographs, 4 Mbit/s, 5 % loss, cuts: bytes", "1.05 ×", reached, cuts);
        let again = self.number("/photos/again_each").map(kilobytes);
        self.row("the same: sent again for each cut", "one slice", again, String::new());
    }

    fn rush(&mut self) {
        let refused = at(self.told, "/rush/refused");
        let postponed = at(self.told, "/rush/postponed");
        let what = "400 desks × 100 cases at once: all durable after";
        let told = format!("{refused} refused, {postponed} asked to come again");
        self.row(what, "none refused", self.seconds("/rush/seconds"), told);
        let clerk = self.seconds("/rush/clerk_p99");
        self.row("the same: a clerk's request, 99 %", "1 s", clerk, String::new());
        let memory = self.number("/rush/memory").map(|bytes| format!("{:.0} MB", bytes / 1e6));
        self.row("the same: most memory of the county", "bounded", memory, String::new());
    }
}

/// What is told about each other program.
fn others(told: &Value, line: &str, tell: &dyn Fn(&Value) -> Option<String>) -> String {
    let peers = at(told, "/peers").as_array().cloned().unwrap_or_default();
    let named = peers.iter().filter_map(|peer| {
        let told = tell(at(peer, &format!("/{line}")))?;
        Some(format!("{} {told}", at(peer, "/name").as_str().unwrap_or_default()))
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The best time of a phase among the others, in seconds.
fn fastest(told: &Value, phase: &str, history: bool) -> Option<f64> {
    let peers = at(told, "/peers").as_array().cloned().unwrap_or_default();
    let fits = |peer: &&Value| !history || at(peer, "/keeps_history") == true;
    let took = |peer: &Value| at(peer, &format!("/quick/{phase}/ms")).as_f64();
    peers.iter().filter(fits).filter_map(took).reduce(f64::min).map(|ms| ms / 1e3)
}

fn time(phase: &'static str) -> impl Fn(&Value) -> Option<String> {
    move |run| Some(format!("{:.2} s", at(run, &format!("/{phase}/ms")).as_f64()? / 1e3))
}

fn sum(value: &Value, pointers: &[&str]) -> Option<f64> {
    pointers.iter().map(|pointer| at(value, pointer).as_f64()).sum()
}

fn kilobytes(bytes: f64) -> String {
    format!("{:.1} KB", bytes / 1e3)
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn each_measure_stands_beside_its_bound_and_the_others() {
        let told = json!({
            "machine": {"cores": 2, "memory_gb": 8, "system": "linux x86_64"},
            "quick": {
                "cases": 1000, "disk": 3_500_000, "disk_before": 1_500_000,
                "upload": {"seconds": 0.9, "processor": 1.25, "plain_up": 1_030_000},
                "idle": {"plain_up": 176, "plain_down": 117}, "idle_told": {"requests": 1},
            },
            "photos": {
                "bytes": 100_000_000, "up": 103_000_000, "cuts": 9, "seconds": 280.4, "packets": 2000, "packets_lost": 100,
                "again_each": 333_333.3,
            },
            "peers": [
                {"name": "Quick", "keeps_history": false, "quick": {"upload": {"ms": 2200, "up": 3_700_000}}},
                {"name": "Broken", "keeps_history": true, "quick": null, "failure": "it ended with 1"},
            ],
        });
        let table = of(&told);
        let line = |what: &str| {
            let line = table.lines().find(|line| line.contains(what)).unwrap();
            line.split('|').map(str::trim).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(line("until all is durable")[2..5], ["1.10 s", "0.90 s", "Quick 2.20 s"]);
        assert_eq!(line("bytes up for all")[2..5], ["1100 KB", "1030.0 KB", "Quick 3700.0 KB"]);
        assert_eq!(line("idle with 1,000")[3], "176 + 117 B in 1");
        assert_eq!(line("disk of a desk")[3], "2.0 KB");
        assert!(table.contains("Broken did not run to its end: it ended with 1"), "{table}");
        assert_eq!(line("100 photographs")[3..5], ["1.030 ×", "9 cuts in 280 s, 5.0 % of the packets lost"]);
        assert_eq!(line("sent again for each cut")[3], "333.3 KB");
        assert!(!table.contains("256 kbit/s"), "{table}");
    }
}
