//! Invented applications with the history of how they were filled in: the same ones that other programs are measured
//! with, made from the same seed by the same rule (a small generator written for this comparison; nothing in them is
//! real).

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The seed of the documents that are measured.
pub const SEED: u32 = 20_260_101;
/// Changed documents.
const CHANGED: usize = 200;

#[derive(Deserialize)]
struct Words {
    surnames: Vec<String>,
    given: Vec<String>,
    townships: Vec<String>,
    hamlets: Vec<String>,
    services: Vec<[String; 2]>,
    materials: Vec<String>,
    states: Vec<String>,
    words: Vec<String>,
    windows: Vec<String>,
    channels: Vec<String>,
    sexes: Vec<String>,
    peoples: Vec<String>,
    banks: Vec<String>,
    relations: Vec<String>,
    health: Vec<String>,
    text: Map<String, Value>,
}

/// One saved step: when, by whom, what.
pub struct Step {
    /// Seconds since 1970.
    pub at: i64,
    /// What was put or added.
    pub entries: Vec<Entry>,
}

/// One thing entered.
pub enum Entry {
    /// A value, or an object of values, under a name.
    Set(&'static str, Value),
    /// A row behind the others of a list.
    Push(&'static str, Value),
}

/// One application.
pub struct Application {
    /// Its steps, twelve of them.
    pub steps: Vec<Step>,
}

/// The generator (mulberry32).
struct Dice(u32);

impl Dice {
    fn seeded(index: usize, factor: u32, seed: u32) -> Dice {
        let mut dice = Dice((index as u32).wrapping_add(1).wrapping_mul(factor) ^ seed);
        (0..4).for_each(|_| _ = dice.throw());
        dice
    }

    fn throw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let mut t = (self.0 ^ (self.0 >> 15)).wrapping_mul(self.0 | 1);
        t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
        t ^ (t >> 14)
    }

    fn int(&mut self, below: usize) -> usize {
        self.throw() as usize % below
    }

    fn range(&mut self, from: usize, to: usize) -> usize {
        from + self.int(to - from + 1)
    }

    fn pick<'w>(&mut self, words: &'w [String]) -> &'w str {
        &words[self.int(words.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.int(10) as u8)).collect()
    }

    fn hex(&mut self, count: usize) -> String {
        let mut text = String::new();
        while text.len() < count {
            text += &format!("{:08x}", self.throw());
        }
        text.truncate(count);
        text
    }
}

/// All there is to write applications with.
pub struct Office {
    words: Words,
}

