//! Runs a form while it is being filled: what is asked now, what follows from it, what is missing or wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rxeval::rules::{Clock, ViolationKind};
use rxeval::tree::{Instance, NodeId};

use super::engine::Engine;
use super::sheet::{Sheet, Spot};
use super::{Choice, Field, FieldKind, Finding, FormDef, kinds};
use crate::answer::{Answers, FieldPath};
use crate::id::RowId;
use crate::person::ResidentId;

/// A form that can be asked what it demands. Window, desk and county all use it, so that they never differ.
pub trait FormLogic: Sized {
    /// Opens a form with the answers there are. `today` is the date of filling, not that of a later check.
    fn open(form: &FormDef, answers: &Answers, today: Date) -> Result<Self, FormError>;

    /// Answers a question; an empty text means "cleared on purpose". The text is brought into its one spelling.
    fn set(&mut self, field: &FieldPath, text: &str) -> Result<(), FormError>;

    /// Appends a row to a repeated group; a row that is there already stays.
    fn add_row(&mut self, repeat: &str, row: RowId) -> Result<(), FormError>;

    /// Removes a row and its answers.
    fn remove_row(&mut self, repeat: &str, row: RowId) -> Result<(), FormError>;

    /// What the form says about the answers as they stand.
    fn outcome(&self) -> Outcome;
}

/// What a form says about the answers as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Fields that are not asked now, those of hidden pages and groups included. Their answers are kept and count nothing.
    pub hidden_fields: BTreeSet<FieldPath>,
    /// Names of pages with nothing to ask now.
    pub hidden_pages: BTreeSet<String>,
    /// Names of repeated groups that are not asked now.
    pub hidden_repeats: BTreeSet<String>,
    /// Values the form computes; empty where they cannot be known yet. Never written to the record (ruling 1).
    pub computed: BTreeMap<FieldPath, String>,
    /// All that counts now: answers, defaults and computed values of fields that are asked, without empty ones.
    pub values: BTreeMap<FieldPath, String>,
    /// Names of the choices on offer, for fields whose choices depend on other answers. Other fields offer all of theirs.
    pub choices: BTreeMap<FieldPath, Vec<String>>,
    /// What is missing or wrong, in form order.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Whether nothing keeps the case from being handed in.
    pub fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }

    /// Whether that field is asked now.
    pub fn asks(&self, field: &FieldPath) -> bool {
        !self.hidden_fields.contains(field)
    }
}

/// A form that cannot be run, or a field it does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The rule engine cannot read the form.
    #[error("the form cannot be run: {0}")]
    Form(String),
    /// A page, group or question that the form's own record has no place for.
    #[error("the form has no place for {0}")]
    NoPlace(String),
    /// The form has no such question.
    #[error("the form does not ask {0}")]
    NoSuchField(FieldPath),
    /// The form has no such repeated group, or the group no such row.
    #[error("there is no such row in {0}")]
    NoSuchRow(String),
}

/// Opens a form with the rule engine of this product; the same as [`Filled::open`].
pub fn open(form: &FormDef, answers: &Answers, today: Date) -> Result<Filled, FormError> {
    Filled::open(form, answers, today)
}

/// A form being filled, run by rxeval.
///
/// Rows are known by [`RowId`] outside and by position inside the engine; the mapping lives here and in `sheet`.
pub struct Filled {
    engine: Arc<Engine>,
    today: Date,
    answers: BTreeMap<FieldPath, String>,
    rows: BTreeMap<String, Vec<RowId>>,
}

/// Rounds of working out what is hidden; forms settle in one or two.
const ROUNDS: usize = 8;

impl FormLogic for Filled {
    fn open(form: &FormDef, answers: &Answers, today: Date) -> Result<Self, FormError> {
        let engine = form.read.of(form)?;
        let sheet = &engine.sheet;
        let rows = answers.rows.iter().filter(|(repeat, _)| sheet.repeat(repeat).is_some());
        let rows = rows.map(|(repeat, rows)| (repeat.clone(), rows.clone())).collect();
        let spell = |(path, answer): (&FieldPath, &crate::answer::Answer)| {
            let kind = sheet.field(path).map(|field| field.kind);
            let text =
                kind.map_or_else(|| answer.value.clone(), |kind| kinds::normalise(kind, &answer.value));
            (path.clone(), text)
        };
        let answers = answers.fields.iter().map(spell).collect();
        Ok(Filled { engine, today, answers, rows })
    }

