//! A PDF paper in place: page by page, larger and smaller, by pointer and by keyboard; a damaged one is said to be so.

use domain::id::CaseId;
use ipc::material::MaterialGet;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

use crate::browser;
use crate::hooks::use_desk;
use crate::kit::{Glyph, Notice, Press, Tone, Waiting};
use crate::text::{self, t, tr};

/// What opens a PDF, laid under this name by the start script.
const OPEN: &str = "openPdf";
/// Sizes on offer, in percent of the width there is.
const ZOOMS: [u32; 7] = [50, 75, 100, 150, 200, 300, 400];
/// Which of them a page is first shown in.
const FITS: usize = 2;

/// What the viewer is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PdfProps {
    /// The case.
    pub case: CaseId,
    /// Key of the attachment.
    pub file: AttrValue,
    /// Its name.
    pub name: AttrValue,
}

/// An opened paper; given back when the viewer goes.
struct Paper(JsValue);

impl Drop for Paper {
    fn drop(&mut self) {
        let _gone = method(&self.0, "close").and_then(|close| close.call0(&self.0).ok());
    }
}

/// How far the viewer is.
#[derive(Clone)]
enum Stage {
    Opening,
    Open(std::rc::Rc<Paper>, u32),
    Failed(String),
}

/// The viewer.
#[component]
pub fn Pdf(props: &PdfProps) -> Html {
    let desk = use_desk();
    let stage = use_state(|| Stage::Opening);
    let page = use_state(|| 1u32);
    let zoom = use_state(|| FITS);
    let (canvas, room) = (use_node_ref(), use_node_ref());
    {
        let (stage, backend) = (stage.setter(), desk.backend.clone());
        use_effect_with((props.case, props.file.clone()), move |(case, file)| {
            let question = MaterialGet { case: *case, file: file.to_string() };
            spawn_local(async move {
                stage.set(match backend.get(question).await {
                    Ok(bytes) => open(&bytes).await,
                    Err(problem) => Stage::Failed(text::problem(&problem)),
                });
            });
        });
    }
    let count = if let Stage::Open(_, count) = &*stage { *count } else { 0 };
    {
        let (stage, canvas, room) = (stage.clone(), canvas.clone(), room.clone());
        use_effect_with((*page, *zoom, count), move |(page, zoom, _)| {
            let (page, zoom) = (*page, *zoom);
            let Stage::Open(paper, _) = &*stage else { return };
            let (paper, stage) = (paper.clone(), stage.clone());
            let (Some(canvas), Some(room)) = (canvas.cast::<HtmlCanvasElement>(), room.cast::<Element>())
            else {
                return;
            };
            room.set_scroll_top(0);
            spawn_local(async move {
                if let Err(why) = draw(&paper, page, &canvas, &room, zoom).await {
                    stage.set(Stage::Failed(sentence(&why)));
                }
            });
        });
    }
    {
        let room = room.clone();
        use_effect_with(count > 0, move |there| {
            if let Some(room) = room.cast::<web_sys::HtmlElement>().filter(|_| *there) {
                let _elsewhere = room.focus();
            }
        });
    }
    let turn = {
        let page = page.clone();
        move |to: u32| page.set(to.clamp(1, count.max(1)))
    };
    let size = {
        let zoom = zoom.clone();
        move |to: usize| zoom.set(to.min(ZOOMS.len() - 1))
    };
    let onkeydown = {
        let (turn, size, page, zoom) = (turn.clone(), size.clone(), *page, *zoom);
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "PageDown" | "ArrowRight" => turn(page + 1),
                "PageUp" | "ArrowLeft" => turn(page - 1),
                "Home" => turn(1),
                "End" => turn(count),
                "+" | "=" => size(zoom + 1),
                "-" => size(zoom.saturating_sub(1)),
                "0" => size(FITS),
                _ => return,
            }
            event.prevent_default();
        })
    };
    match &*stage {
        Stage::Opening => html! { <Waiting /> },
        Stage::Failed(why) => html! { <Notice tone={Tone::Signal} title={why.clone()} /> },
        Stage::Open(..) => {
            let to = |number: u32| {
                let turn = turn.clone();
                Callback::from(move |()| turn(number))
            };
            let sized = |place: usize| {
                let size = size.clone();
                Callback::from(move |()| size(place))
            };
            html! {
                <div class="pdf" {onkeydown}>
                    <div class="pdf-tools">
                        <Press id="pdf-back" label={t("pdf-back")} glyph={Glyph::Back} disabled={*page == 1} onpress={to(*page - 1)} />
                        <span class="pdf-place" role="status">{ tr("pdf-place", &[("page", &*page), ("count", &count)]) }</span>
                        <Press id="pdf-next" label={t("pdf-next")} glyph={Glyph::Next} disabled={*page == count} onpress={to(*page + 1)} />
                        <span class="pdf-gap" />
                        <Press label={t("pdf-smaller")} disabled={*zoom == 0} onpress={sized(zoom.saturating_sub(1))} />
                        <span class="pdf-zoom">{ format!("{}%", ZOOMS.get(*zoom).copied().unwrap_or(100)) }</span>
                        <Press label={t("pdf-larger")} disabled={*zoom + 1 == ZOOMS.len()} onpress={sized(*zoom + 1)} />
                    </div>
                    <div ref={room} class="pdf-room" tabindex="0" aria-label={props.name.clone()} role="document">
                        <canvas ref={canvas} class="pdf-page" role="img"
                            aria-label={tr("pdf-place", &[("page", &*page), ("count", &count)])} />
                    </div>
                </div>
            }
        }
    }
}

async fn open(bytes: &[u8]) -> Stage {
    match opened(bytes).await {
        Ok(paper) => {
            let pages = Reflect::get(&paper, &"pages".into()).ok().and_then(|pages| pages.as_f64());
            Stage::Open(std::rc::Rc::new(Paper(paper)), pages.unwrap_or(1.0) as u32)
        }
        Err(why) => Stage::Failed(sentence(&why)),
    }
}

async fn opened(bytes: &[u8]) -> Result<JsValue, JsValue> {
    let window = browser::window().ok_or(JsValue::NULL)?;
    let open = method(&window, OPEN).ok_or(JsValue::NULL)?;
    JsFuture::from(open.call1(&window, &Uint8Array::from(bytes))?.dyn_into::<Promise>()?).await
}

async fn draw(
    paper: &Paper,
    page: u32,
    canvas: &HtmlCanvasElement,
    room: &Element,
    zoom: usize,
) -> Result<(), JsValue> {
    let draw = method(&paper.0, "draw").ok_or(JsValue::NULL)?;
    // Room for the bar at the side, so that it does not come and go.
    let width = f64::from(room.client_width()) - 24.0;
    let zoom = f64::from(ZOOMS.get(zoom).copied().unwrap_or(100)) / 100.0;
    let args = js_sys::Array::of4(&page.into(), canvas, &width.into(), &zoom.into());
    JsFuture::from(draw.apply(&paper.0, &args)?.dyn_into::<Promise>()?).await.map(|_| ())
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

fn sentence(why: &JsValue) -> String {
    t(if why.as_string().as_deref() == Some("locked") { "pdf-locked" } else { "pdf-damaged" })
}
