//! What could not be exchanged and waits for a person: what it is, why, who must act, and the one thing to do.

use ipc::sync::{BranchValue, QuarantineList, QuarantineSettle, QuarantineView, StuckFile, StuckItem};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::browser;
use crate::components::moment;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Glyph, Press, Weight};
use crate::route::{CaseKey, Route};
use crate::text::{size, t, tr, word};

/// Everything that is stuck; nothing at all when all is well.
#[component]
pub fn StuckList() -> Html {
    let desk = use_desk();
    let listed = use_query(QuarantineList {}, desk.session.turn);
    let Some(view) = listed.data.clone().filter(|view| view.entries.len() + view.files.len() > 0) else {
        return html! {};
    };
    html! {
        <section class="card is-signal stuck" aria-labelledby="stuck">
            <h2 id="stuck">{ Glyph::Wrong.show() }{ tr("stuck-title", &[("count", &(view.entries.len() + view.files.len()))]) }</h2>
            <p>{ t("stuck-words") }</p>
            <ul class="stuck-list">
                { for view.entries.iter().map(|item| html! {
                    <One key={item.item.to_string()} item={item.clone()} onchange={listed.put.clone()} />
                }) }
                { for view.files.iter().map(file) }
            </ul>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OneProps {
    item: StuckItem,
    onchange: Callback<QuarantineView>,
}

#[component]
fn One(props: &OneProps) -> Html {
    let desk = use_desk();
    let busy = use_state(|| false);
    let item = &props.item;
    let settle = |again: bool| {
        let (desk, busy, onchange, name) = (desk.clone(), busy.setter(), props.onchange.clone(), item.item);
        Callback::from(move |()| {
            busy.set(true);
            let (busy, onchange, after) = (busy.clone(), onchange.clone(), desk.clone());
            let question = QuarantineSettle { request: browser::request_id(), item: name, again };
            desk.ask(question, move |answer| {
                busy.set(false);
                let Ok(view) = answer else { return };
                after.say(t(if again { "stuck-sent-again" } else { "stuck-put-aside" }));
                after.changed();
                onchange.emit(view);
            });
        })
    };
    let who = match (item.mine, item.by.as_str()) {
        (true, _) => t("stuck-yours"),
        (false, "") => t("stuck-anybody"),
        (false, name) => tr("stuck-theirs", &[("name", &name)]),
    };
    // Sending again is offered first where it can help; else the one thing left is to have looked.
    let (first, second) = if item.may_send_again {
        (("stuck-again", true, Glyph::Sending), Some(("stuck-aside", false)))
    } else {
        (("stuck-seen", false, Glyph::Check), None)
    };
    html! {
        <li class="stuck-one">
            <p class="stuck-what"><strong>{ subject(item) }</strong><span class="is-number">{ item.number.clone().unwrap_or_default() }</span></p>
            <dl class="facts">
                <div><dt>{ t("stuck-fact-what") }</dt><dd>{ what(item) }</dd></div>
                <div><dt>{ t("stuck-fact-why") }</dt><dd>{ word("refusal", &item.code) }{ " " }{ word("retry", &item.retry) }</dd></div>
                <div><dt>{ t("stuck-fact-who") }</dt><dd>{ who }</dd></div>
                <div><dt>{ t("stuck-fact-when") }</dt><dd class="is-number">{ moment::full(item.at) }</dd></div>
            </dl>
            { differs(&item.differs) }
            <div class="stuck-acts">
                if item.mine || item.by.is_empty() {
                    <Press label={t(first.0)} glyph={first.2} busy={*busy} onpress={settle(first.1)} />
                    if let Some((label, again)) = second {
                        <Press label={t(label)} weight={Weight::Link} disabled={*busy} onpress={settle(again)} />
                    }
                }
                if let Some(case) = item.case.filter(|_| !item.item_name.is_empty()) {
                    <Link<Route> to={Route::Case { case: CaseKey(case) }} classes="more">{ t("receipt-case") }{ Glyph::Next.show() }</Link<Route>>
                }
            </div>
        </li>
    }
}

/// A paper that cannot be sent: the one thing to do is to attach it anew, in its case.
fn file(file: &StuckFile) -> Html {
    let what = match file.material.as_str() {
        "" => t("stuck-what-file"),
        name => tr("stuck-what-material", &[("name", &name)]),
    };
    html! {
        <li class="stuck-one" key={format!("{}{}", file.case, file.file)}>
            <p class="stuck-what"><strong>{ named(&file.applicant, &file.item_name) }</strong><span class="is-number">{ file.number.clone().unwrap_or_default() }</span></p>
            <dl class="facts">
                <div><dt>{ t("stuck-fact-what") }</dt><dd>{ what }{ " · " }<span class="is-number">{ size(file.bytes) }</span></dd></div>
                <div><dt>{ t("stuck-fact-why") }</dt><dd>{ word("refusal", &file.code) }{ " " }{ t("stuck-file-next") }</dd></div>
                <div><dt>{ t("stuck-fact-who") }</dt><dd>{ t("stuck-anybody") }</dd></div>
            </dl>
            <div class="stuck-acts">
                <Link<Route> to={Route::Case { case: CaseKey(file.case) }} classes="more">{ t("receipt-case") }{ Glyph::Next.show() }</Link<Route>>
            </div>
        </li>
    }
}

fn subject(item: &StuckItem) -> String {
    named(&item.applicant, &item.item_name)
}

fn named(applicant: &str, item_name: &str) -> String {
    let parts = [applicant, item_name];
    let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if named.is_empty() { t("stuck-no-case") } else { named.join(" · ") }
}

fn what(item: &StuckItem) -> String {
    let what = match (&item.act, item.what.as_str()) {
        (Some(act), _) => tr("stuck-what-act", &[("act", &word("act", act))]),
        (None, "document") => t("stuck-what-document"),
        (None, "changes") => t("stuck-what-changes"),
        _ => t("stuck-what-other"),
    };
    if item.from_county { tr("stuck-from-county", &[("what", &what)]) } else { what }
}

fn differs(values: &[BranchValue]) -> Html {
    if values.is_empty() {
        return html! {};
    }
    let shown = |value: &str| if value.is_empty() { t("paper-empty") } else { value.to_owned() };
    html! {
        <table class="stuck-differs">
            <thead><tr><th>{ t("stuck-field") }</th><th>{ t("stuck-here") }</th><th>{ t("stuck-there") }</th></tr></thead>
            <tbody>
                { for values.iter().map(|one| html! {
                    <tr><td>{ &one.label }</td><td>{ shown(&one.here) }</td><td>{ shown(&one.there) }</td></tr>
                }) }
            </tbody>
        </table>
    }
}