    fn set(&mut self, path: &FieldPath, text: &str) -> Result<(), FormError> {
        let no_such = || FormError::NoSuchField(path.clone());
        let field = self.engine.sheet.field(path).ok_or_else(no_such)?;
        if self.engine.sheet.computes(field) || !self.has_row(path) {
            return Err(no_such());
        }
        let text = kinds::normalise(field.kind, text);
        self.answers.insert(path.clone(), text);
        Ok(())
    }

    fn add_row(&mut self, repeat: &str, row: RowId) -> Result<(), FormError> {
        self.engine.sheet.repeat(repeat).ok_or_else(|| FormError::NoSuchRow(repeat.to_owned()))?;
        let rows = self.rows.entry(repeat.to_owned()).or_default();
        if !rows.contains(&row) {
            rows.push(row);
        }
        Ok(())
    }

    fn remove_row(&mut self, repeat: &str, row: RowId) -> Result<(), FormError> {
        let rows = self.rows.get_mut(repeat).filter(|rows| rows.contains(&row));
        let rows = rows.ok_or_else(|| FormError::NoSuchRow(repeat.to_owned()))?;
        rows.retain(|other| *other != row);
        self.answers
            .retain(|path, _| path.row.as_ref().is_none_or(|(name, id)| name != repeat || *id != row));
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let clock = self.clock();
        let mut hidden = BTreeSet::new();
        let mut state = self.settle(&hidden, &clock);
        for _ in 0..ROUNDS {
            let now = state.hidden_fields();
            if now == hidden {
                break;
            }
            hidden = now;
            state = self.settle(&hidden, &clock);
        }
        self.report(state, &clock)
    }
}

/// The engine's record with one set of answers blanked, and what it says is hidden.
struct State {
    record: Instance,
    spots: Vec<Spot>,
    /// What is not asked, by a rule of its own.
    off: BTreeSet<NodeId>,
    failed: bool,
}

impl State {
    /// A field is hidden with any group above it, whether or not it has a rule of its own.
    fn is_off(&self, node: NodeId) -> bool {
        std::iter::once(node).chain(self.record.ancestors(node)).any(|at| self.off.contains(&at))
    }

    fn hidden_fields(&self) -> BTreeSet<FieldPath> {
        self.spots.iter().filter(|spot| self.is_off(spot.node)).map(|spot| spot.path.clone()).collect()
    }
}

impl Filled {
    fn clock(&self) -> Clock {
        Clock { today: self.today.to_string(), now: format!("{}T00:00:00.000", self.today) }
    }

    fn has_row(&self, path: &FieldPath) -> bool {
        let known =
            |(repeat, row): &(String, RowId)| self.rows.get(repeat).is_some_and(|rows| rows.contains(row));
        path.row.as_ref().is_none_or(known)
    }

    /// Lays the answers out for the engine and lets it compute; hidden answers count as not given, as ODK has it.
    fn settle(&self, hidden: &BTreeSet<FieldPath>, clock: &Clock) -> State {
        let (mut record, spots) = self.engine.sheet.lay_out(&self.rows);
        for spot in &spots {
            if hidden.contains(&spot.path) {
                record.node_mut(spot.node).value.clear();
            } else if let Some(text) = self.answers.get(&spot.path).filter(|_| !spot.computed) {
                record.node_mut(spot.node).value.clone_from(text);
            }
        }
        let sound = self.without_unsound_numbers(&record, &spots);
        let (computed, failed) = self.engine.rules.calculations(sound.as_ref().unwrap_or(&record), clock);
        let places = Sheet::places(&record);
        for (path, text) in computed {
            let Some(node) = places.get(&path) else { continue };
            let spot = spots.iter().find(|spot| spot.node == *node);
            let keep = spot.is_none_or(|spot| !hidden.contains(&spot.path));
            let kind = spot.and_then(|spot| self.engine.sheet.field(&spot.path)).map(|field| field.kind);
            record.node_mut(*node).value = if keep { tidy(kind, text) } else { String::new() };
        }
        let (relevance, problems) = self.engine.rules.relevance(&record, clock);
        let off = off_nodes(relevance, &places);
        State { record, spots, off, failed: !failed.is_empty() || !problems.is_empty() }
    }

