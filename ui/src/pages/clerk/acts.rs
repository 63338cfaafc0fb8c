//! What may be done to a case now, as buttons; each asks for exactly what the lifecycle demands of it.

use std::rc::Rc;

use domain::act::{ActKind, Payload};
use domain::catalogue::Necessity;
use domain::id::CaseId;
use domain::lifecycle::{Need, Status, table};
use ipc::case::{CaseAct, CaseView};
use yew::prelude::*;

use super::others::{OtherCase, OtherUnit};
use crate::browser;
use crate::hooks::use_desk;
use crate::kit::{Area, Dialog, Glyph, Press, Weight};
use crate::pages::shared::case::write_button;
use crate::state::correction::Notice;
use crate::text::{t, tr, word};

/// Steps that lead on, the most likely first; the first of them that may be done is the one primary button.
const ONWARD: [ActKind; 7] = [
    ActKind::Accept,
    ActKind::Approve,
    ActKind::Resume,
    ActKind::Forward,
    ActKind::Deliver,
    ActKind::Close,
    ActKind::AcceptWithGaps,
];
/// Buttons shown beside each other; the others stand in a list to open.
const SHOWN: usize = 4;
/// Element id of that list.
const MORE: &str = "more-acts";

/// What the bar is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ActBarProps {
    /// The case.
    pub view: Rc<CaseView>,
    /// The case after a step.
    pub onchange: Callback<CaseView>,
    /// Begins the notice of everything to correct.
    pub onnotice: Callback<()>,
}

/// The steps this person may take.
#[component]
pub fn ActBar(props: &ActBarProps) -> Html {
    let asked = use_state(|| None::<ActKind>);
    let view = &props.view;
    // Handing in goes through the form and its last look; deciding between two values has its own panel.
    let elsewhere = [ActKind::Submit, ActKind::SubmitCorrection, ActKind::Reconcile];
    // A draft that nobody handed in is given up where it is filled in, not withdrawn or made void.
    let handed_in =
        |kind: &&ActKind| view.status != Status::Draft || !matches!(kind, ActKind::Withdraw | ActKind::Void);
    let kinds = view.acts.iter().filter(|kind| !elsewhere.contains(kind)).filter(handed_in);
    let mut kinds: Vec<ActKind> = kinds.cloned().collect();
    kinds.sort_by_key(rank);
    let primary = kinds.first().filter(|kind| ONWARD.contains(kind)).cloned();
    let open = |kind: &ActKind| {
        let (asked, kind, onnotice) = (asked.setter(), kind.clone(), props.onnotice.clone());
        Callback::from(move |()| match kind {
            ActKind::RequestCorrection => onnotice.emit(()),
            _ => {
                browser::fold(MORE);
                asked.set(Some(kind.clone()));
            }
        })
    };
    let button = |kind: &ActKind| {
        let weight = match kind {
            _ if primary.as_ref() == Some(kind) => Weight::Primary,
            ActKind::Reject | ActKind::NotAccept | ActKind::Void => Weight::Stern,
            _ => Weight::Quiet,
        };
        // Keyed: when the case moves on under the pointer, a button never turns into another one.
        let key = kind.name().to_owned();
        html! { <Press {key} id={format!("act-{}", kind.name())} label={word("do", kind.name())} {weight} onpress={open(kind)} /> }
    };
    let close = {
        let asked = asked.setter();
        Callback::from(move |()| asked.set(None))
    };
    let onchange = {
        let (asked, onchange) = (asked.setter(), props.onchange.clone());
        Callback::from(move |view| {
            asked.set(None);
            onchange.emit(view);
        })
    };
    let (first, rest) = kinds.split_at(kinds.len().min(SHOWN));
    let nothing = kinds.is_empty() && !view.may_write;
    html! {
        <>
            if nothing {
                <span class="bar-words">{ t("acts-none") }</span>
            }
            if !rest.is_empty() {
                <details id={MORE} class="more-acts">
                    <summary>{ t("acts-more") }</summary>
                    <div class="more-acts-list">{ for rest.iter().map(button) }</div>
                </details>
            }
            { for first.iter().rev().filter(|kind| primary.as_ref() != Some(*kind)).map(button) }
            if view.may_write {
                { write_button(view) }
            }
            { for primary.iter().map(button) }
            if let Some(kind) = (*asked).clone() {
                <AskAct key={kind.name().to_owned()} view={view.clone()} kind={kind.clone()} onclose={close} {onchange} />
            }
        </>
    }
}

