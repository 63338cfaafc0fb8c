//! A photograph or PDF of a case, fetched from the desk as bytes and shown in place.

use domain::id::CaseId;
use ipc::material::{FileState, MaterialGet, MaterialView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::pdf::Pdf;
use crate::browser;
use crate::hooks::use_desk;
use crate::kit::{Dialog, Glyph};
use crate::text::{self, t, word};

/// What a picture is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    /// The case.
    pub case: CaseId,
    /// The file.
    pub file: MaterialView,
}

/// A small picture that opens large.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let desk = use_desk();
    let shown = use_state(|| None::<Result<String, String>>);
    let large = use_state(|| false);
    let pdf = props.file.mime == "application/pdf";
    let key = (props.case, props.file.file.clone(), props.file.sha256, props.file.state == FileState::Remote);
    {
        let (shown, backend, mime) = (shown.setter(), desk.backend.clone(), props.file.mime.clone());
        use_effect_with(key, move |(case, file, ..)| {
            let question = (!pdf).then(|| MaterialGet { case: *case, file: file.clone() });
            // Kept outside the state, so that it can be given back whenever the picture goes.
            let address = std::rc::Rc::new(std::cell::RefCell::new(None::<String>));
            let kept = address.clone();
            spawn_local(async move {
                // A PDF is fetched when somebody opens it.
                let Some(question) = question else { return };
                shown.set(Some(match backend.get(question).await {
                    Ok(bytes) => {
                        let made = browser::show(&bytes, &mime);
                        kept.borrow_mut().clone_from(&made);
                        made.ok_or_else(|| t("picture-cannot-show"))
                    }
                    Err(problem) => Err(text::problem(&problem)),
                }));
            });
            move || {
                if let Some(address) = address.take() {
                    browser::forget(&address);
                }
            }
        });
    }
    let open = {
        let large = large.setter();
        Callback::from(move |_: MouseEvent| large.set(true))
    };
    let close = {
        let large = large.setter();
        Callback::from(move |()| large.set(false))
    };
    let name = props.file.name.clone();
    let (class, inside) = match &*shown {
        _ if pdf => ("picture is-pdf", html! { <>{ Glyph::Paper.show() }<span>{ "PDF" }</span></> }),
        None => ("picture is-waiting", Glyph::Clock.show()),
        Some(Err(why)) => ("picture is-missing", html! { <span class="picture-why">{ why }</span> }),
        Some(Ok(address)) => ("picture", html! { <img src={address.clone()} alt="" /> }),
    };
    html! {
        <>
            <button type="button" {class} onclick={open} disabled={!pdf && !matches!(&*shown, Some(Ok(_)))}
                aria-label={format!("{} {name}", t("picture-open"))}>{ inside }</button>
            if let (true, Some(Ok(address))) = (*large, &*shown) {
                <Dialog title={name.clone()} onclose={close.clone()} wide=true>
                    <img class="picture-large" src={address.clone()} alt="" />
                </Dialog>
            }
            if *large && pdf {
                <Dialog title={name.clone()} onclose={close} wide=true>
                    <Pdf case={props.case} file={props.file.file.clone()} name={name.clone()} />
                </Dialog>
            }
        </>
    }
}

/// How far a file travelled, in a word.
pub fn file_state(state: FileState) -> String {
    word(
        "file",
        match state {
            FileState::Saved => "saved",
            FileState::Sending => "sending",
            FileState::AtCounty => "at_county",
            FileState::Remote => "remote",
        },
    )
}
