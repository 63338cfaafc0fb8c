//! The rules of the work: what a case is, what may be done to it, by whom, and what a form demands.
//!
//! Everything here gives the same answer in the window, on the desk and at the county: no I/O, no clock,
//! no randomness, no async. Whoever calls passes the date and the ids in.
//!
//! The nouns are those of the public-service glossary: a *case* (办件) is one application of one person for one
//! *service item* (事项); it holds *answers* (form fields) and *materials* (named slots with files); *acts* are the
//! official steps done to it, and the *status* is folded from them.

pub mod act;
pub mod answer;
pub mod catalogue;
pub mod eligibility;
pub mod form;
pub mod id;
pub mod lifecycle;
pub mod mask;
pub mod material;
pub mod moment;
pub mod number;
pub mod person;
pub mod region;
pub mod role;
#[cfg(test)]
mod sample;
pub mod scope;
pub mod search;
mod width;
pub mod workday;
