//! A damaged database: what can be had is rescued into a new one, and what came of it is said.

use domain::id::PersonId;
use ipc::account::{Salvage, Salvaged};
use ipc::problem::{self, Problem};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Tone};
use crate::text::{t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct RescueProps {
    /// Who unlocks.
    pub person: PersonId,
    /// The password just given.
    pub password: AttrValue,
}

/// One button, and what it brought.
#[component]
pub fn Rescue(props: &RescueProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let done = use_state(|| None::<Result<Salvaged, Problem>>);
    let onpress = {
        let (desk, busy, done, props) = (desk.clone(), busy.setter(), done.setter(), props.clone());
        Callback::from(move |()| {
            let question = Salvage { person: props.person, password: props.password.to_string() };
            let (backend, busy, done) = (desk.backend.clone(), busy.clone(), done.clone());
            busy.set(true);
            spawn_local(async move {
                done.set(Some(backend.call(question).await));
                busy.set(false);
                crate::browser::focus("unlock");
            });
        })
    };
    match &*done {
        Some(Ok(told)) => html! {
            <Notice tone={Tone::Good} title={tr("rescue-done", &[("cases", &told.cases)])}>
                if told.from_copies > 0 {
                    <p>{ tr("rescue-copies", &[("count", &told.from_copies)]) }</p>
                }
                <p>{ t(if told.complete { "rescue-whole" } else { "rescue-rest" }) }</p>
            </Notice>
        },
        Some(Err(why)) if why.code == problem::NOTHING_DAMAGED => {
            html! { <Notice tone={Tone::Good} title={t("rescue-whole")} /> }
        }
        Some(Err(why)) => Notice::of(why),
        None => {
            html! { <Press id="rescue" label={t("rescue")} glyph={Glyph::Undo} busy={*busy} {onpress} /> }
        }
    }
}
