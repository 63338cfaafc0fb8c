//! What the form says about the answers as they stand this moment: what is asked, what is computed, what is wrong.

use domain::answer::{Answers, FieldPath};
use domain::form::{Field, FieldKind, Finding, FormDef, Outcome, Page, Part};

/// The findings about one field.
pub fn about<'a>(outcome: &'a Outcome, field: &'a FieldPath) -> impl Iterator<Item = &'a Finding> {
    outcome.findings.iter().filter(move |finding| finding.field.as_ref() == Some(field))
}

/// The first field of a page that must be put right, in reading order.
pub fn first_wrong(outcome: &Outcome, page: &Page, answers: &Answers) -> Option<FieldPath> {
    paths(page, answers).into_iter().find(|path| about(outcome, path).any(Finding::is_error))
}

/// All fields of a page, those of every row included, in reading order.
pub fn paths(page: &Page, answers: &Answers) -> Vec<FieldPath> {
    let mut paths = Vec::new();
    for part in &page.parts {
        match part {
            Part::Field(field) => paths.push(FieldPath::plain(&field.name)),
            Part::Repeat(repeat) => {
                for row in answers.rows.get(&repeat.name).into_iter().flatten() {
                    let in_row = |name: &String| FieldPath::in_row(&repeat.name, *row, name);
                    paths.extend(repeat.fields.iter().map(|field| in_row(&field.name)));
                }
            }
        }
    }
    paths
}

/// The page a field stands on.
pub fn page_of(form: &FormDef, field: &FieldPath) -> Option<usize> {
    let name = field.row.as_ref().map_or(&field.question, |(repeat, _)| repeat);
    form.pages.iter().position(|page| {
        page.parts.iter().any(|part| match part {
            Part::Field(field) => field.name == *name,
            Part::Repeat(repeat) => repeat.name == *name,
        })
    })
}

/// The words of a value as people read them: the label of a choice instead of its name.
pub fn in_words(field: &Field, value: &str) -> String {
    let label = |name: &str| {
        field.choices.iter().find(|choice| choice.name == name).map(|choice| choice.label.clone())
    };
    match field.kind {
        FieldKind::SelectOne | FieldKind::Region => label(value).unwrap_or_else(|| value.to_owned()),
        FieldKind::SelectMultiple => {
            let words: Vec<String> =
                value.split_whitespace().map(|name| label(name).unwrap_or_else(|| name.to_owned())).collect();
            words.join("、")
        }
        FieldKind::Acknowledge if !value.is_empty() => crate::text::t("filling-acknowledged"),
        _ => value.to_owned(),
    }
}
