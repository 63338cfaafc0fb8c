//! The one line that always tells the truth: saved here, how much waits, when the county was last reached.

use ipc::sync::{Link as CountyLink, SyncView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::moment;
use crate::hooks::use_desk;
use crate::kit::Glyph;
use crate::route::Route;
use crate::text::{t, tr};

/// The pill's words, part by part.
pub fn words(sync: &SyncView) -> Vec<String> {
    let mut words = vec![t("sync-saved")];
    let stuck = sync.stuck() > 0;
    if stuck {
        words.push(tr("sync-stuck", &[("count", &sync.stuck())]));
    }
    match (sync.waiting_cases, sync.waiting_items + sync.waiting_files) {
        // Beside something that needs a hand it would sound as if all were well.
        (0, 0) if stuck => {}
        (0, 0) => words.push(t("sync-all-sent")),
        (0, _) if sync.waiting_items == 0 && sync.held.is_some() => words.push(t("sync-held")),
        (0, _) => words.push(t("sync-some-waiting")),
        (cases, _) => words.push(tr("sync-waiting", &[("count", &cases)])),
    }
    words.push(match (sync.link, sync.last_sync_at) {
        (CountyLink::Working, _) => t("sync-working"),
        (CountyLink::Stuck, _) => t("link-stuck"),
        (_, Some(at)) => tr("sync-last", &[("at", &moment::short(at))]),
        (_, None) => t("sync-never"),
    });
    words
}

/// The pill.
#[component]
pub fn SyncPill() -> Html {
    let desk = use_desk();
    let Some(sync) = &desk.session.sync else { return html! {} };
    let (glyph, tone) = match sync.link {
        _ if sync.stuck() > 0 => (Glyph::Wrong, "tone-signal"),
        CountyLink::Stuck => (Glyph::Wrong, "tone-signal"),
        CountyLink::Offline => (Glyph::Offline, "tone-calm"),
        CountyLink::Working => (Glyph::Sync, "tone-active"),
        CountyLink::Idle if sync.waiting_items + sync.waiting_files > 0 => (Glyph::Clock, "tone-active"),
        CountyLink::Idle => (Glyph::Check, "tone-good"),
    };
    let parts = words(sync);
    html! {
        <Link<Route> to={Route::Sync} classes={classes!("pill", tone)}>
            { glyph.show() }
            <span class="pill-words">
                { for parts.iter().map(|part| html! { <span>{ part }</span> }) }
            </span>
        </Link<Route>>
    }
}