    /// The record as calculations may see it: a mistyped identity number gives no birth date and no sex. `None` when
    /// no number is wrong.
    fn without_unsound_numbers(&self, record: &Instance, spots: &[Spot]) -> Option<Instance> {
        let unsound = |spot: &&Spot| {
            let identity =
                self.engine.sheet.field(&spot.path).is_some_and(|field| field.kind == FieldKind::ResidentId);
            let value = record.string_value(spot.node);
            identity && !value.is_empty() && ResidentId::parse(&value, self.today).is_err()
        };
        let mut sound = None;
        for spot in spots.iter().filter(unsound) {
            sound.get_or_insert_with(|| record.clone()).node_mut(spot.node).value.clear();
        }
        sound
    }

    fn report(&self, state: State, clock: &Clock) -> Outcome {
        let mut outcome = Outcome { hidden_fields: state.hidden_fields(), ..Outcome::default() };
        for spot in &state.spots {
            let value = state.record.string_value(spot.node);
            let shown = outcome.asks(&spot.path);
            if shown && spot.computed {
                outcome.computed.insert(spot.path.clone(), value.clone());
            }
            if shown && !value.trim().is_empty() {
                outcome.values.insert(spot.path.clone(), value);
            }
        }
        outcome.choices = self.offers(&state);
        self.hide_groups(&state, clock, &mut outcome);
        outcome.findings = self.findings(&state, clock, &outcome);
        outcome
    }

    /// Choices that depend on other answers. Inside repeated groups all choices are on offer.
    fn offers(&self, state: &State) -> BTreeMap<FieldPath, Vec<String>> {
        let names = |choices: Vec<(String, String)>| choices.into_iter().map(|(name, _)| name).collect();
        let filtered = self.engine.sheet.filtered_fields();
        let offers = filtered
            .filter_map(|field| Some((field, self.engine.rules.choices(&state.record, &field.path)?)))
            .map(|(field, choices)| (FieldPath::plain(&field.name), names(choices)));
        offers.collect()
    }

    fn hide_groups(&self, state: &State, clock: &Clock, outcome: &mut Outcome) {
        // A repeated group without rows has nothing the engine could judge: it is asked with one blank row added.
        let probe = self.engine.sheet.lacks_rows(&self.rows).then(|| self.probe(state, clock));
        let state = probe.as_ref().unwrap_or(state);
        let is_off = |path: &str| Sheet::find(&state.record, path).is_some_and(|node| state.is_off(node));
        let hidden = self.engine.sheet.repeats().filter(|repeat| is_off(&repeat.path));
        outcome.hidden_repeats = hidden.map(|repeat| repeat.name.clone()).collect();
        for page in self.engine.sheet.pages() {
            let empty = !page.fields.is_empty() || !page.repeats.is_empty();
            let empty = empty
                && page.fields.iter().all(|name| outcome.hidden_fields.contains(&FieldPath::plain(name)))
                && page.repeats.iter().all(|name| outcome.hidden_repeats.contains(name));
            if empty || is_off(&page.path) {
                outcome.hidden_pages.insert(page.name.clone());
            }
        }
    }

    /// The same record with a blank row in every group that has none.
    fn probe(&self, state: &State, clock: &Clock) -> State {
        let mut record = self.engine.sheet.lay_out(&self.engine.sheet.with_probe_rows(&self.rows)).0;
        let (from, to) = (Sheet::places(&state.record), Sheet::places(&record));
        for (path, node) in &to {
            if let Some(twin) = from.get(path) {
                record.node_mut(*node).value.clone_from(&state.record.node(*twin).value);
            }
        }
        let (relevance, _) = self.engine.rules.relevance(&record, clock);
        State { record, spots: Vec::new(), off: off_nodes(relevance, &to), failed: false }
    }

