//! One table says which act may be done by whom, from which status, and what it must carry.
//!
//! Window, desk and county all ask this table; it is published in `docs/protocol.md` (ruling 7).

use serde::{Deserialize, Serialize};

use crate::act::{Act, ActKind, CorrectionPoint};
use crate::role::{Official, Role};

mod page;
mod table;

pub use page::markdown;
pub use table::{Line, Need, To, table};

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

impl Status {
    /// Every status, in the order of a case's life.
    pub const ALL: [Status; 23] = {
        use Status::*;
        [
            Draft,
            Collected,
            Submitted,
            PreReviewReturned,
            CorrectionRequested,
            CorrectionSubmitted,
            AcceptedWithGaps,
            Accepted,
            NotAccepted,
            UnderInvestigation,
            PublicNotice,
            Suspended,
            Forwarded,
            UnderDecision,
            Approved,
            Rejected,
            AwaitingDelivery,
            Delivered,
            Closed,
            Withdrawn,
            Lapsed,
            Voided,
            Archived,
        ]
    };

    /// Those in which nothing is left to do but to put the case away.
    pub const ENDED: [Status; 5] =
        [Status::Closed, Status::Withdrawn, Status::Lapsed, Status::Voided, Status::Archived];

    /// The snake_case name used in files, on the wire and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Collected => "collected",
            Status::Submitted => "submitted",
            Status::PreReviewReturned => "pre_review_returned",
            Status::CorrectionRequested => "correction_requested",
            Status::CorrectionSubmitted => "correction_submitted",
            Status::AcceptedWithGaps => "accepted_with_gaps",
            Status::Accepted => "accepted",
            Status::NotAccepted => "not_accepted",
            Status::UnderInvestigation => "under_investigation",
            Status::PublicNotice => "public_notice",
            Status::Suspended => "suspended",
            Status::Forwarded => "forwarded",
            Status::UnderDecision => "under_decision",
            Status::Approved => "approved",
            Status::Rejected => "rejected",
            Status::AwaitingDelivery => "awaiting_delivery",
            Status::Delivered => "delivered",
            Status::Closed => "closed",
            Status::Withdrawn => "withdrawn",
            Status::Lapsed => "lapsed",
            Status::Voided => "voided",
            Status::Archived => "archived",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether somebody still has something to do before the file can be put away.
    pub fn is_open(self) -> bool {
        use Status::*;
        !matches!(self, NotAccepted | Closed | Withdrawn | Lapsed | Voided | Archived)
    }

    /// Key of the status word in the Fluent files, for example `status-pre-review-returned`.
    pub fn label_key(self) -> String {
        format!("status-{}", self.name().replace('_', "-"))
    }
}

/// Why a step cannot be done. The code is stable; the sentence comes from Fluent by code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}", code.name())]
pub struct Refusal {
    /// The reason.
    pub code: RefusalCode,
    /// The status the case was in.
    pub status: Status,
}

/// Reasons why a step cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Done by somebody else than the person who hands it in.
    NotYou,
    /// This person does not hold the role, or the role may not do this.
    NotYourRole,
    /// Not possible from where the case stands.
    WrongStatus,
    /// A kind of step this program does not know; it is kept and displayed, and changes nothing.
    UnknownKind,
    /// A reason in words is needed.
    ReasonMissing,
    /// Points to correct are needed, each with a field or slot and words.
    PointsMissing,
    /// The promised materials must be named.
    GapsMissing,
    /// The field that was decided must be named.
    FieldMissing,
    /// The other case must be named, and be another one.
    OtherCaseMissing,
    /// The unit that takes over must be named.
    UnitMissing,
    /// A satisfaction code from 1 to 5 is needed.
    SatisfactionMissing,
}

impl RefusalCode {
    /// The snake_case code.
    pub fn name(self) -> &'static str {
        match self {
            RefusalCode::NotYou => "not_you",
            RefusalCode::NotYourRole => "not_your_role",
            RefusalCode::WrongStatus => "wrong_status",
            RefusalCode::UnknownKind => "unknown_kind",
            RefusalCode::ReasonMissing => "reason_missing",
            RefusalCode::PointsMissing => "points_missing",
            RefusalCode::GapsMissing => "gaps_missing",
            RefusalCode::FieldMissing => "field_missing",
            RefusalCode::OtherCaseMissing => "other_case_missing",
            RefusalCode::UnitMissing => "unit_missing",
            RefusalCode::SatisfactionMissing => "satisfaction_missing",
        }
    }
}

/// The status that results from `acts`, given in county order. Unknown and impossible acts are passed over.
pub fn fold(acts: &[Act]) -> Status {
    let mut status = Status::Draft;
    let mut before = None;
    for act in acts {
        let Some(line) = line(status, &act.kind, act.role) else { continue };
        if missing(line, act).is_some() {
            continue;
        }
        let next = arrive(status, line.to, before);
        if next == Status::Suspended && status != Status::Suspended {
            before = Some(status);
        }
        status = next;
    }
    status
}

