//! How the desk stands with the county: what waits, what arrived, what is stuck.

use domain::answer::FieldPath;
use domain::id::{CaseId, Digest};
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

/// Asks for everything that was put aside and that somebody has to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuarantineList {}

/// Settles one thing that was put aside: it was looked at, or it goes once more. Only whoever made it may, where that is
/// known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuarantineSettle {
    /// Id of this request.
    pub request: String,
    /// Name of the item, as listed.
    pub item: Digest,
    /// Whether it goes to the county once more, with everything that left together with it.
    pub again: bool,
}

/// What was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineView {
    /// Oldest first; at most 100.
    pub entries: Vec<StuckItem>,
}

/// One thing that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckItem {
    /// Its name: SHA-256 of its bytes.
    pub item: Digest,
    /// The case it belongs to, as far as that could be read.
    pub case: Option<CaseId>,
    /// Name of the service item; empty when the case is not here.
    pub item_name: String,
    /// The applicant, covered; empty when the case is not here.
    pub applicant: String,
    /// Number on the receipt.
    pub number: Option<String>,
    /// `document`, `changes`, `act` or `unknown`.
    pub what: String,
    /// Kind of the act, if it is one.
    pub act: Option<String>,
    /// Why; the sentence is `refusal-CODE`.
    pub code: String,
    /// `never`, `later`, `after_login`, `after_update`: when it goes once more by itself.
    pub retry: String,
    /// Whether it came from the county instead of being refused by it.
    pub from_county: bool,
    /// Who must act; empty: whoever works here.
    pub by: String,
    /// Whether that is the person at the desk.
    pub mine: bool,
    /// Whether sending it once more can help.
    pub may_send_again: bool,
    /// When it was put aside.
    pub at: Millis,
    /// What it says otherwise than the case as it stands here.
    pub differs: Vec<BranchValue>,
}

/// A field in which a branch that was put aside says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchValue {
    /// The field.
    pub field: FieldPath,
    /// Its question.
    pub label: String,
    /// What the case says, covered where the person may not see it.
    pub here: String,
    /// What was put aside, covered likewise.
    pub there: String,
}
