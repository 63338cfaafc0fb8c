//! A draft that goes on with the newest form of its item: what carries over, what is new, what is gone.

use domain::answer::FieldPath;
use domain::id::CaseId;
use serde::{Deserialize, Serialize};

use crate::case::RequestId;

/// Compares a draft with the newest release of its item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseCompare {
    /// The draft.
    pub case: CaseId,
}

/// Goes on with a draft on the newest release of its item: a new draft begins there with what carries over, and the old
/// one is put away (it can be taken back).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseRenew {
    /// Request id.
    pub request: RequestId,
    /// The draft.
    pub case: CaseId,
    /// Fields that are not to be carried over although they could be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<FieldPath>,
}

/// What becomes of a draft on the newest release, question by question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The release the draft began on.
    pub from: u64,
    /// The newest release here that has the item.
    pub to: u64,
    /// Questions, in the order of the new form, those that are gone last. What was and is unanswered is left out.
    pub fields: Vec<RenewedField>,
    /// Materials, in the order of the new item, those that are gone last.
    pub slots: Vec<RenewedSlot>,
}

/// What becomes of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewedField {
    /// The field.
    pub field: FieldPath,
    /// The question, in the words of the release that has it, the new one first.
    pub label: String,
    /// What becomes of it.
    pub fate: Fate,
    /// The answer of the draft; empty for a new question.
    pub value: String,
}

/// What becomes of the files of one material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewedSlot {
    /// Slot key.
    pub slot: String,
    /// Its name, in the words of the release that has it, the new one first.
    pub name: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Files of the draft.
    pub files: u32,
}

/// What becomes of something on another release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It carries over as it is.
    Kept,
    /// The question is asked differently now (another kind, or the answer is no longer among its choices): look at it.
    Changed,
    /// It is asked for the first time.
    New,
    /// It is asked no more; the old draft keeps it.
    Gone,
}
