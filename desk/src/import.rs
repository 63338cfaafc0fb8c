//! Reading many cases from one file, line by line; a bad line is told and the others go on.

use std::path::Path;

use ipc::problem::{self, Problem};
use serde_json::Value;

/// One line of an import file.
#[derive(Debug, Clone)]
pub struct ImportLine {
    /// Its number, from 1.
    pub number: u64,
    /// The answers object, or what is wrong with the line.
    pub answers: Result<Value, Problem>,
}

/// The lines of a file with one JSON object each (`.jsonl`). Empty lines are passed over.
///
/// # Errors
/// `file_unreadable`.
pub fn lines(file: &Path) -> Result<Vec<ImportLine>, Problem> {
    let unreadable = || Problem::new(problem::FILE_UNREADABLE).with("file", file.display());
    let text = std::fs::read_to_string(file).map_err(|_| unreadable())?;
    let lines =
        (1u64..).zip(text.trim_start_matches('\u{feff}').lines()).filter(|(_, line)| !line.trim().is_empty());
    Ok(lines.map(|(number, line)| ImportLine { number, answers: answers(line) }).collect())
}

fn answers(line: &str) -> Result<Value, Problem> {
    let value: Option<Value> = serde_json::from_str(line).ok();
    value.filter(Value::is_object).ok_or_else(|| Problem::new(problem::BAD_LINE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_does_not_spoil_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cases.jsonl");
        std::fs::write(&file, "\u{feff}{\"a\": 1}\n\n[1]\n{\"b\": \n{\"c\": 2}\n").unwrap();
        let read = lines(&file).unwrap();
        let told: Vec<(u64, bool)> = read.iter().map(|line| (line.number, line.answers.is_ok())).collect();
        assert_eq!(told, [(1, true), (3, false), (4, false), (5, true)]);
    }
}
