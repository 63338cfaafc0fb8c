//! Typing that could not become part of the record by itself: a person takes it or lets it go.

use ipc::case::{CaseUnsaved, CaseView, Unsaved};
use yew::prelude::*;

use super::moment;
use crate::browser;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Tone, Weight};
use crate::state::sheet::in_words;
use crate::text::{t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct UnsavedProps {
    /// The case.
    pub view: std::rc::Rc<CaseView>,
    /// The case after a choice.
    pub onchange: Callback<CaseView>,
}

/// All of it; nothing when there is none.
#[component]
pub fn UnsavedList(props: &UnsavedProps) -> Html {
    let desk = use_desk();
    let view = &props.view;
    if view.unsaved.is_empty() {
        return html! {};
    }
    let choose = |one: &Unsaved, take: bool| {
        let (desk, onchange, case, field) =
            (desk.clone(), props.onchange.clone(), view.case, one.field.clone());
        Callback::from(move |()| {
            let question = CaseUnsaved { request: browser::request_id(), case, field: field.clone(), take };
            let onchange = onchange.clone();
            desk.ask(question, move |answer| answer.into_iter().for_each(|view| onchange.emit(view)));
        })
    };
    let words = |one: &Unsaved| match view.item.form.field(&one.field.question) {
        Some(field) => (field.label.clone(), in_words(field, &one.text)),
        None => (t("unsaved-gone"), one.text.clone()),
    };
    html! {
        <Notice tone={Tone::Signal} title={tr("unsaved-title", &[("count", &view.unsaved.len())])}>
            <p>{ t("unsaved-words") }</p>
            <ul class="unsaved">
                { for view.unsaved.iter().map(|one| {
                    let (label, text) = words(one);
                    html! {
                        <li>
                            <span class="unsaved-words"><strong>{ label }</strong><span>{ text }</span><span class="question-help">{ moment::full(one.at) }</span></span>
                            if one.may_take {
                                <Press label={t("unsaved-take")} glyph={Glyph::Check} onpress={choose(one, true)} />
                            }
                            <Press label={t("unsaved-drop")} weight={Weight::Link} onpress={choose(one, false)} />
                        </li>
                    }
                }) }
            </ul>
        </Notice>
    }
}
