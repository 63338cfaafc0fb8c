//! Making this computer, or one more person on it, known to the county: with a one-time code, or without a network by two
//! files that somebody carries to the county and back.

use ipc::account::{DeskView, Enrol as Question, EnrolByFile, EnrolFinish};
use ipc::problem::Problem;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, SubmitEvent};
use yew::prelude::*;

use crate::components::door::Door;
use crate::components::new_password::NewPassword;
use crate::hooks::use_desk;
use crate::kit::{Area, FilePress, Glyph, Notice, Press, Tone, Weight, files};
use crate::state::session::News;
use crate::text::t;

/// The screen of a fresh computer.
#[component]
pub fn Enrol() -> Html {
    html! {
        <Door>
            <EnrolForm class="door-card" heading={html! { <h1>{ t("enrol-title") }</h1> }} />
        </Door>
    }
}

/// What the form is given.
#[derive(Clone, PartialEq, Properties)]
pub struct EnrolFormProps {
    /// Style class.
    #[prop_or_default]
    pub class: Classes,
    /// What stands above it.
    pub heading: Html,
    /// Somebody was enrolled.
    #[prop_or_default]
    pub ondone: Callback<()>,
}

/// Where something went wrong, and is told.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Spot {
    Online,
    Request,
    Reply,
}

/// Code and password; with a network at once, without one by way of two files.
#[component]
pub fn EnrolForm(props: &EnrolFormProps) -> Html {
    let desk = use_desk();
    let (code, password) = (use_state(String::new), use_state(|| None::<String>));
    let problem = use_state(|| None::<(Spot, Problem)>);
    let busy = use_state(|| false);
    let by_file = use_state(|| false);
    let saved = use_state(|| false);
    let ontype = {
        let code = code.setter();
        Callback::from(move |text| code.set(text))
    };
    let onchosen = {
        let password = password.setter();
        Callback::from(move |chosen| password.set(chosen))
    };
    let coded = !code.trim().is_empty();
    let chosen = password.is_some();
    let settle = {
        let (session, problem, busy) = (desk.session.dispatcher(), problem.setter(), busy.setter());
        let ondone = props.ondone.clone();
        move |spot: Spot, answer: Result<DeskView, Problem>| {
            busy.set(false);
            match answer {
                Ok(view) => {
                    session.dispatch(News::Desk(Box::new(view)));
                    ondone.emit(());
                }
                Err(why) => problem.set(Some((spot, why))),
            }
        }
    };
    let onsubmit = {
        let (desk, settle, busy) = (desk.clone(), settle.clone(), busy.setter());
        let question =
            Question { code: code.trim().to_owned(), password: (*password).clone().unwrap_or_default() };
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (backend, question, settle) = (desk.backend.clone(), question.clone(), settle.clone());
            busy.set(true);
            spawn_local(async move { settle(Spot::Online, backend.call(question).await) });
        })
    };
    let request = {
        let (desk, problem, busy, saved) = (desk.clone(), problem.setter(), busy.setter(), saved.setter());
        let question = EnrolByFile { code: code.trim().to_owned() };
        Callback::from(move |()| {
            let (backend, question) = (desk.backend.clone(), question.clone());
            let (problem, busy, saved) = (problem.clone(), busy.clone(), saved.clone());
            busy.set(true);
            spawn_local(async move {
                match backend.save(question, &t("enrol-request-name")).await {
                    Ok(written) => {
                        problem.set(None);
                        saved.set(written);
                    }
                    Err(why) => problem.set(Some((Spot::Request, why))),
                }
                busy.set(false);
            });
        })
    };
    let onreply = {
        let (backend, settle, busy, password) =
            (desk.backend.clone(), settle.clone(), busy.setter(), (*password).clone().unwrap_or_default());
        Callback::from(move |chosen: Vec<File>| {
            let Some(file) = chosen.into_iter().next() else { return };
            let (backend, settle, password) = (backend.clone(), settle.clone(), password.clone());
            busy.set(true);
            spawn_local(async move {
                let answer = match files::read(&file).await {
                    Ok(bytes) => backend.put(EnrolFinish { password }, bytes).await,
                    Err(why) => Err(why),
                };
                settle(Spot::Reply, answer);
            });
        })
    };
    let unfold = {
        let (by_file, problem) = (by_file.clone(), problem.setter());
        Callback::from(move |()| {
            problem.set(None);
            by_file.set(!*by_file);
        })
    };
    let onward = Callback::from(|()| {
        crate::browser::focus("new-password");
    });
    let told = |spot: Spot| {
        let here = problem.as_ref().filter(|(at, _)| *at == spot);
        here.map(|(_, why)| html! { <div id="enrol-problem">{ Notice::of(why) }</div> }).unwrap_or_default()
    };
    use_effect_with((*problem).clone(), |_| crate::browser::bring_near("enrol-problem"));
    let bad_code = problem.as_ref().is_some_and(|(spot, _)| *spot != Spot::Reply);
    let last = if *by_file { "enrol-reply" } else { "enrol" };
    html! {
        <form class={props.class.clone()} {onsubmit}>
            { props.heading.clone() }
            <p>{ t(if *by_file { "enrol-words-offline" } else { "enrol-words" }) }</p>
            <label class="door-label" for="code">{ t("enrol-code") }</label>
            <Area id="code" value={(*code).clone()} {ontype} onenter={onward} class="is-code" wrong={bad_code} />
            if *by_file {
                <div class="enrol-step">
                    <h2>{ t("enrol-offline-request") }</h2>
                    <p>{ t("enrol-offline-request-words") }</p>
                    { told(Spot::Request) }
                    if *saved {
                        <Notice tone={Tone::Good} title={t("enrol-request-saved")} />
                    }
                    <Press id="enrol-request" label={t("enrol-request")} glyph={Glyph::Saved} busy={*busy} disabled={!coded} onpress={request} />
                </div>
                <div class="enrol-step">
                    <h2>{ t("enrol-offline-reply") }</h2>
                    <p>{ t("enrol-offline-reply-words") }</p>
                </div>
            }
            <NewPassword id="new-password" label={t("enrol-password")} {onchosen}
                onenter={Callback::from(move |()| crate::browser::press(last))} />
            { told(if *by_file { Spot::Reply } else { Spot::Online }) }
            if *by_file {
                <FilePress id="enrol-reply" label={t("enrol-reply")} weight={Weight::Primary} busy={*busy} disabled={!chosen} onfiles={onreply} />
            } else {
                <Press id="enrol" label={t("enrol")} weight={Weight::Primary} submits=true busy={*busy} disabled={!(coded && chosen)} />
            }
            <Press id="enrol-offline" label={t(if *by_file { "enrol-online" } else { "enrol-offline" })} weight={Weight::Link} onpress={unfold} />
        </form>
    }
}
