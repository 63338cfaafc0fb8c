//! A form read once, however often it is filled: its rules, and its blank record.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rxeval::rules::Form;

use super::logic::FormError;
use super::sheet::Sheet;
use super::{FieldKind, FormDef, dates};

/// What the rule engine made of a form.
pub(super) struct Engine {
    pub(super) rules: Form,
    pub(super) sheet: Sheet,
}

impl Engine {
    fn read(form: &FormDef) -> Result<Engine, FormError> {
        let mut rules = Form::parse(&form.xform).map_err(FormError::Form)?;
        let date_fields = form.fields().filter(|field| field.kind == FieldKind::Date);
        let date_paths = date_fields.map(|field| field.path.clone()).collect();
        for binding in &mut rules.rules.bindings {
            dates::teach(binding, &date_paths);
        }
        let calculated = rules.rules.bindings.iter().filter(|binding| binding.calculate.is_some());
        let sheet = Sheet::read(form, &calculated.map(|binding| binding.path.clone()).collect())?;
        Ok(Engine { rules, sheet })
    }
}

/// Beside a form: what the engine made of it when it was first filled. Reading a form costs as much as filling it dozens of
/// times. It is no part of the form: two forms are the same with and without it.
#[derive(Clone, Default)]
pub(super) struct ReadOnce(OnceLock<Result<Arc<Engine>, FormError>>);

impl ReadOnce {
    /// The engine of the form that this lies beside.
    pub(super) fn of(&self, form: &FormDef) -> Result<Arc<Engine>, FormError> {
        self.0.get_or_init(|| Engine::read(form).map(Arc::new)).clone()
    }
}

impl PartialEq for ReadOnce {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for ReadOnce {}

impl fmt::Debug for ReadOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "read" } else { "not read" })
    }
}
