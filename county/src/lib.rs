//! The county platform: takes in what desks send, orders it, tells every desk what concerns it, and publishes the catalogue.
//!
//! It never knows about windows, the desk's storage, or anything only one laptop cares about. [`start`] runs it inside
//! any process; `daiban-county` is the same with a command line around it.

pub mod accept;
pub mod authority;
pub mod catalogue;
pub mod clock;
pub mod command;
pub mod compare;
pub mod county;
pub mod courier;
pub mod database;
pub mod enrol;
pub mod error;
pub mod files;
pub mod findings;
pub mod folder;
pub mod forms;
pub mod grant;
pub mod news;
pub mod publish;
pub mod pull;
pub mod random;
pub mod restore;
pub mod scope;
pub mod seal;
pub mod server;
pub mod staff;
mod text;

pub use county::{County, Setup};
pub use error::Error;
pub use folder::Folder;
pub use server::{Config, Running, router, start};
