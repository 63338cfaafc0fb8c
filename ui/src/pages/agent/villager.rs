//! The same case for the villager looking over the shoulder: large plain sentences, nobody else's data.

use domain::id::CaseId;
use ipc::case::CaseOpen;
use yew::prelude::*;
use yew_router::prelude::*;

use super::guide::limit;
use crate::hooks::{use_query, use_touched};
use crate::kit::{Glyph, Loaded, Press, Screen, Weight};
use crate::route::{CaseKey, Route};
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
    let back = {
        let case = CaseKey(props.case);
        Callback::from(move |()| navigator.iter().for_each(|navigator| navigator.push(&Route::Case { case })))
    };
    let item = &view.item;
    let handed: Vec<String> = item
        .materials
        .iter()
        .filter(|slot| view.materials.iter().any(|file| file.slot == slot.key))
        .map(|slot| slot.name.clone())
        .collect();
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
            if let Some(number) = &view.receipt {
                <p class="villager-line">{ t("villager-number") }<span class="villager-code">{ number }</span></p>
            }
            if !item.guide.phone.is_empty() {
                <p class="villager-line">{ Glyph::Phone.show() }{ tr("villager-phone", &[("phone", &item.guide.phone)]) }</p>
            }
        </Screen>
    }
}
