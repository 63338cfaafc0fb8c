//! A password that somebody chooses, typed twice so that no slip of a finger locks anybody out.

use yew::prelude::*;

use crate::browser;
use crate::kit::Input;
use crate::text::t;

/// Shortest password the desk takes, in characters.
const SHORTEST: usize = 8;

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct NewPasswordProps {
    /// Element id of the first field; the second is `ID-again`.
    pub id: AttrValue,
    /// The words above the first field.
    pub label: AttrValue,
    /// The password, or none as long as it is too short or the two differ.
    pub onchosen: Callback<Option<String>>,
    /// Enter was pressed in the second field.
    #[prop_or_default]
    pub onenter: Callback<()>,
}

/// Two fields, and what is wrong beside them.
#[component]
pub fn NewPassword(props: &NewPasswordProps) -> Html {
    let (first, second) = (use_state(String::new), use_state(String::new));
    let (id, again) = (props.id.clone(), format!("{}-again", props.id));
    let typed = |state: &UseStateHandle<String>, other: &UseStateHandle<String>| {
        let (state, other, onchosen) = (state.setter(), (**other).clone(), props.onchosen.clone());
        Callback::from(move |text: String| {
            let good = text == other && text.chars().count() >= SHORTEST;
            onchosen.emit(good.then(|| text.clone()));
            state.set(text);
        })
    };
    let differs = !second.is_empty() && *second != *first;
    let short = !first.is_empty() && first.chars().count() < SHORTEST;
    let onward = {
        let again = again.clone();
        Callback::from(move |()| {
            browser::focus(&again);
        })
    };
    html! {
        <>
            <label class="door-label" for={id.clone()}>{ &props.label }</label>
            <Input id={id.clone()} kind="password" value={(*first).clone()} ontype={typed(&first, &second)} onenter={onward}
                remember="new-password" described={format!("{id}-help")} wrong={short} />
            <p id={format!("{id}-help")} class={classes!("question-help", short.then_some("is-error"))}>{ t("enrol-password-help") }</p>
            <label class="door-label" for={again.clone()}>{ t("enrol-repeat") }</label>
            <Input id={again.clone()} kind="password" value={(*second).clone()} ontype={typed(&second, &first)} onenter={props.onenter.clone()}
                remember="new-password" described={format!("{again}-help")} wrong={differs} />
            <p id={format!("{again}-help")} class="question-help is-error">{ if differs { t("enrol-differs") } else { String::new() } }</p>
        </>
    }
}
