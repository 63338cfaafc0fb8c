//! The answers of a case read like the paper form; covered values stay covered until somebody says why.

use std::collections::BTreeMap;

use domain::answer::FieldPath;
use domain::form::{Field, FieldKind, Part};
use ipc::case::{CaseReveal, CaseView, Revealed};
use yew::prelude::*;

use crate::hooks::use_desk;
use crate::kit::{Dialog, Glyph, Input, Press, Weight};
use crate::state::correction::{About, Notice};
use crate::state::sheet::in_words;
use crate::text::{t, tr};

/// What the sheet is given.
#[derive(Clone, PartialEq, Properties)]
pub struct AnswersProps {
    /// The case.
    pub case: std::rc::Rc<CaseView>,
    /// What the form computes and shows beside the answers.
    #[prop_or_default]
    pub values: BTreeMap<FieldPath, String>,
    /// Fields not asked.
    #[prop_or_default]
    pub hidden: std::collections::BTreeSet<FieldPath>,
    /// Opens a field for changing, where that is possible.
    #[prop_or_default]
    pub onopen: Option<Callback<FieldPath>>,
    /// The notice being written, and what picks a field for it.
    #[prop_or_default]
    pub notice: Option<(Notice, Callback<Notice>)>,
}

/// All answers, page by page.
#[component]
pub fn AnswerSheet(props: &AnswersProps) -> Html {
    let revealed = use_state(BTreeMap::<FieldPath, String>::new);
    let asking = use_state(|| None::<FieldPath>);
    let line = |field: &Field, path: FieldPath| {
        if props.hidden.contains(&path) || field.kind == FieldKind::Note {
            return html! {};
        }
        let recorded = props.case.answers.fields.get(&path).map(|answer| answer.value.clone());
        let value = recorded.or_else(|| props.values.get(&path).cloned()).unwrap_or_default();
        // What is computed from something covered cannot be told.
        if field.computed && value.is_empty() {
            return html! {};
        }
        let covered = props.case.covered.contains(&path);
        let words = match revealed.get(&path) {
            Some(full) => in_words(field, full),
            None => in_words(field, &value),
        };
        let reveal = (covered && !revealed.contains_key(&path)).then(|| {
            let (asking, path) = (asking.setter(), path.clone());
            Callback::from(move |()| asking.set(Some(path.clone())))
        });
        let open = props.onopen.clone().filter(|_| !field.computed).map(|onopen| {
            let path = path.clone();
            Callback::from(move |_: MouseEvent| onopen.emit(path.clone()))
        });
        let corrected = props.case.corrections.iter().find(|point| point.field.as_ref() == Some(&path));
        let about = About::Field(path.clone());
        let picked = props.notice.as_ref().and_then(|(notice, _)| notice.reason(&about)).is_some();
        html! {
            <div class={classes!("paper-line", picked.then_some("is-picked"), corrected.is_some().then_some("is-called"))}>
                <dt>{ &field.label }</dt>
                <dd>
                    if words.is_empty() {
                        <span class="paper-empty">{ t("paper-empty") }</span>
                    } else {
                        <span class={classes!("paper-value", numeric(field.kind).then_some("is-number"))}>{ words }</span>
                    }
                    if let Some(onpress) = reveal {
                        <Press label={t("reveal")} glyph={Glyph::Reveal} weight={Weight::Link} {onpress} />
                    }
                    if let Some(onclick) = open {
                        <button type="button" class="paper-open" {onclick}>{ Glyph::Write.show() }<span>{ t("change") }</span></button>
                    }
                    if let Some(point) = corrected {
                        <p class="question-correction">{ Glyph::Returned.show() }<span>{ &point.reason }</span></p>
                    }
                    if let Some((notice, onnotice)) = props.notice.clone().filter(|_| !field.computed) {
                        <Pick {about} {notice} {onnotice} label={field.label.clone()} />
                    }
                </dd>
            </div>
        }
    };
    let pages = props.case.item.form.pages.iter().map(|page| {
        let parts = page.parts.iter().map(|part| match part {
            Part::Field(field) => line(field, FieldPath::plain(&field.name)),
            Part::Repeat(repeat) => {
                let rows = props.case.answers.rows.get(&repeat.name).cloned().unwrap_or_default();
                let rows = rows.into_iter().enumerate().map(|(at, row)| {
                    html! {
                        <>
                            <div class="paper-row">{ &repeat.title }{ " " }{ tr("filling-row", &[("number", &(at + 1))]) }</div>
                            { for repeat.fields.iter().map(|field| line(field, FieldPath::in_row(&repeat.name, row, &field.name))) }
                        </>
                    }
                });
                html! { <>{ for rows }</> }
            }
        });
        html! { <section class="paper-part"><h3>{ &page.title }</h3><dl>{ for parts }</dl></section> }
    });
    let close = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(None))
    };
    let onreveal = {
        let (revealed, asking) = (revealed.clone(), asking.setter());
        Callback::from(move |(path, full): (FieldPath, Revealed)| {
            let mut next = (*revealed).clone();
            next.insert(path, full.value);
            revealed.set(next);
            asking.set(None);
        })
    };
    html! {
        <div class="paper">
            { for pages }
            if let Some(path) = (*asking).clone() {
                <AskReason case={props.case.case} {path} onclose={close} {onreveal} />
            }
        </div>
    }
}

