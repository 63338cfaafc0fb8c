//! Reads the sheets of a workbook as rows of text, keeping row numbers so that every finding can point at its cell.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

/// One sheet. A sheet that is not there is an empty one with `present` false.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) file: String,
    pub(super) sheet: String,
    pub(super) present: bool,
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row that is not empty.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Row number as Excel shows it.
    pub(super) number: usize,
    cells: BTreeMap<String, String>,
}

impl Row {
    /// The text of a column without blanks around it, or `""`.
    pub(super) fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The text of a column, or `None` when the cell is empty.
    pub(super) fn given(&self, column: &str) -> Option<&str> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    #[cfg(test)]
    pub(super) fn set(&mut self, column: &str, text: &str) {
        self.cells.insert(column.to_owned(), text.to_owned());
    }
}

/// A workbook, sheet by sheet under its lower-case name.
#[derive(Debug, Clone)]
pub(super) struct Workbook {
    file: String,
    sheets: BTreeMap<String, Table>,
}

impl Workbook {
    /// Reads an `.xlsx` file. `file` is the name that findings show.
    pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Workbook, String> {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
            .map_err(|e: calamine::XlsxError| e.to_string())?;
        let mut sheets = BTreeMap::new();
        for name in book.sheet_names() {
            let range = book.worksheet_range(&name).map_err(|e| e.to_string())?;
            let first = range.start().map_or(0, |(row, _)| row as usize);
            let mut table =
                Table { file: file.to_owned(), sheet: name.clone(), present: true, ..Table::default() };
            for (at, cells) in range.rows().enumerate() {
                let cells: Vec<String> = cells.iter().map(cell_text).collect();
                if cells.iter().all(String::is_empty) {
                    continue;
                }
                if table.headers.is_empty() {
                    table.headers = cells;
                    continue;
                }
                let filled = table
                    .headers
                    .iter()
                    .cloned()
                    .zip(cells)
                    .filter(|(header, text)| !header.is_empty() && !text.is_empty());
                table.rows.push(Row { number: first + at + 1, cells: filled.collect() });
            }
            sheets.insert(name.trim().to_lowercase(), table);
        }
        Ok(Workbook { file: file.to_owned(), sheets })
    }

    /// A sheet by its lower-case name.
    pub(super) fn sheet(&self, name: &str) -> Table {
        let absent = || Table { file: self.file.clone(), sheet: name.to_owned(), ..Table::default() };
        self.sheets.get(name).cloned().unwrap_or_else(absent)
    }

    #[cfg(test)]
    pub(super) fn sheet_mut(&mut self, name: &str) -> &mut Table {
        self.sheets.get_mut(name).unwrap()
    }
}

/// A cell as text: whole numbers without a point, dates as `YYYY-MM-DD`.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string().trim().to_owned(),
    }
}
