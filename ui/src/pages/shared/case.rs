//! One case: where it stands, what was answered and handed in, what happened, and what this person may do now.

use std::rc::Rc;

use domain::act::CorrectionPoint;
use domain::answer::Answers;
use domain::catalogue::{MaterialSlot, Necessity};
use domain::form::{FormLogic, Outcome};
use domain::id::CaseId;
use domain::region::RegionCode;
use domain::role::Role;
use ipc::case::{CaseOpen, CaseView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::differing::Differing;
use super::summary::EndedCase;
use crate::components::answers::{AnswerSheet, Pick};
use crate::components::field::told;
use crate::components::picture::{Picture, file_state};
use crate::components::status;
use crate::components::timeline::Timeline;
use crate::components::unsaved::UnsavedList;
use crate::hooks::{use_desk, use_query, use_touched};
use crate::kit::{Glyph, Loaded, Notice as Message, Press, Screen, Tone, Weight};
use crate::pages::agent::points::{spot_of, subject};
use crate::pages::clerk::acts::{ActBar, NoticeBar};
use crate::route::{CaseKey, Route, Spot};
use crate::state::correction::{About, Notice};
use crate::state::judging::applies;
use crate::text::{t, tr};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CasePageProps {
    /// The case.
    pub case: CaseId,
}

/// The screen.
#[component]
pub fn CasePage(props: &CasePageProps) -> Html {
    let desk = use_desk();
    let turn = use_touched(props.case);
    let opened = use_query(CaseOpen { case: props.case }, turn);
    let notice = use_state(|| None::<Notice>);
    let outcome =
        use_memo(opened.data.clone(), |view| view.as_ref().map(|view| judged(view)).unwrap_or_default());
    let Some(view) = opened.data.clone() else { return html! { <Loaded problem={opened.problem} /> } };
    let onchange = {
        let (put, desk, notice) = (opened.put.clone(), desk.clone(), notice.setter());
        Callback::from(move |view: CaseView| {
            notice.set(None);
            put.emit(view);
            desk.changed();
        })
    };
    if let Some(summary) = view.summary.clone() {
        let title = if summary.applicant.is_empty() { t("case-no-name") } else { summary.applicant.clone() };
        return html! {
            <Screen {title} back={Route::Cases} under={under(&view)} class="case">
                <EndedCase view={view.clone()} {summary} {onchange} />
            </Screen>
        };
    }
    let onnotice = {
        let notice = notice.setter();
        Callback::from(move |next: Notice| notice.set(Some(next)))
    };
    let writing = (*notice).clone().map(|notice| (notice, onnotice.clone()));
    let bar = match &*notice {
        Some(written) => {
            let cancel = {
                let notice = notice.setter();
                Callback::from(move |()| notice.set(None))
            };
            html! { <NoticeBar case={view.case} notice={written.clone()} onchange={onchange.clone()} oncancel={cancel} /> }
        }
        None => {
            let begin = {
                let onnotice = onnotice.clone();
                Callback::from(move |()| onnotice.emit(Notice::default()))
            };
            html! { <ActBar view={view.clone()} onchange={onchange.clone()} onnotice={begin} /> }
        }
    };
    let unit = desk.session.desk.unit.as_ref().map(|unit| &unit.code);
    let papers = html! {
        <section class="card">
            <h2>{ t("case-materials") }</h2>
            { materials(&view, &outcome, unit, writing.clone()) }
        </section>
    };
    let passed = html! {
        <section class="card">
            <h2>{ t("case-timeline") }</h2>
            <Timeline entries={view.timeline.clone()} />
        </section>
    };
    // Whoever handed the case in looks for how far it got, whoever judges it for the papers.
    let handed_in = desk.session.is(Role::VillageAgent);
    let name = view.answers.text(&view.item.subject.name).to_owned();
    let title = if name.is_empty() { t("case-no-name") } else { name };
    html! {
        <Screen {title} back={Route::Cases} under={under(&view)} aside={aside(&view)} {bar} class="case">
            if notice.is_some() {
                <Message tone={Tone::Active} title={t("correction-how")} />
            }
            <UnsavedList view={view.clone()} onchange={onchange.clone()} />
            { corrections(&view) }
            if !view.conflicts.is_empty() {
                <Differing view={view.clone()} onchange={onchange.clone()} />
            }
            { findings(&view, handed_in) }
            <div class="case-columns">
                <div class="case-main">
                    <div class="sheet">
                        <h2 class="sheet-title">{ tr("check-sheet", &[("item", &view.item.name)]) }</h2>
                        <AnswerSheet case={view.clone()} values={outcome.values.clone()} hidden={outcome.hidden_fields.clone()} notice={writing.clone()} />
                    </div>
                </div>
                <aside class="case-side">
                    if handed_in {
                        { passed.clone() }
                    }
                    { papers }
                    if !handed_in {
                        { passed }
                    }
                </aside>
            </div>
        </Screen>
    }
}

/// What the form computes from the answers and what it does not ask; covered answers give nothing.
fn judged(view: &CaseView) -> Outcome {
    let mut answers: Answers = view.answers.clone();
    answers.fields.retain(|path, _| !view.covered.contains(path));
    let today = view.today.parse().unwrap_or(jiff::civil::Date::constant(1970, 1, 1));
    let form = domain::form::open(&view.item.form, &answers, today);
    // Where something is covered, what depends on it cannot be told: nothing is hidden then.
    form.map(|form| form.outcome()).map_or_else(
        |_| Outcome::default(),
        |outcome| {
            if view.covered.is_empty() {
                outcome
            } else {
                Outcome { hidden_fields: unanswered(&outcome, view), ..outcome }
            }
        },
    )
}

fn unanswered(outcome: &Outcome, view: &CaseView) -> std::collections::BTreeSet<domain::answer::FieldPath> {
    outcome.hidden_fields.iter().filter(|path| !view.answers.fields.contains_key(path)).cloned().collect()
}

fn under(view: &CaseView) -> Html {
    html! {
        <p class="screen-facts">
            { status::status(view.status) }
            <span>{ &view.item.name }</span>
            if let Some(number) = &view.receipt {
                <span class="is-number">{ number }</span>
            }
            { status::transfer(view.transfer) }
        </p>
    }
}

fn aside(view: &CaseView) -> Html {
    let case = CaseKey(view.case);
    html! {
        <>
            <Link<Route> to={Route::Villager { case }} classes="more">{ Glyph::Person.show() }{ t("receipt-villager") }</Link<Route>>
            if view.receipt.is_some() {
                <Link<Route> to={Route::Receipt { case }} classes="more">{ Glyph::Paper.show() }{ t("case-receipt") }</Link<Route>>
            }
        </>
    }
}

/// What the form and the papers of a case that was handed in lack, and what to do about it. `village`: told to whoever
/// handed it in.
fn findings(view: &CaseView, village: bool) -> Html {
    if view.findings.is_empty() {
        return html! {};
    }
    // What lacks in the same way is told in one line.
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for finding in &view.findings {
        let (field, slot) = (finding.field.clone(), finding.slot.clone());
        let name = subject(&CorrectionPoint { field, slot, reason: String::new() }, view);
        let words = told(&finding.code, &finding.message, &finding.args);
        match lines.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(name),
            None => lines.push((words, vec![name])),
        }
    }
    let next = match (village, view.corrections.is_empty()) {
        (true, true) => "findings-next-village",
        (true, false) => "findings-next-correcting",
        (false, _) => "findings-next-office",
    };
    html! {
        <Message tone={Tone::Active} title={tr("findings-title", &[("count", &view.findings.len())])}>
            <ul class="plain-list">
                { for lines.into_iter().map(|(words, names)| html! { <li><strong>{ names.join("、") }</strong>{ " " }{ words }</li> }) }
            </ul>
            <p>{ t(next) }</p>
        </Message>
    }
}

