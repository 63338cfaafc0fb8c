//! A named place for one paper: what it is, what lies in it, and putting a photograph or PDF there.

use domain::catalogue::{MaterialSlot, Necessity};
use domain::id::CaseId;
use ipc::case::CaseView;
use ipc::material::{MaterialMark, MaterialPut, MaterialRemove, MaterialRestore, MaterialView};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::picture::{Picture, file_state};
use crate::browser;
use crate::hooks::{Desk, use_desk};
use crate::kit::{FilePlace, FilePress, Glyph, Press, Tag, Tone, Weight, files};
use crate::text::{size, t, tr};

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
    let busy = use_state(|| 0usize);
    let onfiles = {
        let (desk, case, slot) = (desk.clone(), props.case, props.slot.key.clone());
        let (busy, onchange) = (busy.setter(), props.onchange.clone());
        Callback::from(move |files: Vec<File>| {
            busy.set(files.len());
            let (desk, slot, busy, onchange) = (desk.clone(), slot.clone(), busy.clone(), onchange.clone());
            spawn_local(async move {
                let mut left = files.len();
                for file in files {
                    put(&desk, case, &slot, file, &onchange).await;
                    left -= 1;
                    busy.set(left);
                }
                desk.changed();
            });
        })
    };
    let slot = &props.slot;
    let full = props.files.len() >= usize::from(slot.max_files);
    html! {
        <FilePlace id={element_id(&slot.key)} class={classes!("slot", props.correction.is_some().then_some("is-called"))}
            label={slot.name.clone()} shut={props.locked || *busy > 0} onfiles={onfiles.clone()}>
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
                <FilePress id={format!("{}-choose", element_id(&slot.key))} several=true on_place=true {onfiles}
                    label={t(if props.files.is_empty() { "slot-choose" } else { "slot-choose-more" })} glyph={Glyph::Photo}
                    named={tr("slot-choose-for", &[("name", &slot.name)])} accept="image/jpeg,image/png,application/pdf" busy={*busy > 0} />
            }
        </FilePlace>
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
    let bytes = match files::read(&file).await {
        Ok(bytes) => bytes,
        Err(problem) => return desk.wrong(&problem),
    };
    let question = MaterialPut {
        request: browser::request_id(),
        case,
        slot: slot.to_owned(),
        name: file.name(),
        original_seen: false,
    };
    match desk.backend.put(question, bytes).await {
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
