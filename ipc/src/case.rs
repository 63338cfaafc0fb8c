//! Working on a case: filling, checking, handing in, the list, the official steps.

use std::collections::BTreeMap;

use domain::act::{ActKind, CorrectionPoint, Payload};
use domain::answer::{Answers, FieldPath, Source};
use domain::catalogue::ServiceItem;
use domain::id::{ActId, CaseId, RowId};
use domain::lifecycle::Status;
use domain::moment::Millis;
use domain::region::RegionCode;
use serde::{Deserialize, Serialize};

use crate::material::MaterialView;
use crate::summary::Summary;

/// Made by the window for each click that changes something; repeating it is harmless.
pub type RequestId = String;

/// Takes typing that could not be saved into the record, or drops it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseUnsaved {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// The field it was typed into.
    pub field: FieldPath,
    /// Whether it becomes the answer; otherwise it is dropped.
    pub take: bool,
}

/// Begins a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseStart {
    /// Request id.
    pub request: RequestId,
    /// Catalogue code.
    pub item: String,
    /// The citizen's village, one of those the unit serves. A point that serves several asks for it; the case keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<RegionCode>,
}

/// Opens a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseOpen {
    /// The case.
    pub case: CaseId,
}

/// Keeps what is being typed safe, about twice a second; not yet part of the record (ruling 1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseBuffer {
    /// The case.
    pub case: CaseId,
    /// The field being typed into.
    pub field: FieldPath,
    /// Its text so far.
    pub text: String,
}

/// Writes a left field group into the record: one change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseSave {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// What changed.
    pub edits: Vec<Edit>,
}

/// One edit of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Sets a field; an empty value clears it.
    Set {
        /// Which.
        field: FieldPath,
        /// New value in the form's spelling.
        value: String,
        /// Where it came from.
        #[serde(default)]
        source: Source,
        /// Whether the original was seen.
        #[serde(default)]
        original_seen: bool,
    },
    /// Adds a row to a repeated group; the desk makes its id.
    AddRow {
        /// The group.
        repeat: String,
    },
    /// Takes a row away.
    RemoveRow {
        /// The group.
        repeat: String,
        /// The row.
        row: RowId,
    },
}

/// Checks the whole case as handing it in would.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseCheck {
    /// The case.
    pub case: CaseId,
}

/// Hands the case in (first time or with corrections).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseSubmit {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// The applicant insists although a hard rule says no.
    #[serde(default)]
    pub insist: bool,
}

/// Lists cases.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CaseList {
    /// Only those in one of these statuses; empty means all.
    #[serde(default)]
    pub statuses: Vec<Status>,
    /// Name, number, item, pinyin or initials.
    #[serde(default)]
    pub search: String,
    /// Where the last page ended.
    #[serde(default)]
    pub after: Option<String>,
    /// At most 50.
    #[serde(default)]
    pub limit: Option<u8>,
}

/// Does an official step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseAct {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// The step.
    pub kind: ActKind,
    /// What it carries.
    #[serde(default)]
    pub payload: Payload,
}

/// Decides between two values of a field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseResolve {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// The field.
    pub field: FieldPath,
    /// The value that holds.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// Shows a covered value, against a reason that is written to the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseReveal {
    /// The case.
    pub case: CaseId,
    /// The field.
    pub field: FieldPath,
    /// Why.
    pub reason: String,
}

/// Puts a draft away; can be undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseDiscard {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
}

/// Takes a discarded draft back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseRestore {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
}

/// Asks for the receipt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// The case.
    pub case: CaseId,
}

/// It is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// A covered value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// In full.
    pub value: String,
    /// All its values in full, where the field has two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ConflictValue>,
}

/// One case in a list. The applicant is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCard {
    /// The case.
    pub case: CaseId,
    /// Provisional or official number, once handed in.
    pub receipt: Option<String>,
    /// Item code.
    pub item: String,
    /// Item name.
    pub item_name: String,
    /// Status.
    pub status: Status,
    /// How far its data travelled.
    pub transfer: Transfer,
    /// Masked name of the applicant.
    pub applicant: String,
    /// Village of the applicant.
    pub village: Option<RegionCode>,
    /// Last change, milliseconds since 1970 UTC.
    pub updated_at: Millis,
    /// When it was handed in.
    pub collected_at: Option<Millis>,
    /// Fields that have two values.
    pub differing: u32,
}

/// One page of cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// Newest first.
    pub cases: Vec<CaseCard>,
    /// How many fit the filter.
    pub total: u64,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
    /// Counts by list.
    pub counts: Counts,
}

/// Counts for home and filter chips.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// By status name.
    pub by_status: BTreeMap<String, u64>,
    /// Cases with something not yet acknowledged.
    pub waiting: u64,
    /// Cases to work on for this person.
    pub queue: u64,
}

/// How far the data of a case travelled. `AtCounty` only on the county's acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// Saved on this machine.
    Saved,
    /// In the outbox.
    Waiting,
    /// The county acknowledged everything of it.
    AtCounty,
    /// Something of it was refused; a person must look.
    NeedsAttention,
}

