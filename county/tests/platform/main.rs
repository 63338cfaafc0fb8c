//! The county platform as desks and its operator meet it: real TLS, real database, real files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod acceptance;
mod ahead;
mod command;
mod compare;
mod enrolment;
mod files;
mod operator;
mod order;
mod outsider;
mod pace;
mod publishing;
mod restore;
mod restored_steps;
mod town;
