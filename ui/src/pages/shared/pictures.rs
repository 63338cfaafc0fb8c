//! When photographs and papers wait: what is held back now, the button that sends it all the same, and the choice.

use ipc::sync::{HeldWhy, PicturesNow, PicturesPut, PicturesWait, SyncView, Watched};
use yew::prelude::*;

use crate::hooks::{Desk, use_desk};
use crate::kit::{Glyph, Notice, Press, Tone};
use crate::state::session::News;
use crate::text::{size, t, tr};

/// What both parts are given.
#[derive(Clone, PartialEq, Properties)]
pub struct PicturesProps {
    /// How sending stands.
    pub sync: SyncView,
}

/// What is held back, and the way to send it now; nothing at all when nothing is held back.
#[component]
pub fn HeldPictures(props: &PicturesProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let Some(held) = props.sync.held else { return html! {} };
    let now = {
        let (desk, busy) = (desk, busy.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, after) = (busy.clone(), desk.clone());
            desk.ask(PicturesNow {}, move |answer| {
                busy.set(false);
                if let Ok(sync) = answer {
                    after.say(t("pictures-going"));
                    shows(&after, sync);
                }
            });
        })
    };
    let why = match held.why {
        HeldWhy::Metered => t("held-metered"),
        HeldWhy::Chosen => t("held-chosen"),
    };
    let title = tr("held-title", &[("files", &held.files), ("size", &size(held.bytes))]);
    html! {
        <Notice tone={Tone::Active} {title}>
            <p>{ why }</p>
            <Press id="pictures-now" label={t("pictures-now")} glyph={Glyph::Sending} busy={*busy} onpress={now} />
        </Notice>
    }
}

/// The choice of this machine.
#[component]
pub fn PicturesChoice(props: &PicturesProps) -> Html {
    let desk = use_desk();
    let option = |wait: PicturesWait, label: String| {
        let on = props.sync.pictures == wait;
        let desk = desk.clone();
        let onchange = Callback::from(move |_: Event| {
            let after = desk.clone();
            desk.ask(PicturesPut { wait }, move |answer| {
                if let Ok(sync) = answer {
                    shows(&after, sync);
                }
            });
        });
        html! {
            <label class={classes!("choice", "is-whole", on.then_some("is-on"))}>
                <input type="radio" name="pictures" checked={on} {onchange} /><span>{ label }</span>
            </label>
        }
    };
    let line = if props.sync.metered { t("pictures-line-metered") } else { t("pictures-line-free") };
    html! {
        <fieldset class="question card" id="pictures">
            <legend>{ t("pictures-title") }</legend>
            <p class="question-help">{ line }</p>
            { option(PicturesWait::Metered, t("pictures-metered")) }
            { option(PicturesWait::Always, t("pictures-always")) }
            { option(PicturesWait::Never, t("pictures-never")) }
        </fieldset>
    }
}

/// Every screen sees at once how sending stands now.
fn shows(desk: &Desk, sync: SyncView) {
    let news = Watched { revision: desk.session.revision, sync, touched: vec![], desk_changed: false };
    desk.session.dispatch(News::Watched(Box::new(news)));
}
