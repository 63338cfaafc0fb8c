//! docs/protocol.md is what the programs do: its table of official steps and its refusal codes are compared with them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

use sync::refusal::Code;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md")).unwrap()
}

#[test]
fn the_published_table_of_steps_is_the_one_the_programs_ask() {
    let table = domain::lifecycle::markdown();
    assert!(page().contains(table.trim_end()), "the table should read:\n{table}");
}

#[test]
fn every_refusal_code_is_published() {
    let page = page();
    let published = |code: &Code| page.contains(&format!("`{}`", code.name()));
    let missing: Vec<Code> = Code::known().into_iter().filter(|code| !published(code)).collect();
    assert_eq!(missing, []);
}
