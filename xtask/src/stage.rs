//! The demo county: a server on this machine with the sample catalogue, and three enrolled desks, kept between runs.

use crate::county::{self, County};
use crate::places::Places;
use crate::tell;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who takes part; a data file, because names are Chinese.
const PEOPLE: &str = include_str!("../demo/people.json");

/// One person of the demo.
#[derive(Debug, Clone)]
pub struct Person {
    /// `agent`, `clerk` or `county`; also the name of the desk's folder.
    pub part: String,
    /// Name as officials write it.
    pub name: String,
    /// Region code of the unit the person works for.
    pub unit: String,
    /// Name of that unit.
    pub unit_name: String,
    /// Roles as `enrol-code` takes them, separated by commas.
    pub role: String,
    /// Demo password, printed for whoever tries the product.
    pub password: String,
}

/// A prepared stage: folders of the county and of the desks.
pub struct Stage<'a> {
    places: &'a Places,
    /// Where everything of this stage lies.
    pub folder: PathBuf,
    /// Who takes part, in the order of the story.
    pub people: Vec<Person>,
}

impl<'a> Stage<'a> {
    /// A stage in `folder`; nothing is made yet.
    pub fn new(places: &'a Places, folder: PathBuf) -> Result<Self> {
        let script: Value = serde_json::from_str(PEOPLE).context("xtask/demo/people.json")?;
        let people = script
            .get("people")
            .and_then(Value::as_array)
            .context("nobody takes part")?
            .iter()
            .map(person)
            .collect::<Result<_>>()?;
        Ok(Self { places, folder, people })
    }

    /// The person who plays a part.
    pub fn person(&self, part: &str) -> Result<&Person> {
        self.people.iter().find(|person| person.part == part).with_context(|| format!("nobody plays {part}"))
    }

    /// A piece of the story in the terminal.
    pub fn line(&self, name: &str) -> Result<Value> {
        let script: Value = serde_json::from_str(PEOPLE)?;
        script
            .get("demo")
            .and_then(|demo| demo.get(name))
            .cloned()
            .with_context(|| format!("the story has no {name}"))
    }

    /// The desk's data folder of a person.
    pub fn desk(&self, person: &Person) -> PathBuf {
        self.folder.join(&person.part)
    }

    /// Whether every desk was enrolled in an earlier run.
    pub fn is_prepared(&self) -> bool {
        self.people.iter().all(|person| self.enrolled(person).is_file())
    }

    /// Makes what is missing: the county, its catalogue, the enrolled desks. Leaves the county running.
    pub fn prepare(&self) -> Result<County> {
        fs::create_dir_all(&self.folder)?;
        // Whoever comes while another prepares waits, and finds everything made.
        let preparing = File::create(self.folder.join("preparing"))?;
        preparing.lock()?;
        self.make_county()?;
        let county = self.open_county()?;
        self.publish()?;
        for person in &self.people {
            self.enrol(person)?;
        }
        Ok(county)
    }

    /// Starts the county, or joins the one that another run of this stage has started.
    pub fn open_county(&self) -> Result<County> {
        County::open(&self.places.program("daiban-county"), &self.folder, self.address()?)
    }

    /// Whether the county answers, started by whomever.
    pub fn county_is_open(&self) -> bool {
        self.address().is_ok_and(county::answers)
    }

    /// Runs a desk command as a person and reads its JSON; a refusal is an error with the desk's own sentence.
    pub fn ask(&self, person: &Person, words: &[&str]) -> Result<Value> {
        let mut command = Command::new(self.places.program("daiban-desk"));
        command.args(words).arg("--json").arg("--data").arg(self.desk(person));
        command.env("DAIBAN_PASSWORD", &person.password);
        json(&mut command)
    }

    fn make_county(&self) -> Result<()> {
        let data = self.folder.join("county-server");
        if self.folder.join("county-made").is_file() {
            return Ok(());
        }
        let script: Value = serde_json::from_str(PEOPLE)?;
        tell::step("making the demo county", || {
            let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let mut command = Command::new(self.places.program("daiban-county"));
            command.arg("init").arg("--data").arg(&data).args(["--address", &free.to_string()]);
            for key in ["region", "name"] {
                command
                    .arg(format!("--{key}"))
                    .arg(script.get(key).and_then(Value::as_str).unwrap_or_default());
            }
            tell::run_quietly(&mut command, &self.folder.join("init.log"))?;
            fs::write(self.folder.join("county-made"), free.to_string())?;
            Ok(())
        })
    }

    fn publish(&self) -> Result<()> {
        let mark = self.folder.join("catalogue-published");
        let catalogue = self.places.clone.join("catalogue");
        if newest(&mark).is_some_and(|published| newest(&catalogue).is_some_and(|made| made <= published)) {
            return Ok(());
        }
        tell::step("publishing the sample catalogue", || {
            let mut command = Command::new(self.places.program("daiban-county"));
            command
                .args(["catalogue", "publish"])
                .arg(&catalogue)
                .arg("--data")
                .arg(self.folder.join("county-server"));
            tell::run_quietly(&mut command, &self.folder.join("publish.log"))?;
            fs::write(&mark, "")?;
            Ok(())
        })
    }

    fn enrol(&self, person: &Person) -> Result<()> {
        let mark = self.enrolled(person);
        if mark.is_file() {
            return Ok(());
        }
        tell::step(&format!("enrolling {} ({})", person.name, person.part), || {
            let mut command = Command::new(self.places.program("daiban-county"));
            command.args(["enrol-code", "--json", "--role", &person.role, "--name", &person.name]);
            command.args(["--unit", &person.unit, "--unit-name", &person.unit_name]);
            let code = json(command.arg("--data").arg(self.folder.join("county-server")))?;
            let code =
                code.get("code").and_then(Value::as_str).context("the county gave no enrolment code")?;
            self.ask(person, &["enrol", "--code", code])?;
            fs::write(&mark, "")?;
            Ok(())
        })
    }

    fn enrolled(&self, person: &Person) -> PathBuf {
        self.folder.join(format!("{}-enrolled", person.part))
    }

    fn address(&self) -> Result<SocketAddr> {
        let text = fs::read_to_string(self.folder.join("county-made"))
            .context("the demo county was not made yet")?;
        text.trim().parse().context("the demo county's address")
    }
}

fn person(entry: &Value) -> Result<Person> {
    let word = |key: &str| {
        entry
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("a person without {key}"))
    };
    Ok(Person {
        part: word("as")?,
        name: word("name")?,
        unit: word("unit")?,
        unit_name: word("unit_name")?,
        role: word("role")?,
        password: word("password")?,
    })
}

fn json(command: &mut Command) -> Result<Value> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        let said =
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        bail!("{}", said.trim());
    }
    serde_json::from_slice(&output.stdout).context("the program did not answer in JSON")
}

/// The time of the newest file in a folder, or of a file.
fn newest(path: &Path) -> Option<std::time::SystemTime> {
    if path.is_file() {
        return fs::metadata(path).ok()?.modified().ok();
    }
    fs::read_dir(path).ok()?.filter_map(|entry| newest(&entry.ok()?.path())).max()
}
