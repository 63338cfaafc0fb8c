//! How sending and receiving stand, in plain words, with the one thing to do next.

use domain::lifecycle::Status;
use ipc::case::{CaseCard, CaseList, Transfer};
use ipc::home::Home;
use ipc::sync::{Link as CountyLink, SyncNow, SyncView, Watched};
use yew::prelude::*;
use yew_router::prelude::*;

use super::lanes::Lanes;
use super::pictures::{HeldPictures, PicturesChoice};
use super::stuck::StuckList;
use crate::components::case_row::CaseRows;
use crate::components::moment;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Glyph, Notice, Press, Screen, Tone, Waiting, Weight};
use crate::route::Route;
use crate::state::session::News;
use crate::text::{self, size, t, tr};

/// How many cases that arrived lately are shown.
const ARRIVED: usize = 5;

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
    let home = use_query(Home {}, desk.session.turn);
    let newest = use_query(CaseList { limit: Some(50), ..CaseList::default() }, desk.session.turn);
    let Some(sync) = desk.session.sync.clone() else { return html! { <Waiting /> } };
    let going = home.data.map(|home| home.waiting.clone()).unwrap_or_default();
    let there = |card: &&CaseCard| card.transfer == Transfer::AtCounty && card.status != Status::Draft;
    let arrived: Vec<CaseCard> =
        newest.data.iter().flat_map(|page| &page.cases).filter(there).take(ARRIVED).cloned().collect();
    let (tone, title) = match sync.link {
        CountyLink::Offline => (Tone::Calm, "link-offline"),
        CountyLink::Idle if sync.stuck() == 0 => (Tone::Good, "link-idle"),
        CountyLink::Idle => (Tone::Calm, "link-idle-but"),
        CountyLink::Working => (Tone::Active, "link-working"),
        CountyLink::Stuck => (Tone::Signal, "link-stuck"),
    };
    let never = || t("sync-never");
    let facts = [
        ("sync-fact-last", sync.last_sync_at.map_or_else(never, moment::full)),
        ("sync-fact-next", sync.next_try_at.map_or_else(|| t("sync-next-soon"), moment::short)),
    ];
    let said = if arrived.is_empty() { "sync-arrived-none" } else { "sync-arrived-words" };
    let bar = html! {
        <>
            <span class="bar-words">{ t("sync-safe") }</span>
            <Link<Route> to={Route::Courier} classes="more">{ Glyph::Paper.show() }{ t("courier-title") }</Link<Route>>
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
            <HeldPictures sync={sync.clone()} />
            <StuckList />
            <section class="home-list" aria-labelledby="going">
                <header class="section-head"><h2 id="going">{ t("sync-going") }<span class="section-count">{ sync.waiting_cases }</span></h2></header>
                <p class="page-words">{ left(&sync) }</p>
                <Lanes sync={sync.clone()} />
                <CaseRows cards={going} />
            </section>
            <section class="home-list" aria-labelledby="arrived">
                <header class="section-head"><h2 id="arrived">{ t("sync-arrived") }</h2></header>
                <p class="page-words">{ t(said) }</p>
                <CaseRows cards={arrived} />
            </section>
            <PicturesChoice sync={sync.clone()} />
            <section class="card">
                <h2>{ t("sync-facts") }</h2>
                <dl class="facts">
                    { for facts.into_iter().map(|(key, value)| html! { <div><dt>{ t(key) }</dt><dd class="is-number">{ value }</dd></div> }) }
                </dl>
            </section>
        </Screen>
    }
}

/// What still has to arrive, in a sentence.
fn left(sync: &SyncView) -> String {
    if sync.waiting_items + sync.waiting_files == 0 {
        return t("sync-going-none");
    }
    let (cases, files, size) = (sync.waiting_cases, sync.waiting_files, size(sync.waiting_bytes));
    tr("sync-going-left", &[("cases", &cases), ("files", &files), ("size", &size)])
}
