//! How the desk stands with the county: what waits, what arrived, what is stuck.

use domain::id::CaseId;
use domain::moment::Millis;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Tries now instead of waiting for the next turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncNow {}

/// Waits until something changed after `after` (or 25 seconds passed) and tells how things stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    /// Revision the window knows; 0 at first.
    pub after: u64,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Pass as `after` next time.
    pub revision: u64,
    /// The sync pill's truth.
    pub sync: SyncView,
    /// Cases touched since `after` by somebody else or by an acknowledgement.
    pub touched: Vec<CaseId>,
    /// Whether the desk was locked or the catalogue changed: ask `desk_state` again.
    pub desk_changed: bool,
}

/// How the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The county does not answer; work goes on.
    Offline,
    /// Reached, nothing to do.
    Idle,
    /// Sending or receiving now.
    Working,
    /// A person must do something; see `problem`.
    Stuck,
}

/// The sync pill and panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncView {
    /// The link.
    pub link: Link,
    /// Items (changes, acts) not acknowledged.
    pub waiting_items: u64,
    /// Cases those belong to.
    pub waiting_cases: u64,
    /// Files not acknowledged.
    pub waiting_files: u64,
    /// Bytes of them still to send.
    pub waiting_bytes: u64,
    /// Items refused, waiting for a person.
    pub quarantined: Vec<Stuck>,
    /// Last complete exchange.
    pub last_sync_at: Option<Millis>,
    /// Next try.
    pub next_try_at: Option<Millis>,
    /// What went wrong last, if the link is not idle.
    pub problem: Option<Problem>,
}

/// Something that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// The case.
    pub case: CaseId,
    /// Refusal code; the sentence is `refusal-CODE`.
    pub code: String,
    /// When it was refused.
    pub at: Millis,
}
