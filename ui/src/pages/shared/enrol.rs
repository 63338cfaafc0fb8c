//! Making this computer, or one more person on it, known to the county with a one-time code.

use ipc::account::Enrol as Question;
use ipc::problem::Problem;
use web_sys::SubmitEvent;
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::{Area, Input, Notice, Press, Weight};
use crate::state::session::News;
use crate::text::t;

/// Shortest password the desk takes, in characters.
const SHORTEST: usize = 8;

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct EnrolProps {
    /// Back to choosing a person, when there is one already.
    #[prop_or_default]
    pub onback: Option<Callback<()>>,
}

/// The screen of a fresh computer.
#[component]
pub fn Enrol(props: &EnrolProps) -> Html {
    let desk = use_desk();
    let (code, password, repeated) = (use_state(String::new), use_state(String::new), use_state(String::new));
    let problem = use_state(|| None::<Problem>);
    let busy = use_state(|| false);
    let typed = |state: &UseStateHandle<String>| {
        let state = state.setter();
        Callback::from(move |text| state.set(text))
    };
    let differs = !repeated.is_empty() && *repeated != *password;
    let short = !password.is_empty() && password.chars().count() < SHORTEST;
    let ready = !code.trim().is_empty() && password.chars().count() >= SHORTEST && *repeated == *password;
    let onsubmit = {
        let (desk, problem, busy) = (desk.clone(), problem.setter(), busy.setter());
        let question = Question { code: code.trim().to_owned(), password: (*password).clone() };
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (backend, session, question) =
                (desk.backend.clone(), desk.session.dispatcher(), question.clone());
            let (problem, busy) = (problem.clone(), busy.clone());
            busy.set(true);
            wasm_bindgen_futures::spawn_local(async move {
                match backend.call(question).await {
                    Ok(view) => session.dispatch(News::Desk(Box::new(view))),
                    Err(why) => problem.set(Some(why)),
                }
                busy.set(false);
            });
        })
    };
    let step = |to: &'static str| {
        Callback::from(move |()| {
            crate::browser::focus(to);
        })
    };
    html! {
        <main class="door">
            <div class="door-side" aria-hidden="true">
                <p class="door-mark">{ t("mark") }</p>
                <p class="door-promise">{ t("door-promise") }</p>
            </div>
            <form class="door-card" {onsubmit}>
                <h1>{ t("enrol-title") }</h1>
                <p>{ t("enrol-words") }</p>
                <label class="door-label" for="code">{ t("enrol-code") }</label>
                <Area id="code" value={(*code).clone()} ontype={typed(&code)} onenter={step("new-password")} class="is-code" wrong={problem.is_some()} />
                <label class="door-label" for="new-password">{ t("enrol-password") }</label>
                <Input id="new-password" kind="password" value={(*password).clone()} ontype={typed(&password)} onenter={step("repeated")}
                    remember="new-password" described="password-help" wrong={short} />
                <p id="password-help" class={classes!("question-help", short.then_some("is-error"))}>{ t("enrol-password-help") }</p>
                <label class="door-label" for="repeated">{ t("enrol-repeat") }</label>
                <Input id="repeated" kind="password" value={(*repeated).clone()} ontype={typed(&repeated)} remember="new-password"
                    onenter={Callback::from(|()| { crate::browser::press("enrol"); })} wrong={differs} described="repeat-help" />
                <p id="repeat-help" class="question-help is-error">{ if differs { t("enrol-differs") } else { String::new() } }</p>
                if let Some(problem) = &*problem {
                    { Notice::of(problem) }
                }
                <Press id="enrol" label={t("enrol")} weight={Weight::Primary} submits=true busy={*busy} disabled={!ready} />
                if let Some(onback) = &props.onback {
                    <Press label={t("back")} weight={Weight::Link} onpress={onback.clone()} />
                }
            </form>
        </main>
    }
}
