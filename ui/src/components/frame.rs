//! The frame of all roles: where one can go on the left, who works here and how sending stands above.

use domain::role::Role;
use ipc::account::Lock;
use yew::prelude::*;
use yew_router::prelude::*;

use super::notes::Notes;
use super::sync_pill::SyncPill;
use crate::hooks::use_desk;
use crate::kit::Glyph;
use crate::route::Route;
use crate::state::session::News;
use crate::text::t;

/// What the frame holds.
#[derive(Clone, PartialEq, Properties)]
pub struct FrameProps {
    /// The screen.
    pub children: Html,
}

/// The frame.
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let desk = use_desk();
    let here = use_route::<Route>().unwrap_or(Route::Nowhere);
    let lock = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            let session = desk.session.dispatcher();
            desk.ask(Lock {}, move |answer| {
                if let Ok(view) = answer {
                    session.dispatch(News::Desk(Box::new(view)));
                }
            });
        })
    };
    let to_content = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        crate::browser::focus("main");
    });
    let me = desk.session.desk.me.as_ref().map(|me| me.name.clone()).unwrap_or_default();
    let unit = desk.session.desk.unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default();
    let place = |to: Route, glyph: Glyph, word: &str, on: bool| {
        html! {
            <li>
                <Link<Route> {to} classes={classes!("rail-place", on.then_some("is-here"))}>
                    { glyph.show() }<span>{ t(word) }</span>
                </Link<Route>>
            </li>
        }
    };
    let at_cases =
        matches!(here, Route::Cases | Route::Case { .. } | Route::Form { .. } | Route::Receipt { .. });
    let at_items = matches!(here, Route::Items | Route::Guide { .. });
    html! {
        <div class="frame">
            <a class="skip" href="#main" onclick={to_content}>{ t("skip-to-content") }</a>
            <nav class="rail" aria-label={t("rail-label")}>
                <div class="rail-mark" aria-hidden="true">{ t("mark") }</div>
                <ul>
                    { place(Route::Home, Glyph::Home, "rail-home", here == Route::Home) }
                    if desk.session.is(Role::VillageAgent) || desk.session.is(Role::TownshipClerk) {
                        { place(Route::Items, Glyph::Items, "rail-items", at_items) }
                    }
                    { place(Route::Cases, Glyph::Cases, "rail-cases", at_cases) }
                    { place(Route::Sync, Glyph::Sync, "rail-sync", matches!(here, Route::Sync | Route::Courier)) }
                    if desk.session.is(Role::CountyAdmin) {
                        { place(Route::Catalogue, Glyph::Catalogue, "rail-catalogue", here == Route::Catalogue) }
                    }
                    { place(Route::Settings, Glyph::Settings, "rail-settings", here == Route::Settings) }
                </ul>
            </nav>
            <div class="deck">
                <header class="top">
                    <div class="top-who">
                        <span class="top-unit">{ unit }</span>
                        <span class="top-me">{ Glyph::Person.show() }{ me }</span>
                    </div>
                    <SyncPill />
                    <button type="button" class="top-lock" onclick={lock}>{ Glyph::Lock.show() }<span>{ t("lock") }</span></button>
                </header>
                <main id="main" tabindex="-1">{ props.children.clone() }</main>
            </div>
            <Notes />
        </div>
    }
}
