//! How desk and county come to agree: case documents, signed items, and the one exchange that carries both.
//!
//! Nothing in here reads a clock or a disk, and no random source but the library that seals courier files; the network
//! is touched in `client` alone. The county and the desk use the same functions, so that what one of them writes the
//! other can read and check.

pub mod act;
pub mod branch;
pub mod chunk;
#[cfg(feature = "client")]
pub mod client;
pub mod conflict;
pub mod cores;
pub mod courier;
pub mod digest;
pub mod document;
pub mod enrol;
pub mod inspect;
pub mod item;
pub mod key;
pub mod publish;
pub mod receipt;
pub mod refusal;
pub mod retry;
mod seed;
pub mod session;
mod shelf;
pub mod version;
pub mod wire;
