//! The other case or the other service point that a step names: looked for by name, never typed as a number by heart.

use domain::form::Choice;
use domain::id::CaseId;
use domain::region::RegionCode;
use ipc::case::{CaseCard, CaseList, CaseView};
use yew::prelude::*;

use crate::components::picker::Picker;
use crate::hooks::use_query;
use crate::kit::{Input, InputProps, Loaded};
use crate::text::{t, word};

/// Element id of the field.
const FIELD: &str = "act-other";

/// What the list of cases is given.
#[derive(Clone, PartialEq, Properties)]
pub struct OtherCaseProps {
    /// The case the step is done to.
    pub view: std::rc::Rc<CaseView>,
    /// The other one, once it is picked.
    pub picked: Option<CaseId>,
    /// One was picked, or none after all.
    pub onpick: Callback<Option<CaseId>>,
}

/// The cases of the same applicant.
#[component]
pub fn OtherCase(props: &OtherCaseProps) -> Html {
    let search = props.view.answers.text(&props.view.item.subject.name).to_owned();
    let found = use_query(CaseList { search, limit: Some(50), ..CaseList::default() }, 0);
    let Some(page) = found.data else { return html! { <Loaded problem={found.problem} /> } };
    let choices: Vec<Choice> =
        page.cases.iter().filter(|card| card.case != props.view.case).map(choice).collect();
    let onpick = props.onpick.reform(|name: String| name.parse().ok());
    let picked = props.picked.map(|case| case.to_string()).unwrap_or_default();
    if choices.is_empty() {
        return html! { <p class="question-help">{ t("act-other-case-none") }</p> };
    }
    let input = yew::props!(InputProps { id: FIELD, value: "", label: t("act-other-case") });
    html! { <><label for={FIELD}>{ t("act-other-case") }</label><Picker {input} {choices} {picked} {onpick} /></> }
}

/// The number first: it tells the cases of one person apart.
fn choice(card: &CaseCard) -> Choice {
    let number = card.receipt.clone().unwrap_or_default();
    let status = word("status", card.status.name());
    let parts = [number, status, card.item_name.clone(), card.applicant.clone()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Choice { name: card.case.to_string(), label: parts.join(" · "), extra: Default::default() }
}

/// What the list of service points is given.
#[derive(Clone, PartialEq, Properties)]
pub struct OtherUnitProps {
    /// The case the step is done to.
    pub view: std::rc::Rc<CaseView>,
    /// The other service point, once it is picked.
    pub picked: Option<RegionCode>,
    /// One was picked, or none after all.
    pub onpick: Callback<Option<RegionCode>>,
}

/// The villages that the item's form knows; a form that lists none takes the code.
#[component]
pub fn OtherUnit(props: &OtherUnitProps) -> Html {
    let item = &props.view.item;
    let villages =
        item.form.field(&item.subject.region).map(|field| field.choices.clone()).unwrap_or_default();
    let typed = use_state(String::new);
    let picked = props.picked.as_ref().map(|code| code.to_string()).unwrap_or_default();
    let ontype = {
        let (typed, onpick) = (typed.setter(), props.onpick.clone());
        Callback::from(move |text: String| {
            onpick.emit(text.trim().parse().ok());
            typed.set(text);
        })
    };
    if villages.is_empty() {
        return html! {
            <>
                <label for={FIELD}>{ t("act-unit-code") }</label>
                <Input id={FIELD} value={(*typed).clone()} {ontype} class="is-number" />
            </>
        };
    }
    let onpick = props.onpick.reform(|name: String| name.parse().ok());
    let input = yew::props!(InputProps { id: FIELD, value: "", label: t("act-unit") });
    html! { <><label for={FIELD}>{ t("act-unit") }</label><Picker {input} choices={villages} {picked} {onpick} /></> }
}
