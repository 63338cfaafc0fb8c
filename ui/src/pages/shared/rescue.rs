//! A damaged database: what can be had is rescued into a new one, and what came of it is said.

use domain::id::PersonId;
use ipc::account::{Salvage, Salvaged};
use ipc::problem::{self, Problem};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Tone, Weight};
use crate::text::{t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct RescueProps {
    /// Who unlocks.
    pub person: PersonId,
    /// The password just given.
    pub password: AttrValue,
    /// Something came of it, good or bad, other than a wrong password.
    pub ondone: Callback<()>,
}

/// One button, and what it brought.
#[component]
pub fn Rescue(props: &RescueProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let done = use_state(|| None::<Result<Salvaged, Problem>>);
    let settled = done.as_ref().is_some_and(|done| !is_wrong_password(done));
    let onpress = {
        let (desk, busy, done, props) = (desk.clone(), busy.setter(), done.setter(), props.clone());
        Callback::from(move |()| {
            let question = Salvage { person: props.person, password: props.password.to_string() };
            let (backend, busy, done) = (desk.backend.clone(), busy.clone(), done.clone());
            let ondone = props.ondone.clone();
            busy.set(true);
            spawn_local(async move {
                let answer = backend.call(question).await;
                if !is_wrong_password(&answer) {
                    ondone.emit(());
                }
                done.set(Some(answer));
                busy.set(false);
            });
        })
    };
    use_effect_with((done.is_some(), settled), |(said, settled)| {
        if *said {
            crate::browser::focus(if *settled { "unlock" } else { "password" });
        }
    });
    html! {
        <>
            { done.as_ref().map(told).unwrap_or_default() }
            if !settled {
                <Press id="rescue" label={t("rescue")} weight={Weight::Primary} glyph={Glyph::Undo} busy={*busy}
                    disabled={props.password.is_empty()} {onpress} />
            }
        </>
    }
}

fn is_wrong_password(answer: &Result<Salvaged, Problem>) -> bool {
    answer.as_ref().is_err_and(|why| why.code == problem::WRONG_PASSWORD)
}

fn told(done: &Result<Salvaged, Problem>) -> Html {
    match done {
        Ok(told) => html! {
            <Notice tone={Tone::Good} title={tr("rescue-done", &[("cases", &told.cases)])}>
                if told.from_copies > 0 {
                    <p>{ tr("rescue-copies", &[("count", &told.from_copies)]) }</p>
                }
                <p>{ t(if told.complete { "rescue-whole" } else { "rescue-rest" }) }</p>
            </Notice>
        },
        Err(why) if why.code == problem::NOTHING_DAMAGED => {
            html! { <Notice tone={Tone::Good} title={t("rescue-whole")} /> }
        }
        Err(why) => Notice::of(why),
    }
}
