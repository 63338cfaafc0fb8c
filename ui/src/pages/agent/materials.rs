//! Attaching the papers, and signing.

use domain::catalogue::{MaterialOrigin, Necessity};
use yew::prelude::*;

use super::filling::Work;
use crate::components::signature::Signature;
use crate::components::slot::Slot;
use crate::hooks::use_desk;
use crate::state::judging::applies;
use crate::state::steps::signature_slot;
use crate::text::t;

/// What a step is given.
#[derive(Clone, PartialEq, Properties)]
pub struct StepProps {
    /// What the steps share.
    pub work: Work,
}

/// The papers.
#[component]
pub fn MaterialsStep(props: &StepProps) -> Html {
    let desk = use_desk();
    let unit = desk.session.desk.unit.as_ref().map(|unit| &unit.code);
    let case = &props.work.filling.case;
    let asked = case.item.materials.iter();
    let asked =
        asked.filter(|slot| slot.origin != MaterialOrigin::Generated && slot.necessity != Necessity::Shared);
    let asked = asked.filter(|slot| applies(slot, case, &props.work.filling.sheet.values, unit));
    let shared: Vec<_> =
        case.item.materials.iter().filter(|slot| slot.necessity == Necessity::Shared).collect();
    html! {
        <section class="form-page" aria-labelledby="page-title">
            <h2 id="page-title">{ t("step-materials") }</h2>
            <p class="page-words">{ t("materials-words") }</p>
            { for asked.map(|slot| {
                let files: Vec<_> = case.materials.iter().filter(|file| file.slot == slot.key).cloned().collect();
                let point = case.corrections.iter().find(|point| point.slot.as_ref() == Some(&slot.key));
                html! {
                    <Slot key={slot.key.clone()} case={case.case} slot={slot.clone()} {files}
                        correction={point.map(|point| point.reason.clone())} onchange={props.work.onchange.clone()} />
                }
            }) }
            if !shared.is_empty() {
                <p class="page-words">{ t("materials-shared") }{ " " }
                    { shared.iter().map(|slot| slot.name.clone()).collect::<Vec<_>>().join(", ") }</p>
            }
        </section>
    }
}

/// Signing on the screen.
#[component]
pub fn SignatureStep(props: &StepProps) -> Html {
    let case = &props.work.filling.case;
    let key = signature_slot(&case.item).unwrap_or_default();
    let there = case.materials.iter().find(|file| file.slot == key).cloned();
    let drawn = there.as_ref().map(|file| file.file.clone()).unwrap_or_default();
    html! {
        <section class="form-page" aria-labelledby="page-title">
            <h2 id="page-title">{ t("step-signature") }</h2>
            <p class="page-words is-large">{ t("signature-words") }</p>
            <Signature key={drawn} case={case.case} {there}
                onchange={props.work.onchange.clone()} />
        </section>
    }
}
