//! A case that ended long ago: what is left of it on this computer, and the way back to the whole.

use std::rc::Rc;

use ipc::case::CaseView;
use ipc::summary::{CaseFetch, Summary, Whole};
use yew::prelude::*;

use crate::components::timeline::Timeline;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Tone, Weight};
use crate::text::t;

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct EndedCaseProps {
    /// The case.
    pub view: Rc<CaseView>,
    /// What is left of it.
    pub summary: Summary,
    /// The case as it stands after somebody asked for the whole.
    pub onchange: Callback<CaseView>,
}

/// What is shown in the place of answers and papers.
#[component]
pub fn EndedCase(props: &EndedCaseProps) -> Html {
    let desk = use_desk();
    let asking = use_state(|| false);
    let fetch = {
        let (desk, asking, onchange) = (desk.clone(), asking.clone(), props.onchange.clone());
        let case = props.view.case;
        Callback::from(move |()| {
            asking.set(true);
            let (asking, onchange) = (asking.setter(), onchange.clone());
            desk.ask(CaseFetch { case }, move |answer| {
                asking.set(false);
                answer.into_iter().for_each(|view| onchange.emit(view));
            });
        })
    };
    let (tone, words) = match props.summary.whole {
        Whole::AtCounty => (Tone::Calm, "ended-at-county"),
        Whole::OnItsWay => (Tone::Active, "ended-on-its-way"),
        Whole::Lacking => (Tone::Signal, "ended-lacking"),
    };
    html! {
        <>
            <Notice {tone} title={t("ended-title")}>
                <p>{ t(words) }</p>
                if props.summary.whole != Whole::OnItsWay {
                    <Press id="fetch" label={t("ended-fetch")} weight={Weight::Primary} glyph={Glyph::County} busy={*asking} onpress={fetch} />
                }
            </Notice>
            <section class="card">
                <h2>{ t("case-timeline") }</h2>
                <Timeline entries={props.view.timeline.clone()} />
            </section>
        </>
    }
}
