//! The guide of one item: who gets what, what to bring, how long it takes; and the way into the form.

use domain::answer::{FieldPath, Source};
use domain::catalogue::{Limit, LimitUnit, Necessity, ServiceItem};
use domain::region::RegionCode;
use domain::role::Role;
use ipc::case::{CaseSave, CaseStart, Edit};
use ipc::item::ItemShow;
use yew::prelude::*;
use yew_router::prelude::*;

use super::village::{self, AskVillage};
use crate::browser;
use crate::hooks::{Desk, use_desk, use_query};
use crate::kit::{Glyph, Loaded, Press, Screen, Tag, Tone, Weight};
use crate::route::{CaseKey, Route};
use crate::text::{t, tr};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct GuidePageProps {
    /// Catalogue code.
    pub code: String,
}

/// A time limit in words.
pub fn limit(limit: Limit) -> String {
    let key = match limit.unit {
        LimitUnit::WorkingDays => "limit-working-days",
        LimitUnit::CalendarDays => "limit-days",
        LimitUnit::OnTheSpot => "limit-on-the-spot",
    };
    tr(key, &[("count", &limit.amount)])
}

/// The screen.
#[component]
pub fn GuidePage(props: &GuidePageProps) -> Html {
    let desk = use_desk();
    let shown = use_query(ItemShow { code: props.code.clone() }, 0);
    let navigator = use_navigator();
    let busy = use_state(|| false);
    let asking = use_state(|| false);
    // One id for this visit: a click that is repeated begins one case, not two.
    let request = use_memo(props.code.clone(), |_| browser::request_id());
    let Some(view) = shown.data else { return html! { <Loaded problem={shown.problem} /> } };
    let item = &view.item;
    let villages =
        desk.session.desk.unit.as_ref().map(|unit| village::served(unit, item)).unwrap_or_default();
    let start = {
        let (desk, busy, request, item) = (desk.clone(), busy.clone(), request.clone(), view.clone());
        let asking = asking.setter();
        Callback::from(move |village: Option<RegionCode>| {
            asking.set(false);
            busy.set(true);
            let (navigator, busy, after, item) =
                (navigator.clone(), busy.setter(), desk.clone(), item.clone());
            let question = CaseStart {
                request: (*request).clone(),
                item: item.item.code.clone(),
                village: village.clone(),
            };
            desk.ask(question, move |answer| {
                let Ok(case) = answer else { return busy.set(false) };
                let case = case.case;
                let open = move |after: &Desk| {
                    busy.set(false);
                    after.changed();
                    navigator
                        .iter()
                        .for_each(|navigator| navigator.push(&Route::Form { case: CaseKey(case) }));
                };
                let Some(edit) = village.and_then(|village| village_answer(&item.item, &village)) else {
                    return open(&after);
                };
                let question = CaseSave { request: browser::request_id(), case, edits: vec![edit] };
                after.clone().ask(question, move |_| open(&after));
            });
        })
    };
    let begin = {
        let (start, asking, villages) = (start.clone(), asking.setter(), villages.clone());
        Callback::from(move |()| match villages.as_slice() {
            [] => start.emit(None),
            [only] => start.emit(only.name.parse().ok()),
            _ => asking.set(true),
        })
    };
    let picked = start.reform(Some);
    let closed = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(false))
    };
    let bar = html! {
        <>
            <span class="bar-words">{ tr("guide-promise", &[("limit", &limit(item.promised_limit))]) }</span>
            if desk.session.is(Role::VillageAgent) {
                <Press id="begin" label={t("guide-begin")} weight={Weight::Primary} glyph={Glyph::Write} busy={*busy} onpress={begin} />
            }
        </>
    };
    html! {
        <Screen title={item.name.clone()} back={Route::Items} under={under(item)} {bar} class="guide">
            <p class="guide-summary">{ &item.summary }</p>
            if *asking {
                <AskVillage {villages} onpick={picked} onclose={closed} />
            }
            <div class="guide-columns">
                <div class="guide-main">
                    { words("guide-conditions", &item.guide.conditions) }
                    { materials(item) }
                    if !item.guide.faq.is_empty() {
                        <section class="card">
                            <h2>{ t("guide-faq") }</h2>
                            { for item.guide.faq.iter().map(|faq| html! {
                                <details class="faq"><summary>{ &faq.question }</summary><p>{ &faq.answer }</p></details>
                            }) }
                        </section>
                    }
                </div>
                <aside class="guide-side">
                    { facts(item) }
                    { steps(item) }
                </aside>
            </div>
        </Screen>
    }
}

