//! Around the questions: the steps, what has to be corrected, whether typing is safe, putting a draft away.

use std::rc::Rc;

use domain::id::CaseId;
use domain::lifecycle::Status;
use ipc::case::{CaseDiscard, CaseRestore, CaseView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::points::{spot_of, subject};
use crate::browser;
use crate::hooks::Desk;
use crate::kit::{Glyph, Notice, Press, Tone, Weight};
use crate::route::{CaseKey, Route, Spot};
use crate::state::filling::Safety;
use crate::state::steps::Step;
use crate::text::{self, t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct WayProps {
    /// The steps.
    pub all: Vec<Step>,
    /// Where one stands.
    pub place: usize,
    /// The case.
    pub case: Rc<CaseView>,
    /// Opens a step.
    pub ongo: Callback<usize>,
}

/// The steps, with the one one stands on.
#[component]
pub fn Way(props: &WayProps) -> Html {
    let count = props.all.len();
    let name = |step: &Step| match step {
        Step::Page(page) => {
            props.case.item.form.pages.get(*page).map_or_else(String::new, |page| page.title.clone())
        }
        Step::Materials => t("step-materials"),
        Step::Signature => t("step-signature"),
        Step::Check => t("step-check"),
    };
    html! {
        <nav aria-label={t("steps-label")}>
            <p class="steps-count">{ tr("steps-count", &[("place", &(props.place + 1)), ("count", &count)]) }</p>
            <progress class="steps-bar" max={count.to_string()} value={(props.place + 1).to_string()} aria-hidden="true" />
            <ol>
                { for props.all.iter().enumerate().map(|(at, step)| {
                    let onclick = {
                        let ongo = props.ongo.clone();
                        Callback::from(move |_: MouseEvent| ongo.emit(at))
                    };
                    let state = if at == props.place { "is-here" } else if at < props.place { "is-past" } else { "" };
                    html! {
                        <li>
                            <button type="button" class={classes!("step", state)} {onclick} aria-current={(at == props.place).then_some("step")}>
                                <span class="step-number">{ at + 1 }</span>
                                <span class="step-name">{ name(step) }</span>
                            </button>
                        </li>
                    }
                }) }
            </ol>
        </nav>
    }
}

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CorrectionsProps {
    /// The case.
    pub case: Rc<CaseView>,
    /// Opens a place.
    pub go: Callback<Spot>,
}

/// What the township asked to be corrected, each leading to its place.
#[component]
pub fn Corrections(props: &CorrectionsProps) -> Html {
    let case = &props.case;
    if case.corrections.is_empty() {
        return html! {};
    }
    html! {
        <Notice tone={Tone::Signal} title={tr("corrections-title", &[("count", &case.corrections.len())])}>
            <ul class="points">
                { for case.corrections.iter().map(|point| {
                    let onclick = {
                        let (go, spot) = (props.go.clone(), spot_of(point, case));
                        Callback::from(move |_: MouseEvent| go.emit(spot.clone()))
                    };
                    html! {
                        <li><button type="button" class="point" {onclick}>
                            <strong>{ subject(point, case) }</strong><span>{ &point.reason }</span>{ Glyph::Next.show() }
                        </button></li>
                    }
                }) }
            </ul>
        </Notice>
    }
}

/// Beside the title: what the applicant may look at, and putting a draft away.
pub fn aside(desk: &Desk, case: &CaseView) -> Html {
    let key = CaseKey(case.case);
    html! {
        <>
            <Link<Route> to={Route::Villager { case: key }} classes="more">{ Glyph::Person.show() }{ t("receipt-villager") }</Link<Route>>
            if case.status == Status::Draft {
                <Discard desk={desk.clone()} case={case.case} />
            }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DiscardProps {
    desk: Desk,
    case: CaseId,
}

/// Puts a draft away, with a way back for a while.
#[component]
fn Discard(props: &DiscardProps) -> Html {
    let navigator = use_navigator();
    let (desk, case) = (props.desk.clone(), props.case);
    let onpress = Callback::from(move |()| {
        let (after, navigator) = (desk.clone(), navigator.clone());
        desk.ask(CaseDiscard { request: browser::request_id(), case }, move |answer| {
            if answer.is_err() {
                return;
            }
            after.changed();
            if let Some(navigator) = navigator {
                navigator.push(&Route::Home);
            }
            let desk = after.clone();
            let undo = Callback::from(move |()| {
                let after = desk.clone();
                desk.ask(CaseRestore { request: browser::request_id(), case }, move |_| after.changed());
            });
            after.say_with_undo(t("draft-discarded"), undo);
        });
    });
    html! { <Press label={t("draft-discard")} glyph={Glyph::Remove} weight={Weight::Link} {onpress} /> }
}

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct SafenessProps {
    /// How safe it is.
    pub safety: Safety,
}

/// Whether what was typed is safe.
#[component]
pub fn Safeness(props: &SafenessProps) -> Html {
    let (glyph, class, words) = match &props.safety {
        Safety::Safe => (Glyph::Saved, "is-safe", t("safety-safe")),
        Safety::Saving => (Glyph::Clock, "is-saving", t("safety-saving")),
        Safety::Failed(problem) => (Glyph::Wrong, "is-failed", text::problem(problem)),
    };
    html! { <span class={classes!("safeness", class)} role="status">{ glyph.show() }{ words }</span> }
}