/// A case opened. What this person may not see in full is covered already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseView {
    /// The case.
    pub case: CaseId,
    /// The item as of the release the case began on.
    pub item: ServiceItem,
    /// That release.
    pub release: u64,
    /// Status.
    pub status: Status,
    /// How far its data travelled.
    pub transfer: Transfer,
    /// Receipt number.
    pub receipt: Option<String>,
    /// Answers, leftover typing included; covered values are masked.
    pub answers: Answers,
    /// Fields whose value is covered here.
    pub covered: Vec<FieldPath>,
    /// Fields with two values.
    pub conflicts: Vec<Conflict>,
    /// Typing that is not part of the record and cannot become it by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsaved: Vec<Unsaved>,
    /// What is left of a case that ended long ago; answers and materials are empty then, and nothing can be done to it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// For a draft: the newer release it could go on with, if its form or materials differ there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer: Option<u64>,
    /// For a case that was handed in: what its form and papers lack or have wrong, by the rules of its release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingView>,
    /// Materials attached.
    pub materials: Vec<MaterialView>,
    /// Timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What the open correction request names.
    pub corrections: Vec<CorrectionPoint>,
    /// Whether this person may change answers and materials now.
    pub may_write: bool,
    /// Which steps this person may do now.
    pub acts: Vec<ActKind>,
    /// Last change.
    pub updated_at: Millis,
    /// Facts known from sharing, for eligibility.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Today as the desk trusts it, `YYYY-MM-DD`.
    pub today: String,
}

/// Text that was typed and is not part of the record, because the case was handed in meanwhile, the field has two values,
/// or the row or question is gone. Nothing typed is lost: a person takes it or drops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsaved {
    /// The field it was typed into.
    pub field: FieldPath,
    /// The text; covered if this person may not see it.
    pub text: String,
    /// When it was typed, by this desk's clock.
    pub at: Millis,
    /// Whether it can be taken into the record as it stands now.
    pub may_take: bool,
}

/// A field with more than one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field.
    pub field: FieldPath,
    /// The values with their authors.
    pub values: Vec<ConflictValue>,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictValue {
    /// The value, covered if this person may not see it.
    pub value: String,
    /// Who wrote it.
    pub by: String,
    /// When, by that desk's clock.
    pub at: Option<Millis>,
}

/// One step on the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The act, if it is one (saving here is none).
    pub act: Option<ActId>,
    /// Kind name; `saved` and `arrived` beside act kinds.
    pub kind: String,
    /// Who.
    pub by: String,
    /// Unit of who.
    pub unit: Option<RegionCode>,
    /// When, by the device's clock.
    pub at: Millis,
    /// County's number; absent while it waits.
    pub seq: Option<u64>,
    /// `waiting`, `done` or `refused`.
    pub state: ActState,
    /// Refusal code, if refused.
    pub refusal: Option<String>,
    /// What it carried.
    #[serde(default)]
    pub payload: Payload,
}

/// Whether an act is real yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActState {
    /// Not numbered yet.
    Waiting,
    /// The county gave it a number.
    Done,
    /// The county refused it.
    Refused,
}

/// What checking found. Recomputed by whoever shows it, never sent on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// Findings, those that stop first.
    pub findings: Vec<FindingView>,
    /// Whether the case can be handed in as it is.
    pub ready: bool,
    /// Eligibility: `yes`, `no` or `unknown`.
    pub eligible: String,
    /// Rules that do not hold or cannot be known, with their reasons.
    pub rules: Vec<RuleView>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingView {
    /// The field, if it is about one.
    pub field: Option<FieldPath>,
    /// The slot, if it is about one.
    pub slot: Option<String>,
    /// Stable code; the sentence is the Fluent message `finding-CODE` unless `message` is given.
    pub code: String,
    /// The form's own words, if it has some.
    pub message: String,
    /// Whether it stops handing in.
    pub stops: bool,
    /// Values the sentence may name, for example `expected` for the check digit that would fit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

/// One eligibility rule with a verdict that a person must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    /// Rule id.
    pub id: String,
    /// `hard`, `soft`, `info`.
    pub level: String,
    /// `yes`, `no`, `unknown`.
    pub verdict: String,
    /// The reason.
    pub message: String,
}

/// The receipt (收件凭证).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// Provisional number.
    pub number: String,
    /// The number as QR, SVG text.
    pub qr: String,
    /// Item name.
    pub item: String,
    /// Masked applicant.
    pub applicant: String,
    /// Village point.
    pub unit: String,
    /// Agent.
    pub agent: String,
    /// When handed in.
    pub at: Millis,
    /// Materials handed in, by name.
    pub materials: Vec<String>,
    /// Materials still to come.
    pub gaps: Vec<String>,
    /// Promised time limit in words of the item.
    pub promised: domain::catalogue::Limit,
    /// Telephone for questions.
    pub phone: String,
}
