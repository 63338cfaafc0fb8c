//! The screens, by who uses them.

pub mod agent;
pub mod clerk;
pub mod county;
pub mod shared;
