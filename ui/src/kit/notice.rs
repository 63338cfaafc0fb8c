//! Messages that stand on a screen: what went wrong, what to know, nothing here yet, please wait.

use ipc::problem::Problem;
use patternfly_yew::prelude::{Spinner, SpinnerSize};
use yew::prelude::*;

use super::Glyph;
use crate::text::{self, t};

/// What a message, a status or a tag says by its colour, always beside picture and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing to do.
    #[default]
    Calm,
    /// Under way.
    Active,
    /// Done, granted.
    Good,
    /// A person must look.
    Signal,
}

impl Tone {
    /// The style class.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Calm => "tone-calm",
            Tone::Active => "tone-active",
            Tone::Good => "tone-good",
            Tone::Signal => "tone-signal",
        }
    }
}

/// What a message is given.
#[derive(Clone, PartialEq, Properties)]
pub struct NoticeProps {
    /// What it says by its colour.
    #[prop_or_default]
    pub tone: Tone,
    /// The headline.
    pub title: AttrValue,
    /// More words and buttons.
    #[prop_or_default]
    pub children: Html,
}

/// A message on the screen.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let glyph = match props.tone {
        Tone::Calm | Tone::Active => Glyph::Info,
        Tone::Good => Glyph::Check,
        Tone::Signal => Glyph::Wrong,
    };
    let role = if props.tone == Tone::Signal { "alert" } else { "status" };
    html! {
        <div class={classes!("notice", props.tone.class())} {role}>
            { glyph.show() }
            <div class="notice-body">
                <p class="notice-title">{ &props.title }</p>
                { props.children.clone() }
            </div>
        </div>
    }
}

impl Notice {
    /// What went wrong, with the next step.
    pub fn of(problem: &Problem) -> Html {
        html! { <Notice tone={Tone::Signal} title={text::problem(problem)} /> }
    }
}

/// What an empty place is given.
#[derive(Clone, PartialEq, Properties)]
pub struct EmptyProps {
    /// The picture.
    pub glyph: Glyph,
    /// That nothing is here.
    pub title: AttrValue,
    /// What to do next.
    pub next: AttrValue,
    /// A button for it.
    #[prop_or_default]
    pub children: Html,
}

/// A place with nothing in it yet.
#[component]
pub fn Empty(props: &EmptyProps) -> Html {
    html! {
        <div class="empty">
            <span class="empty-glyph">{ props.glyph.show() }</span>
            <p class="empty-title">{ &props.title }</p>
            <p class="empty-next">{ &props.next }</p>
            { props.children.clone() }
        </div>
    }
}

/// Something is being fetched.
#[component]
pub fn Waiting() -> Html {
    html! { <div class="waiting"><Spinner size={SpinnerSize::Lg} aria_label={t("please-wait")} /></div> }
}
