//! Which catalogue is out, and publishing a changed workbook: choose, see what the check found, say what changed, publish.

use ipc::catalogue::{CataloguePublish, CatalogueShow, LintFinding, Published, ReleaseView};
use ipc::problem::Problem;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::prelude::*;

use crate::browser;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Empty, FilePress, Glyph, Input, Loaded, Notice, Press, Screen, Tag, Tone, Weight, files};
use crate::text::{t, tr};

/// A workbook that was chosen, and what the check found.
#[derive(Debug, Clone, PartialEq)]
struct Chosen {
    name: String,
    bytes: std::rc::Rc<Vec<u8>>,
    checked: Published,
}

impl Chosen {
    fn sound(&self) -> bool {
        !self.checked.findings.iter().any(|finding| finding.level == "error")
    }
}

/// The screen.
#[component]
pub fn CataloguePage() -> Html {
    let desk = use_desk();
    let releases = use_query(CatalogueShow {}, desk.session.turn);
    let chosen = use_state(|| None::<Chosen>);
    let problem = use_state(|| None::<Problem>);
    let note = use_state(String::new);
    let busy = use_state(|| false);
    let request = use_mut_ref(browser::request_id);
    let send = {
        let (desk, busy, problem) = (desk.clone(), busy.setter(), problem.setter());
        move |name: String,
              bytes: std::rc::Rc<Vec<u8>>,
              note: String,
              check_only: bool,
              request: String,
              then: Callback<Published>| {
            let (desk, busy, problem) = (desk.clone(), busy.clone(), problem.clone());
            busy.set(true);
            problem.set(None);
            spawn_local(async move {
                let question = CataloguePublish { request, name, note, check_only };
                match desk.backend.put(question, bytes.to_vec()).await {
                    Ok(published) => then.emit(published),
                    Err(why) => problem.set(Some(why)),
                }
                busy.set(false);
            });
        }
    };
    let onfiles = {
        let (send, chosen, request, problem) =
            (send.clone(), chosen.clone(), request.clone(), problem.setter());
        Callback::from(move |books: Vec<File>| {
            let Some(file) = books.into_iter().next() else { return };
            *request.borrow_mut() = browser::request_id();
            let (send, chosen, problem) = (send.clone(), chosen.clone(), problem.clone());
            spawn_local(async move {
                let bytes = match files::read(&file).await {
                    Ok(bytes) => std::rc::Rc::new(bytes),
                    Err(why) => return problem.set(Some(why)),
                };
                let (name, keep) = (file.name(), bytes.clone());
                let then = Callback::from(move |checked| {
                    let (name, bytes) = (file.name(), keep.clone());
                    chosen.set(Some(Chosen { name, bytes, checked }));
                });
                send(name, bytes, String::new(), true, browser::request_id(), then);
            });
        })
    };
    let publish = {
        let (send, chosen, note, desk) = (send.clone(), chosen.clone(), note.clone(), desk.clone());
        let request = request.clone();
        Callback::from(move |()| {
            let Some(book) = (*chosen).clone() else { return };
            let (chosen, note_text, desk) = (chosen.clone(), note.trim().to_owned(), desk.clone());
            let (name, bytes) = (book.name.clone(), book.bytes.clone());
            let note = note.clone();
            let then = Callback::from(move |published: Published| match published.release {
                Some(number) => {
                    desk.say(tr("catalogue-published", &[("number", &number)]));
                    desk.changed();
                    note.set(String::new());
                    chosen.set(None);
                }
                None => chosen.set(Some(Chosen { checked: published, ..book.clone() })),
            });
            send(name, bytes, note_text, false, request.borrow().clone(), then);
        })
    };
    let ontype = {
        let note = note.setter();
        Callback::from(move |text| note.set(text))
    };
    let Some(view) = releases.data else { return html! { <Loaded problem={releases.problem} /> } };
    let ready = chosen.as_ref().is_some_and(Chosen::sound) && !note.trim().is_empty();
    let choose = |label: &str, weight| {
        html! {
            <FilePress id="choose-workbook" label={t(label)} {weight} glyph={Glyph::Catalogue} busy={*busy} onfiles={onfiles.clone()}
                accept=".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" />
        }
    };
    let bar = match &*chosen {
        None => choose("catalogue-choose", Weight::Primary),
        Some(_) => html! {
            <>
                { choose("catalogue-choose-other", Weight::Quiet) }
                <Press id="publish" label={t("catalogue-publish")} weight={Weight::Primary} glyph={Glyph::Sending} busy={*busy} disabled={!ready} onpress={publish} />
            </>
        },
    };
    html! {
        <Screen title={t("catalogue-title")} {bar} class="catalogue">
            if let Some(problem) = &*problem {
                { Notice::of(problem) }
            }
            if chosen.is_none() {
                <p class="page-words">{ t("catalogue-words") }</p>
            }
            if let Some(book) = &*chosen {
                <section class="card">
                    <h2>{ &book.name }</h2>
                    { findings(&book.checked.findings) }
                    if book.sound() {
                        <label class="door-label" for="note">{ t("catalogue-note") }</label>
                        <Input id="note" value={(*note).clone()} {ontype} placeholder={t("catalogue-note-example")} eager=true />
                        <p class="question-help">{ t("catalogue-note-help") }</p>
                    }
                </section>
            }
            { for view.current.iter().map(|release| shown(release, true)) }
            { for view.earlier.iter().map(|release| shown(release, false)) }
            if view.current.is_none() {
                <Empty glyph={Glyph::Catalogue} title={t("catalogue-none")} next={t("catalogue-none-next")} />
            }
        </Screen>
    }
}

