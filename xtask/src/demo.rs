//! Tells the main job in the terminal with the real programs: a case goes from a village without network to the
//! county's decision and back.

use crate::places::Places;
use crate::stage::{Person, Stage};
use crate::tell;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Plays the story on a stage of its own, which is made anew each time.
pub fn tell_story(places: &Places) -> Result<()> {
    let folder = places.cache.join("story");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let stage = Stage::new(places, folder)?;
    let county = stage.prepare()?;
    let story = Story {
        agent: stage.person("agent")?,
        clerk: stage.person("clerk")?,
        admin: stage.person("county")?,
        stage: &stage,
    };
    for person in [story.agent, story.clerk, story.admin] {
        story.exchange(person)?;
    }
    // The cable is pulled out: the county ends, the village goes on.
    drop(county);
    let case = story.in_the_village(places)?;
    let _county = stage.open_county()?;
    story.through_the_offices(&case)
}

struct Story<'a> {
    stage: &'a Stage<'a>,
    agent: &'a Person,
    clerk: &'a Person,
    admin: &'a Person,
}

impl Story<'_> {
    fn in_the_village(&self, places: &Places) -> Result<String> {
        let answers = places.clone.join(self.stage.line("answers")?.as_str().context("no answers file")?);
        let words = self.stage.line("words")?;
        let item = tell::step("no network: the village agent looks for the item by its initials", || {
            let found =
                self.stage.ask(self.agent, &["item", "search", words.as_str().unwrap_or_default()])?;
            let first = found.pointer("/items/0").context("nothing was found")?.clone();
            tell::note(&format!("{} {}", word(&first, "code")?, word(&first, "name")?));
            word(&first, "code")
        })?;
        tell::step("no network: she fills the form and hands the case in", || {
            let answers = answers.to_str().context("the clone's path is not text")?;
            let made = self
                .stage
                .ask(self.agent, &["case", "new", "--item", &item, "--answers", answers, "--submit"])?;
            tell::note(&format!("receipt {}, {}", word(&made, "receipt")?, word(&made, "status")?));
            word(&made, "case")
        })
    }

    fn through_the_offices(&self, case: &str) -> Result<()> {
        tell::step("the county comes up: the desk sends", || {
            self.exchange(self.agent)?;
            self.must_be(self.agent, case, "submitted")
        })?;
        tell::step("the township clerk asks for one correction, naming the field", || {
            self.exchange(self.clerk)?;
            let payload = self.file("correction")?;
            self.stage
                .ask(self.clerk, &["case", "act", case, "request_correction", "--payload", &payload])?;
            self.exchange(self.clerk)
        })?;
        tell::step("the village agent sees it, corrects and hands in again", || {
            self.exchange(self.agent)?;
            self.must_be(self.agent, case, "correction_requested")?;
            let answers = self.file("corrected")?;
            self.stage.ask(self.agent, &["case", "edit", case, "--answers", &answers])?;
            self.stage.ask(self.agent, &["case", "submit", case])?;
            self.exchange(self.agent)?;
            self.must_be(self.agent, case, "correction_submitted")
        })?;
        tell::step("the township accepts and forwards", || {
            self.exchange(self.clerk)?;
            for kind in ["accept", "forward"] {
                self.stage.ask(self.clerk, &["case", "act", case, kind])?;
                self.exchange(self.clerk)?;
            }
            self.must_be(self.clerk, case, "forwarded")
        })?;
        tell::step("the county decides", || {
            self.exchange(self.admin)?;
            let opinion = self.stage.line("opinion")?;
            let reason = opinion.as_str().unwrap_or_default();
            self.stage.ask(self.admin, &["case", "act", case, "approve", "--reason", reason])?;
            self.exchange(self.admin)
        })?;
        tell::step("the village learns of it", || {
            self.exchange(self.agent)?;
            self.must_be(self.agent, case, "approved")?;
            let shown = self.stage.ask(self.agent, &["case", "show", case])?;
            for act in shown.get("acts").and_then(Value::as_array).into_iter().flatten() {
                tell::note(&format!("{}  {}  {}", word(act, "at")?, word(act, "kind")?, word(act, "by")?));
            }
            Ok(())
        })
    }

    /// Exchanges until nothing is left; says what was moved.
    fn exchange(&self, person: &Person) -> Result<()> {
        let moved = self.stage.ask(person, &["sync", "--until-idle"])?;
        let count = |key: &str| moved.get(key).and_then(Value::as_u64).unwrap_or_default();
        tell::note(&format!(
            "{}: {} items sent, {} received, {} waiting",
            person.name,
            count("items_sent"),
            count("items_received"),
            count("waiting")
        ));
        match moved.get("refused").and_then(Value::as_array) {
            Some(refused) if !refused.is_empty() => {
                bail!("the county refused: {}", Value::from(refused.clone()))
            }
            _ => Ok(()),
        }
    }

    fn must_be(&self, person: &Person, case: &str, wanted: &str) -> Result<()> {
        let shown = self.stage.ask(person, &["case", "show", case])?;
        let status = word(&shown, "status")?;
        tell::note(&format!("{} sees: {status}", person.name));
        if status != wanted {
            bail!("{} should see {wanted}, not {status}", person.name);
        }
        Ok(())
    }

    /// Writes a piece of the script to a file that a command reads.
    fn file(&self, line: &str) -> Result<String> {
        let path: PathBuf = self.stage.folder.join(format!("{line}.json"));
        fs::write(&path, self.stage.line(line)?.to_string())?;
        Ok(path.to_str().context("the cache's path is not text")?.to_owned())
    }
}

fn word(object: &Value, key: &str) -> Result<String> {
    match object.get(key) {
        Some(Value::String(word)) => Ok(word.clone()),
        Some(other) => Ok(other.to_string()),
        None => bail!("the program did not say {key}"),
    }
}