impl Office {
    pub fn open() -> Office {
        let words = include_str!("../../../data/applications.json");
        Office { words: serde_json::from_str(words).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.words.text[name].as_str().unwrap()
    }

    fn person(&self, dice: &mut Dice) -> String {
        let w = &self.words;
        let name = dice.pick(&w.surnames).to_owned() + dice.pick(&w.given);
        if dice.int(3) > 0 { name + dice.pick(&w.given) } else { name }
    }

    fn sentence(&self, dice: &mut Dice, words: usize) -> String {
        let mut text = String::new();
        for n in 0..words {
            text += dice.pick(&self.words.words);
            if n % 7 == 6 {
                text += self.text(["comma", "comma", "stop", "semicolon"][dice.int(4)]);
            }
            if dice.int(14) == 0 {
                text += &dice.range(1, 98_000).to_string();
            }
        }
        text + self.text("stop")
    }

    fn id_no(&self, dice: &mut Dice) -> String {
        let place = dice.digits(4);
        let year = dice.range(1938, 2012);
        let month = dice.range(1, 12);
        let day = dice.range(1, 28);
        let serial = dice.digits(3);
        let check = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"][dice.int(11)];
        format!("51{place}{year}{month:02}{day:02}{serial}{check}")
    }

    fn phone(&self, dice: &mut Dice) -> String {
        let begin =
            ["138", "139", "150", "151", "159", "177", "183", "187", "191", "199"][dice.int(10)].to_owned();
        begin + &dice.digits(8)
    }

    /// The `n`-th application of a seed.
    pub fn application(&self, n: usize, seed: u32) -> Application {
        let mut writing = Writing::begin(self, n, seed);
        writing.applicant();
        writing.household();
        writing.means();
        writing.materials();
        writing.last_pages();
        Application { steps: writing.steps }
    }

    /// What the county office adds to the `n`-th application, whose last step was at `last`.
    pub fn review(&self, n: usize, seed: u32, last: i64) -> Step {
        let mut dice = Dice::seeded(n, 0x85eb_ca6b, seed ^ 0x5bd1_e995);
        let at = last + dice.range(86_400, 864_000) as i64;
        let who = self.text("reviewer").to_owned() + &self.person(&mut dice);
        let state = dice.pick(&self.words.states[4..]).to_owned();
        let words = dice.range(6, 14);
        let opinion = self.sentence(&mut dice, words);
        let number = format!("{}{}{}", self.text("doc_no"), dice.range(1, 9_999), self.text("house"));
        let note = self.sentence(&mut dice, 3);
        let review = json!({"at": at, "by": who, "opinion": opinion, "docNo": number});
        let entries = vec![
            Entry::Set("status", json!(state)),
            Entry::Set("review", review),
            Entry::Push("log", json!({"at": at, "who": who, "act": self.text("review"), "note": note})),
        ];
        Step { at, entries }
    }
}

/// The applications that are changed out of `count`.
pub fn changed(count: usize) -> Vec<usize> {
    let changed = CHANGED.min(count);
    (0..changed).map(|n| n * count / changed).collect()
}

/// An application being written, step by step.
struct Writing<'o> {
    office: &'o Office,
    dice: Dice,
    at: i64,
    township: String,
    village: String,
    clerk: String,
    name: String,
    steps: Vec<Step>,
}

impl<'o> Writing<'o> {
    fn begin(office: &'o Office, n: usize, seed: u32) -> Self {
        let w = &office.words;
        let mut dice = Dice::seeded(n, 0x9e37_79b1, seed);
        let township = dice.pick(&w.townships).to_owned();
        let village = dice.pick(&w.hamlets).to_owned() + office.text("village");
        let service = w.services[dice.int(w.services.len())].clone();
        let id = format!("SQ2026-{n:06}-{}", dice.hex(8));
        let at = 1_767_225_600 + n as i64 * 37 + dice.int(30) as i64;
        let clerk = dice.pick(&w.windows).to_owned() + &office.person(&mut dice);
        let name = office.person(&mut dice);
        let version = format!("2026.{}", dice.range(1, 9));
        let group = format!("{}{}", dice.range(1, 12), office.text("group"));
        let point = format!("P{}", dice.digits(4));
        let channel = dice.pick(&w.channels).to_owned();
        let place = json!({
            "county": office.text("county"), "township": format!("{township}{}", office.text("town")),
            "village": village, "group": group, "point": point,
        });
        let entries = vec![
            Entry::Set("schema", json!(3)),
            Entry::Set("id", json!(id)),
            Entry::Set(
                "service",
                json!({"code": service[0], "name": service[1], "catalogueVersion": version}),
            ),
            Entry::Set("place", place),
            Entry::Set("status", json!(w.states[0])),
            Entry::Set("createdAt", json!(at)),
            Entry::Set("clerk", json!(clerk)),
            Entry::Set("channel", json!(channel)),
        ];
        let mut writing = Writing { office, dice, at, township, village, clerk, name, steps: Vec::new() };
        writing.step(entries);
        writing
    }

    fn step(&mut self, entries: Vec<Entry>) {
        self.at += self.dice.range(20, 5_400) as i64;
        self.steps.push(Step { at: self.at, entries });
    }

    fn log(&mut self, act: &str, least: usize, most: usize) -> Entry {
        let words = if least == most { least } else { self.dice.range(least, most) };
        let note = self.office.sentence(&mut self.dice, words);
        Entry::Push(
            "log",
            json!({"at": self.at, "who": self.clerk, "act": self.office.text(act), "note": note}),
        )
    }

