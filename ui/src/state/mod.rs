//! What the window remembers between two clicks: plain values and plain functions, testable without a window.

pub mod correction;
pub mod filling;
pub mod judging;
pub mod session;
pub mod sheet;
pub mod steps;
