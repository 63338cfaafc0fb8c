//! The table itself: one line for each thing an office may do to a case, as published in `docs/protocol.md`.

use super::Status::{self, *};
use crate::act::ActKind;
use crate::role::Role::{self, *};

/// One line: these roles may do this step from these statuses, if it carries these parts; the case then stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The step.
    pub kind: ActKind,
    /// Who may do it; the act must name one of these as the role it was done in.
    pub roles: &'static [Role],
    /// From where.
    pub from: &'static [Status],
    /// Where the case stands afterwards.
    pub to: To,
    /// What the act must carry.
    pub needs: &'static [Need],
}

/// Where a case stands after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// In this status.
    Is(Status),
    /// Where it stood: the step is recorded, nothing else.
    Stays,
    /// Where it stood before it was suspended.
    Before,
}

/// A part of the payload that a step cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A reason in words.
    Reason,
    /// At least one point to correct, each with a field or slot and words.
    Points,
    /// At least one promised material.
    Gaps,
    /// The field that was decided.
    Field,
    /// Another case than this one.
    OtherCase,
    /// The unit that takes over.
    Unit,
    /// A satisfaction code from 1 to 5.
    Satisfaction,
}

/// With the village, to be worked on.
const AT_VILLAGE: &[Status] = &[Draft, PreReviewReturned, CorrectionRequested];
/// At the township, not yet accepted: waiting to be looked at.
const TO_BE_ACCEPTED: &[Status] = &[Submitted, CorrectionSubmitted];
/// Accepted and at the township.
const AT_TOWNSHIP: &[Status] = &[Accepted, AcceptedWithGaps, UnderInvestigation, PublicNotice];
/// With the department.
const AT_DEPARTMENT: &[Status] = &[Forwarded, UnderDecision];

