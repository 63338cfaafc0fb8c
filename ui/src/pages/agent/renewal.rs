//! A draft whose form has changed since: what carries over, what is asked anew, and going on with the new form.

use std::rc::Rc;

use domain::form::FormDef;
use domain::id::CaseId;
use ipc::case::{CaseDiscard, CaseRestore, CaseView};
use ipc::renewal::{CaseCompare, CaseRenew, Fate, Renewal, RenewedField};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::browser;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Dialog, Loaded, Notice, Press, Tone, Weight};
use crate::route::{CaseKey, Route};
use crate::state::sheet::in_words;
use crate::text::{t, tr};

/// What it is given.
#[derive(Clone, PartialEq, Properties)]
pub struct RenewalProps {
    /// The draft.
    pub case: Rc<CaseView>,
    /// The newer release.
    pub newer: u64,
}

/// Says that there is a newer form, and shows what would change on a click.
#[component]
pub fn NewerForm(props: &RenewalProps) -> Html {
    let open = use_state(|| false);
    let set = |on: bool| {
        let open = open.setter();
        Callback::from(move |()| open.set(on))
    };
    html! {
        <>
            <Notice tone={Tone::Active} title={tr("renewal-title", &[("number", &props.newer)])}>
                <div class="notice-line">
                    <p>{ t("renewal-words") }</p>
                    <Press label={t("renewal-look")} onpress={set(true)} />
                </div>
            </Notice>
            if *open {
                <Compare case={props.case.clone()} onclose={set(false)} />
            }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct CompareProps {
    case: Rc<CaseView>,
    onclose: Callback<()>,
}

#[component]
fn Compare(props: &CompareProps) -> Html {
    let desk = use_desk();
    let navigator = use_navigator();
    let busy = use_state(|| false);
    let compared = use_query(CaseCompare { case: props.case.case }, 0);
    let request = use_memo((), |()| browser::request_id());
    let renew = {
        let (desk, busy, old, request) = (desk.clone(), busy.setter(), props.case.case, request.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, after, navigator) = (busy.clone(), desk.clone(), navigator.clone());
            let question = CaseRenew { request: (*request).clone(), case: old, without: Vec::new() };
            desk.ask(question, move |answer| {
                busy.set(false);
                let Ok(view) = answer else { return };
                let new = view.case;
                after.changed();
                let go = {
                    let navigator = navigator.clone();
                    move |case: CaseId| {
                        if let Some(navigator) = &navigator {
                            navigator.replace(&Route::Form { case: CaseKey(case) });
                        }
                    }
                };
                go(new);
                let desk = after.clone();
                let undo = Callback::from(move |()| {
                    let (after, go) = (desk.clone(), go.clone());
                    desk.ask(CaseRestore { request: browser::request_id(), case: old }, move |answer| {
                        if answer.is_ok() {
                            go(old);
                            let put_away = CaseDiscard { request: browser::request_id(), case: new };
                            after.clone().ask(put_away, move |_| after.changed());
                        }
                    });
                });
                after.say_with_undo(t("renewal-done"), undo);
            });
        })
    };
    let foot = html! {
        <>
            <Press label={t("renewal-go")} weight={Weight::Primary} busy={*busy} disabled={compared.data.is_none()} onpress={renew} />
            <Press label={t("renewal-stay")} weight={Weight::Link} onpress={props.onclose.clone()} />
        </>
    };
    html! {
        <Dialog title={t("renewal-compare")} onclose={props.onclose.clone()} {foot}>
            if let Some(renewal) = &compared.data {
                { told(renewal, &props.case.item.form) }
            } else {
                <Loaded problem={compared.problem.clone()} />
            }
        </Dialog>
    }
}

fn told(renewal: &Renewal, form: &FormDef) -> Html {
    let of = |fate: Fate| renewal.fields.iter().filter(move |field| field.fate == fate).collect::<Vec<_>>();
    let papers = |fate: Fate| {
        renewal
            .slots
            .iter()
            .filter(move |slot| slot.fate == fate && fate != Fate::Kept)
            .map(|slot| slot.name.clone())
    };
    let part = |key: &str, fate: Fate| {
        let line = |field: &RenewedField| {
            // As the draft's own form words it.
            let known = form.field(&field.field.question);
            let was = known.map_or_else(|| field.value.clone(), |known| in_words(known, &field.value));
            if was.is_empty() {
                field.label.clone()
            } else {
                tr("renewal-was", &[("label", &field.label), ("value", &was)])
            }
        };
        let lines: Vec<String> = of(fate).into_iter().map(line).chain(papers(fate)).collect();
        if lines.is_empty() {
            return html! {};
        }
        html! {
            <section>
                <h3>{ t(key) }</h3>
                <ul class="plain-list">{ for lines.into_iter().map(|line| html! { <li>{ line }</li> }) }</ul>
            </section>
        }
    };
    html! {
        <>
            <p>{ tr("renewal-kept", &[("count", &of(Fate::Kept).len())]) }</p>
            { part("renewal-changed", Fate::Changed) }
            { part("renewal-new", Fate::New) }
            { part("renewal-gone", Fate::Gone) }
        </>
    }
}
