//! One table says which act may be done by whom, from which status, and what it must carry.
//!
//! Window, desk and county all ask this table; it is published in `docs/protocol.md` (ruling 7).

use serde::{Deserialize, Serialize};

use crate::act::{Act, ActKind};
use crate::role::{Official, Role};

/// Where a case stands (domain facts 2.4). Never stored as truth: folded from acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Begun, not handed in.
    Draft,
    /// Handed in at the village; the county has not numbered it yet.
    Collected,
    /// The county has it; waiting to be accepted.
    Submitted,
    /// Sent back for another round.
    PreReviewReturned,
    /// One notice of everything to correct is out.
    CorrectionRequested,
    /// Corrections are in.
    CorrectionSubmitted,
    /// Accepted with promised gaps.
    AcceptedWithGaps,
    /// Accepted.
    Accepted,
    /// Not accepted, with reason.
    NotAccepted,
    /// A household visit or check is under way.
    UnderInvestigation,
    /// Public notice is up.
    PublicNotice,
    /// The clock stands still.
    Suspended,
    /// With the county.
    Forwarded,
    /// The department is at work.
    UnderDecision,
    /// Granted.
    Approved,
    /// Refused.
    Rejected,
    /// Result ready to hand over.
    AwaitingDelivery,
    /// Result handed over.
    Delivered,
    /// Done.
    Closed,
    /// Taken back by the applicant.
    Withdrawn,
    /// Ended because corrections did not come.
    Lapsed,
    /// Invalid record.
    Voided,
    /// In the archive.
    Archived,
}
