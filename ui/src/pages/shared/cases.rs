//! The list of cases: filters with counts, search, page by page, all of it by keyboard too.

use domain::lifecycle::Status;
use domain::role::Role;
use ipc::case::{CaseList, Counts};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::browser;
use crate::components::case_row::CaseRows;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Chip, Empty, Glyph, Input, Loaded, Press, Screen};
use crate::pages::agent::items::use_slash;
use crate::route::{Filter, Route};
use crate::text::{t, tr};

/// Filters: name, statuses. `waiting` has no status of its own; its statuses are those of a case on its way.
const FILTERS: &[(&str, &[Status])] = &[
    ("all", &[]),
    ("draft", &[Status::Draft]),
    ("waiting", &[Status::Collected]),
    ("came_back", &[Status::CorrectionRequested, Status::PreReviewReturned]),
    ("to_accept", &[Status::Submitted, Status::CorrectionSubmitted]),
    (
        "at_work",
        &[
            Status::Accepted,
            Status::AcceptedWithGaps,
            Status::UnderInvestigation,
            Status::PublicNotice,
            Status::Suspended,
            Status::Forwarded,
            Status::UnderDecision,
        ],
    ),
    (
        "decided",
        &[
            Status::Approved,
            Status::Rejected,
            Status::NotAccepted,
            Status::AwaitingDelivery,
            Status::Delivered,
        ],
    ),
    ("ended", &Status::ENDED),
];

/// The screen.
#[component]
pub fn Cases() -> Html {
    let desk = use_desk();
    let location = use_location();
    let shown = location.and_then(|location| location.query::<Filter>().ok()).and_then(|filter| filter.show);
    let shown = shown.unwrap_or_else(|| "all".to_owned());
    let words = use_state(String::new);
    // Ends of the pages seen so far; the last one is where this page begins.
    let pages = use_state(Vec::<String>::new);
    let statuses =
        FILTERS.iter().find(|(name, _)| *name == shown).map_or(&[] as &[Status], |(_, statuses)| statuses);
    let question = CaseList {
        statuses: statuses.to_vec(),
        search: (*words).clone(),
        after: pages.last().cloned(),
        limit: Some(50),
    };
    let found = use_query(question, desk.session.turn);
    let last = use_mut_ref(|| None);
    if let Some(page) = &found.data {
        *last.borrow_mut() = Some(page.clone());
    }
    let page = last.borrow().clone();
    let navigator = use_navigator();
    use_slash("search-cases");
    let back_to_start = {
        let pages = pages.setter();
        move || pages.set(Vec::new())
    };
    let ontype = {
        let (words, start) = (words.setter(), back_to_start.clone());
        Callback::from(move |text| {
            start();
            words.set(text);
        })
    };
    let show = |name: &'static str| {
        let (navigator, start) = (navigator.clone(), back_to_start.clone());
        Callback::from(move |()| {
            start();
            if let Some(navigator) = &navigator {
                let _kept_simple =
                    navigator.replace_with_query(&Route::Cases, Filter { show: Some(name.to_owned()) });
            }
        })
    };
    let counts = page.as_ref().map(|page| page.counts.clone()).unwrap_or_default();
    let chips = FILTERS.iter().map(|(name, statuses)| (*name, count(&counts, name, statuses)));
    let chips = chips
        .filter(|(name, count)| *name == "all" || *name == shown || count.is_some_and(|count| count > 0));
    let empty = match (words.is_empty(), shown == "all") {
        (false, _) => ("cases-none-found", "cases-none-found-next"),
        (true, false) => ("cases-none-here", "cases-none-here-next"),
        (true, true) if desk.session.is(Role::VillageAgent) => ("cases-none", "cases-none-next"),
        (true, true) => ("cases-none", "cases-none-arrived-next"),
    };
    html! {
        <Screen title={t("cases-title")} class="cases">
            <div class="cases-tools">
                <div class="chips" role="group" aria-label={t("cases-filters")}>
                    { for chips.map(|(name, count)| html! {
                        <Chip word={t(filter_key(name))} {count} on={name == shown} onpress={show(name)} />
                    }) }
                </div>
                <div class="search is-small" role="search">
                    { Glyph::Search.show() }
                    <Input id="search-cases" kind="search" value={(*words).clone()} {ontype} label={t("cases-search")}
                        placeholder={t("cases-search-example")} class="is-search" onenter={Callback::from(|()| { browser::focus("case-list"); })} />
                    <kbd aria-hidden="true">{ "/" }</kbd>
                </div>
            </div>
            if let Some(page) = page {
                if page.cases.is_empty() {
                    <Empty glyph={Glyph::Cases} title={t(empty.0)} next={t(empty.1)} />
                } else {
                    // Another search or page begins at its first case.
                    <CaseRows key={format!("{shown} {} {}", pages.len(), *words)} id="case-list" cards={page.cases.clone()} keyed=true />
                    <nav class="pager" aria-label={t("cases-pages")}>
                        <span>{ tr("cases-total", &[("count", &page.total)]) }</span>
                        if !pages.is_empty() {
                            <Press label={t("cases-newer")} glyph={Glyph::Back} onpress={turn_back(&pages)} />
                        }
                        if let Some(next) = page.next.clone() {
                            <Press label={t("cases-older")} glyph={Glyph::Next} onpress={turn_on(&pages, next)} />
                        }
                        <span class="pager-keys" aria-hidden="true">{ t("cases-keys") }</span>
                    </nav>
                }
            } else {
                <Loaded problem={found.problem} />
            }
        </Screen>
    }
}

fn filter_key(name: &str) -> &'static str {
    match name {
        "draft" => "filter-draft",
        "waiting" => "filter-waiting",
        "came_back" => "filter-came-back",
        "to_accept" => "filter-to-accept",
        "at_work" => "filter-at-work",
        "decided" => "filter-decided",
        "ended" => "filter-ended",
        _ => "filter-all",
    }
}

fn count(counts: &Counts, name: &str, statuses: &[Status]) -> Option<u64> {
    match name {
        "all" => None,
        _ => Some(statuses.iter().filter_map(|status| counts.by_status.get(status.name())).sum()),
    }
}

fn turn_back(pages: &UseStateHandle<Vec<String>>) -> Callback<()> {
    let pages = pages.clone();
    Callback::from(move |()| {
        let mut seen = (*pages).clone();
        seen.pop();
        pages.set(seen);
    })
}

fn turn_on(pages: &UseStateHandle<Vec<String>>, next: String) -> Callback<()> {
    let pages = pages.clone();
    Callback::from(move |()| {
        let mut seen = (*pages).clone();
        seen.push(next.clone());
        pages.set(seen);
    })
}
