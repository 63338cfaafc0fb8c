//! The place where the applicant signs with finger, pen or mouse.

use domain::id::CaseId;
use ipc::case::CaseView;
use ipc::material::{MaterialView, SignaturePut};
use js_sys::{Function, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use super::picture::Picture;
use crate::browser;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Press, Weight};
use crate::text::t;

/// The pad of the vendored script, laid under this name by the start script.
const PAD: &str = "SignaturePad";

/// What the place is given.
#[derive(Clone, PartialEq, Properties)]
pub struct SignatureProps {
    /// The case.
    pub case: CaseId,
    /// The signature that is there already.
    pub there: Option<MaterialView>,
    /// The case as it stands after signing.
    pub onchange: Callback<CaseView>,
}

/// The place to sign.
#[component]
pub fn Signature(props: &SignatureProps) -> Html {
    let desk = use_desk();
    let canvas = use_node_ref();
    let pad = use_mut_ref(|| None::<JsValue>);
    let again = use_state(|| props.there.is_none());
    let busy = use_state(|| false);
    {
        let (canvas, pad) = (canvas.clone(), pad.clone());
        use_effect_with(*again, move |again| {
            if *again {
                *pad.borrow_mut() = canvas.cast::<HtmlCanvasElement>().and_then(|canvas| lay_out(&canvas));
            }
            move || {
                if let Some(pad) = pad.take() {
                    let _gone = ask(&pad, "off", &[]);
                }
            }
        });
    }
    let clear = {
        let pad = pad.clone();
        Callback::from(move |()| {
            if let Some(pad) = &*pad.borrow() {
                let _kept = ask(pad, "clear", &[]);
            }
        })
    };
    let keep = {
        let (pad, desk, case, canvas) = (pad.clone(), desk.clone(), props.case, canvas.clone());
        let (busy, again, onchange) = (busy.setter(), again.setter(), props.onchange.clone());
        Callback::from(move |()| {
            let drawn = pad.borrow().as_ref().and_then(strokes);
            let picture = canvas.cast::<HtmlCanvasElement>().and_then(|canvas| png(&canvas));
            let (Some(strokes), Some(picture)) = (drawn, picture) else {
                return desk.say(t("signature-empty"));
            };
            let question = SignaturePut { request: browser::request_id(), case, strokes };
            let (desk, busy, again, onchange) = (desk.clone(), busy.clone(), again.clone(), onchange.clone());
            busy.set(true);
            spawn_local(async move {
                match desk.backend.put(question, picture).await {
                    Ok(view) => {
                        again.set(false);
                        onchange.emit(view);
                    }
                    Err(problem) => desk.wrong(&problem),
                }
                busy.set(false);
            });
        })
    };
    let redo = {
        let again = again.setter();
        Callback::from(move |()| again.set(true))
    };
    match (&props.there, *again) {
        (Some(there), false) => html! {
            <div class="signature is-there">
                <Picture case={props.case} file={there.clone()} />
                <p>{ Glyph::Check.show() }{ t("signature-there") }</p>
                <Press label={t("signature-again")} glyph={Glyph::Undo} onpress={redo} />
            </div>
        },
        _ => html! {
            <div class="signature">
                <canvas ref={canvas} class="signature-pad" aria-label={t("signature-pad")} role="img" />
                <div class="signature-line" aria-hidden="true">{ t("signature-here") }</div>
                <div class="signature-acts">
                    <Press label={t("signature-clear")} glyph={Glyph::Undo} weight={Weight::Link} onpress={clear} />
                    <Press label={t("signature-keep")} glyph={Glyph::Check} busy={*busy} onpress={keep} />
                </div>
            </div>
        },
    }
}

/// Makes the canvas as fine as the screen and puts a pad on it.
fn lay_out(canvas: &HtmlCanvasElement) -> Option<JsValue> {
    let window = browser::window()?;
    let ratio = window.device_pixel_ratio().max(1.0);
    let place = canvas.get_bounding_client_rect();
    canvas.set_width((place.width() * ratio) as u32);
    canvas.set_height((place.height() * ratio) as u32);
    if let Ok(Some(pen)) = canvas.get_context("2d") {
        let _unscaled = ask(&pen, "scale", &[ratio.into(), ratio.into()]);
    }
    let pad: Function = Reflect::get(&window, &PAD.into()).ok()?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    for (name, value) in [("minWidth", 1.2), ("maxWidth", 3.6)] {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    Reflect::set(&options, &"penColor".into(), &"rgb(16, 24, 32)".into()).ok()?;
    Reflect::construct(&pad, &js_sys::Array::of2(canvas, &options)).ok()
}

/// The strokes as data, or `None` when nothing was drawn.
fn strokes(pad: &JsValue) -> Option<serde_json::Value> {
    if ask(pad, "isEmpty", &[])?.as_bool()? {
        return None;
    }
    let data = JSON::stringify(&ask(pad, "toData", &[])?).ok()?;
    serde_json::from_str(&String::from(data)).ok()
}

fn png(canvas: &HtmlCanvasElement) -> Option<Vec<u8>> {
    use base64::Engine;
    let address = canvas.to_data_url_with_type("image/png").ok()?;
    let (_, data) = address.split_once(',')?;
    base64::engine::general_purpose::STANDARD.decode(data).ok()
}

fn ask(object: &JsValue, name: &str, args: &[JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(object, &name.into()).ok()?.dyn_into().ok()?;
    function.apply(object, &args.iter().collect::<js_sys::Array>()).ok()
}
