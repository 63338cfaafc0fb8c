//! Small words with a colour: the status of a case, a filter that can be switched on.

use yew::prelude::*;

use super::{Glyph, Tone};

/// What a tag is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TagProps {
    /// The word.
    pub word: AttrValue,
    /// The picture.
    pub glyph: Glyph,
    /// What it says by its colour.
    #[prop_or_default]
    pub tone: Tone,
}

/// A word with a picture and a colour.
#[component]
pub fn Tag(props: &TagProps) -> Html {
    html! { <span class={classes!("tag", props.tone.class())}>{ props.glyph.show() }{ &props.word }</span> }
}

/// What a filter is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ChipProps {
    /// The word.
    pub word: AttrValue,
    /// How many it would show.
    #[prop_or_default]
    pub count: Option<u64>,
    /// Whether it is on.
    pub on: bool,
    /// What a click does.
    pub onpress: Callback<()>,
}

/// A filter that can be switched on.
#[component]
pub fn Chip(props: &ChipProps) -> Html {
    let onclick = {
        let onpress = props.onpress.clone();
        Callback::from(move |_: MouseEvent| onpress.emit(()))
    };
    html! {
        <button type="button" class={classes!("chip", props.on.then_some("is-on"))} aria-pressed={props.on.to_string()} {onclick}>
            { &props.word }
            if let Some(count) = props.count {
                <span class="chip-count">{ count }</span>
            }
        </button>
    }
}
