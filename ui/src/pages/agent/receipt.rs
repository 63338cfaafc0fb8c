//! The receipt: what was handed in, under which number, and what happens next; to be printed or shown.

use domain::id::CaseId;
use ipc::case::Receipt as Question;
use yew::prelude::*;
use yew_router::prelude::*;

use super::guide::limit;
use crate::browser;
use crate::components::moment;
use crate::hooks::{use_desk, use_query, use_touched};
use crate::kit::{Glyph, Loaded, Notice, Press, Screen, Tone, Weight};
use crate::route::{CaseKey, Route};
use crate::text::{t, tr};

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ReceiptPageProps {
    /// The case.
    pub case: CaseId,
}

/// The screen.
#[component]
pub fn ReceiptPage(props: &ReceiptPageProps) -> Html {
    let desk = use_desk();
    let turn = use_touched(props.case);
    let receipt = use_query(Question { case: props.case }, turn);
    let navigator = use_navigator();
    let Some(view) = receipt.data else { return html! { <Loaded problem={receipt.problem} /> } };
    let to = |route: Route| {
        let navigator = navigator.clone();
        Callback::from(move |()| navigator.iter().for_each(|navigator| navigator.push(&route)))
    };
    let waits = desk.session.sync.as_ref().is_some_and(|sync| sync.waiting_items > 0);
    let bar = html! {
        <>
            <Press label={t("receipt-villager")} glyph={Glyph::Person} onpress={to(Route::Villager { case: CaseKey(props.case) })} />
            <Press label={t("receipt-case")} glyph={Glyph::Cases} onpress={to(Route::Case { case: CaseKey(props.case) })} />
            <Press label={t("print")} glyph={Glyph::Print} onpress={Callback::from(|()| browser::print())} />
            <Press id="next-house" label={t("receipt-next")} weight={Weight::Primary} onpress={to(Route::Home)} />
        </>
    };
    let names = |title: &str, names: &[String]| {
        if names.is_empty() {
            return html! {};
        }
        html! { <div class="slip-line"><dt>{ t(title) }</dt><dd><ol>{ for names.iter().map(|name| html! { <li>{ name }</li> }) }</ol></dd></div> }
    };
    let line = |title: &str, value: &str| {
        html! { <div class="slip-line"><dt>{ t(title) }</dt><dd>{ value.to_owned() }</dd></div> }
    };
    let promised = limit(view.promised);
    html! {
        <Screen title={t("receipt-title")} back={Route::Home} {bar} class="receipt">
            <Notice tone={Tone::Good} title={t("receipt-done")}>
                <p>{ t(if waits { "receipt-waits" } else { "receipt-sent" }) }</p>
            </Notice>
            <article class="slip">
                <header>
                    <h2>{ t("receipt-slip") }</h2>
                    <p class="slip-unit">{ &view.unit }</p>
                </header>
                <div class="slip-number">
                    <div class="slip-qr" role="img" aria-label={tr("receipt-qr", &[("number", &view.number)])}>{ qr(&view.qr) }</div>
                    <div>
                        <p class="slip-label">{ t("receipt-number") }</p>
                        <p class="slip-code" id="receipt-number">{ &view.number }</p>
                        <p class="slip-label">{ moment::full(view.at) }</p>
                    </div>
                </div>
                <dl>
                    { line("receipt-item", &view.item) }
                    { line("receipt-applicant", &view.applicant) }
                    { line("receipt-agent", &view.agent) }
                    { names("receipt-materials", &view.materials) }
                    { names("receipt-gaps", &view.gaps) }
                    { line("receipt-promise", &promised) }
                    { line("receipt-phone", &view.phone) }
                </dl>
                <p class="slip-foot">{ t("receipt-foot") }</p>
            </article>
        </Screen>
    }
}

/// The QR drawing of the desk, shown as a picture so that nothing in it can act on the page.
fn qr(svg: &str) -> Html {
    use base64::Engine;
    let data = base64::engine::general_purpose::STANDARD.encode(svg);
    html! { <img alt="" src={format!("data:image/svg+xml;base64,{data}")} /> }
}
