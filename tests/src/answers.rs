//! Answers files of the sample catalogue, and the codes of its items.

use serde_json::Value;

use crate::county::sample_catalogue;

/// Code of 高龄津贴.
pub const GAOLING: &str = "130511901000";

/// Zhang Xiuying's answers for 高龄津贴, complete and right.
pub fn gaoling() -> Value {
    let text = std::fs::read_to_string(sample_catalogue().join("examples/gaoling.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
