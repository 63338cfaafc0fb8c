//! Keeping what is typed: on the disk twice a second, in the record when a page is left.

use std::cell::RefCell;
use std::rc::Rc;

use domain::id::CaseId;
use gloo_timers::callback::Timeout;
use ipc::case::{CaseBuffer, CaseSave, Edit};
use yew::prelude::*;

use crate::browser;
use crate::hooks::Desk;
use crate::state::filling::{Event, Filling};

/// How often typing is laid down on the disk, in milliseconds.
const KEEP_EVERY: u32 = 500;

/// Lays typing down on the disk about twice a second while somebody types.
#[hook]
pub fn use_keeping(desk: &Desk, filling: &UseReducerHandle<Filling>, latest: Rc<RefCell<Filling>>) {
    let timer = use_mut_ref(|| None::<Timeout>);
    let (backend, dispatcher) = (desk.backend.clone(), filling.dispatcher());
    use_effect_with(filling.unsafe_fields.is_empty(), {
        let timer = timer.clone();
        move |safe| {
            if !safe && timer.borrow().is_none() {
                keep(backend, dispatcher, latest, timer);
            }
        }
    });
}

fn keep(
    backend: crate::backend::Backend,
    filling: UseReducerDispatcher<Filling>,
    latest: Rc<RefCell<Filling>>,
    timer: Rc<RefCell<Option<Timeout>>>,
) {
    let again = timer.clone();
    let next = Timeout::new(KEEP_EVERY, move || {
        wasm_bindgen_futures::spawn_local(async move {
            let (case, texts) = {
                let now = latest.borrow();
                let texts = now
                    .unsafe_fields
                    .iter()
                    .filter_map(|path| Some((path.clone(), now.typed.get(path)?.clone())));
                (now.case.case, texts.collect::<Vec<_>>())
            };
            for (field, text) in texts {
                let question = CaseBuffer { case, field: field.clone(), text: text.clone() };
                filling.dispatch(match backend.call(question).await {
                    Ok(_) => Event::Kept(field, text),
                    Err(problem) => Event::Failed(problem),
                });
            }
            *again.borrow_mut() = None;
            if !latest.borrow().unsafe_fields.is_empty() {
                keep(backend, filling, latest, again);
            }
        });
    });
    *timer.borrow_mut() = Some(next);
}

/// Writes what was typed into the record: one change for the field group that is left.
pub fn saver(desk: &Desk, filling: &UseReducerHandle<Filling>, latest: Rc<RefCell<Filling>>) -> Callback<()> {
    let (desk, filling) = (desk.clone(), filling.dispatcher());
    Callback::from(move |()| {
        let (case, edits) = {
            let now = latest.borrow();
            let pages = 0..now.case.item.form.pages.len();
            (now.case.case, pages.flat_map(|page| now.edits(page)).collect::<Vec<_>>())
        };
        if !edits.is_empty() {
            save(&desk, filling.clone(), case, edits);
        }
    })
}

/// Writes edits into the record.
pub fn save(desk: &Desk, filling: UseReducerDispatcher<Filling>, case: CaseId, edits: Vec<Edit>) {
    let question = CaseSave { request: browser::request_id(), case, edits: edits.clone() };
    desk.ask(question, move |answer| {
        filling.dispatch(match answer {
            Ok(view) => Event::Recorded(Rc::new(view), edits),
            Err(problem) => Event::Failed(problem),
        });
    });
}
