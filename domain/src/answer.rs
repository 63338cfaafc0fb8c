//! What was entered into a form: field by field, as text in the form's own spelling, with where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::RowId;

mod file;

/// Names one field of a form: `question`, or `repeat/ROW/question` inside a repeated group.
///
/// Question names are unique within a form (the catalogue linter sees to it), so the groups they
/// lie in do not belong to their name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath {
    /// The repeated group and its row, if the field lies in one.
    pub row: Option<(String, RowId)>,
    /// The question's name.
    pub question: String,
}

/// The text names no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a field is named `question` or `repeat/ROW-ID/question`")]
pub struct FieldPathError;

impl FieldPath {
    /// A field outside any repeated group.
    pub fn plain(question: impl Into<String>) -> Self {
        FieldPath { row: None, question: question.into() }
    }

    /// A field in row `row` of the repeated group `repeat`.
    pub fn in_row(repeat: impl Into<String>, row: RowId, question: impl Into<String>) -> Self {
        FieldPath { row: Some((repeat.into(), row)), question: question.into() }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            None => f.write_str(&self.question),
            Some((repeat, row)) => write!(f, "{repeat}/{row}/{}", self.question),
        }
    }
}

impl FromStr for FieldPath {
    type Err = FieldPathError;
    fn from_str(text: &str) -> Result<Self, FieldPathError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [question] if !question.is_empty() => Ok(FieldPath::plain(*question)),
            [repeat, row, question] if !repeat.is_empty() && !question.is_empty() => {
                let row = row.parse().map_err(|_| FieldPathError)?;
                Ok(FieldPath::in_row(*repeat, row, *question))
            }
            _ => Err(FieldPathError),
        }
    }
}

impl TryFrom<String> for FieldPath {
    type Error = FieldPathError;
    fn try_from(text: String) -> Result<Self, FieldPathError> {
        text.parse()
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> String {
        path.to_string()
    }
}

/// How much a value may be trusted, highest first (domain facts 2.18). A lower source never overwrites a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Carried over from an older case.
    CarriedOver,
    /// Stated by the applicant. What is typed without further word is this.
    #[default]
    Stated,
    /// Read from a scan, the original was not seen.
    Scan,
    /// The village agent saw the original.
    OriginalSeenByVillage,
    /// Township staff saw the original.
    OriginalSeenByTownship,
    /// Verified against a platform or department.
    Verified,
}

/// One answer with its provenance (ruling 2).
///
/// `value` is the lexical form XForms uses: dates `YYYY-MM-DD`, whole numbers and decimals in ASCII digits,
/// several choices separated by one space, choices by name, yes/no as the choice names of the form. Empty means
/// "cleared on purpose"; a field never touched is absent from [`Answers`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The value in the form's spelling.
    pub value: String,
    /// Where it came from.
    #[serde(default)]
    pub source: Source,
    /// Material slot that proves it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Whether an official held the original in their hands.
    #[serde(default)]
    pub original_seen: bool,
}

impl Answer {
    /// A value as the applicant stated it.
    pub fn stated(value: impl Into<String>) -> Self {
        Answer { value: value.into(), ..Answer::default() }
    }
}

/// All answers of a case plus the rows of its repeated groups, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answers {
    /// Field by field.
    pub fields: BTreeMap<FieldPath, Answer>,
    /// Rows by repeated group, in display order.
    pub rows: BTreeMap<String, Vec<RowId>>,
}

impl Answers {
    /// The text of a field outside any repeated group, or `""`.
    pub fn text(&self, question: &str) -> &str {
        self.fields.get(&FieldPath::plain(question)).map_or("", |answer| answer.value.as_str())
    }
}
