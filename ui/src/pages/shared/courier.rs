//! Without a network: what waits leaves as a file on a stick, and a file that came back is taken in.

use ipc::courier::{Carried, CourierExport, CourierImport, CourierState, CourierTaken, CourierView, TakenAs};
use ipc::problem::Problem;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::prelude::*;

use crate::components::moment;
use crate::hooks::{Desk, use_desk, use_query};
use crate::kit::{FilePlace, FilePress, Glyph, Loaded, Notice, Press, Screen, Tone, Weight, files};
use crate::route::Route;
use crate::text::{self, has, size, t, tr, word};

/// To whom a desk's own courier file goes.
const COUNTY: &str = "county";

/// What became of the last thing done here.
#[derive(Debug, Clone, PartialEq)]
enum Done {
    Saved,
    /// With how many cases of ours the county said it has.
    Taken(String, CourierTaken, u64),
    Failed(String, Problem),
}

/// The file that is being taken in.
#[derive(Debug, Clone, PartialEq)]
struct Coming {
    name: String,
    size: String,
    place: usize,
    count: usize,
}

impl Coming {
    fn told(&self) -> String {
        let Coming { name, size, place, count } = self;
        tr("courier-coming", &[("name", name), ("size", size), ("place", place), ("count", count)])
    }
}

/// The screen.
#[component]
pub fn CourierPage() -> Html {
    let desk = use_desk();
    let state = use_query(CourierState {}, desk.session.turn);
    let done = use_state(Vec::<Done>::new);
    let busy = use_state(|| false);
    let coming = use_state(|| None::<Coming>);
    let save = {
        let (desk, done, busy) = (desk.clone(), done.clone(), busy.clone());
        move |to: String, name: String| {
            let (desk, done, busy) = (desk.clone(), done.clone(), busy.clone());
            Callback::from(move |()| {
                let (desk, done, busy) = (desk.clone(), done.clone(), busy.clone());
                let (question, name) = (CourierExport { to: to.clone() }, name.clone());
                busy.set(true);
                spawn_local(async move {
                    match desk.backend.save(question, &name).await {
                        Ok(true) => done.set(vec![Done::Saved]),
                        Ok(false) => {}
                        Err(problem) => done.set(vec![Done::Failed(name, problem)]),
                    }
                    busy.set(false);
                    desk.changed();
                });
            })
        }
    };
    let onfiles = {
        let (desk, done, busy, coming) = (desk.clone(), done.setter(), busy.setter(), coming.setter());
        Callback::from(move |files: Vec<File>| {
            let (desk, done, busy, coming) = (desk.clone(), done.clone(), busy.clone(), coming.clone());
            busy.set(true);
            spawn_local(async move {
                let mut all = Vec::new();
                let count = files.len();
                done.set(Vec::new());
                for (at, file) in files.into_iter().enumerate() {
                    let size = size(file.size() as u64);
                    coming.set(Some(Coming { name: file.name(), size, place: at + 1, count }));
                    all.push(taken(&desk, &file).await);
                    done.set(all.clone());
                }
                coming.set(None);
                busy.set(false);
                desk.changed();
            });
        })
    };
    let Some(view) = state.data else { return html! { <Loaded problem={state.problem} /> } };
    let bar = html! {
        <>
            <span class="bar-words">{ t("courier-safe") }</span>
            <Press id="courier-save" label={t("courier-save")} weight={Weight::Primary} glyph={Glyph::Saved} busy={*busy && coming.is_none()}
                disabled={*busy || !view.can_export} onpress={save(COUNTY.to_owned(), view.name.clone())} />
        </>
    };
    html! {
        <Screen title={t("courier-title")} back={Route::Sync} {bar} class="courier">
            if let Some(coming) = &*coming {
                <Notice tone={Tone::Active} title={coming.told()} />
            }
            { for done.iter().map(told) }
            <section class="card">
                <h2>{ t("courier-out") }</h2>
                <p>{ out(&view) }</p>
                <p class="question-help">{ t("courier-out-words") }</p>
                if let Some(at) = view.last_export_at {
                    <p class="question-help">{ tr("courier-out-last", &[("at", &moment::full(at))]) }</p>
                }
            </section>
            <FilePlace class="card" label={t("courier-in")} shut={*busy} onfiles={onfiles.clone()}>
                <h2>{ t("courier-in") }</h2>
                <p>{ t("courier-in-words") }</p>
                <FilePress id="courier" label={t("courier-choose")} several=true busy={coming.is_some()} disabled={*busy} {onfiles} />
                if let Some(at) = view.last_import_at {
                    <p class="question-help">{ tr("courier-in-last", &[("at", &moment::full(at))]) }</p>
                }
            </FilePlace>
            if !view.carried.is_empty() {
                <section class="card">
                    <h2>{ tr("courier-carried", &[("count", &view.carried.len())]) }</h2>
                    <p>{ t("courier-carried-words") }</p>
                    <ul class="courier-carried">
                        { for view.carried.iter().map(|one| {
                            let name = format!("{}.daiban", one.sha256.to_string().get(..12).unwrap_or_default());
                            html! {
                                <li>
                                    <span>{ carried(one) }</span>
                                    <span class="is-number">{ size(one.bytes) }{ " · " }{ moment::short(one.at) }</span>
                                    if !one.waits {
                                        <Press label={t("courier-carried-save")} weight={Weight::Link} glyph={Glyph::Saved} disabled={*busy}
                                            onpress={save(one.sha256.to_string(), name)} />
                                    }
                                </li>
                            }
                        }) }
                    </ul>
                </section>
            }
        </Screen>
    }
}

