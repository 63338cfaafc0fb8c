//! How the desk stands with the county: what waits, what arrived, what is stuck.

use domain::answer::FieldPath;
use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Tries now instead of waiting for the next turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncNow {}

/// When attached files (photographs, papers) wait instead of going over the line by themselves. What was filled in and
/// official steps never wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PicturesWait {
    /// While the line is paid for by the byte.
    #[default]
    Metered,
    /// Always, until somebody sends them.
    Always,
    /// Never.
    Never,
}

/// Chooses when attached files wait, for this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PicturesPut {
    /// When.
    pub wait: PicturesWait,
}

/// Sends the attached files that are held back all the same, this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PicturesNow {}

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
    /// What is left to send, in the order in which it goes; lanes with nothing in them are left out.
    pub lanes: Vec<Lane>,
    /// Attached files of others that are not here yet.
    pub to_fetch: Left,
    /// Whether the system says that the line is paid for by the byte.
    pub metered: bool,
    /// When attached files wait on this machine.
    pub pictures: PicturesWait,
    /// Attached files that are held back now; none when they go, or when there are none.
    pub held: Option<Held>,
    /// Items refused, waiting for a person.
    pub quarantined: Vec<Stuck>,
    /// Attached files refused, or damaged here, waiting for a person.
    pub stuck_files: u64,
    /// Last complete exchange.
    pub last_sync_at: Option<Millis>,
    /// Next try.
    pub next_try_at: Option<Millis>,
    /// What went wrong last, if the link is not idle.
    pub problem: Option<Problem>,
}

impl SyncView {
    /// Whether attached files do not go by themselves now, also when there are none.
    pub fn held_back(&self) -> bool {
        match self.pictures {
            PicturesWait::Metered => self.metered,
            PicturesWait::Always => true,
            PicturesWait::Never => false,
        }
    }

    /// How much needs a person.
    pub fn stuck(&self) -> u64 {
        self.quarantined.len() as u64 + self.stuck_files
    }
}

/// So much is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What goes one after the other: a later lane only moves when the ones before it are empty, held back or put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// What goes there.
    pub what: LaneKind,
    /// How much is left: cases, or files.
    pub left: Left,
    /// Whether it is held back, see [`SyncView::held`].
    pub held: bool,
    /// All of it was put off until then.
    pub again_at: Option<Millis>,
}

/// What goes in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneKind {
    /// What was filled in, and official steps.
    Texts,
    /// Attached files that are sent in a moment.
    SmallFiles,
    /// All other attached files.
    LargeFiles,
}

/// Attached files that are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How many.
    pub files: u64,
    /// Bytes of them still to send.
    pub bytes: u64,
    /// Why.
    pub why: HeldWhy,
}

/// Why attached files are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldWhy {
    /// The line is paid for by the byte.
    Metered,
    /// Somebody chose it.
    Chosen,
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
    /// Attached files that cannot be sent; at most 100. They leave the list when the paper is taken out of its case.
    pub files: Vec<StuckFile>,
}

/// An attached file that cannot be sent. Whoever works on the case attaches it anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckFile {
    /// The case.
    pub case: CaseId,
    /// SHA-256 of the file.
    pub file: Digest,
    /// Name of the service item.
    pub item_name: String,
    /// The applicant, covered.
    pub applicant: String,
    /// Number on the receipt.
    pub number: Option<String>,
    /// Name of the material it was attached as; empty when the case names it no more.
    pub material: String,
    /// Its bytes.
    pub bytes: u64,
    /// Why; the sentence is `refusal-CODE`.
    pub code: String,
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
