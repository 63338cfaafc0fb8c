//! Many desks of all roles and one county in one process, with a clock, a network and disks that exist only there.
//!
//! Everything that decides is the product itself: the desks' use cases on their encrypted databases, the session and the
//! client, the county's routes on its database. Only what carries bytes, tells the time, draws random numbers and
//! takes writes is ours ([`road`], [`host`]). A [`plan::Plan`] follows from a number; [`run::run`] lives it through,
//! heals everything, waits until nothing moves, and then [`check`] says whether every promise was kept.
//! `docs/simulation.md` tells how to use it.

pub mod check;
mod damage;
mod ended;
pub mod host;
pub mod lane;
pub mod ledger;
pub mod minimise;
pub mod plan;
pub mod planted;
pub mod road;
pub mod run;
pub mod saved;
pub mod seat;
mod step;
mod stick;
pub mod town;
mod work;
pub mod world;
