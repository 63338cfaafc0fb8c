//! Lives a plan through: every step, then everything is healed, then the promises are counted.

use super::check;
use super::host::{self, Host};
use super::plan::Plan;
use super::town::{MORNING, Town, runtime};
use super::world::World;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Promises that were broken; none when all is well.
    pub broken: Vec<String>,
    /// What happened, in words that are the same whenever the plan is run.
    pub trace: Vec<String>,
}

/// Runs a plan.
pub fn run(plan: &Plan) -> Outcome {
    // Made before this run takes the clock over.
    Town::get();
    let host = Host::take(MORNING, plan.seed);
    host.remember_writes(plan.cuts_power());
    let runtime = runtime();
    let outcome = runtime.block_on(async {
        let mut world = World::begin(plan);
        for (number, step) in &plan.steps {
            // The numbers of a step do not depend on the steps before it.
            host::reseed(plan.seed ^ (u64::from(*number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            host::pass(1000);
            world.live(*number, step).await;
        }
        host::reseed(!plan.seed);
        let broken = check::settle(&mut world).await;
        world.go_out();
        Outcome { broken, trace: std::mem::take(&mut world.trace) }
    });
    drop(runtime);
    drop(host);
    outcome
}
