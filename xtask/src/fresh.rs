//! Whether what was built is still what the sources say. The sources are read, which takes a moment; asking every
//! tool again would take a minute.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Folders that hold no sources, wherever they lie.
const NO_SOURCES: [&str; 3] = ["node_modules", "target", ".git"];

/// Something that is built from sources.
pub struct Build<'a> {
    /// Where it is noted what was built last.
    pub mark: PathBuf,
    /// Files and folders it is built from; one that is not there counts as empty.
    pub sources: Vec<PathBuf>,
    /// What may decide beside the sources: how it is built.
    pub how: &'a str,
    /// The files that the build leaves behind.
    pub results: Vec<PathBuf>,
}

impl Build<'_> {
    /// Builds when a source or a result is not what it was; answers whether it did.
    pub fn unless_fresh(&self, build: impl FnOnce() -> Result<()>) -> Result<bool> {
        // Read before building: what is changed meanwhile is built the next time.
        let sources = self.sources()?;
        if let Some(results) = self.results()
            && fs::read_to_string(&self.mark).is_ok_and(|noted| noted == format!("{sources} {results}"))
        {
            return Ok(false);
        }
        // A build that is broken off must not look finished.
        let _absent = fs::remove_file(&self.mark);
        build()?;
        if let (Some(results), Some(folder)) = (self.results(), self.mark.parent()) {
            fs::create_dir_all(folder)?;
            fs::write(&self.mark, format!("{sources} {results}"))?;
        }
        Ok(true)
    }

    /// A digest over names and contents: a file that was only touched is not new.
    fn sources(&self) -> Result<String> {
        let mut digest = Sha256::new_with_prefix(self.how);
        for source in &self.sources {
            take_in(source, &mut digest).with_context(|| source.display().to_string())?;
        }
        Ok(hex::encode(digest.finalize()))
    }

    /// A digest over length and time of what lies there; `None` when something is missing.
    fn results(&self) -> Option<String> {
        let mut digest = Sha256::new();
        for result in &self.results {
            let there = fs::metadata(result).ok()?;
            let time = there.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            digest.update(there.len().to_be_bytes());
            digest.update(time.as_nanos().to_be_bytes());
        }
        Some(hex::encode(digest.finalize()))
    }
}

fn take_in(path: &Path, digest: &mut Sha256) -> Result<()> {
    let Ok(kind) = fs::symlink_metadata(path) else { return Ok(()) };
    if kind.is_dir() {
        let mut inside: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        inside.sort();
        for path in inside {
            let skipped = path.file_name().is_some_and(|name| NO_SOURCES.iter().any(|other| name == *other));
            if !skipped {
                take_in(&path, digest)?;
            }
        }
    } else if kind.is_file() {
        let content = fs::read(path)?;
        for part in [path.as_os_str().as_encoded_bytes(), &content] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::{Duration, SystemTime};

    /// A folder with one source; building copies it and counts.
    struct Workshop {
        folder: tempfile::TempDir,
        built: Cell<u32>,
    }

    impl Workshop {
        fn new() -> Self {
            let workshop = Workshop { folder: tempfile::tempdir().unwrap(), built: Cell::new(0) };
            fs::create_dir_all(workshop.at("src/inner")).unwrap();
            fs::write(workshop.at("src/inner/page"), "one").unwrap();
            workshop
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn build(&self, how: &str) -> bool {
            let build = Build {
                mark: self.at("kept/mark"),
                sources: vec![self.at("src"), self.at("not-there")],
                how,
                results: vec![self.at("result")],
            };
            build
                .unless_fresh(|| {
                    self.built.set(self.built.get() + 1);
                    fs::write(self.at("result"), self.built.get().to_string())?;
                    Ok(())
                })
                .unwrap()
        }
    }

    #[test]
    fn the_second_time_nothing_is_built() {
        let workshop = Workshop::new();
        assert!(workshop.build("quick"));
        assert!(!workshop.build("quick"));
        assert_eq!(workshop.built.get(), 1);
    }

    #[test]
    fn a_file_that_was_only_touched_is_not_new() {
        let workshop = Workshop::new();
        workshop.build("quick");
        let source = fs::File::options().write(true).open(workshop.at("src/inner/page")).unwrap();
        source.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        assert!(!workshop.build("quick"));
    }

    #[test]
    fn changed_new_gone_and_renamed_sources_are_built() {
        let workshop = Workshop::new();
        workshop.build("quick");
        fs::write(workshop.at("src/inner/page"), "two").unwrap();
        assert!(workshop.build("quick"), "changed");
        fs::write(workshop.at("src/other"), "").unwrap();
        assert!(workshop.build("quick"), "new");
        fs::rename(workshop.at("src/other"), workshop.at("src/another")).unwrap();
        assert!(workshop.build("quick"), "renamed");
        fs::remove_file(workshop.at("src/another")).unwrap();
        assert!(workshop.build("quick"), "gone");
        assert!(!workshop.build("quick"));
    }

    #[test]
    fn a_result_that_is_gone_or_was_replaced_is_built_again() {
        let workshop = Workshop::new();
        workshop.build("quick");
        fs::remove_file(workshop.at("result")).unwrap();
        assert!(workshop.build("quick"), "gone");
        fs::write(workshop.at("result"), "somebody else's").unwrap();
        assert!(workshop.build("quick"), "replaced");
    }

    #[test]
    fn another_way_of_building_builds() {
        let workshop = Workshop::new();
        workshop.build("quick");
        assert!(workshop.build("as it is shipped"));
    }

    #[test]
    fn what_others_installed_among_the_sources_is_not_read() {
        let workshop = Workshop::new();
        workshop.build("quick");
        fs::create_dir_all(workshop.at("src/node_modules/thing")).unwrap();
        fs::write(workshop.at("src/node_modules/thing/index.js"), "").unwrap();
        assert!(!workshop.build("quick"));
    }

    #[test]
    fn a_build_that_failed_is_begun_again() {
        let workshop = Workshop::new();
        workshop.build("quick");
        fs::write(workshop.at("src/inner/page"), "broken").unwrap();
        let build = Build {
            mark: workshop.at("kept/mark"),
            sources: vec![workshop.at("src")],
            how: "quick",
            results: vec![workshop.at("result")],
        };
        assert!(build.unless_fresh(|| anyhow::bail!("no")).is_err());
        fs::write(workshop.at("src/inner/page"), "one").unwrap();
        assert!(workshop.build("quick"), "back to what it was, yet it was not finished since");
    }
}
