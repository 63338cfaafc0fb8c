//! Courier files at the county: taken in as if their desk had been online, and answered the same way.
//!
//! Nothing here decides about a case: chunks go through [`crate::accept`], files through [`crate::files`], and answers come
//! from [`crate::pull`], as they do on the line.

mod export;
mod import;

pub use export::{Made, export};
pub use import::{Arrived, import};

/// Why a box inside a courier file, or a part of it, was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it is: the SHA-256 of the item, file or box.
    pub what: String,
    /// Stable code.
    pub code: String,
}
