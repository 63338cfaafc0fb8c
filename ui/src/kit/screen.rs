//! The shape of every screen: title above, content that scrolls, and the next step in a bar that never goes away.

use ipc::problem::Problem;
use yew::prelude::*;
use yew_router::prelude::*;

use super::{Glyph, Notice, Waiting};
use crate::route::Route;
use crate::text::t;

/// What a screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ScreenProps {
    /// What the screen is.
    pub title: AttrValue,
    /// A line under the title.
    #[prop_or_default]
    pub under: Html,
    /// Where Back leads.
    #[prop_or_default]
    pub back: Option<Route>,
    /// Right of the title.
    #[prop_or_default]
    pub aside: Html,
    /// The bar at the foot.
    #[prop_or_default]
    pub bar: Option<Html>,
    /// Style classes of the content.
    #[prop_or_default]
    pub class: Classes,
    /// Nothing on it takes the keyboard: the content itself does, so that it can be scrolled.
    #[prop_or_default]
    pub reading: bool,
    /// The content.
    pub children: Html,
}

/// A screen.
#[component]
pub fn Screen(props: &ScreenProps) -> Html {
    {
        let title = props.title.clone();
        use_effect_with(title, |title| {
            if let Some(document) = crate::browser::document() {
                document.set_title(title);
            }
        });
    }
    html! {
        <div class="screen">
            <div class="screen-scroll" id="screen-scroll" tabindex={props.reading.then_some("0")}>
                <header class="screen-head">
                    if let Some(back) = props.back.clone() {
                        <Link<Route> to={back} classes="screen-back">{ Glyph::Back.show() }<span>{ t("back") }</span></Link<Route>>
                    }
                    <div class="screen-title">
                        <h1>{ &props.title }</h1>
                        { props.under.clone() }
                    </div>
                    <div class="screen-aside">{ props.aside.clone() }</div>
                </header>
                <div class={classes!("screen-body", props.class.clone())}>{ props.children.clone() }</div>
            </div>
            if let Some(bar) = &props.bar {
                <footer class="bar">{ bar.clone() }</footer>
            }
        </div>
    }
}

/// What a screen shows before its data is there.
#[derive(Clone, PartialEq, Properties)]
pub struct LoadedProps {
    /// Why there is no data.
    pub problem: Option<Problem>,
}

/// Please wait, or what went wrong.
#[component]
pub fn Loaded(props: &LoadedProps) -> Html {
    match &props.problem {
        Some(problem) => html! { <div class="screen-body">{ Notice::of(problem) }</div> },
        None => html! { <Waiting /> },
    }
}
