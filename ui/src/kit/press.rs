//! Buttons.

use patternfly_yew::prelude::{Button, ButtonType, ButtonVariant};
use yew::prelude::*;

use super::Glyph;

/// How heavy a button is. One [`Weight::Primary`] on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// The next step.
    Primary,
    /// Something else one may do.
    #[default]
    Quiet,
    /// A word in a line.
    Link,
    /// Refuses, ends or takes away.
    Stern,
}

/// What a button is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PressProps {
    /// The word on it.
    pub label: AttrValue,
    /// What a click does.
    #[prop_or_default]
    pub onpress: Callback<()>,
    /// How heavy it is.
    #[prop_or_default]
    pub weight: Weight,
    /// The picture before the word.
    #[prop_or_default]
    pub glyph: Option<Glyph>,
    /// Cannot be pressed now.
    #[prop_or_default]
    pub disabled: bool,
    /// The desk is at it.
    #[prop_or_default]
    pub busy: bool,
    /// Shows only the picture; the word is read out.
    #[prop_or_default]
    pub bare: bool,
    /// Sends the form it stands in.
    #[prop_or_default]
    pub submits: bool,
    /// Element id.
    #[prop_or_default]
    pub id: Option<AttrValue>,
}

/// A button.
#[component]
pub fn Press(props: &PressProps) -> Html {
    let variant = match props.weight {
        Weight::Primary => ButtonVariant::Primary,
        Weight::Quiet => ButtonVariant::Secondary,
        Weight::Link => ButtonVariant::Link,
        Weight::Stern => ButtonVariant::DangerSecondary,
    };
    let onclick = {
        let (onpress, submits) = (props.onpress.clone(), props.submits);
        Callback::from(move |event: MouseEvent| {
            if !submits {
                event.prevent_default();
                onpress.emit(());
            }
        })
    };
    let kind = if props.submits { ButtonType::Submit } else { ButtonType::Button };
    let icon = props.glyph.map(Glyph::show);
    html! {
        <Button
            id={props.id.clone()}
            {variant}
            r#type={kind}
            {onclick}
            {icon}
            class={classes!(props.bare.then_some("is-bare"))}
            label={if props.bare { String::new() } else { props.label.to_string() }}
            aria_label={props.bare.then(|| props.label.clone())}
            disabled={props.disabled || props.busy}
            loading={props.busy}
        />
    }
}
