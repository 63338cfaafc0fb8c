//! A form as the window draws it, and the one engine that says what is asked, missing or wrong.
//!
//! Forms are authored as XLSForm workbooks; the county compiles a workbook into a [`FormDef`]: the XForm text that the
//! rule engine runs, and the pages and fields that the window draws. [`FormLogic`] is asked by window, desk and county
//! alike, so that a form never behaves one way while being filled and another way when it arrives.

use serde::{Deserialize, Serialize};

mod dates;
mod engine;
mod finding;
mod kinds;
mod logic;
mod sheet;

pub use finding::{Finding, Level};
pub(crate) use kinds::read_date;
pub use kinds::{ACKNOWLEDGED, normalise};
pub use logic::{Filled, FormError, FormLogic, Outcome, open};

/// A compiled form. Part of a catalogue release: once it was opened it is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormDef {
    /// The XForm document (ODK XForms), run by the rule engine.
    pub xform: String,
    /// Short pages in order; each is one top-level group of the workbook.
    pub pages: Vec<Page>,
    #[serde(skip)]
    read: engine::ReadOnce,
}

/// One page: a titled group of fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Group name in the workbook.
    pub name: String,
    /// Absolute XForm path of the group, for relevance.
    pub path: String,
    /// Title shown above the fields.
    pub title: String,
    /// What stands on the page, top to bottom.
    pub parts: Vec<Part>,
}

/// A field, or a repeated group of fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// One question.
    Field(Field),
    /// A group that may have many rows, for example household members.
    Repeat(Repeat),
}

/// A repeated group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// Group name.
    pub name: String,
    /// Absolute XForm path of the group.
    pub path: String,
    /// Title of the whole list.
    pub title: String,
    /// The questions of one row.
    pub fields: Vec<Field>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Question name, unique in the form.
    pub name: String,
    /// Absolute XForm path (inside a repeat: of the template row).
    pub path: String,
    /// Question text.
    pub label: String,
    /// Help under the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What kind of answer it takes.
    pub kind: FieldKind,
    /// How careful merging, masking and display must be.
    #[serde(default)]
    pub class: FieldClass,
    /// Whether the form computes it; a computed value is never written to the record (ruling 1).
    #[serde(default)]
    pub computed: bool,
    /// Whether it is shown but cannot be edited.
    #[serde(default)]
    pub read_only: bool,
    /// Choices of a select, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One choice of a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Stored value.
    pub name: String,
    /// Shown text.
    pub label: String,
    /// Extra columns of the choices sheet, used by cascading filters.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub extra: std::collections::BTreeMap<String, String>,
}

/// The kind of answer. Kinds beyond plain XLSForm types come from the `appearance` column
/// (`resident-id`, `phone`, `bank-account`, `region`, `uscc`, `person-name`, `money`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text, one line.
    Text,
    /// Free text, several lines.
    LongText,
    /// A person's name.
    PersonName,
    /// Whole number.
    Integer,
    /// Decimal number.
    Decimal,
    /// Money in yuan with at most two decimals.
    Money,
    /// A calendar date.
    Date,
    /// One of the choices.
    SelectOne,
    /// Any of the choices.
    SelectMultiple,
    /// Must be ticked (`acknowledge`).
    Acknowledge,
    /// Citizen identity number (GB 11643); fills birth date and sex.
    ResidentId,
    /// Mobile or landline number.
    Phone,
    /// Bank card or passbook number.
    BankAccount,
    /// A region of the catalogue's region table.
    Region,
    /// Unified social credit code (GB 32100).
    Uscc,
    /// A text shown, nothing asked.
    Note,
}

/// How a field behaves when two people differ and when it is displayed. Column `bind::daiban:class` of the survey sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// Merges by itself, shown in full.
    #[default]
    Plain,
    /// Personal: masked in lists and logs.
    Personal,
    /// Identity, account, amount, eligibility: never merged silently (design part 4), masked by default.
    Guarded,
}

impl FormDef {
    /// A form of an XForm document and the pages the window draws of it.
    pub fn new(xform: String, pages: Vec<Page>) -> Self {
        FormDef { xform, pages, read: engine::ReadOnce::default() }
    }

    /// All fields, those of repeated groups included, in form order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pages.iter().flat_map(|page| &page.parts).flat_map(|part| match part {
            Part::Field(field) => std::slice::from_ref(field).iter(),
            Part::Repeat(repeat) => repeat.fields.iter(),
        })
    }

    /// The same, to be completed by the catalogue's builder.
    pub fn fields_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.read = engine::ReadOnce::default();
        self.pages.iter_mut().flat_map(|page| &mut page.parts).flat_map(|part| match part {
            Part::Field(field) => std::slice::from_mut(field).iter_mut(),
            Part::Repeat(repeat) => repeat.fields.iter_mut(),
        })
    }

    /// The field of that question name.
    pub fn field(&self, question: &str) -> Option<&Field> {
        self.fields().find(|field| field.name == question)
    }
}

impl Field {
    /// A calculation that stands on no page, known to rules by its name.
    fn computed_unseen(name: String, path: String) -> Self {
        Field {
            name,
            path,
            label: String::new(),
            hint: None,
            kind: FieldKind::Text,
            class: FieldClass::Guarded,
            computed: true,
            read_only: true,
            choices: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
