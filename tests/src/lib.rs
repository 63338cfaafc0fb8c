//! Named people at real desks against a real county over real TLS, all in one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this crate is only ever part of a test; what cannot be had fails it"
)]

pub mod answers;
pub mod county;
pub mod courier;
pub mod desk;
pub mod line;
pub mod messenger;
#[cfg(target_os = "linux")]
pub mod packets;
pub mod picture;
pub mod program;
pub mod simulation;
pub mod until;
pub mod workbook;
