//! What the county answers to a catalogue workbook that was handed in: a release, or what is wrong with it.

use serde::{Deserialize, Serialize};

/// Answer to `POST /v1/catalogue/publish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishReply {
    /// The new release; none when it was only checked, or refused because of its findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u64>,
    /// What is wrong with it, errors first.
    #[serde(default)]
    pub findings: Vec<PublishFinding>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishFinding {
    /// Workbook.
    pub file: String,
    /// Sheet in it.
    pub sheet: String,
    /// Row as the spreadsheet numbers it, if one row is at fault.
    #[serde(default)]
    pub row: Option<u32>,
    /// Header of the column, if one column is at fault.
    #[serde(default)]
    pub column: Option<String>,
    /// Whether it forbids publishing.
    pub error: bool,
    /// Stable code.
    pub code: String,
    /// The sentence.
    pub message: String,
}
