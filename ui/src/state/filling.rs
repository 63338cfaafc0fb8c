//! Filling a form: what was typed, what is safe already, and which findings may be shown without nagging.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::answer::{Answer, Answers, FieldPath};
use domain::form::{FieldKind, Outcome};
use ipc::case::{CaseView, Edit};
use ipc::problem::Problem;
use yew::Reducible;

use super::sheet::paths;

/// How safe what was typed is.
#[derive(Debug, Clone, PartialEq)]
pub enum Safety {
    /// Everything typed is on this machine's disk.
    Safe,
    /// The last keys are on their way to the disk.
    Saving,
    /// The desk could not save.
    Failed(Problem),
}

/// The form of a case being filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Filling {
    /// The case as the desk last told it.
    pub case: Rc<CaseView>,
    /// Typed here and not in the record yet.
    pub typed: BTreeMap<FieldPath, String>,
    /// Fields whose typing the desk has not confirmed yet.
    pub unsafe_fields: BTreeSet<FieldPath>,
    /// Fields a person has left: their findings are shown.
    pub left: BTreeSet<FieldPath>,
    /// Whether all findings are shown, because somebody tried to go on.
    pub pressed: bool,
    /// How safe what was typed is.
    pub safety: Safety,
    /// What the form says.
    pub sheet: Rc<Outcome>,
    /// The typing that the form has seen; none before its first look.
    pub judged: Option<BTreeMap<FieldPath, String>>,
}

/// Something that happened while filling.
pub enum Event {
    /// Keys were typed or a choice was made.
    Typed(FieldPath, String),
    /// The desk keeps this text of that field safe.
    Kept(FieldPath, String),
    /// The person left a field.
    Left(FieldPath),
    /// The person wants to go on: show everything that is wrong.
    Pressed,
    /// Another page was opened.
    Turned,
    /// The desk wrote these edits into the record (none: it only told the case anew).
    Recorded(Rc<CaseView>, Vec<Edit>),
    /// The desk could not.
    Failed(Problem),
    /// The form looked at the answers, with this typing.
    Computed(Rc<Outcome>, BTreeMap<FieldPath, String>),
}

impl Filling {
    /// The beginning.
    pub fn new(case: Rc<CaseView>) -> Self {
        Filling {
            case,
            typed: BTreeMap::new(),
            unsafe_fields: BTreeSet::new(),
            left: BTreeSet::new(),
            pressed: false,
            safety: Safety::Safe,
            sheet: Rc::default(),
            judged: None,
        }
    }

    /// The answers with everything typed.
    pub fn answers(&self) -> Answers {
        let mut answers = self.case.answers.clone();
        for (field, text) in &self.typed {
            match answers.fields.get_mut(field) {
                Some(answer) => answer.value.clone_from(text),
                None => {
                    answers.fields.insert(field.clone(), Answer::stated(text.clone()));
                }
            }
        }
        answers
    }

    /// What stands in a field: typed, computed by the form, or recorded.
    pub fn text(&self, field: &FieldPath) -> String {
        if let Some(typed) = self.typed.get(field) {
            return typed.clone();
        }
        let recorded = self.case.answers.fields.get(field).map(|answer| answer.value.clone());
        let shown = || self.sheet.computed.get(field).or_else(|| self.sheet.values.get(field)).cloned();
        recorded.or_else(shown).unwrap_or_default()
    }

    /// Whether the form has seen everything typed; before that nobody can say whether something is wrong.
    pub fn is_judged(&self) -> bool {
        self.judged.as_ref() == Some(&self.typed)
    }

    /// Whether the findings of a field may be shown now.
    pub fn tells(&self, field: &FieldPath) -> bool {
        self.pressed || self.left.contains(field)
    }

    /// What to write into the record when a page is left.
    pub fn edits(&self, page: usize) -> Vec<Edit> {
        let Some(page) = self.case.item.form.pages.get(page) else { return Vec::new() };
        let here = paths(page, &self.case.answers);
        let typed = here.into_iter().filter_map(|field| self.typed.get(&field).map(|text| (field, text)));
        let changed = typed.filter(|(field, text)| {
            let recorded = self.case.answers.fields.get(field).map_or("", |answer| answer.value.as_str());
            recorded != text.as_str()
        });
        changed.map(|(field, text)| self.edit(field, text)).collect()
    }

    fn edit(&self, field: FieldPath, text: &str) -> Edit {
        let kind = self.case.item.form.field(&field.question).map_or(FieldKind::Text, |field| field.kind);
        let value = domain::form::normalise(kind, text);
        let seen = self
            .case
            .answers
            .fields
            .get(&field)
            .is_some_and(|answer| answer.original_seen && answer.value == value);
        Edit::Set { field, value, source: domain::answer::Source::Stated, original_seen: seen }
    }

    /// The filling after an event.
    #[must_use]
    pub fn after(&self, event: Event) -> Self {
        let mut next = self.clone();
        match event {
            Event::Typed(field, text) => {
                next.unsafe_fields.insert(field.clone());
                next.typed.insert(field, text);
                next.safety = Safety::Saving;
            }
            Event::Kept(field, text) => {
                if next.typed.get(&field) == Some(&text) {
                    next.unsafe_fields.remove(&field);
                }
                if next.unsafe_fields.is_empty() {
                    next.safety = Safety::Safe;
                }
            }
            Event::Left(field) => {
                next.left.insert(field);
            }
            Event::Pressed => next.pressed = true,
            Event::Turned => next.pressed = false,
            Event::Recorded(case, edits) => {
                for edit in edits {
                    let Edit::Set { field, value, .. } = edit else { continue };
                    let kind =
                        case.item.form.field(&field.question).map_or(FieldKind::Text, |field| field.kind);
                    // Keys typed while the desk was writing are newer than what it wrote.
                    if next.typed.get(&field).is_some_and(|text| domain::form::normalise(kind, text) == value)
                    {
                        next.typed.remove(&field);
                        next.unsafe_fields.remove(&field);
                    }
                }
                next.case = case;
                if next.unsafe_fields.is_empty() {
                    next.safety = Safety::Safe;
                }
            }
            Event::Failed(problem) => next.safety = Safety::Failed(problem),
            Event::Computed(sheet, typed) => {
                next.sheet = sheet;
                next.judged = Some(typed);
            }
        }
        next
    }
}

impl Reducible for Filling {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        Rc::new(self.after(event))
    }
}

#[cfg(test)]
mod tests;
