//! Plans that failed once, kept as files: they are run with every test from then on.

use std::path::{Path, PathBuf};

use super::plan::Plan;

/// Where they lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("simulation/plans")
}

/// Keeps a plan; gives where.
pub fn keep(plan: &Plan) -> PathBuf {
    std::fs::create_dir_all(folder()).unwrap();
    let file = folder().join(format!("seed-{}.json", plan.seed));
    std::fs::write(&file, format!("{}\n", serde_json::to_string_pretty(plan).unwrap())).unwrap();
    file
}

/// Reads a plan.
pub fn read(file: &Path) -> Plan {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// All that were kept, by file name.
pub fn all() -> Vec<(PathBuf, Plan)> {
    let Ok(entries) = std::fs::read_dir(folder()) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}
