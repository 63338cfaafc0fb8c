//! The first screen of township and county: the queue of what has to be worked on.

use std::rc::Rc;

use domain::role::Role;
use ipc::home::HomeView;
use yew::prelude::*;

use crate::components::case_row::CaseRows;
use crate::hooks::use_desk;
use crate::kit::{Empty, Glyph, Screen};
use crate::pages::agent::home::list;
use crate::text::{t, tr};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct QueueHomeProps {
    /// What the desk told.
    pub view: Rc<HomeView>,
}

/// The queue.
#[component]
pub fn QueueHome(props: &QueueHomeProps) -> Html {
    let desk = use_desk();
    let view = &props.view;
    let me = desk.session.desk.me.as_ref().map(|me| me.name.clone()).unwrap_or_default();
    let at_county = desk.session.is(Role::Department) || desk.session.is(Role::CountyAdmin);
    let next = t(if at_county { "queue-empty-county" } else { "queue-empty-township" });
    html! {
        <Screen title={tr("home-hello", &[("name", &me)])} class="home">
            <section class="home-list" aria-labelledby="queue">
                <header class="section-head">
                    <h2 id="queue">{ t("queue-title") }<span class="section-count">{ view.counts.queue }</span></h2>
                </header>
                if view.queue.is_empty() {
                    <Empty glyph={Glyph::Check} title={t("queue-empty")} {next} />
                }
                <CaseRows cards={view.queue.clone()} keyed=true />
            </section>
            if !view.came_back.is_empty() {
                { list("queue-news", "came_back", &view.came_back, "") }
            }
            if !view.waiting.is_empty() {
                { list("home-waiting", "waiting", &view.waiting, "") }
            }
        </Screen>
    }
}
