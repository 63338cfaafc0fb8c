//! Typing that could not become part of the record by itself: a person takes it or lets it go.

use std::cell::Cell;
use std::rc::Rc;

use domain::answer::FieldPath;
use domain::id::CaseId;
use gloo_timers::callback::Timeout;
use ipc::case::{CaseUnsaved, CaseView, Unsaved};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::moment;
use super::notes::STAYS_WITH_UNDO;
use crate::browser;
use crate::hooks::{Desk, use_desk};
use crate::kit::{Glyph, Notice, Press, Tone, Weight};
use crate::state::session::News;
use crate::state::sheet::in_words;
use crate::text::{t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct UnsavedProps {
    /// The case.
    pub view: Rc<CaseView>,
    /// The case after a choice.
    pub onchange: Callback<CaseView>,
}

/// All of it; nothing when there is none.
#[component]
pub fn UnsavedList(props: &UnsavedProps) -> Html {
    let desk = use_desk();
    let view = &props.view;
    let left: Vec<&Unsaved> = view
        .unsaved
        .iter()
        .filter(|one| !desk.session.dropped.contains(&(view.case, one.field.clone())))
        .collect();
    if left.is_empty() {
        return html! {};
    }
    let take = |one: &Unsaved| {
        let (desk, onchange, case, field) =
            (desk.clone(), props.onchange.clone(), view.case, one.field.clone());
        Callback::from(move |()| {
            let question =
                CaseUnsaved { request: browser::request_id(), case, field: field.clone(), take: true };
            let onchange = onchange.clone();
            desk.ask(question, move |answer| answer.into_iter().for_each(|view| onchange.emit(view)));
        })
    };
    let let_go = |one: &Unsaved| {
        let (desk, case, field) = (desk.clone(), view.case, one.field.clone());
        Callback::from(move |()| drop_after_a_while(&desk, case, &field))
    };
    let words = |one: &Unsaved| match view.item.form.field(&one.field.question) {
        Some(field) => (field.label.clone(), in_words(field, &one.text)),
        None => (t("unsaved-gone"), one.text.clone()),
    };
    html! {
        <Notice tone={Tone::Signal} title={tr("unsaved-title", &[("count", &left.len())])}>
            <p>{ t("unsaved-words") }</p>
            <ul class="unsaved">
                { for left.into_iter().map(|one| {
                    let (label, text) = words(one);
                    html! {
                        <li>
                            <span class="unsaved-words"><strong>{ label }</strong><span>{ text }</span><span class="question-help">{ moment::full(one.at) }</span></span>
                            if one.may_take {
                                <Press label={t("unsaved-take")} glyph={Glyph::Check} onpress={take(one)} />
                            }
                            <Press label={t("unsaved-drop")} weight={Weight::Link} onpress={let_go(one)} />
                        </li>
                    }
                }) }
            </ul>
        </Notice>
    }
}

/// Gone from the screen at once, from the desk only when it can no longer be taken back: it may be covered here, so that the
/// window could not put it back.
fn drop_after_a_while(desk: &Desk, case: CaseId, field: &FieldPath) {
    let session = desk.session.dispatcher();
    session.dispatch(News::Dropped(case, field.clone(), true));
    let taken_back = Rc::new(Cell::new(false));
    let undo = {
        let (session, field, taken_back) = (session.clone(), field.clone(), taken_back.clone());
        Callback::from(move |()| {
            taken_back.set(true);
            session.dispatch(News::Dropped(case, field.clone(), false));
        })
    };
    desk.say_with_undo(t("unsaved-dropped"), undo);
    let (backend, field) = (desk.backend.clone(), field.clone());
    Timeout::new(STAYS_WITH_UNDO, move || {
        if taken_back.get() {
            return;
        }
        spawn_local(async move {
            let question =
                CaseUnsaved { request: browser::request_id(), case, field: field.clone(), take: false };
            // When the desk cannot do it now, for example because it is locked, the typing is shown again.
            if backend.call(question).await.is_err() {
                session.dispatch(News::Dropped(case, field, false));
            }
        });
    })
    .forget();
}
