//! A named place for one paper: what it is, what lies in it, and putting a photograph or PDF there.

use domain::catalogue::{MaterialSlot, Necessity};
use domain::id::CaseId;
use ipc::case::CaseView;
use ipc::material::{MaterialMark, MaterialPut, MaterialRemove, MaterialRestore, MaterialView};
use js_sys::Uint8Array;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, File, FileList, HtmlInputElement};
use yew::prelude::*;

use super::picture::{Picture, file_state};
use crate::browser;
use crate::hooks::{Desk, use_desk};
use crate::kit::{Glyph, Press, Tag, Tone, Weight};
use crate::text::{t, tr};

/// What a place for papers is given.
#[derive(Clone, PartialEq, Properties)]
pub struct SlotProps {
    /// The case.
    pub case: CaseId,
    /// The place.
    pub slot: MaterialSlot,
    /// What lies in it.
    pub files: Vec<MaterialView>,
    /// What the township asked to be corrected here.
    #[prop_or_default]
    pub correction: Option<String>,
    /// Cannot be changed now.
    #[prop_or_default]
    pub locked: bool,
    /// The case as it stands after a change.
    pub onchange: Callback<CaseView>,
}

/// Id of a place on the page.
pub fn element_id(slot: &str) -> String {
    format!("slot-{slot}")
}

