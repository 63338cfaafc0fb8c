//! Screens that every role has.

pub mod case;
pub mod cases;
pub mod differing;
pub mod enrol;
pub mod home;
pub mod settings;
pub mod sync;
pub mod unlock;