fn findings(findings: &[LintFinding]) -> Html {
    if findings.is_empty() {
        return html! { <Notice tone={Tone::Good} title={t("catalogue-sound")} /> };
    }
    let wrong = findings.iter().filter(|finding| finding.level == "error").count();
    let title =
        if wrong > 0 { tr("catalogue-errors", &[("count", &wrong)]) } else { t("catalogue-warnings") };
    let row = |finding: &LintFinding| {
        let error = finding.level == "error";
        let (word, glyph, tone) = if error {
            (t("lint-error"), Glyph::Wrong, Tone::Signal)
        } else {
            (t("lint-warning"), Glyph::Doubt, Tone::Active)
        };
        let place = if finding.row > 0 { finding.row.to_string() } else { String::new() };
        html! {
            <tr>
                <td><Tag {word} {glyph} {tone} /></td>
                <td>{ &finding.sheet }</td>
                <td class="is-number">{ place }</td>
                <td>{ &finding.column }</td>
                <td>{ &finding.message }</td>
            </tr>
        }
    };
    html! {
        <>
            <Notice tone={if wrong > 0 { Tone::Signal } else { Tone::Active }} {title} />
            <table class="lint">
                <thead><tr>
                    <th>{ t("lint-level") }</th><th>{ t("lint-sheet") }</th><th>{ t("lint-row") }</th><th>{ t("lint-column") }</th><th>{ t("lint-message") }</th>
                </tr></thead>
                <tbody>{ for findings.iter().map(row) }</tbody>
            </table>
        </>
    }
}

fn shown(release: &ReleaseView, current: bool) -> Html {
    html! {
        <section class="card release">
            <header>
                <h2>{ tr("unlock-release", &[("number", &release.number)]) }</h2>
                if current {
                    <Tag word={t("catalogue-current")} glyph={Glyph::Check} tone={Tone::Good} />
                }
                <span class="is-number">{ &release.issued }</span>
            </header>
            if !release.note.is_empty() {
                <p>{ &release.note }</p>
            }
            <ul class="release-items">{ for release.items.iter().map(|item| html! { <li>{ item }</li> }) }</ul>
        </section>
    }
}
