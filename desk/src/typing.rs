//! Typing that was never saved: it goes into the record with the next change, or is kept until a person takes or drops it.

use std::sync::Arc;

use domain::answer::{FieldPath, Source};
use domain::catalogue::ServiceItem;
use ipc::case::{CaseUnsaved, CaseView, Edit};
use ipc::problem::{self, Problem};
use store::table::draft_buffer::{self, Typed};
use store::{Read, Write};

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, cabinet, clock, draft};

/// What was typed into a case and not saved.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    /// Becomes part of the record with the next change.
    pub ready: Vec<Typed>,
    /// Does not: the case may not be changed now or went on since, the field has two values, or its row or question is gone.
    pub kept: Vec<Typed>,
}

/// What was typed into a case and not saved. `may_write`: whether answers may be changed now.
///
/// # Errors
/// The store's.
pub(crate) fn of(r: &Read<'_>, paper: &Paper, item: &ServiceItem, may_write: bool) -> Result<Typing, Fault> {
    let typed = draft_buffer::of_case(r, paper.case)?;
    if typed.is_empty() {
        return Ok(Typing::default());
    }
    let (answers, conflicts) = (paper.doc.answers(), paper.doc.conflicts());
    let is_saved = |typed: &Typed| {
        answers.fields.get(&typed.field).is_some_and(|answer| answer.value == typed.text)
            && conflicts.iter().all(|conflict| conflict.field != typed.field)
    };
    let has_place = |field: &FieldPath| {
        let row = field.row.as_ref();
        item.form.field(&field.question).is_some_and(|known| !known.computed)
            && row.is_none_or(|(repeat, row)| answers.rows.get(repeat).is_some_and(|rows| rows.contains(row)))
            && conflicts.iter().all(|conflict| conflict.field != *field)
    };
    let (ready, kept) = typed
        .into_iter()
        .filter(|typed| !is_saved(typed))
        .partition(|typed| may_write && !typed.aside && has_place(&typed.field));
    Ok(Typing { ready, kept })
}

/// Takes typing into the record that could not get there by itself, or drops it, as a person decided.
pub(crate) async fn settle(desk: &Arc<Desk>, ask: CaseUnsaved) -> Result<CaseView, Problem> {
    let work = move |w: &Write<'_>, open: &Open, desk: &Desk| {
        let mut paper = Paper::load(w, open, ask.case)?;
        let typed = draft_buffer::of_case(w, ask.case)?.into_iter().find(|typed| typed.field == ask.field);
        let Some(typed) = typed else {
            return Err(Problem::new(problem::UNKNOWN_FIELD).with("field", &ask.field).into());
        };
        if ask.take {
            let (field, value) = (typed.field, typed.text);
            let edit = Edit::Set { field, value, source: Source::Stated, original_seen: false };
            let (writable, item) = draft::writable(w, open, ask.case)?;
            paper = writable;
            let edits = draft::planned(w, &paper, &item, &[edit])?;
            paper.write(w, &edits, clock::device())?;
        } else {
            draft_buffer::remove(w, ask.case, &ask.field)?;
        }
        cabinet::finish(w, open, desk, &paper, None)
    };
    cabinet::once(desk, ask.request, "case_unsaved", Box::new(work)).await
}