fn corrections(view: &Rc<CaseView>) -> Html {
    if view.corrections.is_empty() {
        return html! {};
    }
    html! {
        <Message tone={Tone::Signal} title={tr("corrections-title", &[("count", &view.corrections.len())])}>
            <ul class="points">
                { for view.corrections.iter().map(|point| {
                    let words = html! { <><strong>{ subject(point, view) }</strong><span>{ &point.reason }</span></> };
                    if view.may_write {
                        let spot = spot_of(point, view);
                        html! { <li><Link<Route, Spot> to={Route::Form { case: CaseKey(view.case) }} query={Some(spot)} classes="point">{ words }{ Glyph::Next.show() }</Link<Route, Spot>></li> }
                    } else {
                        html! { <li class="point">{ words }</li> }
                    }
                }) }
            </ul>
        </Message>
    }
}

fn materials(
    view: &Rc<CaseView>,
    outcome: &Outcome,
    unit: Option<&RegionCode>,
    writing: Option<(Notice, Callback<Notice>)>,
) -> Html {
    let slot = |slot: &MaterialSlot| {
        let files: Vec<_> = view.materials.iter().filter(|file| file.slot == slot.key).collect();
        let pick = writing.clone().map(|(notice, onnotice)| {
            html! { <Pick about={About::Slot(slot.key.clone())} {notice} {onnotice} label={slot.name.clone()} /> }
        });
        let corrected = view.corrections.iter().find(|point| point.slot.as_ref() == Some(&slot.key));
        html! {
            <li class={classes!("case-slot", corrected.is_some().then_some("is-called"))}>
                <p class="case-slot-name">{ &slot.name }</p>
                if files.is_empty() {
                    <p class="paper-empty">{ t(if slot.necessity == Necessity::Shared { "slot-shared" } else { "paper-none" }) }</p>
                }
                <div class="paper-pictures">
                    { for files.into_iter().map(|file| html! {
                        <figure key={file.file.clone()}>
                            <Picture case={view.case} file={file.clone()} />
                            <figcaption>{ if slot.check_original && file.original_seen { t("slot-original-was-seen") } else { file_state(file.state) } }</figcaption>
                        </figure>
                    }) }
                </div>
                { pick }
            </li>
        }
    };
    let there = |slot: &&MaterialSlot| {
        applies(slot, view, &outcome.values, unit) || view.materials.iter().any(|file| file.slot == slot.key)
    };
    html! { <ul class="case-slots">{ for view.item.materials.iter().filter(there).map(slot) }</ul> }
}

/// The way back into the form for whoever may write.
pub fn write_button(view: &CaseView) -> Html {
    let case = CaseKey(view.case);
    html! { <WriteButton {case} again={!view.corrections.is_empty()} /> }
}

#[derive(Clone, PartialEq, Properties)]
struct WriteButtonProps {
    case: CaseKey,
    again: bool,
}

#[component]
fn WriteButton(props: &WriteButtonProps) -> Html {
    let navigator = use_navigator();
    let case = props.case;
    let onpress = Callback::from(move |()| {
        navigator.iter().for_each(|navigator| navigator.push(&Route::Form { case }))
    });
    let label = t(if props.again { "case-correct" } else { "case-change" });
    let weight = if props.again { Weight::Primary } else { Weight::Quiet };
    html! { <Press id="write" {label} {weight} glyph={Glyph::Write} {onpress} /> }
}
