//! How sending and receiving stand, in plain words, with the one thing to do next.

use ipc::sync::{Link as CountyLink, SyncNow, Watched};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::components::moment;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Screen, Tone, Waiting, Weight};
use crate::route::{CaseKey, Route};
use crate::state::session::News;
use crate::text::{self, t, tr, word};

/// The screen.
#[component]
pub fn SyncPage() -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let now = {
        let (desk, busy) = (desk.clone(), busy.setter());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, session, revision) = (busy.clone(), desk.session.dispatcher(), desk.session.revision);
            desk.ask(SyncNow {}, move |answer| {
                busy.set(false);
                if let Ok(sync) = answer {
                    let news = Watched { revision, sync, touched: vec![], desk_changed: false };
                    session.dispatch(News::Watched(Box::new(news)));
                }
            });
        })
    };
    let Some(sync) = desk.session.sync.clone() else { return html! { <Waiting /> } };
    let (tone, title) = match sync.link {
        CountyLink::Offline => (Tone::Calm, "link-offline"),
        CountyLink::Idle => (Tone::Good, "link-idle"),
        CountyLink::Working => (Tone::Active, "link-working"),
        CountyLink::Stuck => (Tone::Signal, "link-stuck"),
    };
    let never = || t("sync-never");
    let facts = [
        ("sync-fact-cases", sync.waiting_cases.to_string()),
        ("sync-fact-items", sync.waiting_items.to_string()),
        (
            "sync-fact-files",
            tr(
                "sync-fact-files-words",
                &[("count", &sync.waiting_files), ("size", &size(sync.waiting_bytes))],
            ),
        ),
        ("sync-fact-last", sync.last_sync_at.map_or_else(never, moment::full)),
        ("sync-fact-next", sync.next_try_at.map_or_else(|| t("sync-next-soon"), moment::short)),
    ];
    let bar = html! {
        <>
            <span class="bar-words">{ t("sync-safe") }</span>
            <Press id="sync-now" label={t("sync-now")} weight={Weight::Primary} glyph={Glyph::Sync}
                busy={*busy || sync.link == CountyLink::Working} onpress={now} />
        </>
    };
    html! {
        <Screen title={t("sync-title")} {bar} class="sync">
            <Notice {tone} title={t(title)}>
                if let Some(problem) = &sync.problem {
                    <p>{ text::problem(problem) }</p>
                }
            </Notice>
            if !sync.quarantined.is_empty() {
                <section class="card is-signal">
                    <h2>{ tr("sync-stuck-title", &[("count", &sync.quarantined.len())]) }</h2>
                    <p>{ t("sync-stuck-words") }</p>
                    <ul class="points">
                        { for sync.quarantined.iter().map(|stuck| html! {
                            <li><Link<Route> to={Route::Case { case: CaseKey(stuck.case) }} classes="point">
                                <strong>{ moment::short(stuck.at) }</strong><span>{ word("refusal", &stuck.code) }</span>{ Glyph::Next.show() }
                            </Link<Route>></li>
                        }) }
                    </ul>
                </section>
            }
            <section class="card">
                <h2>{ t("sync-facts") }</h2>
                <dl class="facts">
                    { for facts.into_iter().map(|(key, value)| html! { <div><dt>{ t(key) }</dt><dd class="is-number">{ value }</dd></div> }) }
                </dl>
            </section>
        </Screen>
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0 => "0 KB".to_owned(),
        1..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
