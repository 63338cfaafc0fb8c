//! The last look before handing in: what is wrong, whether the applicant qualifies, and everything as on the paper form.

use domain::answer::FieldPath;
use domain::catalogue::Necessity;
use ipc::case::{CaseCheck, CaseSubmit, CheckView, FindingView, RuleView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::filling::Work;
use crate::browser;
use crate::components::answers::AnswerSheet;
use crate::components::picture::Picture;
use crate::hooks::{Desk, use_desk, use_query};
use crate::kit::{Glyph, Loaded, Notice, Press, Screen, Tone, Weight};
use crate::route::{CaseKey, Route, Spot};
use crate::state::judging::applies;
use crate::state::sheet::page_of;
use crate::text::{t, tr, word};

/// What the last look is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CheckProps {
    /// What the steps share.
    pub work: Work,
    /// The steps, drawn.
    pub way: Html,
    /// Goes one step back.
    pub onback: Callback<()>,
}

/// The last look.
#[component]
pub fn CheckStep(props: &CheckProps) -> Html {
    let desk = use_desk();
    let work = &props.work;
    let case = work.filling.case.clone();
    let navigator = use_navigator();
    let insists = use_state(|| false);
    let busy = use_state(|| false);
    let request = use_memo(case.updated_at, |_| browser::request_id());
    // Checked on the desk, after everything typed has reached the record.
    let turn = u64::try_from(case.updated_at).unwrap_or_default() + u64::from(work.filling.typed.is_empty());
    let check = use_query(CaseCheck { case: case.case }, turn);
    let Some(view) = check.data.clone() else {
        return html! { <Screen title={case.item.name.clone()}><Loaded problem={check.problem} /></Screen> };
    };
    let submit = {
        let (desk, busy, insist) = (desk.clone(), busy.clone(), *insists);
        let (case, request) = (case.case, (*request).clone());
        Callback::from(move |()| {
            busy.set(true);
            let (after, navigator, busy) = (desk.clone(), navigator.clone(), busy.setter());
            desk.ask(CaseSubmit { request: request.clone(), case, insist }, move |answer| {
                busy.set(false);
                if answer.is_ok() {
                    after.changed();
                    if let Some(navigator) = navigator {
                        navigator.push(&Route::Receipt { case: CaseKey(case) });
                    }
                }
            });
        })
    };
    let first = view.findings.iter().find(|finding| finding.stops).map(|finding| spot(finding, work));
    let refused = view.eligible == "no";
    let again = !case.corrections.is_empty();
    let back = html! { <Press label={t("step-back")} glyph={Glyph::Back} onpress={props.onback.clone()} /> };
    let bar = match first {
        Some(spot) => {
            let go = work.go.clone();
            let count = view.findings.iter().filter(|finding| finding.stops).count();
            html! {
                <>
                    <span class="bar-words is-signal">{ Glyph::Wrong.show() }{ tr("check-left", &[("count", &count)]) }</span>
                    { back }
                    <Press key="fix" id="fix" label={t("check-fix")} weight={Weight::Primary} onpress={Callback::from(move |()| go.emit(spot.clone()))} />
                </>
            }
        }
        None => html! {
            <>
                <span class="bar-words">{ t("check-ready") }</span>
                { back }
                <Press key="submit" id="submit" label={t(if again { "check-submit-again" } else { "check-submit" })} weight={Weight::Primary}
                    glyph={Glyph::Sending} busy={*busy} disabled={(refused && !*insists) || !work.filling.typed.is_empty()} onpress={submit} />
            </>
        },
    };
    let onopen = {
        let (go, case) = (work.go.clone(), case.clone());
        Callback::from(move |path: FieldPath| {
            let step = page_of(&case.item.form, &path).and_then(|page| case.item.form.pages.get(page));
            go.emit(Spot {
                step: step.map(|page| page.name.clone()),
                field: Some(path.to_string()),
                slot: None,
            });
        })
    };
    let values = work.filling.sheet.values.clone();
    let hidden = work.filling.sheet.hidden_fields.clone();
    html! {
        <Screen title={case.item.name.clone()} {bar} class="is-filling">
            <div class="filling">
                { props.way.clone() }
                <section class="filling-page form-page is-check" aria-labelledby="page-title">
                    <h2 id="page-title">{ t("step-check") }</h2>
                    { findings(&view, work) }
                    { eligibility(&view, &insists) }
                    <div class="sheet">
                        <h3 class="sheet-title">{ tr("check-sheet", &[("item", &case.item.name)]) }</h3>
                        <AnswerSheet case={case.clone()} {values} {hidden} {onopen} />
                        { papers(&desk, work) }
                    </div>
                </section>
            </div>
        </Screen>
    }
}

