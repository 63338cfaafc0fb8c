//! The same case for the villager looking over the shoulder: large plain sentences, nobody else's data.

use domain::act::{ActKind, Payload};
use domain::id::CaseId;
use domain::lifecycle::Status;
use ipc::case::{CaseAct, CaseOpen, CaseView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::guide::limit;
use crate::browser;
use crate::hooks::{use_desk, use_query, use_touched};
use crate::kit::{Glyph, Loaded, Press, Screen, Weight};
use crate::route::{CaseKey, Route, Spot};
use crate::state::steps::signature_slot;
use crate::text::{t, tr, word};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct VillagerPageProps {
    /// The case.
    pub case: CaseId,
}

/// The screen.
#[component]
pub fn VillagerPage(props: &VillagerPageProps) -> Html {
    let turn = use_touched(props.case);
    let opened = use_query(CaseOpen { case: props.case }, turn);
    let navigator = use_navigator();
    let Some(view) = opened.data else { return html! { <Loaded problem={opened.problem} /> } };
    let case = CaseKey(props.case);
    let to_sign = {
        let navigator = navigator.clone();
        let spot = Spot { step: Some("signature".to_owned()), ..Spot::default() };
        Callback::from(move |()| {
            if let Some(navigator) = &navigator {
                let _kept_simple = navigator.push_with_query(&Route::Form { case }, spot.clone());
            }
        })
    };
    let origin = if view.status == Status::Draft { Route::Form { case } } else { Route::Case { case } };
    let back = Callback::from(move |()| navigator.iter().for_each(|navigator| navigator.push(&origin)));
    let item = &view.item;
    let handed: Vec<String> = item
        .materials
        .iter()
        .filter(|slot| view.materials.iter().any(|file| file.slot == slot.key))
        .map(|slot| slot.name.clone())
        .collect();
    let sign = signature_slot(item)
        .filter(|slot| view.may_write && !view.materials.iter().any(|file| file.slot == *slot));
    let bar = html! { <Press label={t("villager-back")} weight={Weight::Primary} glyph={Glyph::Back} onpress={back} /> };
    html! {
        <Screen title={t("villager-title")} {bar} class="villager" reading=true>
            <p class="villager-line">{ tr("villager-item", &[("item", &item.name)]) }</p>
            <p class="villager-line">{ &item.guide.result }</p>
            if !handed.is_empty() {
                <div class="villager-line">{ t("villager-handed") }<ul>{ for handed.iter().map(|name| html! { <li>{ Glyph::Check.show() }{ name }</li> }) }</ul></div>
            }
            <p class="villager-line is-strong">{ word("villager-status", view.status.name()) }</p>
            <p class="villager-line">{ tr("villager-promise", &[("limit", &limit(item.promised_limit))]) }</p>
            if sign.is_some() {
                <div class="villager-line">{ t("villager-sign") }<Press label={t("villager-sign-here")} glyph={Glyph::Sign} onpress={to_sign} /></div>
            }
            if let Some(number) = &view.receipt {
                <p class="villager-line">{ t("villager-number") }<span class="villager-code">{ number }</span></p>
            }
            if !item.guide.phone.is_empty() {
                <p class="villager-line">{ Glyph::Phone.show() }{ tr("villager-phone", &[("phone", &item.guide.phone)]) }</p>
            }
            if view.acts.contains(&ActKind::Rate) {
                <Rating case={view.case} onchange={opened.put.clone()} />
            }
        </Screen>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct RatingProps {
    case: CaseId,
    onchange: Callback<CaseView>,
}

/// Five large buttons: how the applicant found the service.
#[component]
fn Rating(props: &RatingProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let rate = |grade: u8| {
        let (desk, busy, onchange, case) = (desk.clone(), busy.setter(), props.onchange.clone(), props.case);
        Callback::from(move |()| {
            busy.set(true);
            let (busy, onchange, after) = (busy.clone(), onchange.clone(), desk.clone());
            let payload = Payload { satisfaction: Some(grade), ..Payload::default() };
            let question = CaseAct { request: browser::request_id(), case, kind: ActKind::Rate, payload };
            desk.ask(question, move |answer| {
                busy.set(false);
                let Ok(view) = answer else { return };
                after.say(t("villager-thanks"));
                after.changed();
                onchange.emit(view);
            });
        })
    };
    html! {
        <div class="villager-line">
            { t("villager-rate") }
            <div class="villager-grades">
                { for (1..=5u8).map(|grade| html! { <Press label={word("grade", &grade.to_string())} disabled={*busy} onpress={rate(grade)} /> }) }
            </div>
        </div>
    }
}
