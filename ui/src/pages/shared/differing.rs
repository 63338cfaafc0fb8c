//! Where two people filled the same field differently: both values, by whom and when, until somebody chooses.

use std::rc::Rc;

use domain::answer::FieldPath;
use ipc::case::{CaseResolve, CaseView, Conflict, ConflictValue, Revealed};
use yew::prelude::*;

use crate::browser;
use crate::components::answers::AskReason;
use crate::components::moment;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Input, Press, Weight};
use crate::state::sheet::in_words;
use crate::text::{t, tr};

/// What the panel is given.
#[derive(Clone, PartialEq, Properties)]
pub struct DifferingProps {
    /// The case.
    pub view: Rc<CaseView>,
    /// The case after choosing.
    pub onchange: Callback<CaseView>,
}

/// All fields with two values.
#[component]
pub fn Differing(props: &DifferingProps) -> Html {
    html! {
        <section class="differing" aria-labelledby="differing">
            <h2 id="differing">{ Glyph::Differing.show() }{ tr("differing-title", &[("count", &props.view.conflicts.len())]) }</h2>
            <p>{ t("differing-words") }</p>
            { for props.view.conflicts.iter().map(|conflict| html! {
                <One key={conflict.field.to_string()} view={props.view.clone()} conflict={conflict.clone()} onchange={props.onchange.clone()} />
            }) }
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OneProps {
    view: Rc<CaseView>,
    conflict: Conflict,
    onchange: Callback<CaseView>,
}

#[component]
fn One(props: &OneProps) -> Html {
    let desk = use_desk();
    let picked = use_state(|| None::<String>);
    let reason = use_state(String::new);
    let busy = use_state(|| false);
    let asking = use_state(|| false);
    // Shown in full once somebody said why.
    let full = use_state(Vec::<ConflictValue>::new);
    let conflict = &props.conflict;
    let covered = props.view.covered.contains(&conflict.field) && full.is_empty();
    let values = if full.is_empty() { conflict.values.clone() } else { (*full).clone() };
    let ask = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(true))
    };
    let close = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(false))
    };
    let onreveal = {
        let (asking, full) = (asking.setter(), full.setter());
        Callback::from(move |(_, told): (FieldPath, Revealed)| {
            asking.set(false);
            full.set(told.values);
        })
    };
    let field = props.view.item.form.field(&conflict.field.question);
    let label = field.map_or_else(|| conflict.field.to_string(), |field| field.label.clone());
    let words = |value: &str| match field {
        _ if value.is_empty() => t("paper-empty"),
        Some(field) => in_words(field, value),
        None => value.to_owned(),
    };
    let name = format!("differing-{}", conflict.field.to_string().replace('/', "-"));
    let ready = !covered && picked.is_some() && !reason.trim().is_empty();
    let decide = {
        let (desk, busy, onchange) = (desk.clone(), busy.setter(), props.onchange.clone());
        let (case, field) = (props.view.case, conflict.field.clone());
        let (picked, reason) = (picked.clone(), reason.clone());
        Callback::from(move |()| {
            let Some(value) = (*picked).clone() else { return };
            busy.set(true);
            let (busy, onchange) = (busy.clone(), onchange.clone());
            let reason = reason.trim().to_owned();
            let question =
                CaseResolve { request: browser::request_id(), case, field: field.clone(), value, reason };
            desk.ask(question, move |answer| {
                busy.set(false);
                answer.into_iter().for_each(|view| onchange.emit(view));
            });
        })
    };
    let ontype = {
        let reason = reason.setter();
        Callback::from(move |text| reason.set(text))
    };
    html! {
        <fieldset class="differing-one">
            <legend>{ label }</legend>
            <div class="differing-values">
                { for values.iter().map(|one| {
                    let on = picked.as_ref() == Some(&one.value);
                    let onchange = {
                        let (picked, value) = (picked.setter(), one.value.clone());
                        Callback::from(move |_: Event| picked.set(Some(value.clone())))
                    };
                    html! {
                        <label class={classes!("differing-value", on.then_some("is-on"))}>
                            <input type="radio" name={name.clone()} checked={on} disabled={covered} {onchange} />
                            <span class="differing-words">{ words(&one.value) }</span>
                            <span class="differing-who">{ &one.by }
                                if let Some(at) = one.at {
                                    { " · " }{ moment::full(at) }
                                }
                            </span>
                        </label>
                    }
                }) }
            </div>
            if covered {
                <p class="differing-covered">{ t("differing-covered") }<Press label={t("reveal")} glyph={Glyph::Reveal} onpress={ask} /></p>
            }
            if *asking {
                <AskReason case={props.view.case} path={conflict.field.clone()} onclose={close} {onreveal} />
            }
            <div class="differing-reason">
                <Input id={format!("{name}-reason")} value={(*reason).clone()} {ontype} label={t("differing-reason")} placeholder={t("differing-reason")} />
                <Press label={t("differing-decide")} weight={Weight::Quiet} glyph={Glyph::Check} disabled={!ready} busy={*busy} onpress={decide} />
            </div>
        </fieldset>
    }
}
