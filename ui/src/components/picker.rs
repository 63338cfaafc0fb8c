//! A long list of choices with a place to look in it: by characters, pinyin, initials or code, all of it by keyboard.

use domain::form::Choice;
use domain::search;
use yew::prelude::*;

use crate::browser;
use crate::kit::{Combo, Glyph, Input, InputProps};
use crate::text::{t, tr};

/// What the list is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PickerProps {
    /// The field above the list; what stands in it and what typing does is the list's own.
    pub input: InputProps,
    /// The choices on offer.
    pub choices: Vec<Choice>,
    /// Name of the choice that is picked; empty for none.
    pub picked: AttrValue,
    /// A choice was picked, or (empty) the answer was taken away.
    pub onpick: Callback<String>,
}

/// How the list stands.
#[derive(Debug, Clone, PartialEq)]
enum Look {
    /// Shut; the picked choice is shown.
    Shut,
    /// Open to all choices.
    Open,
    /// Narrowed to what fits the words typed.
    Narrowed(String),
}

/// The list.
#[component]
pub fn Picker(props: &PickerProps) -> Html {
    let input = &props.input;
    let look = use_state(|| Look::Shut);
    let marked = use_state(|| 0usize);
    let open = *look != Look::Shut;
    // Worked out when the list is first opened; reading a whole county's villages aloud takes a moment.
    let opened = use_mut_ref(|| false);
    *opened.borrow_mut() |= open;
    let keys = use_memo((props.choices.clone(), *opened.borrow()), |(choices, opened)| {
        let of = |choice: &Choice| {
            let mut keys = search::keys(&choice.label);
            keys.push(choice.name.to_lowercase());
            keys
        };
        if *opened { choices.iter().map(of).collect() } else { Vec::new() }
    });
    let words = match &*look {
        Look::Narrowed(words) => search::query(words),
        _ => Vec::new(),
    };
    let fits = props.choices.iter().zip(&*keys).filter(|(_, keys)| search::found(keys, &words));
    let found: Vec<Choice> = fits.map(|(choice, _)| choice.clone()).collect();
    let label = props.choices.iter().find(|choice| choice.name == props.picked.as_str());
    let label = label.map(|choice| choice.label.clone()).unwrap_or_default();
    let option_id = |at: usize| format!("{}-option-{at}", input.id);
    {
        let shown = open.then(|| option_id(*marked));
        let list = format!("{}-list", input.id);
        use_effect_with(shown, move |shown| {
            // The whole list first, then the marked choice in it.
            for id in shown.iter().flat_map(|marked| [&list, marked]) {
                browser::bring_near(id);
            }
        });
    }

    let unfold = {
        let (look, marked, choices) = (look.clone(), marked.setter(), props.choices.clone());
        let (picked, locked) = (props.picked.clone(), input.locked);
        Callback::from(move |()| {
            if *look == Look::Shut && !locked {
                marked.set(choices.iter().position(|choice| choice.name == picked.as_str()).unwrap_or(0));
                look.set(Look::Open);
            }
        })
    };
    let pick = {
        let (look, onpick) = (look.setter(), props.onpick.clone());
        Callback::from(move |name: String| {
            look.set(Look::Shut);
            onpick.emit(name);
        })
    };
    let ontype = {
        let (look, marked) = (look.setter(), marked.setter());
        Callback::from(move |words: String| {
            marked.set(0);
            look.set(Look::Narrowed(words));
        })
    };
    let onenter = {
        let (pick, onenter, found, marked) = (pick.clone(), input.onenter.clone(), found.clone(), *marked);
        Callback::from(move |()| match found.get(marked) {
            Some(choice) if open => {
                pick.emit(choice.name.clone());
                onenter.emit(());
            }
            _ if open => {}
            _ => onenter.emit(()),
        })
    };
    let onleave = {
        let (look, pick, found, onleave) = (look.clone(), pick.clone(), found.clone(), input.onleave.clone());
        Callback::from(move |()| {
            match (&*look, found.as_slice()) {
                (Look::Narrowed(words), _) if words.trim().is_empty() => pick.emit(String::new()),
                (Look::Narrowed(_), [only]) => pick.emit(only.name.clone()),
                (Look::Shut, _) => {}
                _ => look.set(Look::Shut),
            }
            onleave.emit(());
        })
    };
    let onkeydown = {
        let (look, marked, unfold, count) = (look.clone(), marked.clone(), unfold.clone(), found.len());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() || event.key_code() == crate::kit::TO_INPUT_METHOD {
                return;
            }
            match event.key().as_str() {
                "ArrowDown" if open => marked.set((*marked + 1).min(count.saturating_sub(1))),
                "ArrowUp" if open => marked.set(marked.saturating_sub(1)),
                "ArrowDown" | "ArrowUp" => unfold.emit(()),
                "Escape" if open => look.set(Look::Shut),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onclick = {
        let unfold = unfold.clone();
        Callback::from(move |_: MouseEvent| unfold.emit(()))
    };
    let list = format!("{}-list", input.id);
    let active = (open && !found.is_empty()).then(|| AttrValue::from(option_id(*marked)));
    let combo = Combo { list: open.then(|| list.clone().into()), active, picked: props.picked.clone() };
    let value = match &*look {
        Look::Narrowed(words) => words.clone(),
        _ => label,
    };
    let field = InputProps {
        value: value.into(),
        ontype,
        onleave,
        onenter,
        placeholder: Some(t("picker-look").into()),
        combo: Some(combo),
        class: classes!(input.class.clone(), "is-select"),
        ..input.clone()
    };
    html! {
        <div class="picker" {onkeydown}>
            <div class="picker-field" {onclick}>
                <Input ..field />
                { Glyph::Next.show() }
            </div>
            if open {
                <ul class="picker-list" id={list} role="listbox" aria-label={t("picker-look")}>
                    { for found.iter().enumerate().map(|(at, choice)| {
                        let on = choice.name == props.picked.as_str();
                        let onclick = {
                            let (pick, name) = (pick.clone(), choice.name.clone());
                            Callback::from(move |_: MouseEvent| pick.emit(name.clone()))
                        };
                        // The field keeps the keyboard while the pointer picks.
                        let onmousedown = Callback::from(|event: MouseEvent| event.prevent_default());
                        html! {
                            <li key={choice.name.clone()} id={option_id(at)} role="option" aria-selected={on.to_string()}
                                class={classes!("picker-option", on.then_some("is-on"), (at == *marked).then_some("is-marked"))}
                                {onclick} {onmousedown}>{ &choice.label }</li>
                        }
                    }) }
                    if found.is_empty() {
                        <li class="picker-none" role="option" aria-selected="false" aria-disabled="true">{ none(&look) }</li>
                    }
                </ul>
            }
        </div>
    }
}

fn none(look: &Look) -> String {
    match look {
        Look::Narrowed(words) => tr("items-none", &[("words", words)]),
        _ => t("picker-empty"),
    }
}
