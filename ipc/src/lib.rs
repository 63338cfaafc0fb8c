//! What the window may ask the desk: one registry of commands, their questions and replies, and how a problem is told.
//!
//! Both ends are Rust, so these types are the contract. [`registry`] is the one list; dispatch on the desk, the
//! shell's permissions and the window's calls all follow from it.

pub mod account;
pub mod case;
pub mod catalogue;
pub mod courier;
pub mod home;
pub mod item;
pub mod material;
pub mod problem;
pub mod registry;
pub mod renewal;
pub mod summary;
pub mod sync;
pub mod text;

pub use problem::Problem;
pub use registry::{COMMANDS, Call, Command, DOWNLOADS, Download, Upload};