/// Takes one file in. What the county acknowledged with it is seen from what waits less than before.
async fn taken(desk: &Desk, file: &File) -> Done {
    let waiting = async || desk.backend.call(CourierState {}).await.map_or(0, |view| view.waiting_cases);
    let before = waiting().await;
    let taken = match files::read(file).await {
        Ok(bytes) => desk.backend.put(CourierImport {}, bytes).await,
        Err(problem) => Err(problem),
    };
    match taken {
        Ok(taken) => Done::Taken(file.name(), taken, before.saturating_sub(waiting().await)),
        Err(problem) => Done::Failed(file.name(), problem),
    }
}

fn out(view: &CourierView) -> String {
    if !view.can_export {
        return t("courier-out-never");
    }
    if view.waiting_items + view.waiting_files == 0 {
        return t("courier-out-none");
    }
    let size = size(view.waiting_bytes);
    let args: [(&str, &dyn std::fmt::Display); 3] =
        [("cases", &view.waiting_cases), ("files", &view.waiting_files), ("size", &size)];
    tr("courier-out-some", &args)
}

fn carried(one: &Carried) -> String {
    if let Some(code) = &one.refused {
        return refusal(code);
    }
    match (one.waits, one.to.as_str(), &one.unit) {
        (true, _, _) => t("courier-carried-waits"),
        (false, COUNTY, Some(unit)) => tr("courier-carried-county-of", &[("unit", unit)]),
        (false, COUNTY, None) => t("courier-carried-county"),
        (false, _, Some(unit)) => tr("courier-carried-desk-of", &[("unit", unit)]),
        (false, _, None) => t("courier-carried-desk"),
    }
}

fn told(done: &Done) -> Html {
    match done {
        Done::Saved => {
            html! { <Notice tone={Tone::Good} title={t("courier-saved")}><p>{ t("courier-saved-next") }</p></Notice> }
        }
        Done::Failed(name, problem) => {
            html! { <Notice tone={Tone::Signal} title={text::problem(problem)}><p>{ name }</p></Notice> }
        }
        Done::Taken(name, taken, arrived) => {
            let key = match taken.kind {
                TakenAs::Taken if *arrived > 0 => "courier-taken-arrived",
                TakenAs::Taken if taken.items_new + taken.files > 0 => "courier-taken",
                TakenAs::Taken => "courier-taken-known",
                TakenAs::Carried => "courier-taken-carried",
                TakenAs::Waits => "courier-taken-waits",
            };
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("items", &taken.items_new), ("files", &taken.files), ("cases", arrived)];
            let refused = taken.refused.iter().map(|one| html! { <li>{ refusal(&one.code) }</li> });
            html! {
                <Notice tone={if taken.refused.is_empty() { Tone::Good } else { Tone::Signal }} title={tr(key, &args)}>
                    <p>{ name }</p>
                    if !taken.refused.is_empty() {
                        <p>{ tr("courier-refused", &[("count", &taken.refused.len())]) }</p>
                        <ul class="plain-list">{ for refused }</ul>
                    }
                </Notice>
            }
        }
    }
}

fn refusal(code: &str) -> String {
    let problem = format!("problem-{}", code.replace('_', "-"));
    if has(&problem) { t(&problem) } else { word("refusal", code) }
}
