//! What is wrong with a catalogue and where: file, sheet, row, column, and a sentence that says what to do.

use serde::Serialize;

use super::workbook::{Row, Table};
use crate::text::Texts;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The catalogue cannot be published.
    Error,
    /// Somebody should look.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LintFinding {
    /// Workbook, below the catalogue folder.
    pub file: String,
    /// Sheet in it.
    pub sheet: String,
    /// Row as Excel numbers it, if one row is at fault.
    pub row: Option<usize>,
    /// Header of the column, if one column is at fault.
    pub column: Option<String>,
    /// How bad.
    pub level: Level,
    /// Stable code, documented in `docs/catalogue.md`.
    pub code: &'static str,
    /// The sentence in the reader's language.
    pub message: String,
}

/// A place in a workbook.
#[derive(Debug, Clone, Default)]
pub(super) struct At {
    pub(super) file: String,
    pub(super) sheet: String,
    pub(super) row: Option<usize>,
    pub(super) column: Option<String>,
}

impl Table {
    /// The sheet as a whole.
    pub(super) fn whole(&self) -> At {
        At { file: self.file.clone(), sheet: self.sheet.clone(), ..At::default() }
    }

    /// One cell.
    pub(super) fn cell(&self, row: &Row, column: &str) -> At {
        At { row: Some(row.number), column: Some(column.to_owned()), ..self.whole() }
    }
}

/// Collects findings and puts them into words.
pub(super) struct Report {
    texts: Texts,
    pub(super) findings: Vec<LintFinding>,
}

impl Report {
    pub(super) fn new(texts: Texts) -> Report {
        Report { texts, findings: Vec::new() }
    }

    pub(super) fn error(&mut self, at: At, code: &'static str, given: &[(&str, &str)]) {
        self.add(Level::Error, at, code, given);
    }

    pub(super) fn warning(&mut self, at: At, code: &'static str, given: &[(&str, &str)]) {
        self.add(Level::Warning, at, code, given);
    }

    fn add(&mut self, level: Level, at: At, code: &'static str, given: &[(&str, &str)]) {
        let message = self.texts.say(code, given);
        let At { file, sheet, row, column } = at;
        self.findings.push(LintFinding { file, sheet, row, column, level, code, message });
    }

    /// Whether anything found so far keeps the catalogue from being published.
    pub(super) fn has_errors(&self) -> bool {
        super::errors(&self.findings) > 0
    }

    /// Reports a sheet that is missing, columns it lacks and columns nobody knows.
    pub(super) fn headers(&mut self, table: &Table, required: &[&str], optional: &[&str]) {
        if !table.present {
            self.error(table.whole(), "sheet-missing", &[("sheet", &table.sheet)]);
            return;
        }
        for column in required.iter().filter(|column| !table.headers.iter().any(|header| header == *column)) {
            self.error(table.whole(), "column-missing", &[("column", column)]);
        }
        let known = |header: &String| required.iter().chain(optional).any(|column| column == header);
        for header in table.headers.iter().filter(|header| !header.is_empty() && !known(header)) {
            self.warning(table.whole(), "column-unknown", &[("column", header)]);
        }
    }

    /// A cell that must not be empty.
    pub(super) fn needed<'r>(&mut self, table: &Table, row: &'r Row, column: &str) -> &'r str {
        let text = row.text(column);
        if text.is_empty() {
            self.error(table.cell(row, column), "cell-empty", &[("column", column)]);
        }
        text
    }

    /// A cell that holds one word of a short list, read as the type that knows the list.
    pub(super) fn word<T: serde::de::DeserializeOwned>(
        &mut self,
        table: &Table,
        row: &Row,
        column: &str,
        allowed: &str,
    ) -> Option<T> {
        let text = row.text(column);
        let read = serde_json::from_value(serde_json::Value::String(text.to_owned())).ok();
        if read.is_none() {
            self.error(table.cell(row, column), "word-unknown", &[("value", text), ("allowed", allowed)]);
        }
        read
    }

    /// A cell that holds `yes`, `no` or nothing (which is no).
    pub(super) fn yes(&mut self, table: &Table, row: &Row, column: &str) -> bool {
        match row.text(column) {
            "yes" => true,
            "no" | "" => false,
            other => {
                self.error(
                    table.cell(row, column),
                    "word-unknown",
                    &[("value", other), ("allowed", "yes, no")],
                );
                false
            }
        }
    }

    /// A cell that holds a day or nothing.
    pub(super) fn day(&mut self, table: &Table, row: &Row, column: &str) -> Option<jiff::civil::Date> {
        let text = row.given(column)?;
        let day = text.parse().ok();
        if day.is_none() {
            self.error(table.cell(row, column), "day-format", &[("value", text)]);
        }
        day
    }

    /// A cell that holds a whole number.
    pub(super) fn number<T: std::str::FromStr>(
        &mut self,
        table: &Table,
        row: &Row,
        column: &str,
    ) -> Option<T> {
        let text = row.text(column);
        let number = text.parse().ok();
        if number.is_none() {
            self.error(table.cell(row, column), "number-format", &[("value", text)]);
        }
        number
    }
}
