//! Which values a person sees in full, and which are covered until they ask with a reason.

use domain::answer::{Answers, FieldPath};
use domain::form::{Field, FieldKind, FormDef};
use domain::mask;
use domain::role::{Official, Role};
use ipc::case::Conflict;

/// Whether this person sees everything of a case: only the one who is filling it in, sitting beside the applicant.
pub fn sees_all(me: &Official, may_write: bool) -> bool {
    may_write && me.is(Role::VillageAgent)
}

/// Whether a field is covered for people who only look: what tells who somebody is to strangers, or where their money
/// goes. Names and choices stay, because whoever works on an opened case has to compare them with the papers.
pub fn is_covered(form: &FormDef, field: &FieldPath) -> bool {
    form.field(&field.question).is_some_and(covers)
}

fn covers(field: &Field) -> bool {
    matches!(field.kind, FieldKind::ResidentId | FieldKind::BankAccount | FieldKind::Phone)
}

/// A value as people see it who only look.
pub fn value(form: &FormDef, field: &FieldPath, value: &str) -> String {
    match form.field(&field.question) {
        Some(known) if covers(known) => mask::field(known, value),
        _ => value.to_owned(),
    }
}

/// Covers the values of fields that have two.
pub fn conflicts(form: &FormDef, conflicts: &mut [Conflict]) {
    for conflict in conflicts {
        for known in &mut conflict.values {
            known.value = value(form, &conflict.field, &known.value);
        }
    }
}

/// Covers the answers; gives the fields that were covered.
pub fn answers(form: &FormDef, answers: &mut Answers) -> Vec<FieldPath> {
    let mut covered = Vec::new();
    for (path, answer) in &mut answers.fields {
        if is_covered(form, path) && !answer.value.is_empty() {
            answer.value = value(form, path, &answer.value);
            covered.push(path.clone());
        }
    }
    covered
}
