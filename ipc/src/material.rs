//! Papers of a case: photographs and PDF files in named slots, and the signature.

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::RequestId;

/// Attaches a file to a slot; the bytes come along raw. Pictures are straightened, stripped and re-encoded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialPut {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// Slot key.
    pub slot: String,
    /// File name as the person knows it.
    pub name: String,
    /// Whether the original was seen.
    #[serde(default)]
    pub original_seen: bool,
}

/// Takes a file away; can be undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialRemove {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// Key of the attachment.
    pub file: String,
}

/// Takes a removed file back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialRestore {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// Key of the attachment.
    pub file: String,
}

/// Marks that the original was looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialMark {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// Key of the attachment.
    pub file: String,
    /// Seen or not.
    pub original_seen: bool,
}

/// Fetches a file to show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaterialGet {
    /// The case.
    pub case: CaseId,
    /// Key of the attachment.
    pub file: String,
}

/// The applicant's signature as drawn: strokes here, the picture (PNG) as raw bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignaturePut {
    /// Request id.
    pub request: RequestId,
    /// The case.
    pub case: CaseId,
    /// Stroke data of the signature pad.
    pub strokes: Value,
}

/// One attached file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialView {
    /// Key of the attachment in this case.
    pub file: String,
    /// Slot key.
    pub slot: String,
    /// File name.
    pub name: String,
    /// Media type: `image/jpeg`, `image/png` or `application/pdf`.
    pub mime: String,
    /// SHA-256 of the final bytes.
    pub sha256: Digest,
    /// Size in bytes.
    pub size: u64,
    /// Whether the original was seen.
    pub original_seen: bool,
    /// When it was attached.
    pub at: Millis,
    /// How far it is.
    pub state: FileState,
}

/// How far a file travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Only on this machine.
    Saved,
    /// On its way up.
    Sending,
    /// The county has it, hash verified.
    AtCounty,
    /// Not on this machine; can be fetched.
    Remote,
}
