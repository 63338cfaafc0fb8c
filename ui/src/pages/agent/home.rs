//! The village agent's first screen: what can be done here, what was begun, what waits, what came back.

use std::rc::Rc;

use ipc::case::CaseCard;
use ipc::home::HomeView;
use yew::prelude::*;
use yew_router::prelude::*;

use super::items::{ItemTile, SearchField};
use crate::components::case_row::CaseRows;
use crate::hooks::use_desk;
use crate::kit::{Empty, Glyph, Screen};
use crate::route::{Filter, Route};
use crate::text::{t, tr};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct AgentHomeProps {
    /// What the desk told.
    pub view: Rc<HomeView>,
}

/// The first screen.
#[component]
pub fn AgentHome(props: &AgentHomeProps) -> Html {
    let desk = use_desk();
    let view = &props.view;
    let me = desk.session.desk.me.as_ref().map(|me| me.name.clone()).unwrap_or_default();
    let navigator = use_navigator();
    let onsearch = Callback::from(move |words: String| {
        if let Some(navigator) = &navigator {
            let _kept_simple = navigator.push_with_query(&Route::Items, super::items::Words { words });
        }
    });
    let nothing = view.came_back.is_empty() && view.drafts.is_empty() && view.waiting.is_empty();
    html! {
        <Screen title={tr("home-hello", &[("name", &me)])} class="home">
            <div class="home-search">
                <SearchField words="" ontype={Callback::noop()} onenter={onsearch} />
            </div>
            if !view.came_back.is_empty() {
                { list("home-came-back", "came_back", &view.came_back, "is-signal") }
            }
            <div class="home-columns">
                <section class="home-items" aria-labelledby="home-items">
                    <header class="section-head">
                        <h2 id="home-items">{ t("home-village-items") }</h2>
                        <Link<Route> to={Route::Items} classes="more">{ t("home-all-items") }{ Glyph::Next.show() }</Link<Route>>
                    </header>
                    if view.village_items.is_empty() {
                        <Empty glyph={Glyph::Items} title={t("home-no-items")} next={t("home-no-items-next")} />
                    }
                    <ul class="tiles">
                        { for view.village_items.iter().map(|item| html! { <ItemTile key={item.code.clone()} item={item.clone()} /> }) }
                    </ul>
                </section>
                <div class="home-work">
                    if !view.drafts.is_empty() {
                        { list("home-drafts", "draft", &view.drafts, "") }
                    }
                    if !view.waiting.is_empty() {
                        { list("home-waiting", "waiting", &view.waiting, "") }
                    }
                    if nothing {
                        <Empty glyph={Glyph::Check} title={t("home-nothing")} next={t("home-nothing-next")} />
                    }
                </div>
            </div>
        </Screen>
    }
}

/// A short list with a way to the whole one.
pub fn list(title: &str, filter: &str, cards: &[CaseCard], class: &'static str) -> Html {
    let query = Filter { show: Some(filter.to_owned()) };
    html! {
        <section class={classes!("home-list", class)}>
            <header class="section-head">
                <h2>{ t(title) }<span class="section-count">{ cards.len() }</span></h2>
                <Link<Route, Filter> to={Route::Cases} query={Some(query)} classes="more">{ t("home-all") }{ Glyph::Next.show() }</Link<Route, Filter>>
            </header>
            <CaseRows cards={cards.to_vec()} />
        </section>
    }
}
