//! Answers as a JSON file: question name to value, repeated groups as lists of objects.
//!
//! Texts are in the form's spelling; numbers, `true`/`false` and lists of choices are accepted as well. A row may name
//! its id as `"_row"`; rows without one get a new one. Values the form computes are passed over: they follow from the
//! others. [`Answers::to_json`] writes what [`Answers::from_json`] reads.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Answer, Answers, FieldPath};
use crate::form::{ACKNOWLEDGED, Field, FieldKind, Finding, FormDef, Part, Repeat, normalise};
use crate::id::RowId;

/// Key of a row's id.
const ROW_KEY: &str = "_row";
/// Choice names that `true` and `false` may stand for.
const YES: [&str; 3] = ["yes", "true", "1"];
const NO: [&str; 3] = ["no", "false", "0"];

impl Answers {
    /// Reads an answers file. `new_row` gives ids for rows that have none.
    ///
    /// Refused as a whole with `unknown_field` (a name the form does not have) and `bad_type` (a value that can be no
    /// answer to that question). Whether answers are right is for [`crate::form::open`] to say.
    pub fn from_json(
        form: &FormDef,
        file: &Value,
        mut new_row: impl FnMut() -> RowId,
    ) -> Result<Answers, Vec<Finding>> {
        let Some(object) = file.as_object() else {
            let nowhere = Finding::error(&FieldPath::plain(""), "bad_type");
            return Err(vec![Finding { field: None, ..nowhere }]);
        };
        let mut reading = Reading { answers: Answers::default(), wrong: Vec::new() };
        let parts: Vec<&Part> = form.pages.iter().flat_map(|page| &page.parts).collect();
        for (name, value) in object {
            let part = parts.iter().find(|part| match part {
                Part::Field(field) => field.name == *name && field.kind != FieldKind::Note,
                Part::Repeat(repeat) => repeat.name == *name,
            });
            match part {
                Some(Part::Field(field)) => reading.field(field, FieldPath::plain(name), value),
                Some(Part::Repeat(repeat)) => reading.rows(repeat, value, &mut new_row),
                None => reading.wrong.push(Finding::error(&FieldPath::plain(name), "unknown_field")),
            }
        }
        if reading.wrong.is_empty() { Ok(reading.answers) } else { Err(reading.wrong) }
    }

    /// Writes the answers as such a file, cleared ones included; rows carry their `"_row"`.
    pub fn to_json(&self) -> Value {
        let mut file = Map::new();
        for (path, answer) in self.fields.iter().filter(|(path, _)| path.row.is_none()) {
            file.insert(path.question.clone(), Value::String(answer.value.clone()));
        }
        for (repeat, rows) in &self.rows {
            let rows = rows.iter().map(|row| {
                let place = Some((repeat.clone(), *row));
                let mut object = Map::from_iter([(ROW_KEY.to_owned(), Value::String(row.to_string()))]);
                for (path, answer) in self.fields.iter().filter(|(path, _)| path.row == place) {
                    object.insert(path.question.clone(), Value::String(answer.value.clone()));
                }
                Value::Object(object)
            });
            file.insert(repeat.clone(), rows.collect());
        }
        Value::Object(file)
    }
}

struct Reading {
    answers: Answers,
    wrong: Vec<Finding>,
}

impl Reading {
    fn field(&mut self, field: &Field, path: FieldPath, value: &Value) {
        if field.computed {
            return;
        }
        match text(field, value) {
            Some(text) => {
                self.answers.fields.insert(path, Answer::stated(normalise(field.kind, &text)));
            }
            None => self.wrong.push(Finding::error(&path, "bad_type")),
        }
    }

    fn rows(&mut self, repeat: &Repeat, value: &Value, new_row: &mut dyn FnMut() -> RowId) {
        let Some(list) = value.as_array() else {
            return self.wrong.push(Finding::error(&FieldPath::plain(&repeat.name), "bad_type"));
        };
        let fields: BTreeMap<&str, &Field> =
            repeat.fields.iter().map(|field| (field.name.as_str(), field)).collect();
        for entry in list {
            let named = entry.get(ROW_KEY).and_then(Value::as_str).map(str::parse::<RowId>);
            let row = match named {
                Some(Ok(row)) => row,
                Some(Err(_)) => {
                    self.wrong.push(Finding::error(&FieldPath::plain(&repeat.name), "bad_type"));
                    continue;
                }
                None => new_row(),
            };
            let rows = self.answers.rows.entry(repeat.name.clone()).or_default();
            let Some(object) = entry.as_object().filter(|_| !rows.contains(&row)) else {
                self.wrong.push(Finding::error(&FieldPath::plain(&repeat.name), "bad_type"));
                continue;
            };
            rows.push(row);
            for (name, value) in object.iter().filter(|(name, _)| *name != ROW_KEY) {
                let path = FieldPath::in_row(&repeat.name, row, name);
                match fields.get(name.as_str()) {
                    Some(field) => self.field(field, path, value),
                    None => self.wrong.push(Finding::error(&path, "unknown_field")),
                }
            }
        }
        self.answers.rows.entry(repeat.name.clone()).or_default();
    }
}

/// The answer's text in the form's spelling; `None` when the value can be no answer to this question.
fn text(field: &Field, value: &Value) -> Option<String> {
    let has = |name: &str| field.choices.iter().any(|choice| choice.name == name);
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (value, field.kind) {
        (Value::Null, _) => Some(String::new()),
        (Value::Bool(ticked), FieldKind::Acknowledge) => {
            Some(if *ticked { ACKNOWLEDGED } else { "" }.to_owned())
        }
        (Value::Bool(answer), FieldKind::SelectOne) => {
            let names = if *answer { YES } else { NO };
            names.into_iter().find(|name| has(name)).map(str::to_owned)
        }
        (Value::Array(choices), FieldKind::SelectMultiple) => {
            let names: Option<Vec<String>> = choices.iter().map(plain).collect();
            names
                .filter(|names| names.iter().all(|name| !name.contains(char::is_whitespace)))
                .map(|names| names.join(" "))
        }
        _ => plain(value),
    }
}

#[cfg(test)]
mod tests;
