//! One question of a form: its words, the place for the answer, help, and what is wrong beside it.

use std::collections::BTreeMap;

use domain::answer::FieldPath;
use domain::form::{ACKNOWLEDGED, Field, FieldKind, Finding};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::picker::Picker;
use crate::kit::{Area, Glyph, Input, InputProps};
use crate::state::sheet::in_words;
use crate::text::{has, t, tr};

/// Up to this many choices are shown as buttons, more as a list to open.
const BUTTONS: usize = 7;
/// Up to this many choices the list is a plain one; a longer one can be looked through.
const PLAIN: usize = 12;

/// Id of the element that takes the answer.
pub fn element_id(path: &FieldPath) -> String {
    format!("f-{}", path.to_string().replace('/', "-"))
}

/// The sentence of a finding: the form author's own, or ours for its code.
pub fn told(code: &str, message: &str, args: &BTreeMap<String, String>) -> String {
    if !message.is_empty() {
        return message.to_owned();
    }
    let key = format!("finding-{}", code.replace('_', "-"));
    if !has(&key) {
        return t("finding-other");
    }
    let args: Vec<(&str, &dyn std::fmt::Display)> =
        args.iter().map(|(name, value)| (name.as_str(), value as &dyn std::fmt::Display)).collect();
    tr(&key, &args)
}

/// How Enter leads to the next question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once: the next keys are on their way already.
    AtOnce,
    /// When the form has seen the choice, which may bring questions up or take them away.
    OnceJudged,
}

/// What a question is given.
#[derive(Clone, PartialEq, Properties)]
pub struct QuestionProps {
    /// The question.
    pub field: Field,
    /// Which answer.
    pub path: FieldPath,
    /// What stands in it.
    pub text: AttrValue,
    /// What is wrong, as far as it may be told now.
    #[prop_or_default]
    pub findings: Vec<Finding>,
    /// Must be answered.
    #[prop_or_default]
    pub required: bool,
    /// Names of the choices on offer, where other answers decide that.
    #[prop_or_default]
    pub offered: Option<Vec<String>>,
    /// What the township asked to be corrected here.
    #[prop_or_default]
    pub correction: Option<String>,
    /// Has two values; somebody must choose first.
    #[prop_or_default]
    pub differing: bool,
    /// Cannot be changed now.
    #[prop_or_default]
    pub locked: bool,
    /// Something was typed or chosen.
    pub ontype: Callback<(FieldPath, String)>,
    /// The question was left.
    pub onleave: Callback<FieldPath>,
    /// Enter was pressed: the element it was pressed in, and how quickly to go on.
    pub onnext: Callback<(String, Pace)>,
}

/// A question.
#[component]
pub fn Question(props: &QuestionProps) -> Html {
    let (field, id) = (&props.field, element_id(&props.path));
    if field.kind == FieldKind::Note {
        return html! { <p class="question-note">{ &field.label }</p> };
    }
    if field.computed || field.read_only {
        return computed(field, &props.text);
    }
    let several = matches!(field.kind, FieldKind::SelectMultiple)
        || (chooses(field) && offered(props).len() <= BUTTONS)
        || field.kind == FieldKind::Acknowledge;
    let wrong = props.findings.iter().any(Finding::is_error);
    let label = html! {
        <>
            { &field.label }
            if props.required && props.text.is_empty() {
                <span class="question-required">{ t("filling-required") }</span>
            }
        </>
    };
    let help = field
        .hint
        .clone()
        .map(|hint| html! { <p class="question-help" id={format!("{id}-help")}>{ hint }</p> });
    let answer = answer(props, &id, wrong);
    let body = html! {
        <>
            if let Some(reason) = &props.correction {
                <p class="question-correction">{ Glyph::Returned.show() }<span>{ tr("filling-correct-this", &[("reason", reason)]) }</span></p>
            }
            if props.differing {
                <p class="question-correction">{ Glyph::Differing.show() }<span>{ t("filling-two-values") }</span></p>
            }
            <div class="question-line">
                <div class="question-answer">{ answer }</div>
                <div class="question-findings" id={format!("{id}-finding")} aria-live="polite">
                    { for props.findings.iter().map(finding) }
                </div>
            </div>
            { help }
        </>
    };
    let class = classes!(
        "question",
        wrong.then_some("is-wrong"),
        (props.correction.is_some() || props.differing).then_some("is-called"),
    );
    if several {
        html! { <fieldset {class}><legend>{ label }</legend>{ body }</fieldset> }
    } else {
        html! { <div {class}><label for={id}>{ label }</label>{ body }</div> }
    }
}

