//! Screens that every role has.

pub mod case;
pub mod cases;
pub mod courier;
pub mod differing;
pub mod enrol;
pub mod home;
mod lanes;
mod password;
mod pictures;
pub mod rescue;
pub mod settings;
pub mod stuck;
mod summary;
pub mod sync;
pub mod unlock;