/// The status a desk shows when `waiting` acts of its own have no county number yet.
///
/// A case handed in without a network is [`Status::Collected`] until the county numbered its submit act
/// (nothing says "sent" before the county acknowledged it).
pub fn fold_here(numbered: &[Act], waiting: &[Act]) -> Status {
    if waiting.is_empty() {
        return fold(numbered);
    }
    let all: Vec<Act> = numbered.iter().chain(waiting).cloned().collect();
    match fold(&all) {
        Status::Submitted if fold(numbered) != Status::Submitted => Status::Collected,
        status => status,
    }
}

/// The status after `kind`, whoever does it; unchanged when the table has no such step.
///
/// Without the history, `resume` leads to [`Status::Accepted`]; [`fold`] knows where the case really stood.
pub fn after(status: Status, kind: &ActKind) -> Status {
    table()
        .iter()
        .find(|line| line.kind == *kind && line.from.contains(&status))
        .map_or(status, |line| arrive(status, line.to, None))
}

/// The steps this person may take now: the buttons of a case. Looking at a covered value is none of them.
pub fn allowed(status: Status, official: &Official) -> Vec<ActKind> {
    let mut kinds = Vec::new();
    for line in table().iter().filter(|line| line.kind.is_step()) {
        let may = line.from.contains(&status) && line.roles.iter().any(|role| official.is(*role));
        if may && !kinds.contains(&line.kind) {
            kinds.push(line.kind.clone());
        }
    }
    kinds
}

/// The role in which this person would take that step now, if they may take it at all.
pub fn role_for(status: Status, kind: &ActKind, official: &Official) -> Option<Role> {
    table()
        .iter()
        .filter(|line| line.kind == *kind && line.from.contains(&status))
        .flat_map(|line| line.roles)
        .copied()
        .find(|role| official.is(*role))
}

/// Whether `act`, done by `official` to a case in `status`, is in order; and where the case then stands.
///
/// Scope (whose village it is) and signatures are other people's questions. About `resume` see [`after`].
pub fn check(status: Status, act: &Act, official: &Official) -> Result<Status, Refusal> {
    let refuse = |code| Err(Refusal { code, status });
    if act.by != official.person {
        return refuse(RefusalCode::NotYou);
    }
    if matches!(act.kind, ActKind::Other(_)) {
        return refuse(RefusalCode::UnknownKind);
    }
    let role_known = table().iter().any(|line| line.kind == act.kind && line.roles.contains(&act.role));
    if !official.is(act.role) || !role_known {
        return refuse(RefusalCode::NotYourRole);
    }
    let Some(line) = line(status, &act.kind, act.role) else {
        return refuse(RefusalCode::WrongStatus);
    };
    match missing(line, act) {
        Some(code) => refuse(code),
        None => Ok(arrive(status, line.to, None)),
    }
}

/// Whether this person may change answers and notes now. `in_scope`: the case belongs to their villages.
pub fn may_write(status: Status, official: &Official, in_scope: bool) -> bool {
    use Status::*;
    let by_role = |role: &Role| match role {
        Role::VillageAgent => matches!(status, Draft | CorrectionRequested | PreReviewReturned),
        Role::TownshipClerk => matches!(
            status,
            Submitted
                | CorrectionSubmitted
                | Accepted
                | AcceptedWithGaps
                | UnderInvestigation
                | PublicNotice
                | Suspended
        ),
        Role::Department => matches!(status, Forwarded | UnderDecision),
        Role::CountyAdmin => false,
    };
    in_scope && official.roles.iter().any(by_role)
}

fn line(status: Status, kind: &ActKind, role: Role) -> Option<&'static Line> {
    table()
        .iter()
        .find(|line| line.kind == *kind && line.roles.contains(&role) && line.from.contains(&status))
}

fn arrive(status: Status, to: To, before: Option<Status>) -> Status {
    match to {
        To::Is(next) => next,
        To::Stays => status,
        To::Before => before.unwrap_or(Status::Accepted),
    }
}

fn missing(line: &Line, act: &Act) -> Option<RefusalCode> {
    let words = |text: &str| !text.trim().is_empty();
    let payload = &act.payload;
    line.needs.iter().find_map(|need| {
        let (there, code) = match need {
            Need::Reason => (payload.reason.as_deref().is_some_and(words), RefusalCode::ReasonMissing),
            Need::Points => {
                let whole = |point: &CorrectionPoint| {
                    (point.field.is_some() || point.slot.is_some()) && words(&point.reason)
                };
                (!payload.points.is_empty() && payload.points.iter().all(whole), RefusalCode::PointsMissing)
            }
            Need::Gaps => (
                !payload.gaps.is_empty() && payload.gaps.iter().all(|slot| words(slot)),
                RefusalCode::GapsMissing,
            ),
            Need::Field => (payload.field.is_some(), RefusalCode::FieldMissing),
            Need::OtherCase => {
                (payload.other_case.is_some_and(|other| other != act.case), RefusalCode::OtherCaseMissing)
            }
            Need::Unit => (payload.unit.is_some(), RefusalCode::UnitMissing),
            Need::Satisfaction => (
                payload.satisfaction.is_some_and(|code| (1..=5).contains(&code)),
                RefusalCode::SatisfactionMissing,
            ),
        };
        (!there).then_some(code)
    })
}

#[cfg(test)]
mod tests;
