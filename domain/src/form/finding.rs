//! What is missing or wrong in a form or among its papers, told by a stable code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::FieldPath;

/// One thing that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The field, if it is about an answer.
    #[serde(default)]
    pub field: Option<FieldPath>,
    /// The material slot, if it is about a paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Stable snake_case code, for example `required`, `constraint`, `id_check_digit`. Text comes from Fluent by it.
    pub code: String,
    /// The sentence of the form's author, if the form has one for this; else empty.
    #[serde(default)]
    pub message: String,
    /// Values the Fluent text may name, for example `expected` for the check digit that would fit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// How bad it is.
    pub level: Level,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Must be put right before the case can be handed in.
    Error,
    /// Somebody should look; nothing is held up.
    Warning,
}

impl Finding {
    /// Something wrong with a field.
    pub fn error(field: &FieldPath, code: &str) -> Self {
        Finding {
            field: Some(field.clone()),
            slot: None,
            code: code.to_owned(),
            message: String::new(),
            args: BTreeMap::new(),
            level: Level::Error,
        }
    }

    /// Something doubtful about a field.
    pub fn warning(field: &FieldPath, code: &str) -> Self {
        Finding { level: Level::Warning, ..Finding::error(field, code) }
    }

    /// Something about a material slot. Never holds a case up (ruling 16).
    pub fn about_slot(slot: &str, code: &str) -> Self {
        Finding {
            field: None,
            slot: Some(slot.to_owned()),
            code: code.to_owned(),
            message: String::new(),
            args: BTreeMap::new(),
            level: Level::Warning,
        }
    }

    /// The same finding in the words of the form's author.
    pub fn saying(self, message: impl Into<String>) -> Self {
        Finding { message: message.into(), ..self }
    }

    /// The same finding with a value for its text.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// Whether it keeps a case from being handed in.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}
