//! What a person at this desk would notice, with a county that is never reached.

mod browser;
mod desk;
mod papers;
mod refused;
mod story;
