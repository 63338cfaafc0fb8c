//! Reading many cases from one file, one a line (`.jsonl`) or one a row (`.xlsx`); a bad line is told and the others go on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use domain::catalogue::ServiceItem;
use domain::form::{Field, FieldKind, Part};
use ipc::problem::{self, Problem};
use serde_json::{Map, Value};
use store::table::catalogue;

use crate::fault::Fault;
use crate::{Desk, blocking};

/// Whole numbers beyond this many digits are no longer what somebody typed once a spreadsheet took them for numbers.
const EXACT: f64 = 1e15;

/// What an import file holds.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its lines in order; empty ones are passed over.
    pub lines: Vec<ImportLine>,
    /// For a workbook: the words that head the column of each question.
    headers: BTreeMap<String, String>,
}

/// One line of an import file.
#[derive(Debug, Clone)]
pub struct ImportLine {
    /// Its number, from 1; in a workbook the row number as it is shown there.
    pub number: u64,
    /// The answers object, or what is wrong with the line.
    pub answers: Result<Value, BadLine>,
}

/// What is wrong with a line before its answers are looked at.
#[derive(Debug, Clone)]
pub struct BadLine {
    /// The column, if it is about one.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl ImportFile {
    /// How the file names a question: by the words above its column, or by its name.
    pub fn column<'a>(&'a self, question: &'a str) -> &'a str {
        self.headers.get(question).map_or(question, String::as_str)
    }
}

/// Reads a file for cases of the item with this code, in its newest form.
///
/// # Errors
/// `file_unreadable`; `unknown_column` and `column_twice` for the header of a workbook; `no_catalogue`, `no_such_item`,
/// `locked`.
pub async fn read(desk: &Arc<Desk>, file: &Path, code: &str) -> Result<ImportFile, Problem> {
    let open = desk.unlocked()?;
    let (file, code) = (file.to_owned(), code.to_owned());
    blocking::run(move || {
        let item = open.store.read::<_, Fault>(|r| {
            let release = catalogue::current(r)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
            open.item(r, release, &code)?.ok_or_else(|| Fault::told(problem::NO_SUCH_ITEM))
        })?;
        let is_workbook = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
        Ok(if is_workbook { workbook(&file, &item)? } else { objects(&file)? })
    })
    .await
}

fn unreadable(file: &Path) -> Problem {
    Problem::new(problem::FILE_UNREADABLE).with("file", file.display())
}

fn objects(file: &Path) -> Result<ImportFile, Problem> {
    let text = std::fs::read_to_string(file).map_err(|_| unreadable(file))?;
    let lines =
        (1u64..).zip(text.trim_start_matches('\u{feff}').lines()).filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.map(|(number, line)| {
        let value: Option<Value> = serde_json::from_str(line).ok();
        let bad = || BadLine { column: None, problem: Problem::new(problem::BAD_LINE) };
        ImportLine { number, answers: value.filter(Value::is_object).ok_or_else(bad) }
    });
    Ok(ImportFile { lines: lines.collect(), headers: BTreeMap::new() })
}

/// The first sheet: a header row of question names or question texts, then a case a row.
fn workbook(file: &Path, item: &ServiceItem) -> Result<ImportFile, Problem> {
    let mut book: Xlsx<_> = open_workbook(file).map_err(|_: calamine::XlsxError| unreadable(file))?;
    let range = book.worksheet_range_at(0).and_then(Result::ok).ok_or_else(|| unreadable(file))?;
    let first = u64::from(range.start().map_or(0, |(row, _)| row)) + 1;
    let mut columns: Option<Vec<Option<&Field>>> = None;
    let (mut lines, mut headers) = (Vec::new(), BTreeMap::new());
    for (number, cells) in (first..).zip(range.rows()) {
        if cells.iter().all(|cell| words(cell).is_empty()) {
            continue;
        }
        match &columns {
            None => {
                let found = cells.iter().map(|cell| heading(item, &words(cell), &mut headers));
                columns = Some(found.collect::<Result<_, _>>()?);
            }
            Some(columns) => lines.push(ImportLine { number, answers: row(columns, cells, &headers) }),
        }
    }
    Ok(ImportFile { lines, headers })
}

/// The question a column is headed by. Nothing stands above a column that is passed over.
fn heading<'a>(
    item: &'a ServiceItem,
    text: &str,
    headers: &mut BTreeMap<String, String>,
) -> Result<Option<&'a Field>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let unknown = || Problem::new(problem::UNKNOWN_COLUMN).with("column", text);
    let plain = item.form.pages.iter().flat_map(|page| &page.parts).filter_map(|part| match part {
        Part::Field(field) if field.kind != FieldKind::Note => Some(field),
        _ => None,
    });
    let fields: Vec<&Field> = plain.collect();
    let named = fields.iter().find(|field| field.name == text).copied();
    let mut labelled = fields.iter().copied().filter(|field| field.label == text);
    let field = match (named, labelled.next(), labelled.next()) {
        (Some(field), ..) | (None, Some(field), None) => field,
        // Two questions of the same words: only their names tell them apart.
        _ => return Err(unknown()),
    };
    if headers.insert(field.name.clone(), text.to_owned()).is_some() {
        return Err(Problem::new(problem::COLUMN_TWICE).with("column", text));
    }
    Ok(Some(field))
}

fn row(
    columns: &[Option<&Field>],
    cells: &[Data],
    headers: &BTreeMap<String, String>,
) -> Result<Value, BadLine> {
    let mut answers = Map::new();
    for (field, cell) in columns.iter().zip(cells) {
        let Some(field) = field else { continue };
        let column = headers.get(&field.name).cloned();
        if matches!(cell, Data::Float(number) if number.abs() >= EXACT) {
            return Err(BadLine { column, problem: Problem::new(problem::DIGITS_LOST) });
        }
        if matches!(cell, Data::Error(_)) {
            return Err(BadLine { column, problem: Problem::new(problem::BAD_LINE) });
        }
        let text = words(cell);
        if !text.is_empty() {
            answers.insert(field.name.clone(), Value::String(chosen(field, &text)));
        }
    }
    Ok(Value::Object(answers))
}

/// A choice may be written as people read it; several are separated by commas or blanks.
fn chosen(field: &Field, text: &str) -> String {
    let name = |word: &str| {
        let known = field.choices.iter().find(|choice| choice.name == word || choice.label == word);
        known.map_or_else(|| word.to_owned(), |choice| choice.name.clone())
    };
    match field.kind {
        FieldKind::SelectMultiple => {
            let split = |c: char| c.is_whitespace() || [',', '，', '、', ';', '；'].contains(&c);
            let words: Vec<String> = text.split(split).filter(|word| !word.is_empty()).map(name).collect();
            words.join(" ")
        }
        _ => name(text),
    }
}

/// A cell as text: whole numbers without a point, dates as `YYYY-MM-DD`.
fn words(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string().trim().to_owned(),
    }
}