    fn findings(&self, state: &State, clock: &Clock, outcome: &Outcome) -> Vec<Finding> {
        let mut by_field: BTreeMap<&FieldPath, Vec<Finding>> = BTreeMap::new();
        let mut broken = state.failed;
        for spot in state.spots.iter().filter(|spot| !spot.computed && outcome.asks(&spot.path)) {
            let Some(field) = self.engine.sheet.field(&spot.path) else { continue };
            let value = state.record.string_value(spot.node);
            if value.trim().is_empty() {
                continue;
            }
            let mut found = kinds::findings(field, &spot.path, &value, self.today);
            found.extend(bad_choice(field, &spot.path, &value, outcome.choices.get(&spot.path)));
            by_field.entry(&spot.path).or_default().extend(found);
        }
        let paths: BTreeMap<String, &FieldPath> =
            state.spots.iter().map(|spot| (state.record.path_of(spot.node), &spot.path)).collect();
        for violation in self.engine.rules.check(&state.record, clock.clone()) {
            let message = violation.message.unwrap_or_default();
            let Some(path) = paths.get(&violation.node_path).filter(|path| outcome.asks(path)) else {
                broken |= matches!(violation.kind, ViolationKind::Failed(_));
                continue;
            };
            let found = by_field.entry(path).or_default();
            match violation.kind {
                ViolationKind::Required => found.push(Finding::error(path, "required").saying(message)),
                // What cannot be read at all is told once, by what is wrong with it.
                ViolationKind::Constraint if !found.iter().any(Finding::is_error) => {
                    found.push(Finding::error(path, "constraint").saying(message));
                }
                ViolationKind::Failed(_) => broken = true,
                ViolationKind::Constraint | ViolationKind::Calculation { .. } => {}
            }
        }
        let mut findings: Vec<Finding> =
            state.spots.iter().filter_map(|spot| by_field.remove(&spot.path)).flatten().collect();
        let known: BTreeSet<&FieldPath> = state.spots.iter().map(|spot| &spot.path).collect();
        let strangers = self.answers.iter().filter(|(path, text)| !known.contains(path) && !text.is_empty());
        findings.extend(strangers.map(|(path, _)| Finding::warning(path, "unknown_field")));
        if broken {
            findings.push(form_broken());
        }
        findings
    }
}

fn off_nodes(relevance: BTreeMap<String, bool>, places: &BTreeMap<String, NodeId>) -> BTreeSet<NodeId> {
    relevance.iter().filter(|(_, asked)| !**asked).filter_map(|(path, _)| places.get(path)).copied().collect()
}

/// A rule of the form could not be run. Nobody who fills the form can put that right, so it holds nothing up.
fn form_broken() -> Finding {
    Finding {
        field: None,
        level: super::Level::Warning,
        ..Finding::error(&FieldPath::plain(""), "form_broken")
    }
}

/// A computed value that stands for "cannot be known yet" is empty.
fn tidy(kind: Option<FieldKind>, text: String) -> String {
    let unknown = text == "NaN" || text.ends_with("Infinity");
    let unreal_date = kind == Some(FieldKind::Date) && kinds::read_date(&text).is_none();
    if unknown || unreal_date { String::new() } else { text }
}

fn bad_choice(
    field: &Field,
    path: &FieldPath,
    value: &str,
    offered: Option<&Vec<String>>,
) -> Option<Finding> {
    let select = matches!(field.kind, FieldKind::SelectOne | FieldKind::SelectMultiple);
    let among_choices = field.kind == FieldKind::Region && !field.choices.is_empty();
    if !select && !among_choices {
        return None;
    }
    let known = |name: &str| match offered {
        Some(names) => names.iter().any(|other| other == name),
        None => field.choices.iter().any(|choice: &Choice| choice.name == name),
    };
    let ok = match field.kind {
        FieldKind::SelectMultiple => {
            let picked: Vec<&str> = value.split_whitespace().collect();
            let distinct: BTreeSet<&&str> = picked.iter().collect();
            distinct.len() == picked.len() && picked.iter().all(|name| known(name))
        }
        _ => known(value),
    };
    (!ok).then(|| Finding::error(path, "bad_choice"))
}
