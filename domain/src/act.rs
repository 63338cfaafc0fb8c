//! The official steps done to a case, what each must carry, and the envelope the county numbers.

use serde::{Deserialize, Serialize};

use crate::answer::FieldPath;
use crate::id::{ActId, CaseId, PersonId};
use crate::region::RegionCode;

/// What kind of step an act is. Unknown kinds from newer programs are kept and displayed (ruling 7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ActKind {
    /// The village hands the case in. Also after `return`.
    Submit,
    /// The village hands corrections in.
    SubmitCorrection,
    /// The applicant takes the case back.
    Withdraw,
    /// The township accepts.
    Accept,
    /// The township accepts although secondary materials are missing, against a promise.
    AcceptWithGaps,
    /// The township refuses to accept, with reason and remedy.
    NotAccept,
    /// One notice of everything to be corrected.
    RequestCorrection,
    /// Sent back to the village for another round, by township or county.
    Return,
    /// Handed up to the county.
    Forward,
    /// A household visit or another verification was begun.
    Investigate,
    /// The public notice was put up.
    PublicNotice,
    /// The clock was stopped for a special procedure.
    Suspend,
    /// The clock runs again.
    Resume,
    /// The department grants it.
    Approve,
    /// The department refuses it.
    Reject,
    /// The result was handed over.
    Deliver,
    /// Everything is done.
    Close,
    /// The correction period is over.
    Lapse,
    /// Invalid record; number and reason stay.
    Void,
    /// The retention package was built.
    Archive,
    /// Another case is the one that goes on.
    MarkDuplicate,
    /// A person decided between values that differed.
    Reconcile,
    /// The applicant rated the service (codes 1–5, GB/T 39046 table A.8).
    Rate,
    /// Moved to another village point or clerk.
    Reassign,
    /// Somebody looked at a covered value, for a reason. For the county's book; no step of the case.
    Reveal,
    /// A kind this program does not know.
    Other(String),
}

/// One field or slot to be corrected, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionPoint {
    /// The field, if it is about an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldPath>,
    /// The material slot, if it is about a paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// What is wrong and how to put it right, in plain words.
    pub reason: String,
}

/// What an act carries beside its kind. One shape for all kinds; the lifecycle table says which parts a kind must have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Payload {
    /// Reason or opinion in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What has to be corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<CorrectionPoint>,
    /// Slots whose materials are missing and promised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
    /// Digest of the form the applicant signed (ruling 2), for submit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_form: Option<crate::id::Digest>,
    /// Field that was decided, for reconcile; that was looked at, for reveal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldPath>,
    /// The other case (mark duplicate) or the new unit (reassign).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_case: Option<CaseId>,
    /// New unit, for reassign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<RegionCode>,
    /// Satisfaction code, for rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<u8>,
    /// Provisional number printed on the receipt, for the first submit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisional_no: Option<String>,
}

/// An act as the lifecycle looks at it: who did what, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Its id.
    pub id: ActId,
    /// The case it is done to.
    pub case: CaseId,
    /// What it is.
    pub kind: ActKind,
    /// Who did it.
    pub by: PersonId,
    /// The unit that person acted for.
    pub unit: RegionCode,
    /// The role that person used.
    pub role: crate::role::Role,
    /// What it carries.
    #[serde(default)]
    pub payload: Payload,
}

impl ActKind {
    /// Whether it is a step of the case that everybody who sees the case is told. A look is not: it is signed, numbered and
    /// written into the county's book, and goes to no other desk.
    pub fn is_step(&self) -> bool {
        *self != ActKind::Reveal
    }

    /// The snake_case name used in files, on the wire and on the command line.
    pub fn name(&self) -> &str {
        match self {
            ActKind::Submit => "submit",
            ActKind::SubmitCorrection => "submit_correction",
            ActKind::Withdraw => "withdraw",
            ActKind::Accept => "accept",
            ActKind::AcceptWithGaps => "accept_with_gaps",
            ActKind::NotAccept => "not_accept",
            ActKind::RequestCorrection => "request_correction",
            ActKind::Return => "return",
            ActKind::Forward => "forward",
            ActKind::Investigate => "investigate",
            ActKind::PublicNotice => "public_notice",
            ActKind::Suspend => "suspend",
            ActKind::Resume => "resume",
            ActKind::Approve => "approve",
            ActKind::Reject => "reject",
            ActKind::Deliver => "deliver",
            ActKind::Close => "close",
            ActKind::Lapse => "lapse",
            ActKind::Void => "void",
            ActKind::Archive => "archive",
            ActKind::MarkDuplicate => "mark_duplicate",
            ActKind::Reconcile => "reconcile",
            ActKind::Rate => "rate",
            ActKind::Reassign => "reassign",
            ActKind::Reveal => "reveal",
            ActKind::Other(name) => name,
        }
    }

    /// Every kind this program knows, in lifecycle order.
    pub fn known() -> [ActKind; 25] {
        use ActKind::*;
        [
            Submit,
            SubmitCorrection,
            Withdraw,
            Accept,
            AcceptWithGaps,
            NotAccept,
            RequestCorrection,
            Return,
            Forward,
            Investigate,
            PublicNotice,
            Suspend,
            Resume,
            Approve,
            Reject,
            Deliver,
            Close,
            Lapse,
            Void,
            Archive,
            MarkDuplicate,
            Reconcile,
            Rate,
            Reassign,
            Reveal,
        ]
    }
}

impl From<String> for ActKind {
    fn from(name: String) -> Self {
        ActKind::known().into_iter().find(|kind| kind.name() == name).unwrap_or(ActKind::Other(name))
    }
}

impl From<ActKind> for String {
    fn from(kind: ActKind) -> String {
        kind.name().to_owned()
    }
}
