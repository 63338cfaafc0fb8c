//! What the county does beside deciding cases: publishing the catalogue.

pub mod catalogue;