/// The first answer: the village the citizen is from, where the form asks for it.
fn village_answer(item: &ServiceItem, village: &RegionCode) -> Option<Edit> {
    let field = FieldPath::plain(village::asked_for(item, village)?);
    Some(Edit::Set { field, value: village.to_string(), source: Source::Stated, original_seen: false })
}

fn under(item: &ServiceItem) -> Html {
    html! {
        <p class="screen-facts">
            if item.village_complete {
                <Tag word={t("items-village")} glyph={Glyph::Village} tone={Tone::Good} />
            }
            <span>{ &item.department }</span>
            <span class="is-number">{ &item.code }</span>
        </p>
    }
}

fn words(title: &str, lines: &[String]) -> Html {
    if lines.is_empty() {
        return html! {};
    }
    html! {
        <section class="card">
            <h2>{ t(title) }</h2>
            <ol class="plain-list">{ for lines.iter().map(|line| html! { <li>{ line }</li> }) }</ol>
        </section>
    }
}

fn materials(item: &ServiceItem) -> Html {
    html! {
        <section class="card">
            <h2>{ t("guide-materials") }</h2>
            <ul class="papers">
                { for item.materials.iter().map(|slot| html! {
                    <li>
                        { Glyph::Paper.show() }
                        <span class="papers-words">
                            <span class="papers-name">{ &slot.name }</span>
                            if !slot.note.is_empty() {
                                <span class="papers-note">{ &slot.note }</span>
                            }
                        </span>
                        <span class="papers-need">{ t(need(slot.necessity)) }</span>
                    </li>
                }) }
            </ul>
        </section>
    }
}

fn need(necessity: Necessity) -> &'static str {
    match necessity {
        Necessity::Required => "slot-required",
        Necessity::Deferrable => "slot-deferrable",
        Necessity::Optional => "slot-optional",
        Necessity::Shared => "slot-shared",
    }
}

fn facts(item: &ServiceItem) -> Html {
    let guide = &item.guide;
    let fee = if guide.fee.is_empty() { t("guide-free") } else { guide.fee.clone() };
    let visits =
        if item.visits == 0 { t("guide-no-visit") } else { tr("items-visits", &[("count", &item.visits)]) };
    let rows = [
        ("guide-result", guide.result.clone()),
        ("guide-fee", fee),
        ("guide-visits", visits),
        ("guide-statutory", limit(item.statutory_limit)),
        ("guide-phone", guide.phone.clone()),
        ("guide-complaints", guide.complaint_phone.clone()),
    ];
    html! {
        <section class="card">
            <h2>{ t("guide-facts") }</h2>
            <dl class="facts">
                { for rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| html! {
                    <div><dt>{ t(key) }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
            if !guide.basis.is_empty() {
                <details class="faq">
                    <summary>{ t("guide-basis") }</summary>
                    <ul class="plain-list">{ for guide.basis.iter().map(|basis| html! { <li>{ &basis.title }{ " " }{ &basis.clause }</li> }) }</ul>
                </details>
            }
        </section>
    }
}

fn steps(item: &ServiceItem) -> Html {
    html! {
        <section class="card">
            <h2>{ t("guide-steps") }</h2>
            <ol class="way">
                { for item.guide.steps.iter().map(|step| html! {
                    <li><span class="way-name">{ &step.name }</span><span class="way-who">{ &step.who }{ " " }{ &step.time }</span></li>
                }) }
            </ol>
        </section>
    }
}