/// What comes first in the bar: what leads on, then what asks the village, then the rest, endings last.
fn rank(kind: &ActKind) -> usize {
    use ActKind::*;
    if let Some(place) = ONWARD.iter().position(|onward| onward == kind) {
        return place;
    }
    match kind {
        RequestCorrection => 10,
        Return => 11,
        Reject | NotAccept => 12,
        Investigate | PublicNotice => 20,
        Suspend => 21,
        Rate => 22,
        Withdraw => 30,
        Reassign => 31,
        MarkDuplicate => 32,
        Lapse | Void | Archive => 40,
        _ => 25,
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AskActProps {
    view: Rc<CaseView>,
    kind: ActKind,
    onclose: Callback<()>,
    onchange: Callback<CaseView>,
}

/// Asks for what a step must carry, and does it.
#[component]
fn AskAct(props: &AskActProps) -> Html {
    let desk = use_desk();
    let (view, kind) = (&props.view, &props.kind);
    let payload = use_state(Payload::default);
    let busy = use_state(|| false);
    let request = use_memo((), |()| browser::request_id());
    let needs: &[Need] = table()
        .iter()
        .find(|line| line.kind == *kind && line.from.contains(&view.status))
        .map_or(&[], |line| line.needs);
    let needs = |need: Need| needs.contains(&need);
    let change = |edit: fn(&mut Payload, String)| {
        let payload = payload.clone();
        Callback::from(move |text: String| {
            let mut next = (*payload).clone();
            edit(&mut next, text);
            payload.set(next);
        })
    };
    let reason = payload.reason.clone().unwrap_or_default();
    let ready = (!needs(Need::Reason) || !reason.trim().is_empty())
        && (!needs(Need::Gaps) || !payload.gaps.is_empty())
        && (!needs(Need::Unit) || payload.unit.is_some())
        && (!needs(Need::OtherCase) || payload.other_case.is_some())
        && (!needs(Need::Satisfaction) || payload.satisfaction.is_some());
    let act = {
        let (desk, busy, payload) = (desk.clone(), busy.setter(), payload.clone());
        let (case, kind, request, onchange) =
            (view.case, kind.clone(), request.clone(), props.onchange.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, onchange, after, done) =
                (busy.clone(), onchange.clone(), desk.clone(), word("act", kind.name()));
            let question = CaseAct {
                request: (*request).clone(),
                case,
                kind: kind.clone(),
                payload: (*payload).clone(),
            };
            desk.ask(question, move |answer| {
                busy.set(false);
                if let Ok(view) = answer {
                    after.say(tr("act-noted", &[("act", &done)]));
                    onchange.emit(view);
                }
            });
        })
    };
    let foot = html! {
        <>
            <Press id="do-act" label={word("do", kind.name())} weight={Weight::Primary} disabled={!ready} busy={*busy} onpress={act} />
            <Press label={t("cancel")} weight={Weight::Link} onpress={props.onclose.clone()} />
        </>
    };
    let to_case = {
        let payload = payload.clone();
        Callback::from(move |other_case| payload.set(Payload { other_case, ..(*payload).clone() }))
    };
    let to_unit = {
        let payload = payload.clone();
        Callback::from(move |unit| payload.set(Payload { unit, ..(*payload).clone() }))
    };
    html! {
        <Dialog title={word("do", kind.name())} onclose={props.onclose.clone()} {foot}>
            <p>{ word("explain", kind.name()) }</p>
            if needs(Need::Gaps) {
                { gaps(view, &payload) }
            }
            if needs(Need::Satisfaction) {
                { grades(&payload) }
            }
            if needs(Need::OtherCase) {
                <OtherCase view={view.clone()} picked={payload.other_case} onpick={to_case} />
            }
            if needs(Need::Unit) {
                <OtherUnit view={view.clone()} picked={payload.unit.clone()} onpick={to_unit} />
            }
            <label for="act-reason">{ t(if needs(Need::Reason) { "reason" } else { "act-opinion" }) }</label>
            <Area id="act-reason" value={reason} required={needs(Need::Reason)}
                ontype={change(|payload, text| payload.reason = (!text.trim().is_empty()).then_some(text))} />
        </Dialog>
    }
}

