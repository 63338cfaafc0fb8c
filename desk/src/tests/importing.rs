//! A list of applicants from the county becomes cases, whatever stands in some of its lines.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use ipc::problem;

use super::desk::{ITEM, item_json, publish, unlocked};
use crate::import::{ImportFile, read};

/// A cell: words, or what a spreadsheet took for a number.
pub enum Cell {
    Words(&'static str),
    Number(&'static str),
}

use Cell::{Number as N, Words as W};

/// A workbook with one sheet. The first row is row 2: somebody left a line empty above.
pub fn workbook(folder: &Path, rows: &[&[Cell]]) -> PathBuf {
    let mut sheet = String::new();
    for (at, row) in (2..).zip(rows) {
        sheet.push_str(&format!("<row r=\"{at}\">"));
        for (column, cell) in ('A'..).zip(*row) {
            match cell {
                W(words) => sheet
                    .push_str(&format!("<c r=\"{column}{at}\" t=\"inlineStr\"><is><t>{words}</t></is></c>")),
                N(number) => sheet.push_str(&format!("<c r=\"{column}{at}\"><v>{number}</v></c>")),
            }
        }
        sheet.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"名单\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let file = folder.join("名单.XLSX");
    std::fs::write(&file, zip.finish().unwrap().into_inner()).unwrap();
    file
}

fn told(file: &ImportFile) -> Vec<(u64, String)> {
    let told = |line: &crate::import::ImportLine| match &line.answers {
        Ok(answers) => (line.number, answers.to_string()),
        Err(bad) => (line.number, format!("{} {}", bad.column.as_deref().unwrap_or("-"), bad.problem.code)),
    };
    file.lines.iter().map(told).collect()
}

#[tokio::test]
async fn a_bad_line_does_not_spoil_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let file = folder.path().join("cases.jsonl");
    std::fs::write(&file, "\u{feff}{\"a\": 1}\n\n[1]\n{\"b\": \n{\"c\": 2}\n").unwrap();
    let read = read(&desk, &file, ITEM).await.unwrap();
    let told: Vec<(u64, bool)> = read.lines.iter().map(|line| (line.number, line.answers.is_ok())).collect();
    assert_eq!(told, [(1, true), (3, false), (4, false), (5, true)]);
}

#[tokio::test]
async fn a_workbook_is_read_by_question_names_or_by_the_words_of_the_questions() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let mut item = item_json();
    let parts = item["form"]["pages"][0]["parts"].as_array_mut().unwrap();
    parts[0]["label"] = "申请人姓名".into();
    parts[1]["label"] = "身份证号".into();
    parts[2]["kind"] = "select_one".into();
    parts[2]["choices"] = serde_json::json!([{"name": "131099100201", "label": "东村"}]);
    publish(&desk, 2, item);
    let header = [W("申请人姓名"), W("applicant_id_no"), W(""), W("hukou_region")];
    let rows: [&[Cell]; 5] = [
        &header,
        &[W(" 张秀英 "), W("131099194003150021"), W("passed over"), W("东村")],
        &[W("李国强"), N("1.31099195001011E+17")],
        &[],
        &[W("王建国"), N("12"), W(""), W("西村")],
    ];
    let file = workbook(folder.path(), &rows);
    let list = read(&desk, &file, ITEM).await.unwrap();
    assert_eq!(list.column("applicant_name"), "申请人姓名");
    let expected = [
        (
            3,
            r#"{"applicant_id_no":"131099194003150021","applicant_name":"张秀英","hukou_region":"131099100201"}"#,
        ),
        (4, "applicant_id_no digits_lost"),
        (6, r#"{"applicant_id_no":"12","applicant_name":"王建国","hukou_region":"西村"}"#),
    ];
    assert_eq!(told(&list), expected.map(|(line, text)| (line, text.to_owned())));
}

#[tokio::test]
async fn a_header_that_no_question_has_stops_the_import_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(&folder.path().join("desk")).await;
    let rows: [&[Cell]; 2] = [&[W("applicant_name"), W("鞋码")], &[W("张秀英"), W("38")]];
    let file = workbook(folder.path(), &rows);
    let refused = read(&desk, &file, ITEM).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.args["column"].as_str()), (problem::UNKNOWN_COLUMN, "鞋码"));
    let rows: [&[Cell]; 2] = [&[W("applicant_name"), W("applicant_name")], &[W("张秀英"), W("张秀兰")]];
    let file = workbook(folder.path(), &rows);
    assert_eq!(read(&desk, &file, ITEM).await.unwrap_err().code, problem::COLUMN_TWICE);
    std::fs::write(&file, b"no workbook").unwrap();
    assert_eq!(read(&desk, &file, ITEM).await.unwrap_err().code, problem::FILE_UNREADABLE);
    assert_eq!(read(&desk, &file, "nowhere").await.unwrap_err().code, problem::NO_SUCH_ITEM);
}
