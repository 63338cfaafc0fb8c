//! What stands around a screen before work: the name of the program, what it promises, and the card with the questions.

use yew::prelude::*;

use crate::text::t;

/// What stands in it.
#[derive(Clone, PartialEq, Properties)]
pub struct DoorProps {
    /// The card.
    pub children: Html,
}

/// The frame before work.
#[component]
pub fn Door(props: &DoorProps) -> Html {
    html! {
        <main class="door">
            <div class="door-side" aria-hidden="true">
                <p class="door-mark">{ t("mark") }</p>
                <p class="door-promise">{ t("door-promise") }</p>
            </div>
            { props.children.clone() }
        </main>
    }
}
