//! Changing a workbook as a county admin does in Excel: some cells get another text, everything else stays.

use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// A cell that gets another text.
pub struct Change {
    /// Name of the sheet.
    pub sheet: &'static str,
    /// Where, as Excel names it.
    pub cell: &'static str,
    /// What stands there.
    pub from: &'static str,
    /// What is to stand there.
    pub to: &'static str,
}

/// The bytes of a workbook of the sample catalogue with changed cells.
pub fn changed(workbook: &Path, changes: &[Change]) -> Vec<u8> {
    let mut book = ZipArchive::new(std::fs::File::open(workbook).unwrap()).unwrap();
    let mut contents = String::new();
    book.by_name("xl/workbook.xml").unwrap().read_to_string(&mut contents).unwrap();
    let sheets: Vec<&str> = contents
        .split("<sheet ")
        .skip(1)
        .filter_map(|sheet| sheet.split("name=\"").nth(1)?.split('"').next())
        .collect();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..book.len() {
        let mut part = book.by_index(index).unwrap();
        let name = part.name().to_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        for change in changes {
            let number = sheets.iter().position(|sheet| *sheet == change.sheet).unwrap() + 1;
            if name == format!("xl/worksheets/sheet{number}.xml") {
                bytes = rewritten(String::from_utf8(bytes).unwrap(), change).into_bytes();
            }
        }
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn rewritten(sheet: String, change: &Change) -> String {
    let (before, rest) = sheet.split_once(&format!("<c r=\"{}\"", change.cell)).unwrap();
    let (cell, after) = rest.split_once("</c>").unwrap();
    let (from, to) = (format!("<t>{}</t>", change.from), format!("<t>{}</t>", change.to));
    assert!(cell.contains(&from), "{} of {} holds {cell}", change.cell, change.sheet);
    format!("{before}<c r=\"{}\"{}</c>{after}", change.cell, cell.replace(&from, &to))
}