fn finding(finding: &Finding) -> Html {
    let (glyph, class) =
        if finding.is_error() { (Glyph::Wrong, "is-error") } else { (Glyph::Doubt, "is-doubt") };
    html! { <p class={classes!("finding", class)}>{ glyph.show() }<span>{ told(&finding.code, &finding.message, &finding.args) }</span></p> }
}

fn computed(field: &Field, text: &str) -> Html {
    let shown = in_words(field, text);
    html! {
        <div class="question is-computed">
            <span class="computed-label">{ &field.label }</span>
            if shown.is_empty() {
                <span class="computed-value is-empty">{ field.hint.clone().unwrap_or_else(|| t("filling-computed-later")) }</span>
            } else {
                <span class="computed-value">{ shown }</span>
            }
        </div>
    }
}

fn chooses(field: &Field) -> bool {
    field.kind == FieldKind::SelectOne || (field.kind == FieldKind::Region && !field.choices.is_empty())
}

fn offered(props: &QuestionProps) -> Vec<&domain::form::Choice> {
    let on_offer = |name: &String| props.offered.as_ref().is_none_or(|names| names.contains(name));
    props.field.choices.iter().filter(|choice| on_offer(&choice.name)).collect()
}

fn answer(props: &QuestionProps, id: &str, wrong: bool) -> Html {
    let field = &props.field;
    match field.kind {
        FieldKind::SelectMultiple => many(props, id),
        FieldKind::Acknowledge => tick(props, id),
        _ if chooses(field) && offered(props).len() <= BUTTONS => one(props, id),
        _ if chooses(field) && offered(props).len() <= PLAIN => list(props, id, wrong),
        _ if chooses(field) => long_list(props, id, wrong),
        _ => typed(props, id, wrong),
    }
}

fn typed(props: &QuestionProps, id: &str, wrong: bool) -> Html {
    let field = &props.field;
    let (class, mode) = match field.kind {
        FieldKind::ResidentId | FieldKind::BankAccount | FieldKind::Uscc => ("is-number", "text"),
        FieldKind::Phone => ("is-number is-short", "tel"),
        FieldKind::Integer => ("is-number is-shortest", "numeric"),
        FieldKind::Decimal | FieldKind::Money => ("is-number is-shortest", "decimal"),
        FieldKind::Date => ("is-number is-short", "numeric"),
        FieldKind::PersonName => ("is-short", "text"),
        _ => ("", "text"),
    };
    let input = InputProps {
        ontype: told_as_typed(props),
        mode: Some(mode.into()),
        class: classes!(class),
        placeholder: (field.kind == FieldKind::Date).then(|| t("filling-date-shape").into()),
        ..input(props, id, wrong, Pace::AtOnce)
    };
    html! {
        if field.kind == FieldKind::LongText {
            <Area ..input />
        } else {
            <Input ..input />
            if field.kind == FieldKind::Money {
                <span class="question-unit">{ t("yuan") }</span>
            }
        }
    }
}

/// What every field to type into is given, a plain one and one over a list of choices.
fn input(props: &QuestionProps, id: &str, wrong: bool, pace: Pace) -> InputProps {
    let onleave = {
        let (onleave, path) = (props.onleave.clone(), props.path.clone());
        Callback::from(move |()| onleave.emit(path.clone()))
    };
    let onenter = {
        let (onnext, id) = (props.onnext.clone(), id.to_owned());
        Callback::from(move |()| onnext.emit((id.clone(), pace)))
    };
    yew::props!(InputProps {
        id: id.to_owned(),
        value: props.text.clone(),
        onleave,
        onenter,
        wrong,
        required: props.required,
        locked: props.locked,
        described: format!("{id}-finding {id}-help"),
        field: props.path.to_string(),
    })
}

fn told_as_typed(props: &QuestionProps) -> Callback<String> {
    let (ontype, path) = (props.ontype.clone(), props.path.clone());
    Callback::from(move |text: String| ontype.emit((path.clone(), text)))
}

fn one(props: &QuestionProps, id: &str) -> Html {
    let name = props.path.to_string();
    let choices = offered(props);
    let picked = choices.iter().any(|choice| choice.name == props.text.as_str());
    let buttons = choices.into_iter().enumerate().map(|(at, choice)| {
        let onchange = {
            let (ontype, onleave, path) = (props.ontype.clone(), props.onleave.clone(), props.path.clone());
            let value = choice.name.clone();
            Callback::from(move |_: Event| {
                ontype.emit((path.clone(), value.clone()));
                onleave.emit(path.clone());
            })
        };
        let on = props.text == choice.name;
        // The element that errors and the keyboard lead to: the picked button, or the first.
        let leads = on || (!picked && at == 0);
        let own_id = if leads { id.to_owned() } else { format!("{id}-{at}") };
        let onkeydown = enter_goes_on(own_id.clone(), props.onnext.clone());
        html! {
            <label class={classes!("choice", on.then_some("is-on"))}>
                <input type="radio" id={own_id} name={name.clone()} value={choice.name.clone()} checked={on} disabled={props.locked} {onchange} {onkeydown}
                    data-field={name.clone()} />
                <span>{ &choice.label }</span>
            </label>
        }
    });
    html! { <div class="choices">{ for buttons }</div> }
}

