//! What a person at this desk would notice, with a county that is never reached.

mod browser;
mod desk;
mod importing;
mod papers;
mod refused;
mod renewing;
mod rescued;
mod story;
mod typing;
