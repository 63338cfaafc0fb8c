//! Where a case stands and how far its data travelled, by colour, picture and word.

use domain::lifecycle::Status;
use ipc::case::Transfer;
use yew::prelude::*;

use crate::kit::{Glyph, Tag, Tone};
use crate::text::word;

/// Picture and colour of a status.
pub fn look(status: Status) -> (Glyph, Tone) {
    use Status::*;
    match status {
        Draft => (Glyph::Write, Tone::Calm),
        Collected => (Glyph::Saved, Tone::Active),
        Submitted | CorrectionSubmitted => (Glyph::Sending, Tone::Active),
        PreReviewReturned | CorrectionRequested => (Glyph::Returned, Tone::Signal),
        Accepted | AcceptedWithGaps => (Glyph::Check, Tone::Active),
        UnderInvestigation | PublicNotice | Forwarded | UnderDecision => (Glyph::Clock, Tone::Active),
        Suspended => (Glyph::Clock, Tone::Signal),
        Approved | AwaitingDelivery | Delivered | Closed => (Glyph::Check, Tone::Good),
        NotAccepted | Rejected => (Glyph::Close, Tone::Signal),
        Withdrawn | Lapsed | Voided | Archived => (Glyph::Paper, Tone::Calm),
    }
}

/// The tag of a status.
pub fn status(status: Status) -> Html {
    let (glyph, tone) = look(status);
    html! { <Tag word={word("status", status.name())} {glyph} {tone} /> }
}

/// How far the data of a case travelled; never says more than the county acknowledged.
pub fn transfer(transfer: Transfer) -> Html {
    let (code, glyph, class) = match transfer {
        Transfer::Saved => ("saved", Glyph::Saved, "tone-calm"),
        Transfer::Waiting => ("waiting", Glyph::Clock, "tone-active"),
        Transfer::AtCounty => ("at_county", Glyph::County, "tone-good"),
        Transfer::NeedsAttention => ("needs_attention", Glyph::Wrong, "tone-signal"),
    };
    html! { <span class={classes!("transfer", class)}>{ glyph.show() }{ word("transfer", code) }</span> }
}