fn findings(view: &CheckView, work: &Work) -> Html {
    let line = |finding: &FindingView| {
        let onclick = {
            let (go, spot) = (work.go.clone(), spot(finding, work));
            Callback::from(move |_: MouseEvent| go.emit(spot.clone()))
        };
        html! {
            <li><button type="button" class="point" {onclick}><strong>{ about(finding, work) }</strong><span>{ sentence(finding) }</span>{ Glyph::Next.show() }</button></li>
        }
    };
    let (stopping, other): (Vec<_>, Vec<_>) = view.findings.iter().partition(|finding| finding.stops);
    html! {
        <>
            if !stopping.is_empty() {
                <Notice tone={Tone::Signal} title={tr("check-stops", &[("count", &stopping.len())])}>
                    <ul class="points">{ for stopping.into_iter().map(line) }</ul>
                </Notice>
            }
            if !other.is_empty() {
                <Notice tone={Tone::Active} title={t("check-other")}>
                    <ul class="points">{ for other.into_iter().map(line) }</ul>
                </Notice>
            }
        </>
    }
}

fn sentence(finding: &FindingView) -> String {
    crate::components::field::told(&finding.code, &finding.message, &finding.args)
}

fn about(finding: &FindingView, work: &Work) -> String {
    let item = &work.filling.case.item;
    let field = finding
        .field
        .as_ref()
        .and_then(|field| item.form.field(&field.question))
        .map(|field| field.label.clone());
    let slot = finding.slot.as_ref().and_then(|key| item.materials.iter().find(|slot| slot.key == *key));
    field.or_else(|| slot.map(|slot| slot.name.clone())).unwrap_or_else(|| t("check-form"))
}

fn spot(finding: &FindingView, work: &Work) -> Spot {
    let point = domain::act::CorrectionPoint {
        field: finding.field.clone(),
        slot: finding.slot.clone(),
        reason: String::new(),
    };
    super::points::spot_of(&point, &work.filling.case)
}

fn eligibility(view: &CheckView, insists: &UseStateHandle<bool>) -> Html {
    let (tone, title) = match view.eligible.as_str() {
        "yes" => (Tone::Good, "eligible-yes"),
        "no" => (Tone::Signal, "eligible-no"),
        _ => (Tone::Active, "eligible-unknown"),
    };
    let rule = |rule: &RuleView| {
        let glyph = match rule.verdict.as_str() {
            "yes" => Glyph::Check,
            "no" => Glyph::Wrong,
            _ => Glyph::Doubt,
        };
        html! { <li>{ glyph.show() }<span>{ &rule.message }</span><span class="rule-verdict">{ word("verdict", &rule.verdict) }</span></li> }
    };
    let insist = {
        let insists = insists.clone();
        Callback::from(move |_: Event| insists.set(!*insists))
    };
    html! {
        <Notice {tone} title={t(title)}>
            if !view.rules.is_empty() {
                <ul class="rules">{ for view.rules.iter().map(rule) }</ul>
            }
            if view.eligible == "no" {
                <label class="choice is-whole"><input type="checkbox" checked={**insists} onchange={insist} /><span>{ t("eligible-insist") }</span></label>
            }
        </Notice>
    }
}

fn papers(desk: &Desk, work: &Work) -> Html {
    let case = &work.filling.case;
    let unit = desk.session.desk.unit.as_ref().map(|unit| &unit.code);
    let slots = case.item.materials.iter().filter(|slot| slot.necessity != Necessity::Shared);
    let slots = slots.filter(|slot| applies(slot, case, &work.filling.sheet.values, unit));
    html! {
        <section class="paper-part">
            <h3>{ t("check-papers") }</h3>
            <dl>
                { for slots.map(|slot| {
                    let files: Vec<_> = case.materials.iter().filter(|file| file.slot == slot.key).collect();
                    html! {
                        <div class="paper-line">
                            <dt>{ &slot.name }</dt>
                            <dd class="paper-pictures">
                                if files.is_empty() {
                                    <span class="paper-empty">{ t("paper-none") }</span>
                                }
                                { for files.into_iter().map(|file| html! { <Picture key={file.file.clone()} case={case.case} file={file.clone()} /> }) }
                            </dd>
                        </div>
                    }
                }) }
            </dl>
        </section>
    }
}
