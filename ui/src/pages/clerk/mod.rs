//! What township and department do with a case: look, accept, ask for corrections, forward, decide.

pub mod acts;
pub mod home;
pub mod others;
