//! Runs simulations by number: `simulate --seeds FROM..TO [--large] [--jobs N]`. A plan that fails is told, shortened
//! and kept under `tests/simulation/plans`; `simulate --plan FILE` lives one through and tells everything that happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool: what cannot be had ends it, and it speaks by printing"
)]

use std::process::{Child, Command, ExitCode};
use std::time::Instant;

use clap::Parser;
use scenarios::simulation::host::stay_on_one_core;
use scenarios::simulation::minimise::minimise;
use scenarios::simulation::plan::{Plan, Planted};
use scenarios::simulation::run::run;
use scenarios::simulation::saved;

/// Runs after which progress is told.
const TELL: u64 = 1000;

#[derive(Parser)]
struct Args {
    /// The numbers to run, FROM..TO.
    #[arg(long, default_value = "0..1000")]
    seeds: String,
    /// Every desk there is and hundreds of steps.
    #[arg(long)]
    large: bool,
    /// With courier files.
    #[arg(long)]
    sticks: bool,
    /// With power cuts, bad disks, lost logs, cases that come and go, and items of a newer program.
    #[arg(long)]
    damage: bool,
    /// With cases that end, shrink to a summary and are fetched again.
    #[arg(long)]
    endings: bool,
    /// Processes at once.
    #[arg(long, default_value_t = 1)]
    jobs: u64,
    /// Plants a bug into every plan: drops_outbox_early, reuses_cursor, acks_before_commit, forgets_epoch,
    /// skips_repair or takes_ahead_as_answered.
    #[arg(long)]
    planted: Option<String>,
    /// Failing plans are told, and neither shortened nor kept.
    #[arg(long)]
    raw: bool,
    /// Everything that happens is told, whether it fails or not.
    #[arg(long)]
    trace: bool,
    /// The core to stay on (a process among several).
    #[arg(long, hide = true)]
    core: Option<usize>,
    /// One plan from a file, with everything that happens.
    #[arg(long)]
    plan: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(file) = &args.plan {
        return told(&saved::read(file));
    }
    if let Some(core) = args.core {
        stay_on_one_core(core);
    }
    let (from, to) = args.seeds.split_once("..").expect("FROM..TO");
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    let failed = if args.jobs > 1 { together(&args, from, to) } else { alone(&args, from, to) };
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn told(plan: &Plan) -> ExitCode {
    let outcome = run(plan);
    outcome.trace.iter().for_each(|line| println!("{line}"));
    outcome.broken.iter().for_each(|line| println!("broken: {line}"));
    if outcome.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One simulation holds a process: several need several.
fn together(args: &Args, from: u64, to: u64) -> bool {
    let myself = std::env::current_exe().unwrap();
    let begun = Instant::now();
    let lives = to.saturating_sub(from);
    let begin = |job: u64| {
        let (first, end) = (from + lives * job / args.jobs, from + lives * (job + 1) / args.jobs);
        let mut child = Command::new(&myself);
        child.arg("--seeds").arg(format!("{first}..{end}")).arg("--core").arg(job.to_string());
        if args.large {
            child.arg("--large");
        }
        for (name, set) in [("--sticks", args.sticks), ("--damage", args.damage), ("--endings", args.endings)]
        {
            if set {
                child.arg(name);
            }
        }
        if args.raw {
            child.arg("--raw");
        }
        if let Some(planted) = &args.planted {
            child.arg("--planted").arg(planted);
        }
        child.spawn().unwrap()
    };
    let children: Vec<Child> = (0..args.jobs).map(begin).collect();
    let ended = children.into_iter().map(|mut child| !child.wait().unwrap().success());
    let failed = ended.fold(false, |failed, this| failed | this);
    let how = if failed { "some of them failed" } else { "none failed" };
    println!("{lives} simulated lives in {:.0} s, {how}", begun.elapsed().as_secs_f64());
    failed
}

fn alone(args: &Args, from: u64, to: u64) -> bool {
    let planted: Option<Planted> = args
        .planted
        .as_ref()
        .map(|name| serde_json::from_value(name.as_str().into()).expect("a planted bug"));
    let (begun, mut runs, mut failed) = (Instant::now(), 0, 0);
    for seed in from..to {
        let plan = match planted {
            Some(planted) => Plan::with(planted, seed),
            None if args.sticks => Plan::with_sticks(seed),
            None if args.damage => Plan::with_damage(seed),
            None if args.endings => Plan::with_endings(seed),
            None => Plan::draw(seed, args.large),
        };
        let outcome = run(&plan);
        runs += 1;
        if args.trace {
            outcome.trace.iter().for_each(|line| println!("{line}"));
        }
        if let Some(first) = outcome.broken.first() {
            failed += 1;
            outcome.broken.iter().for_each(|broken| println!("seed {seed}: {broken}"));
            if !args.raw {
                let short = minimise(&plan, first);
                println!("  {} steps, kept as {}", short.steps.len(), saved::keep(&short).display());
            }
        }
        if runs % TELL == 0 {
            eprintln!("{runs} runs, {failed} failed, {:.1} s", begun.elapsed().as_secs_f64());
        }
    }
    let each = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(u32::try_from(runs.max(1)).unwrap());
    println!("{runs} runs, {failed} failed, {each:.1} ms each");
    failed > 0
}
