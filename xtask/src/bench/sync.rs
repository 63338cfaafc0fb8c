//! What goes over the line, and how long it takes, beside other programs that do the same job with the same documents.
//!
//! The other programs are not part of the product: their folder is named by `--peers` or `DAIBAN_PEERS` and copied
//! before it is used. Without it only our own lines are printed.

use super::{at, sync_table};
use crate::places::Places;
use crate::{prove, tell};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A village line: bytes a second, and milliseconds each way.
const SLOW: [&str; 2] = ["32000", "300"];
/// How often the quick runs are done; the table shows the middle one.
const TIMES: usize = 3;
/// How many lines of an error are shown.
const SHOWN: usize = 3;

/// Another program: how its driver names it, what people call it, whether it keeps the history of a document, and what its
/// driver wants beside the name.
struct Peer {
    driver: &'static str,
    name: &'static str,
    keeps_history: bool,
    environment: &'static [(&'static str, &'static str)],
    more: &'static [&'static str],
}

const PEERS: [Peer; 4] = [
    Peer { driver: "pouch", name: "PouchDB", keeps_history: false, environment: &[], more: &[] },
    Peer { driver: "hocus", name: "Hocuspocus", keeps_history: true, environment: &[], more: &[] },
    Peer { driver: "samod", name: "samod", keeps_history: true, environment: &[], more: &[] },
    Peer {
        driver: "amrepo",
        name: "automerge-repo",
        keeps_history: true,
        environment: &[("AM_STR", "scalar")],
        more: &["--quiet", "4000"],
    },
];

/// What is measured.
#[derive(Clone, Copy)]
pub struct Scope {
    /// Only 200 documents on loopback, once, and only beside the two quickest to set up.
    pub quick: bool,
    /// Also print everything as one line of JSON, the last one.
    pub json: bool,
}

/// Builds the measuring program as what is shipped is built, measures, and prints one table.
pub fn run(places: &Places, peers: Option<PathBuf>, scope: Scope) -> Result<()> {
    prove::measuring(places, "bench_sync")?;
    let documents = |count: &str| ours(places, &["documents", count]);
    let told = if scope.quick {
        json!({
            "machine": super::machine(),
            "quick": documents("200")?,
            "peers": peers.map(|folder| beside(places, &folder, scope)).transpose()?,
        })
    } else {
        let mut quick = (0..TIMES).map(|_| documents("1000")).collect::<Result<Vec<_>>>()?;
        quick.sort_by(|a, b| seconds(a, "/upload").total_cmp(&seconds(b, "/upload")));
        json!({
            "machine": super::machine(),
            "quick": quick.get(TIMES / 2),
            "peers": peers.map(|folder| beside(places, &folder, scope)).transpose()?,
            "few": documents("200")?,
            "slow": ours(places, &[&["documents", "1000"], &SLOW[..]].concat())?,
            "photos": ours(places, &["photos", "100", "loss"])?,
            "rush": ours(places, &["rush", "400", "100"])?,
            "many": documents("20000")?,
        })
    };
    println!("\n{}", sync_table::of(&told));
    if scope.json {
        println!("{told}");
    }
    Ok(())
}

fn ours(places: &Places, arguments: &[&str]) -> Result<Value> {
    tell::step(&format!("measuring: {}", arguments.join(" ")), || {
        let mut program = Command::new(places.target.join("release/bench_sync"));
        let output = program.args(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("the measuring program ended with {}", output.status);
        }
        let printed = String::from_utf8(output.stdout)?;
        serde_json::from_str(printed.lines().last().unwrap_or_default()).context("it measured nothing")
    })
}

