//! What happened to a case, from being saved here to the decision.

use ipc::case::{ActState, TimelineEntry};
use yew::prelude::*;

use super::moment;
use crate::kit::Glyph;
use crate::text::{t, tr, word};

/// What the timeline is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TimelineProps {
    /// The steps, oldest first.
    pub entries: Vec<TimelineEntry>,
}

/// The timeline.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    html! {
        <ol class="timeline">
            { for props.entries.iter().map(entry) }
        </ol>
    }
}

fn entry(entry: &TimelineEntry) -> Html {
    let (glyph, class) = match entry.state {
        ActState::Done => (Glyph::Check, "tone-good"),
        ActState::Waiting => (Glyph::Clock, "tone-active"),
        ActState::Refused => (Glyph::Wrong, "tone-signal"),
    };
    html! {
        <li class={classes!("timeline-entry", class)}>
            <span class="timeline-glyph">{ glyph.show() }</span>
            <div class="timeline-words">
                <p class="timeline-what">{ word("act", &entry.kind) }
                    if entry.act.is_some() {
                        <span class="timeline-state">{ word("act-state", state(entry)) }
                            if let Some(seq) = entry.seq {
                                { tr("timeline-receipt", &[("number", &seq)]) }
                            }
                        </span>
                    }
                </p>
                <p class="timeline-who">
                    <time>{ moment::full(entry.at) }</time>
                    if !entry.by.is_empty() {
                        <span>{ &entry.by }</span>
                    }
                </p>
                if let Some(reason) = entry.payload.reason.as_ref().filter(|reason| !reason.is_empty()) {
                    <p class="timeline-reason">{ reason }</p>
                }
                { for entry.payload.points.iter().map(|point| html! { <p class="timeline-reason">{ &point.reason }</p> }) }
                if let Some(code) = &entry.refusal {
                    <p class="timeline-reason">{ word("refusal", code) }{ t("refusal-next") }</p>
                }
            </div>
        </li>
    }
}

/// How far a step got. What is handed in arrives at the county; every other step takes effect there.
fn state(entry: &TimelineEntry) -> &'static str {
    let handed_in = ["submit", "submit_correction"].contains(&entry.kind.as_str());
    match entry.state {
        ActState::Waiting => "waiting",
        ActState::Done if handed_in => "arrived",
        ActState::Done => "done",
        ActState::Refused => "refused",
    }
}