fn numeric(kind: FieldKind) -> bool {
    use FieldKind::*;
    matches!(kind, ResidentId | Phone | BankAccount | Uscc | Integer | Decimal | Money | Date)
}

/// What picking for the notice is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PickProps {
    /// What is picked.
    pub about: About,
    /// Its name.
    pub label: AttrValue,
    /// The notice so far.
    pub notice: Notice,
    /// The notice after a click or a key.
    pub onnotice: Callback<Notice>,
}

/// Picks a field or paper for the notice and asks why.
#[component]
pub fn Pick(props: &PickProps) -> Html {
    let reason = props.notice.reason(&props.about);
    let toggle = {
        let (notice, about, onnotice) = (props.notice.clone(), props.about.clone(), props.onnotice.clone());
        Callback::from(move |_: Event| onnotice.emit(notice.toggle(about.clone())))
    };
    let ontype = {
        let (notice, about, onnotice) = (props.notice.clone(), props.about.clone(), props.onnotice.clone());
        Callback::from(move |text: String| onnotice.emit(notice.because(&about, text)))
    };
    let id = match &props.about {
        About::Field(path) => format!("why-{}", path.to_string().replace('/', "-")),
        About::Slot(slot) => format!("why-slot-{slot}"),
    };
    html! {
        <div class="pick">
            <label><input type="checkbox" checked={reason.is_some()} onchange={toggle} />{ t("correction-pick") }</label>
            if let Some(reason) = reason {
                <Input {id} value={reason.to_owned()} {ontype} eager=true label={tr("correction-why", &[("name", &props.label)])}
                    placeholder={t("correction-example")} wrong={reason.trim().is_empty()} />
            }
        </div>
    }
}

/// What asking for the reason is given.
#[derive(Clone, PartialEq, Properties)]
pub struct AskReasonProps {
    /// The case.
    pub case: domain::id::CaseId,
    /// The covered field.
    pub path: FieldPath,
    /// Closed without an answer.
    pub onclose: Callback<()>,
    /// What was covered, in full.
    pub onreveal: Callback<(FieldPath, Revealed)>,
}

/// Asks why somebody wants to see a covered value; the answer goes to the log.
#[component]
pub fn AskReason(props: &AskReasonProps) -> Html {
    let desk = use_desk();
    let reason = use_state(String::new);
    let ontype = {
        let reason = reason.setter();
        Callback::from(move |text| reason.set(text))
    };
    let reveal = {
        let (desk, reason, case, path) = (desk.clone(), reason.clone(), props.case, props.path.clone());
        let onreveal = props.onreveal.clone();
        Callback::from(move |()| {
            let question = CaseReveal { case, field: path.clone(), reason: (*reason).clone() };
            let (onreveal, path) = (onreveal.clone(), path.clone());
            desk.ask(question, move |answer| {
                answer.into_iter().for_each(|full| onreveal.emit((path.clone(), full)))
            });
        })
    };
    let ready = !reason.trim().is_empty();
    let foot = html! {
        <>
            <Press label={t("reveal-now")} weight={Weight::Primary} disabled={!ready} onpress={reveal.clone()} />
            <Press label={t("cancel")} weight={Weight::Link} onpress={props.onclose.clone()} />
        </>
    };
    let onenter = if ready { reveal } else { Callback::noop() };
    html! {
        <Dialog title={t("reveal-title")} onclose={props.onclose.clone()} {foot}>
            <p>{ t("reveal-words") }</p>
            <label for="reveal-reason">{ t("reason") }</label>
            <Input id="reveal-reason" value={(*reason).clone()} {ontype} {onenter} eager=true />
        </Dialog>
    }
}
