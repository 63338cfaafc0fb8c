//! A small window in front of the screen, for one question.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

use super::Glyph;
use crate::text::t;

/// What a dialog is given.
#[derive(Clone, PartialEq, Properties)]
pub struct DialogProps {
    /// What it is about.
    pub title: AttrValue,
    /// Closed without an answer.
    pub onclose: Callback<()>,
    /// The question.
    pub children: Html,
    /// The answers, as buttons.
    #[prop_or_default]
    pub foot: Html,
    /// Takes more of the screen.
    #[prop_or_default]
    pub wide: bool,
}

/// What takes the keyboard when a dialog opens: what was meant for it, else the first thing to fill in or press.
const BEGIN: [&str; 2] = ["[autofocus]", ".dialog-body :is(input, button), .dialog-foot button"];

/// Puts the keyboard where the dialog begins; by itself it would stand on the button that closes it.
fn begin(dialog: &HtmlDialogElement) {
    let first = BEGIN.iter().find_map(|spot| dialog.query_selector(spot).ok().flatten());
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        let _elsewhere = first.focus();
    }
}

/// A dialog: keeps the keyboard inside, closes on Escape, gives the keyboard back.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                let _open_already = dialog.show_modal();
                begin(dialog);
            }
            move || dialog.into_iter().for_each(|dialog| dialog.close())
        });
    }
    let oncancel = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            onclose.emit(());
        })
    };
    let onclick = {
        let onclose = props.onclose.clone();
        Callback::from(move |_: MouseEvent| onclose.emit(()))
    };
    html! {
        <dialog ref={node} class={classes!("dialog", props.wide.then_some("is-wide"))} aria-labelledby="dialog-title" {oncancel}>
            <header class="dialog-head">
                <h2 id="dialog-title">{ &props.title }</h2>
                <button type="button" class="dialog-close" aria-label={t("close")} {onclick}>{ Glyph::Close.show() }</button>
            </header>
            <div class="dialog-body">{ props.children.clone() }</div>
            <footer class="dialog-foot">{ props.foot.clone() }</footer>
        </dialog>
    }
}