static TABLE: &[Line] = &[
    // The village hands in, corrects, takes back.
    Line {
        kind: ActKind::Submit,
        roles: &[VillageAgent],
        from: &[Draft, PreReviewReturned],
        to: To::Is(Submitted),
        needs: &[],
    },
    Line {
        kind: ActKind::SubmitCorrection,
        roles: &[VillageAgent, TownshipClerk],
        from: &[CorrectionRequested],
        to: To::Is(CorrectionSubmitted),
        needs: &[],
    },
    Line {
        kind: ActKind::Withdraw,
        roles: &[VillageAgent, TownshipClerk],
        from: &[Draft, Collected, Submitted, PreReviewReturned, CorrectionRequested, CorrectionSubmitted],
        to: To::Is(Withdrawn),
        needs: &[],
    },
    // After acceptance a withdrawal is the township's or the department's to grant.
    Line {
        kind: ActKind::Withdraw,
        roles: &[TownshipClerk],
        from: &[Accepted, AcceptedWithGaps, UnderInvestigation, PublicNotice, Suspended],
        to: To::Is(Withdrawn),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Withdraw,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(Withdrawn),
        needs: &[Need::Reason],
    },
    // The township looks at what came in.
    Line {
        kind: ActKind::Accept,
        roles: &[TownshipClerk],
        from: &[Submitted, CorrectionSubmitted, AcceptedWithGaps],
        to: To::Is(Accepted),
        needs: &[],
    },
    Line {
        kind: ActKind::AcceptWithGaps,
        roles: &[TownshipClerk],
        from: TO_BE_ACCEPTED,
        to: To::Is(AcceptedWithGaps),
        needs: &[Need::Gaps],
    },
    Line {
        kind: ActKind::NotAccept,
        roles: &[TownshipClerk],
        from: TO_BE_ACCEPTED,
        to: To::Is(NotAccepted),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::RequestCorrection,
        roles: &[TownshipClerk],
        from: TO_BE_ACCEPTED,
        to: To::Is(CorrectionRequested),
        needs: &[Need::Points],
    },
    Line {
        kind: ActKind::Return,
        roles: &[TownshipClerk],
        from: &[Submitted, CorrectionSubmitted, Accepted, AcceptedWithGaps, UnderInvestigation, PublicNotice],
        to: To::Is(PreReviewReturned),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Return,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(PreReviewReturned),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Forward,
        roles: &[TownshipClerk],
        from: &[Submitted, CorrectionSubmitted, Accepted, AcceptedWithGaps, UnderInvestigation, PublicNotice],
        to: To::Is(Forwarded),
        needs: &[],
    },
    // Checks on the way.
    Line {
        kind: ActKind::Investigate,
        roles: &[TownshipClerk],
        from: &[Accepted, AcceptedWithGaps, PublicNotice],
        to: To::Is(UnderInvestigation),
        needs: &[],
    },
    Line {
        kind: ActKind::Investigate,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(UnderDecision),
        needs: &[],
    },
    Line {
        kind: ActKind::PublicNotice,
        roles: &[TownshipClerk],
        from: &[Accepted, AcceptedWithGaps, UnderInvestigation],
        to: To::Is(PublicNotice),
        needs: &[],
    },
    Line {
        kind: ActKind::PublicNotice,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(UnderDecision),
        needs: &[],
    },
    Line {
        kind: ActKind::Suspend,
        roles: &[TownshipClerk],
        from: AT_TOWNSHIP,
        to: To::Is(Suspended),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Suspend,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(Suspended),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Resume,
        roles: &[TownshipClerk, Department],
        from: &[Suspended],
        to: To::Before,
        needs: &[],
    },
    // The department decides: a permission of its own.
    Line {
        kind: ActKind::Approve,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(Approved),
        needs: &[],
    },
    Line {
        kind: ActKind::Reject,
        roles: &[Department],
        from: AT_DEPARTMENT,
        to: To::Is(Rejected),
        needs: &[Need::Reason],
    },
    // The result goes back and the file is put away.
    Line {
        kind: ActKind::Deliver,
        roles: &[VillageAgent, TownshipClerk, Department],
        from: &[Approved, Rejected, AwaitingDelivery],
        to: To::Is(Delivered),
        needs: &[],
    },
    Line {
        kind: ActKind::Close,
        roles: &[TownshipClerk, Department],
        from: &[Delivered, NotAccepted],
        to: To::Is(Closed),
        needs: &[],
    },
    Line {
        kind: ActKind::Lapse,
        roles: &[TownshipClerk],
        from: &[PreReviewReturned, CorrectionRequested, AcceptedWithGaps],
        to: To::Is(Lapsed),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Void,
        roles: &[VillageAgent],
        from: &[Draft],
        to: To::Is(Voided),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Void,
        roles: &[TownshipClerk, CountyAdmin],
        from: &[
            Submitted,
            PreReviewReturned,
            CorrectionRequested,
            CorrectionSubmitted,
            Accepted,
            AcceptedWithGaps,
            UnderInvestigation,
            PublicNotice,
            Suspended,
            NotAccepted,
        ],
        to: To::Is(Voided),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Void,
        roles: &[Department, CountyAdmin],
        from: AT_DEPARTMENT,
        to: To::Is(Voided),
        needs: &[Need::Reason],
    },
    Line {
        kind: ActKind::Archive,
        roles: &[TownshipClerk, Department, CountyAdmin],
        from: &[Closed, Withdrawn, Lapsed, Voided],
        to: To::Is(Archived),
        needs: &[],
    },
    Line {
        kind: ActKind::MarkDuplicate,
        roles: &[TownshipClerk],
        from: &[
            Submitted,
            PreReviewReturned,
            CorrectionRequested,
            CorrectionSubmitted,
            Accepted,
            AcceptedWithGaps,
        ],
        to: To::Is(Voided),
        needs: &[Need::OtherCase],
    },
    // Steps that are recorded and leave the case where it stands.
    Line {
        kind: ActKind::Reconcile,
        roles: &[VillageAgent],
        from: AT_VILLAGE,
        to: To::Stays,
        needs: &[Need::Field, Need::Reason],
    },
    Line {
        kind: ActKind::Reconcile,
        roles: &[TownshipClerk],
        from: &[
            Submitted,
            PreReviewReturned,
            CorrectionRequested,
            CorrectionSubmitted,
            Accepted,
            AcceptedWithGaps,
            UnderInvestigation,
            PublicNotice,
            Suspended,
        ],
        to: To::Stays,
        needs: &[Need::Field, Need::Reason],
    },
    Line {
        kind: ActKind::Reconcile,
        roles: &[Department],
        from: &[Forwarded, UnderDecision, Suspended],
        to: To::Stays,
        needs: &[Need::Field, Need::Reason],
    },
    Line {
        kind: ActKind::Rate,
        roles: &[VillageAgent, TownshipClerk],
        from: &[
            Collected,
            Submitted,
            CorrectionSubmitted,
            Accepted,
            AcceptedWithGaps,
            NotAccepted,
            Approved,
            Rejected,
            AwaitingDelivery,
            Delivered,
            Closed,
            Withdrawn,
            Lapsed,
        ],
        to: To::Stays,
        needs: &[Need::Satisfaction],
    },
    Line {
        kind: ActKind::Reassign,
        roles: &[TownshipClerk, CountyAdmin],
        from: &[
            Draft,
            Submitted,
            PreReviewReturned,
            CorrectionRequested,
            CorrectionSubmitted,
            Accepted,
            AcceptedWithGaps,
            UnderInvestigation,
            PublicNotice,
            Suspended,
            Forwarded,
            UnderDecision,
            Approved,
            Rejected,
            AwaitingDelivery,
        ],
        to: To::Stays,
        needs: &[Need::Unit],
    },
    // A look at a covered value: possible for whoever sees the case, at any time, for a reason.
    Line {
        kind: ActKind::Reveal,
        roles: &[VillageAgent, TownshipClerk, Department, CountyAdmin],
        from: &Status::ALL,
        to: To::Stays,
        needs: &[Need::Field, Need::Reason],
    },
];

/// Every line of the table, in the order of a case's life.
pub fn table() -> &'static [Line] {
    TABLE
}
