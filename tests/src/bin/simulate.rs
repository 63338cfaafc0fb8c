//! Runs simulations by number: `simulate --seeds FROM..TO [--large]`, `simulate --plan FILE`. A plan that fails is
//! shortened and kept under `tests/simulation/plans`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool: what cannot be had ends it, and it speaks by printing"
)]

use std::time::Instant;

use scenarios::simulation::minimise::minimise;
use scenarios::simulation::plan::{Plan, Planted};
use scenarios::simulation::run::run;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    let flag = |name: &str| args.iter().any(|arg| arg == name);
    let planted = value("--planted").map(|name| serde_json::from_value::<Planted>(name.into()).unwrap());
    if let Some(file) = value("--plan") {
        let plan: Plan = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let outcome = run(&plan);
        outcome.trace.iter().for_each(|line| println!("{line}"));
        outcome.broken.iter().for_each(|line| println!("BROKEN {line}"));
        std::process::exit(i32::from(!outcome.broken.is_empty()));
    }
    let seeds = value("--seeds").unwrap_or_else(|| "0..100".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    let (begun, mut failed) = (Instant::now(), 0);
    for seed in from..to {
        let mut plan = Plan::draw(seed, flag("--large"));
        plan.planted = planted;
        let outcome = run(&plan);
        if flag("--trace") {
            outcome.trace.iter().for_each(|line| println!("{line}"));
        }
        if let Some(first) = outcome.broken.first() {
            failed += 1;
            println!("seed {seed}: {} broken: {first}", outcome.broken.len());
            if flag("--minimise") {
                let short = minimise(&plan, first);
                println!("{}", serde_json::to_string(&short).unwrap());
                run(&short).trace.iter().for_each(|line| println!("{line}"));
            }
        }
    }
    let took = begun.elapsed();
    println!(
        "{} runs, {failed} failed, {:.1} ms each",
        to - from,
        took.as_secs_f64() * 1000.0 / (to - from) as f64
    );
    std::process::exit(i32::from(failed > 0));
}
