//! What the village agent does at the kitchen table: find an item, fill the form, take papers, let sign, hand in.

pub mod around;
pub mod check;
pub mod filling;
pub mod form_page;
pub mod guide;
pub mod home;
pub mod items;
pub mod keeping;
pub mod materials;
pub mod points;
pub mod receipt;
pub mod renewal;
pub mod village;
pub mod villager;