fn gaps(view: &CaseView, payload: &UseStateHandle<Payload>) -> Html {
    let missing = view.item.materials.iter();
    let missing = missing.filter(|slot| {
        slot.necessity == Necessity::Deferrable && !view.materials.iter().any(|file| file.slot == slot.key)
    });
    html! {
        <fieldset class="question">
            <legend>{ t("act-gaps") }</legend>
            <div class="choices">
                { for missing.map(|slot| {
                    let on = payload.gaps.contains(&slot.key);
                    let onchange = {
                        let (payload, key) = (payload.clone(), slot.key.clone());
                        Callback::from(move |_: Event| {
                            let mut next = (*payload).clone();
                            if on { next.gaps.retain(|gap| *gap != key) } else { next.gaps.push(key.clone()) }
                            payload.set(next);
                        })
                    };
                    html! { <label class={classes!("choice", on.then_some("is-on"))}><input type="checkbox" checked={on} {onchange} /><span>{ &slot.name }</span></label> }
                }) }
            </div>
        </fieldset>
    }
}

fn grades(payload: &UseStateHandle<Payload>) -> Html {
    html! {
        <fieldset class="question">
            <legend>{ t("act-satisfaction") }</legend>
            <div class="choices">
                { for (1..=5u8).map(|code| {
                    let on = payload.satisfaction == Some(code);
                    let onchange = {
                        let payload = payload.clone();
                        Callback::from(move |_: Event| payload.set(Payload { satisfaction: Some(code), ..(*payload).clone() }))
                    };
                    html! { <label class={classes!("choice", on.then_some("is-on"))}><input type="radio" name="grade" checked={on} {onchange} /><span>{ word("grade", &code.to_string()) }</span></label> }
                }) }
            </div>
        </fieldset>
    }
}

/// What the bar of the notice is given.
#[derive(Clone, PartialEq, Properties)]
pub struct NoticeBarProps {
    /// The case.
    pub case: CaseId,
    /// The notice so far.
    pub notice: Notice,
    /// The case after the notice went out.
    pub onchange: Callback<CaseView>,
    /// No notice after all.
    pub oncancel: Callback<()>,
}

/// Sends the one notice of everything to correct.
#[component]
pub fn NoticeBar(props: &NoticeBarProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let request = use_memo((), |()| browser::request_id());
    let send = {
        let (desk, busy, request, notice) =
            (desk.clone(), busy.setter(), request.clone(), props.notice.clone());
        let (case, onchange) = (props.case, props.onchange.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, onchange, after) = (busy.clone(), onchange.clone(), desk.clone());
            let payload = Payload { points: notice.points(), ..Payload::default() };
            let question =
                CaseAct { request: (*request).clone(), case, kind: ActKind::RequestCorrection, payload };
            desk.ask(question, move |answer| {
                busy.set(false);
                if let Ok(view) = answer {
                    after.say(t("correction-sent"));
                    onchange.emit(view);
                }
            });
        })
    };
    let words = if props.notice.is_empty() {
        t("correction-none")
    } else if props.notice.ready() {
        tr("correction-ready", &[("count", &props.notice.len())])
    } else {
        t("correction-reasons")
    };
    html! {
        <>
            <span class="bar-words">{ words }</span>
            <Press label={t("cancel")} onpress={props.oncancel.clone()} />
            <Press id="send-notice" label={t("correction-send")} weight={Weight::Primary} glyph={Glyph::Sending}
                disabled={!props.notice.ready()} busy={*busy} onpress={send} />
        </>
    }
}
