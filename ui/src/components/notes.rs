//! Small messages at the foot of the window; with a way back where something was taken away.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::Glyph;
use crate::state::session::{News, Note};
use crate::text::t;

/// How long a message stays, in milliseconds.
const STAYS: u32 = 6_000;
/// How long one with a way back stays, in milliseconds.
pub const STAYS_WITH_UNDO: u32 = 15_000;

/// All small messages.
#[component]
pub fn Notes() -> Html {
    let desk = use_desk();
    html! {
        <div class="notes" role="status" aria-live="polite">
            { for desk.session.notes.iter().map(|note| html! { <OneNote key={note.id} note={note.clone()} /> }) }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OneNoteProps {
    note: Note,
}

#[component]
fn OneNote(props: &OneNoteProps) -> Html {
    let desk = use_desk();
    let id = props.note.id;
    let read = {
        let session = desk.session.dispatcher();
        Callback::from(move |()| session.dispatch(News::Read(id)))
    };
    {
        let (read, undo) = (read.clone(), props.note.undo.is_some());
        use_effect_with(id, move |_| {
            let stays = if undo { STAYS_WITH_UNDO } else { STAYS };
            let timer = Timeout::new(stays, move || read.emit(()));
            move || drop(timer)
        });
    }
    let undo = props.note.undo.clone().map(|undo| {
        let read = read.clone();
        Callback::from(move |_: MouseEvent| {
            undo.emit(());
            read.emit(());
        })
    });
    let close = Callback::from(move |_: MouseEvent| read.emit(()));
    html! {
        <div class={classes!("note", props.note.wrong.then_some("is-wrong"))}>
            { if props.note.wrong { Glyph::Wrong } else { Glyph::Check }.show() }
            <span class="note-text">{ &props.note.text }</span>
            if let Some(undo) = undo {
                <button type="button" class="note-undo" onclick={undo}>{ Glyph::Undo.show() }{ t("undo") }</button>
            }
            <button type="button" class="note-close" aria-label={t("close")} onclick={close}>{ Glyph::Close.show() }</button>
        </div>
    }
}
