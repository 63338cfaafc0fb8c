//! How quick a desk is with two hundred and with twenty thousand cases, how much memory it takes, how big what we
//! ship is. Speed is shown, never asserted: machines differ.

pub mod sync;
mod sync_table;
mod table;

use crate::places::Places;
use crate::{prove, tell};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How many cases lie on the desks that are measured.
const SIZES: [u64; 2] = [200, 20_000];

/// How often each thing is done.
const TIMES: u64 = 60;

/// A prepared desk older than this is made anew: its permission to work would end.
const KEEP: Duration = Duration::from_secs(14 * 24 * 3600);

/// What decides what a prepared desk looks like; when one of them changes, desks are prepared anew.
const SHAPES: [&str; 4] =
    ["migrations/desk", "catalogue/examples", "sync/src/document.rs", "tests/src/bin/bench.rs"];

/// Programs whose size is told.
const PROGRAMS: [&str; 3] = ["daiban", "daiban-desk", "daiban-county"];

/// Builds everything as it is shipped, measures, and prints one table; with `as_json` the last line is the same as
/// JSON.
pub fn run(places: &Places, as_json: bool) -> Result<()> {
    prove::ship(places)?;
    let mut desks = Vec::new();
    for cases in SIZES {
        let (stage, prepared) = prepared(places, cases)?;
        let measured = tell::step(&format!("working at a desk with {cases} cases"), || {
            let copy = places.cache.join("bench/at-work");
            copy_whole(&stage.join("desk"), &copy)?;
            let measured = bench(places, "measure", &copy, TIMES);
            fs::remove_dir_all(&copy)?;
            measured
        })?;
        desks.push(json!({"prepared": prepared, "measured": measured}));
    }
    let told = json!({"machine": machine(), "desks": desks, "sizes": sizes(places)?});
    println!("\n{}", table::of(&told));
    if as_json {
        println!("{told}");
    }
    Ok(())
}

/// What stands at a JSON pointer; nothing when nothing does.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A desk with that many cases, all at the county: the kept one, or a new one.
fn prepared(places: &Places, cases: u64) -> Result<(PathBuf, Value)> {
    let stage = places.cache.join("bench").join(format!("{}-{cases}", shape(places)?));
    let facts = stage.join("prepared.json");
    let age = fs::metadata(&facts).and_then(|file| file.modified()).map(|made| made.elapsed());
    if age.is_ok_and(|age| age.is_ok_and(|age| age < KEEP)) {
        return Ok((stage, serde_json::from_slice(&fs::read(&facts)?)?));
    }
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    fs::create_dir_all(&stage)?;
    let told = tell::step(&format!("filling a desk with {cases} cases (once; it is kept)"), || {
        bench(places, "prepare", &stage.join("desk"), cases)
    })?;
    // Written last: a desk that was not finished is not used.
    fs::write(&facts, told.to_string())?;
    Ok((stage, told))
}

/// A short name for everything that decides what a prepared desk looks like.
fn shape(places: &Places) -> Result<String> {
    let mut hash = Sha256::new();
    for part in SHAPES {
        let mut files = Vec::new();
        let path = places.clone.join(part);
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                files.push(entry?.path());
            }
            files.sort();
        } else {
            files.push(path);
        }
        for file in files {
            hash.update(fs::read(&file).with_context(|| file.display().to_string())?);
        }
    }
    Ok(hex::encode(hash.finalize()).chars().take(12).collect())
}

/// Runs the measuring program, which ends with a line of JSON.
fn bench(places: &Places, verb: &str, folder: &Path, number: u64) -> Result<Value> {
    let output = Command::new(places.target.join("release/bench"))
        .arg(verb)
        .arg(folder)
        .arg(number.to_string())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start the measuring program")?;
    if !output.status.success() {
        bail!("the measuring program ended with {}", output.status);
    }
    let printed = String::from_utf8(output.stdout)?;
    serde_json::from_str(printed.lines().last().unwrap_or_default()).context("it measured nothing")
}

fn copy_whole(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_whole(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Sizes in bytes of what is shipped.
fn sizes(places: &Places) -> Result<Value> {
    let window = places.shipped_ui();
    let wasm = window.join("ui_bg.wasm");
    let mut sizes = vec![
        json!({"what": "the window's program (wasm)", "bytes": fs::metadata(&wasm)?.len()}),
        json!({"what": "the same, gzip -9", "bytes": gzipped(&wasm)?}),
        json!({"what": "the whole window", "bytes": weight(&window)?}),
    ];
    for name in PROGRAMS {
        let bytes = fs::metadata(places.shipped(name)).context(name)?.len();
        sizes.push(json!({"what": name, "bytes": bytes}));
    }
    Ok(Value::from(sizes))
}

fn gzipped(file: &Path) -> Result<usize> {
    let packed = Command::new("gzip").args(["-9", "--stdout"]).arg(file).output().context("gzip")?;
    if !packed.status.success() {
        bail!("gzip ended with {}", packed.status);
    }
    Ok(packed.stdout.len())
}

fn weight(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { weight(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

/// What the numbers depend on, in general terms.
fn machine() -> Value {
    let cores = std::thread::available_parallelism().map(usize::from).unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes =
        memory.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    json!({
        "cores": cores,
        "memory_gb": kilobytes.unwrap_or_default() / 1024 / 1024,
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    })
}
