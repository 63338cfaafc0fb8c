//! Files that come in: a button that opens the list of files, and a place to drop them on.

use ipc::problem::{self, Problem};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, FileList, HtmlInputElement};
use yew::prelude::*;

use super::{Glyph, Press, Weight};
use crate::browser;
use crate::text::t;

/// What the button is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FilePressProps {
    /// Element id of the button; the field behind it is `ID-file`.
    pub id: AttrValue,
    /// The word on it.
    pub label: AttrValue,
    /// Said by screen readers of the field behind it; the word on the button otherwise.
    #[prop_or_default]
    pub named: Option<AttrValue>,
    /// The picture before the word.
    #[prop_or(Glyph::Paper)]
    pub glyph: Glyph,
    /// How heavy it is.
    #[prop_or_default]
    pub weight: Weight,
    /// Kinds of file the list offers; all of them otherwise.
    #[prop_or_default]
    pub accept: Option<AttrValue>,
    /// Several may be chosen at once.
    #[prop_or_default]
    pub several: bool,
    /// It stands on a [`FilePlace`], and says so.
    #[prop_or_default]
    pub on_place: bool,
    /// Cannot be pressed now.
    #[prop_or_default]
    pub disabled: bool,
    /// The desk is at it.
    #[prop_or_default]
    pub busy: bool,
    /// Files were chosen; never none.
    pub onfiles: Callback<Vec<File>>,
}

/// A button that opens the list of files.
#[component]
pub fn FilePress(props: &FilePressProps) -> Html {
    let field = use_node_ref();
    let onchange = {
        let onfiles = props.onfiles.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let files = listed(input.files());
            // So that the same file can be chosen again.
            input.set_value("");
            if !files.is_empty() {
                onfiles.emit(files);
            }
        })
    };
    let onpress = {
        let field = field.clone();
        Callback::from(move |()| field.cast::<HtmlInputElement>().iter().for_each(|input| input.click()))
    };
    html! {
        <span class="file-press">
            <input ref={field} id={format!("{}-file", props.id)} class="file-field" type="file" tabindex="-1" multiple={props.several}
                accept={props.accept.clone()} aria-label={props.named.clone().unwrap_or_else(|| props.label.clone())} {onchange} />
            <Press id={props.id.clone()} label={props.label.clone()} glyph={props.glyph} weight={props.weight} busy={props.busy}
                disabled={props.disabled} {onpress} />
            if props.on_place {
                <span class="file-drop">{ t("file-drop") }</span>
            }
        </span>
    }
}

/// What the place is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FilePlaceProps {
    /// Element id.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Style classes.
    #[prop_or_default]
    pub class: Classes,
    /// Said by screen readers.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// Takes nothing now.
    #[prop_or_default]
    pub shut: bool,
    /// Files were dropped; never none.
    pub onfiles: Callback<Vec<File>>,
    /// What stands on it.
    pub children: Html,
}

/// A place to drop files on.
#[component]
pub fn FilePlace(props: &FilePlaceProps) -> Html {
    let over = use_state(|| false);
    let drag = |on: bool| {
        let over = over.setter();
        let on = on && !props.shut;
        Callback::from(move |event: DragEvent| {
            // A place that is shut leaves it to the page, which shows that nothing can be dropped here.
            if on {
                event.prevent_default();
            }
            over.set(on);
        })
    };
    let ondrop = {
        let (over, onfiles, shut) = (over.setter(), props.onfiles.clone(), props.shut);
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            let files = listed(event.data_transfer().and_then(|data| data.files()));
            if !shut && !files.is_empty() {
                onfiles.emit(files);
            }
        })
    };
    html! {
        <section id={props.id.clone()} class={classes!(props.class.clone(), "file-place", over.then_some("is-over"))} tabindex="-1"
            aria-label={props.label.clone()} ondragover={drag(true)} ondragleave={drag(false)} {ondrop}>
            { props.children.clone() }
        </section>
    }
}

/// The bytes of a file.
///
/// # Errors
/// `file_damaged` when it cannot be read, for example because its stick was pulled.
pub async fn read(file: &File) -> Result<Vec<u8>, Problem> {
    let read = JsFuture::from(file.array_buffer()).await;
    let buffer = read.map_err(|_| Problem::new(problem::FILE_DAMAGED))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Keeps a file that was dropped beside every place from being opened over the window. For the whole page, once.
pub fn keep_beside() {
    let listener = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| {
        let Some(data) = event.data_transfer() else { return };
        if !event.default_prevented() && data.types().includes(&"Files".into(), 0) {
            event.prevent_default();
            data.set_drop_effect("none");
        }
    });
    if let Some(document) = browser::document() {
        for kind in ["dragover", "drop"] {
            let _deaf = document.add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref());
        }
    }
    // As long as the page.
    listener.forget();
}

fn listed(files: Option<FileList>) -> Vec<File> {
    files.map(|files| (0..files.length()).filter_map(|at| files.get(at)).collect()).unwrap_or_default()
}