fn many(props: &QuestionProps, id: &str) -> Html {
    let name = props.path.to_string();
    let picked: Vec<String> = props.text.split_whitespace().map(str::to_owned).collect();
    let order: Vec<String> = props.field.choices.iter().map(|choice| choice.name.clone()).collect();
    let boxes = offered(props).into_iter().enumerate().map(|(at, choice)| {
        let on = picked.contains(&choice.name);
        let onchange = {
            let (ontype, onleave, path) = (props.ontype.clone(), props.onleave.clone(), props.path.clone());
            let (picked, order, value) = (picked.clone(), order.clone(), choice.name.clone());
            Callback::from(move |_: Event| {
                let keeps = |name: &&String| if **name == value { !on } else { picked.contains(name) };
                let now: Vec<&str> = order.iter().filter(keeps).map(String::as_str).collect();
                ontype.emit((path.clone(), now.join(" ")));
                onleave.emit(path.clone());
            })
        };
        let own_id = if at == 0 { id.to_owned() } else { format!("{id}-{at}") };
        let onkeydown = enter_goes_on(own_id.clone(), props.onnext.clone());
        html! {
            <label class={classes!("choice", on.then_some("is-on"))}>
                <input type="checkbox" id={own_id} value={choice.name.clone()} checked={on} disabled={props.locked} {onchange} {onkeydown} data-field={name.clone()} />
                <span>{ &choice.label }</span>
            </label>
        }
    });
    html! { <div class="choices">{ for boxes }</div> }
}

fn tick(props: &QuestionProps, id: &str) -> Html {
    let on = !props.text.is_empty();
    let onchange = {
        let (ontype, onleave, path) = (props.ontype.clone(), props.onleave.clone(), props.path.clone());
        Callback::from(move |event: Event| {
            let ticked = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked());
            ontype.emit((path.clone(), if ticked { ACKNOWLEDGED.to_owned() } else { String::new() }));
            onleave.emit(path.clone());
        })
    };
    let onkeydown = enter_goes_on(id.to_owned(), props.onnext.clone());
    html! {
        <label class={classes!("choice", "is-whole", on.then_some("is-on"))}>
            <input type="checkbox" id={id.to_owned()} checked={on} disabled={props.locked} {onchange} {onkeydown}
                data-field={props.path.to_string()} />
            <span>{ t("filling-acknowledge") }</span>
        </label>
    }
}

fn list(props: &QuestionProps, id: &str, wrong: bool) -> Html {
    let onchange = {
        let (ontype, onleave, path) = (props.ontype.clone(), props.onleave.clone(), props.path.clone());
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                ontype.emit((path.clone(), select.value()));
                onleave.emit(path.clone());
            }
        })
    };
    let onkeydown = enter_goes_on(id.to_owned(), props.onnext.clone());
    html! {
        <span class={classes!("pf-v6-c-form-control", "input", "is-select", wrong.then_some("pf-m-error"))}>
            <select id={id.to_owned()} disabled={props.locked} {onchange} {onkeydown} data-field={props.path.to_string()}
                aria-describedby={format!("{id}-finding {id}-help")} aria-invalid={wrong.then_some("true")}>
                <option value="" selected={props.text.is_empty()}>{ t("filling-choose") }</option>
                { for offered(props).into_iter().map(|choice| html! {
                    <option value={choice.name.clone()} selected={props.text == choice.name}>{ &choice.label }</option>
                }) }
            </select>
            { Glyph::Next.show() }
        </span>
    }
}

fn long_list(props: &QuestionProps, id: &str, wrong: bool) -> Html {
    let choices: Vec<_> = offered(props).into_iter().cloned().collect();
    let input = input(props, id, wrong, Pace::OnceJudged);
    html! { <Picker {input} {choices} picked={props.text.clone()} onpick={told_as_typed(props)} /> }
}

fn enter_goes_on(id: String, onnext: Callback<(String, Pace)>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            onnext.emit((id.clone(), Pace::OnceJudged));
        }
    })
}
