//! Ended cases of which only a summary lies at a desk, and fetching one whole.

use domain::id::CaseId;
use serde::{Deserialize, Serialize};

/// Fetches a case whole of which only a summary lies here. It comes with the next exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseFetch {
    /// The case.
    pub case: CaseId,
}

/// What is left of an ended case after the time the county set: the rest lies at the county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Masked name of the applicant.
    pub applicant: String,
    /// Whether the whole is on its way.
    pub whole: Whole,
}

/// Whether the whole of a case comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whole {
    /// It lies at the county.
    AtCounty,
    /// It was asked for and comes with the next exchange.
    OnItsWay,
    /// It was asked for, and the county does not have it.
    Lacking,
}
