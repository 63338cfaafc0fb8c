//! The county admin's catalogue screen: which release is out, publishing a changed workbook.

use serde::{Deserialize, Serialize};

/// Asks which releases this desk knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CatalogueShow {}

/// Publishes a changed item workbook (raw bytes) as a new release. County admins, online.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CataloguePublish {
    /// Request id.
    pub request: String,
    /// File name, for findings.
    pub name: String,
    /// What changed, in a sentence for the desks.
    pub note: String,
    /// Only check, publish nothing.
    #[serde(default)]
    pub check_only: bool,
}

/// Releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueView {
    /// The release in use.
    pub current: Option<ReleaseView>,
    /// Earlier ones still held because drafts use them, newest first.
    pub earlier: Vec<ReleaseView>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseView {
    /// Number.
    pub number: u64,
    /// Day of publication.
    pub issued: String,
    /// What changed.
    pub note: String,
    /// Names of its items.
    pub items: Vec<String>,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The new release, unless only checked or refused.
    pub release: Option<u64>,
    /// What the linter found.
    pub findings: Vec<LintFinding>,
}

/// One finding of the catalogue linter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LintFinding {
    /// Sheet.
    pub sheet: String,
    /// 1-based row, 0 if none.
    pub row: u32,
    /// Column name.
    pub column: String,
    /// `error` or `warning`.
    pub level: String,
    /// Stable code.
    pub code: String,
    /// The sentence.
    pub message: String,
}
