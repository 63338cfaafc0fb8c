//! Choosing who one is and giving one's password.

use std::cell::Cell;

use domain::id::PersonId;
use ipc::account::{DeskState, Stage, Unlock as Question};
use ipc::problem::Problem;
use ipc::sync::Watch;
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::rescue::Rescue;
use crate::backend::Backend;
use crate::components::door::Door;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Input, Notice, Press, Weight};
use crate::state::session::{News, Session};
use crate::text::{t, tr, word};

/// The screen before work.
#[component]
pub fn Unlock() -> Html {
    let desk = use_desk();
    let people = desk.session.desk.people.clone();
    let who = use_state(|| people.first().map(|card| card.person));
    let password = use_state(String::new);
    let found_damaged = desk.session.damaged;
    let problem = use_state(|| found_damaged.then(|| Problem::new(ipc::problem::DATABASE_DAMAGED)));
    let rescued = use_state(|| false);
    // Entering would only lead back here as long as nothing was rescued.
    let to_rescue =
        !*rescued && problem.as_ref().is_some_and(|why| why.code == ipc::problem::DATABASE_DAMAGED);
    let busy = use_state(|| false);
    // Wrong passwords since the screen is shown or another person was picked: said, so that nobody guesses on in vain.
    let wrong = use_state(|| 0u32);
    let ended = desk.session.desk.ended.clone();
    {
        let (backend, session) = (desk.backend.clone(), desk.session.dispatcher());
        use_effect_with(ended.is_some(), move |waits| {
            let waiting = std::rc::Rc::new(std::cell::Cell::new(*waits));
            if *waits {
                let waiting = waiting.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    renewed(&backend, &session, &waiting).await;
                });
            }
            move || waiting.set(false)
        });
    }
    let onsubmit = {
        let (desk, who, password) = (desk.clone(), who.clone(), password.clone());
        let (problem, busy, wrong) = (problem.clone(), busy.clone(), wrong.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(person) = *who else { return };
            let question = Question { person, password: (*password).clone() };
            let (session, problem, password, busy) =
                (desk.session.dispatcher(), problem.setter(), password.setter(), busy.clone());
            busy.set(true);
            let (backend, wrong) = (desk.backend.clone(), wrong.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match backend.call(question).await {
                    Ok(view) => session.dispatch(News::Desk(Box::new(view))),
                    Err(why) => {
                        if why.code == ipc::problem::WRONG_PASSWORD {
                            wrong.set(*wrong + 1);
                        }
                        // The password was right, the permission is what is missing: the screen waits for it.
                        if let Ok(view) = backend.call(DeskState {}).await {
                            session.dispatch(News::Desk(Box::new(view)));
                        }
                        // Rescuing asks for it once more.
                        if why.code != ipc::problem::DATABASE_DAMAGED {
                            password.set(String::new());
                        }
                        problem.set(Some(why));
                        busy.set(false);
                        crate::browser::focus("password");
                    }
                }
            });
        })
    };
    let ontype = {
        let password = password.setter();
        Callback::from(move |text| password.set(text))
    };
    let send = Callback::from(move |()| {
        crate::browser::press(if to_rescue { "rescue" } else { "unlock" });
    });
    let ondone = {
        let rescued = rescued.setter();
        Callback::from(move |()| rescued.set(true))
    };
    let pick = |person: PersonId| {
        let (who, problem, wrong) = (who.setter(), problem.setter(), wrong.setter());
        Callback::from(move |_: Event| {
            who.set(Some(person));
            // A damaged database is everybody's.
            if !to_rescue {
                problem.set(None);
            }
            wrong.set(0);
            crate::browser::focus("password");
        })
    };
    html! {
        <Door>
            <form class="door-card" {onsubmit}>
                <h1>{ t("unlock-title") }</h1>
                <fieldset class="people">
                    <legend>{ t("unlock-who") }</legend>
                    { for people.iter().map(|card| {
                        let on = *who == Some(card.person);
                        let roles: Vec<String> = card.roles.iter().map(|role| word("role", role_name(*role))).collect();
                        html! {
                            <label class={classes!("person", on.then_some("is-on"))}>
                                <input type="radio" name="person" checked={on} onchange={pick(card.person)} />
                                <span class="person-sign" aria-hidden="true">{ card.name.chars().next().map(String::from).unwrap_or_default() }</span>
                                <span class="person-name">{ &card.name }</span>
                                <span class="person-roles">{ roles.join(" · ") }</span>
                            </label>
                        }
                    }) }
                </fieldset>
                <label class="door-label" for="password">{ t("password") }</label>
                <Input id="password" kind="password" value={(*password).clone()} {ontype} onenter={send} eager=true
                    remember="current-password" wrong={problem.is_some() && !*rescued} described="unlock-problem" />
                <div id="unlock-problem">
                    if let Some(problem) = &*problem {
                        if !*rescued {
                            { Notice::of(problem) }
                        }
                        if let Some(person) = (*who).filter(|_| problem.code == ipc::problem::DATABASE_DAMAGED) {
                            <Rescue {person} password={(*password).clone()} {ondone} />
                        }
                        if *wrong > 1 {
                            <p class="question-help">{ tr("unlock-attempts", &[("count", &*wrong)]) }</p>
                        }
                    } else if let Some(ended) = &ended {
                        { Notice::of(ended) }
                    }
                    if ended.is_some() {
                        <p class="question-help">{ t("unlock-waits") }</p>
                    }
                </div>
                if !to_rescue {
                    <Press id="unlock" label={t("unlock")} weight={Weight::Primary} glyph={Glyph::Lock} submits=true busy={*busy}
                        disabled={password.is_empty() || who.is_none()} />
                }
                <p class="door-foot">{ t("unlock-offline") }</p>
                <p class="door-foot">{ t("unlock-add-person") }</p>
                if let Some(release) = desk.session.desk.catalogue_release {
                    <p class="door-foot">{ tr("unlock-release", &[("number", &release)]) }</p>
                }
            </form>
        </Door>
    }
}

/// Waits until the county gave the permission to work back, and lets the person in.
async fn renewed(backend: &Backend, session: &UseReducerDispatcher<Session>, waiting: &Cell<bool>) {
    let mut after = 0;
    while waiting.get() {
        match backend.call(Watch { after }).await {
            Ok(news) => after = news.revision,
            Err(_) => gloo_timers::future::TimeoutFuture::new(2_000).await,
        }
        if let Ok(view) = backend.call(DeskState {}).await
            && waiting.get()
            && view.stage == Stage::Open
        {
            session.dispatch(News::Desk(Box::new(view)));
            return;
        }
    }
}

/// The snake_case name of a role.
pub fn role_name(role: domain::role::Role) -> &'static str {
    use domain::role::Role::*;
    match role {
        VillageAgent => "village_agent",
        TownshipClerk => "township_clerk",
        Department => "department",
        CountyAdmin => "county_admin",
    }
}