    fn applicant(&mut self) {
        let (office, w, dice) = (self.office, &self.office.words, &mut self.dice);
        let id_no = office.id_no(dice);
        let gender = dice.pick(&w.sexes).to_owned();
        let people = dice.pick(&w.peoples).to_owned();
        let phone = office.phone(dice);
        let (group, house) = (dice.range(1, 12), dice.range(1, 260));
        let address = format!(
            "{}{}{}{}{group}{}{house}{}",
            office.text("county"),
            self.township,
            office.text("town"),
            self.village,
            office.text("group"),
            office.text("house")
        );
        let bank = dice.pick(&w.banks).to_owned();
        let account = format!("62{}", dice.digits(17));
        let applicant = json!({
            "name": self.name, "idType": office.text("id_card"), "idNo": id_no, "gender": gender, "ethnicity": people,
            "phone": phone, "address": address, "bank": bank, "account": account,
        });
        self.step(vec![Entry::Set("applicant", applicant)]);
    }

    fn household(&mut self) {
        let (office, w, dice) = (self.office, &self.office.words, &mut self.dice);
        let mut entries = Vec::new();
        for _ in 0..dice.range(2, 5) {
            let name = office.person(dice);
            let relation = dice.pick(&w.relations).to_owned();
            let id_no = office.id_no(dice);
            let income = dice.range(0, 42_000);
            let health = dice.pick(&w.health).to_owned();
            let words = dice.range(1, 4);
            let note = office.sentence(dice, words);
            entries.push(Entry::Push(
                "household",
                json!({"name": name, "relation": relation, "idNo": id_no, "income": income, "health": health, "note": note}),
            ));
        }
        self.step(entries);
    }

    fn means(&mut self) {
        let dice = &mut self.dice;
        let words = dice.range(55, 95);
        let reason = self.office.sentence(dice, words);
        let (farm, labour) = (dice.range(0, 20_000), dice.range(0, 60_000));
        let (transfer, other) = (dice.range(0, 8_000), dice.range(0, 3_000));
        let income = json!({"farm": farm, "labour": labour, "transfer": transfer, "other": other});
        self.step(vec![Entry::Set("reason", json!(reason)), Entry::Set("income", income)]);
    }

    fn materials(&mut self) {
        for _ in 0..3 {
            let (w, dice) = (&self.office.words, &mut self.dice);
            let name = dice.pick(&w.materials).to_owned();
            let kind = ["image/jpeg", "image/jpeg", "application/pdf"][dice.int(3)];
            let size = dice.range(200_000, 2_000_000);
            let sha256 = dice.hex(64);
            let material = json!({
                "name": name, "kind": kind, "size": size, "sha256": sha256, "takenAt": self.at,
                "state": self.office.text("waiting"),
            });
            self.step(vec![Entry::Push("materials", material)]);
        }
    }

    /// A corrected number, the declaration, and the way through the village.
    fn last_pages(&mut self) {
        let phone = self.office.phone(&mut self.dice);
        let log = self.log("phone", 3, 3);
        self.step(vec![Entry::Set("applicant_phone", json!(phone)), log]);
        let signature = self.dice.hex(32);
        let agent =
            if self.dice.int(3) > 0 { Value::Null } else { json!(self.office.person(&mut self.dice)) };
        let signed = json!({"agreed": true, "signedAt": self.at, "signature": signature, "agent": agent});
        self.step(vec![Entry::Set("declaration", signed), Entry::Set("lang", json!("zh-CN"))]);
        let state = |n: usize| Entry::Set("status", json!(self.office.words.states[n]));
        let (third, fourth) = (state(2), state(3));
        let log = self.log("first", 4, 9);
        self.step(vec![third, log]);
        let words = self.dice.range(12, 24);
        let remark = self.office.sentence(&mut self.dice, words);
        let log = self.log("note", 4, 4);
        self.step(vec![Entry::Set("remark", json!(remark)), log]);
        let photo = self.dice.hex(64);
        let place = format!("{}{}", self.village, self.office.text("board"));
        let notice = json!({"from": self.at, "days": 7, "place": place, "photo": photo});
        let log = self.log("notice", 3, 8);
        self.step(vec![fourth, Entry::Set("publicity", notice), log]);
    }
}