/// A place for papers.
#[component]
pub fn Slot(props: &SlotProps) -> Html {
    let desk = use_desk();
    let over = use_state(|| false);
    let busy = use_state(|| 0usize);
    let chooser = use_node_ref();
    let take = {
        let (desk, case, slot) = (desk.clone(), props.case, props.slot.key.clone());
        let (busy, onchange) = (busy.clone(), props.onchange.clone());
        move |files: FileList| {
            let files: Vec<File> = (0..files.length()).filter_map(|at| files.get(at)).collect();
            if files.is_empty() {
                return;
            }
            busy.set(files.len());
            let (desk, slot, busy, onchange) = (desk.clone(), slot.clone(), busy.setter(), onchange.clone());
            spawn_local(async move {
                let mut left = files.len();
                for file in files {
                    put(&desk, case, &slot, file, &onchange).await;
                    left -= 1;
                    busy.set(left);
                }
                desk.changed();
            });
        }
    };
    let onchoose = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                if let Some(files) = input.files() {
                    take(files);
                }
                // So that the same file can be chosen again after it was taken away.
                input.set_value("");
            }
        })
    };
    let drag = |on: bool| {
        let over = over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(on);
        })
    };
    let ondrop = {
        let over = over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
                take(files);
            }
        })
    };
    let open = {
        let chooser = chooser.clone();
        Callback::from(move |()| {
            if let Some(input) = chooser.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let slot = &props.slot;
    let full = props.files.len() >= usize::from(slot.max_files);
    let input_id = format!("{}-file", element_id(&slot.key));
    html! {
        <section class={classes!("slot", over.then_some("is-over"), props.correction.is_some().then_some("is-called"))}
            id={element_id(&slot.key)} tabindex="-1" aria-label={slot.name.clone()}
            ondragover={drag(true)} ondragleave={drag(false)} {ondrop}>
            <header class="slot-head">
                <h2>{ &slot.name }</h2>
                { need(slot, !props.files.is_empty()) }
            </header>
            if !slot.note.is_empty() {
                <p class="slot-note">{ &slot.note }</p>
            }
            if let Some(reason) = &props.correction {
                <p class="question-correction">{ Glyph::Returned.show() }<span>{ tr("filling-correct-this", &[("reason", reason)]) }</span></p>
            }
            <ul class="slot-files">
                { for props.files.iter().map(|file| html! {
                    <OneFile key={file.file.clone()} case={props.case} file={file.clone()} check_original={slot.check_original}
                        locked={props.locked} onchange={props.onchange.clone()} />
                }) }
            </ul>
            if !props.locked && !full {
                <div class="slot-put">
                    <input ref={chooser} id={input_id} class="slot-input" type="file" multiple=true tabindex="-1"
                        accept="image/jpeg,image/png,application/pdf" aria-label={tr("slot-choose-for", &[("name", &slot.name)])} onchange={onchoose} />
                    <Press label={t(if props.files.is_empty() { "slot-choose" } else { "slot-choose-more" })} glyph={Glyph::Photo}
                        busy={*busy > 0} onpress={open} />
                    <span class="slot-drop">{ t("slot-drop") }</span>
                </div>
            }
        </section>
    }
}

fn need(slot: &MaterialSlot, there: bool) -> Html {
    let (key, tone, glyph) = match slot.necessity {
        _ if there => ("slot-there", Tone::Good, Glyph::Check),
        Necessity::Required => ("slot-required", Tone::Active, Glyph::Paper),
        Necessity::Deferrable => ("slot-deferrable", Tone::Calm, Glyph::Clock),
        Necessity::Optional => ("slot-optional", Tone::Calm, Glyph::Paper),
        Necessity::Shared => ("slot-shared", Tone::Calm, Glyph::Sync),
    };
    html! { <Tag word={t(key)} {tone} {glyph} /> }
}

async fn put(desk: &Desk, case: CaseId, slot: &str, file: File, onchange: &Callback<CaseView>) {
    let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
        return desk.wrong(&ipc::Problem::new(ipc::problem::FILE_DAMAGED));
    };
    let question = MaterialPut {
        request: browser::request_id(),
        case,
        slot: slot.to_owned(),
        name: file.name(),
        original_seen: false,
    };
    match desk.backend.put(question, Uint8Array::new(&buffer).to_vec()).await {
        Ok(view) => onchange.emit(view),
        Err(problem) => desk.wrong(&problem),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OneFileProps {
    case: CaseId,
    file: MaterialView,
    check_original: bool,
    locked: bool,
    onchange: Callback<CaseView>,
}

#[component]
fn OneFile(props: &OneFileProps) -> Html {
    let desk = use_desk();
    let file = &props.file;
    let remove = {
        let (desk, onchange) = (desk.clone(), props.onchange.clone());
        let (case, key) = (props.case, file.file.clone());
        Callback::from(move |()| {
            let question = MaterialRemove { request: browser::request_id(), case, file: key.clone() };
            let (after, onchange, key) = (desk.clone(), onchange.clone(), key.clone());
            desk.ask(question, move |answer| {
                let Ok(view) = answer else { return };
                onchange.emit(view);
                let (desk, back) = (after.clone(), onchange.clone());
                let undo = Callback::from(move |()| {
                    let question =
                        MaterialRestore { request: browser::request_id(), case, file: key.clone() };
                    let back = back.clone();
                    desk.ask(question, move |answer| answer.into_iter().for_each(|view| back.emit(view)));
                });
                after.say_with_undo(t("slot-removed"), undo);
            });
        })
    };
    let mark = {
        let (desk, onchange) = (desk.clone(), props.onchange.clone());
        let (case, key) = (props.case, file.file.clone());
        Callback::from(move |event: Event| {
            let seen = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked());
            let question =
                MaterialMark { request: browser::request_id(), case, file: key.clone(), original_seen: seen };
            let onchange = onchange.clone();
            desk.ask(question, move |answer| answer.into_iter().for_each(|view| onchange.emit(view)));
        })
    };
    html! {
        <li class="file">
            <Picture case={props.case} file={file.clone()} />
            <div class="file-words">
                <span class="file-name">{ &file.name }</span>
                <span class="file-facts">{ size(file.size) }{ " · " }{ file_state(file.state) }</span>
                if props.check_original {
                    <label class="file-seen">
                        <input type="checkbox" checked={file.original_seen} disabled={props.locked} onchange={mark} />
                        { t("slot-original-seen") }
                    </label>
                }
            </div>
            if !props.locked {
                <Press label={tr("slot-remove", &[("name", &file.name)])} glyph={Glyph::Remove} weight={Weight::Link} bare=true onpress={remove} />
            }
        </li>
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} KB", bytes.div_ceil(1000))
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}
