//! Choosing another password. Only the one who works here now changes theirs.

use ipc::account::PasswordPut;
use ipc::problem::Problem;
use web_sys::SubmitEvent;
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::{Input, Notice, Press, Tone};
use crate::text::t;

/// Shortest password the desk takes, in characters.
const SHORTEST: usize = 8;

/// What became of it.
#[derive(Clone, PartialEq)]
enum Done {
    Not,
    Changed,
    Failed(Problem),
}

/// The card in the settings.
#[component]
pub fn PasswordCard() -> Html {
    let desk = use_desk();
    let (old, new, repeated) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let done = use_state(|| Done::Not);
    let busy = use_state(|| false);
    let typed = |state: &UseStateHandle<String>| {
        let (state, done) = (state.setter(), done.setter());
        Callback::from(move |text| {
            state.set(text);
            done.set(Done::Not);
        })
    };
    let differs = !repeated.is_empty() && *repeated != *new;
    let short = !new.is_empty() && new.chars().count() < SHORTEST;
    let ready = !old.is_empty() && new.chars().count() >= SHORTEST && *repeated == *new;
    let onsubmit = {
        let (desk, done, busy) = (desk.clone(), done.setter(), busy.setter());
        let fields = [old.setter(), new.setter(), repeated.setter()];
        let question = PasswordPut { old: (*old).clone(), new: (*new).clone() };
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (backend, question) = (desk.backend.clone(), question.clone());
            let (done, busy, fields) = (done.clone(), busy.clone(), fields.clone());
            busy.set(true);
            wasm_bindgen_futures::spawn_local(async move {
                match backend.call(question).await {
                    Ok(_) => {
                        fields.iter().for_each(|field| field.set(String::new()));
                        done.set(Done::Changed);
                    }
                    Err(problem) => done.set(Done::Failed(problem)),
                }
                busy.set(false);
            });
        })
    };
    html! {
        <form class="card" {onsubmit}>
            <h2>{ t("settings-password") }</h2>
            <label class="door-label" for="old-password">{ t("settings-password-old") }</label>
            <Input id="old-password" kind="password" value={(*old).clone()} ontype={typed(&old)} remember="current-password" />
            <label class="door-label" for="new-password">{ t("settings-password-new") }</label>
            <Input id="new-password" kind="password" value={(*new).clone()} ontype={typed(&new)} remember="new-password"
                described="password-help" wrong={short} />
            <p id="password-help" class={classes!("question-help", short.then_some("is-error"))}>{ t("enrol-password-help") }</p>
            <label class="door-label" for="repeated">{ t("enrol-repeat") }</label>
            <Input id="repeated" kind="password" value={(*repeated).clone()} ontype={typed(&repeated)} remember="new-password"
                described="repeat-help" wrong={differs} />
            <p id="repeat-help" class="question-help is-error">{ if differs { t("enrol-differs") } else { String::new() } }</p>
            { match &*done {
                Done::Not => html! {},
                Done::Changed => html! { <Notice tone={Tone::Good} title={t("settings-password-changed")} /> },
                Done::Failed(problem) => Notice::of(problem),
            } }
            <Press id="change-password" label={t("settings-password-change")} submits=true busy={*busy} disabled={!ready} />
        </form>
    }
}
