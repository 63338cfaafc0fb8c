//! One case in a list.

use ipc::case::CaseCard;
use yew::prelude::*;
use yew_router::prelude::*;

use super::{moment, status};
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
        <li class={classes!("row", props.marked.then_some("is-marked"))}>
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

/// Where a click on a case leads: drafts open where they were left, others show themselves.
pub fn target(card: &CaseCard) -> Route {
    let case = CaseKey(card.case);
    if card.status == domain::lifecycle::Status::Draft { Route::Form { case } } else { Route::Case { case } }
}
