//! Choosing another password. Only the one who works here now changes theirs.

use ipc::account::PasswordPut;
use ipc::problem::Problem;
use web_sys::SubmitEvent;
use yew::prelude::*;

use crate::browser;
use crate::components::new_password::NewPassword;
use crate::hooks::use_desk;
use crate::kit::{Input, Notice, Press, Tone};
use crate::text::t;

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
    let (old, new) = (use_state(String::new), use_state(|| None::<String>));
    let done = use_state(|| Done::Not);
    let busy = use_state(|| false);
    // Grows when the fields begin anew.
    let turn = use_state(|| 0u32);
    let ontype = {
        let (old, done) = (old.setter(), done.setter());
        Callback::from(move |text| {
            old.set(text);
            done.set(Done::Not);
        })
    };
    let onchosen = {
        let (new, done) = (new.setter(), done.setter());
        Callback::from(move |chosen| {
            new.set(chosen);
            done.set(Done::Not);
        })
    };
    let ready = !old.is_empty() && new.is_some();
    let onsubmit = {
        let (desk, done, busy) = (desk.clone(), done.setter(), busy.setter());
        let (old_again, new_again, turn) = (old.setter(), new.setter(), turn.clone());
        let question = PasswordPut { old: (*old).clone(), new: (*new).clone().unwrap_or_default() };
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (backend, question) = (desk.backend.clone(), question.clone());
            let (done, busy) = (done.clone(), busy.clone());
            let (old, new, turn) = (old_again.clone(), new_again.clone(), turn.clone());
            busy.set(true);
            wasm_bindgen_futures::spawn_local(async move {
                match backend.call(question).await {
                    Ok(_) => {
                        old.set(String::new());
                        new.set(None);
                        turn.set(*turn + 1);
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
            <Input id="old-password" kind="password" value={(*old).clone()} {ontype} remember="current-password" />
            <NewPassword key={*turn} id="other-password" label={t("settings-password-new")} {onchosen}
                onenter={Callback::from(|()| browser::press("change-password"))} />
            { match &*done {
                Done::Not => html! {},
                Done::Changed => html! { <Notice tone={Tone::Good} title={t("settings-password-changed")} /> },
                Done::Failed(problem) => Notice::of(problem),
            } }
            <Press id="change-password" label={t("settings-password-change")} submits=true busy={*busy} disabled={!ready} />
        </form>
    }
}
