//! Cases in a list; worked by keyboard where the list is the screen's own.

use ipc::case::CaseCard;
use yew::prelude::*;
use yew_router::prelude::*;

use super::{moment, status};
use crate::browser;
use crate::hooks::use_keys;
use crate::kit::{Glyph, Tag, Tone};
use crate::route::{CaseKey, Route};
use crate::text::{t, tr};

/// What a row is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CaseRowProps {
    /// The case.
    pub card: CaseCard,
    /// Where it leads.
    pub to: Route,
    /// Whether the keyboard's mark is on it.
    #[prop_or_default]
    pub marked: bool,
}

/// One case in a list; the whole row is the link.
#[component]
pub fn CaseRow(props: &CaseRowProps) -> Html {
    let card = &props.card;
    let applicant = if card.applicant.is_empty() { t("case-no-name") } else { card.applicant.clone() };
    html! {
        <li class={classes!("row", props.marked.then_some("is-marked"))} id={row_id(card)}>
            <Link<Route> to={props.to.clone()} classes="row-link">
                <span class="row-main">
                    <span class="row-who">{ applicant }</span>
                    <span class="row-what">{ &card.item_name }</span>
                </span>
                <span class="row-number">{ card.receipt.clone().unwrap_or_default() }</span>
                <span class="row-tags">
                    if card.differing > 0 {
                        <Tag word={tr("case-differing", &[("count", &card.differing)])} glyph={Glyph::Differing} tone={Tone::Signal} />
                    }
                    { status::status(card.status) }
                </span>
                <span class="row-when">
                    { status::transfer(card.transfer) }
                    <span>{ moment::short(card.updated_at) }</span>
                </span>
            </Link<Route>>
        </li>
    }
}

fn row_id(card: &CaseCard) -> String {
    format!("row-{}", card.case)
}

/// What a list is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CaseRowsProps {
    /// The cases.
    pub cards: Vec<CaseCard>,
    /// Element id.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Whether J and K move a mark over it and Enter opens what is marked; one list of a screen.
    #[prop_or_default]
    pub keyed: bool,
}

/// A list of cases.
#[component]
pub fn CaseRows(props: &CaseRowsProps) -> Html {
    let marked = use_state(|| 0usize);
    let navigator = use_navigator();
    let at = (*marked).min(props.cards.len().saturating_sub(1));
    {
        let (cards, marked, keyed) = (props.cards.clone(), marked.setter(), props.keyed);
        use_keys(move |key| {
            let to = match key {
                _ if !keyed || cards.is_empty() => return false,
                "j" => (at + 1).min(cards.len() - 1),
                "k" => at.saturating_sub(1),
                "Enter" => {
                    let card = cards.get(at).zip(navigator.as_ref());
                    card.into_iter().for_each(|(card, navigator)| navigator.push(&target(card)));
                    return true;
                }
                _ => return false,
            };
            marked.set(to);
            cards.get(to).into_iter().for_each(|card| browser::bring_near(&row_id(card)));
            true
        });
    }
    if props.cards.is_empty() {
        return html! {};
    }
    html! {
        <ul class="rows-list" id={props.id.clone()} tabindex={props.id.as_ref().map(|_| "-1")}>
            { for props.cards.iter().enumerate().map(|(place, card)| html! {
                <CaseRow key={card.case.to_string()} card={card.clone()} to={target(card)} marked={props.keyed && place == at} />
            }) }
        </ul>
    }
}

/// Where a click on a case leads: drafts open where they were left, others show themselves.
pub fn target(card: &CaseCard) -> Route {
    let case = CaseKey(card.case);
    if card.status == domain::lifecycle::Status::Draft { Route::Form { case } } else { Route::Case { case } }
}