/// Lets the other programs do the same, from a copy of their folder. One that cannot run here is named as such.
fn beside(places: &Places, folder: &Path, scope: Scope) -> Result<Value> {
    let copy = places.cache.join("bench/peers");
    let log = places.cache.join("log/peers.log");
    copy_sources(folder, &copy)?;
    let run = |program: &str, arguments: &[&str], peer: Option<&Peer>| {
        let environment = peer.map_or(&[][..], |peer| peer.environment).iter().copied();
        tell::run_quietly(Command::new(program).args(arguments).envs(environment).current_dir(&copy), &log)
    };
    if !copy.join("node_modules").exists() {
        let install = ["install", "--no-audit", "--no-fund"];
        tell::step("installing the other programs", || run("npm", &install, None))?;
    }
    let (count, peers) = if scope.quick { ("200", &PEERS[..2]) } else { ("1000", &PEERS[..]) };
    run("node", &["gen.mjs", "--n", count, "--out", "data"], None)?;
    let results = copy.join("results.jsonl");
    if results.exists() {
        fs::remove_file(&results)?;
    }
    let mut told = Vec::new();
    for peer in peers {
        let measured = tell::step(&format!("measuring {}", peer.name), || {
            if peer.driver == "samod" {
                // Its driver looks for the program there, whatever folder this one is built in.
                let place = ["--manifest-path", "samodpeer/Cargo.toml", "--target-dir", "samodpeer/target"];
                let program = [&["build", "--release"][..], &place[..]].concat();
                run("cargo", &program, None)?;
            }
            let times = if scope.quick { "1" } else { "3" };
            let quick = ["run.mjs", "--peer", peer.driver, "--n", count, "--reps", times];
            run("node", &[&quick[..], peer.more].concat(), Some(peer))?;
            if !scope.quick {
                let slow = ["run.mjs", "--peer", peer.driver, "--n", count, "--reps", "1"];
                let line = ["--rate", SLOW[0], "--delay", SLOW[1]];
                run("node", &[&slow[..], &line[..], peer.more].concat(), Some(peer))?;
            }
            Ok(())
        });
        let failure = measured.err().map(|error| first_lines(&format!("{error:#}")));
        let rows = rows(&results)?;
        let of = |rate: u64| middle(&rows, peer.driver, rate, count);
        told.push(json!({
            "name": peer.name, "keeps_history": peer.keeps_history, "quick": of(0), "slow": of(32_000),
            "failure": failure,
        }));
    }
    Ok(Value::from(told))
}

/// Copies the drivers; what they installed and what they wrote before is not theirs to be compared with.
fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    const APART: [&str; 6] =
        ["node_modules", "results.jsonl", "package-lock.json", "data", "target", "scratch"];
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if APART.iter().any(|apart| name == *apart) {
            continue;
        }
        if kind.is_dir() {
            copy_sources(&entry.path(), &to.join(&name))?;
        } else {
            fs::write(to.join(&name), fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn first_lines(text: &str) -> String {
    text.lines().take(SHOWN).collect::<Vec<_>>().join(" ")
}

fn rows(results: &Path) -> Result<Vec<Value>> {
    if !results.exists() {
        return Ok(Vec::new());
    }
    let rows = fs::read_to_string(results)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The middle run of a program on a line of that rate, among those whose documents were all right in the end.
fn middle(rows: &[Value], driver: &str, rate: u64, count: &str) -> Value {
    let all: u64 = count.parse().unwrap_or_default();
    let sound = |row: &&Value| {
        at(row, "/peer") == driver
            && at(row, "/rate") == rate
            && at(row, "/verifyClient/ok") == all
            && at(row, "/verifyServer/ok") == all
    };
    let mut runs: Vec<&Value> = rows.iter().filter(sound).collect();
    let took = |row: &Value| at(row, "/upload/ms").as_f64().unwrap_or(f64::MAX);
    runs.sort_by(|a, b| took(a).total_cmp(&took(b)));
    runs.get(runs.len() / 2).map_or(Value::Null, |row| (*row).clone())
}

fn seconds(told: &Value, what: &str) -> f64 {
    at(told, &format!("{what}/seconds")).as_f64().unwrap_or(f64::MAX)
}
