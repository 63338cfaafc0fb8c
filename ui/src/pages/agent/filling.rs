//! Filling a case from the first question to handing it in: pages, papers, signature, last look.

use std::rc::Rc;

use domain::answer::FieldPath;
use domain::catalogue::RuleLevel;
use domain::eligibility::Verdict;
use domain::form::{Filled, FormLogic};
use domain::id::CaseId;
use gloo_timers::callback::Timeout;
use ipc::case::{CaseOpen, CaseView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::around::{Corrections, Safeness, Way, aside};
use super::check::CheckStep;
use super::form_page::FormPage;
use super::keeping::{saver, use_keeping};
use super::materials::{MaterialsStep, SignatureStep};
use super::points::spot_of;
use super::renewal::NewerForm;
use crate::browser;
use crate::components::unsaved::UnsavedList;
use crate::components::{field, slot};
use crate::hooks::{Desk, use_desk, use_query};
use crate::kit::{Glyph, Loaded, Press, Screen, Weight};
use crate::route::{CaseKey, Route, Spot};
use crate::state::filling::{Event, Filling};
use crate::state::judging::eligibility;
use crate::state::sheet::{first_wrong, page_of};
use crate::state::steps::{self, Step};
use crate::text::t;

/// How long after a key the form is worked out, in milliseconds; typing itself never waits for it.
const COMPUTE_AFTER: u32 = 60;

/// What the screen is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FillingPageProps {
    /// The case.
    pub case: CaseId,
}

/// The screen: fetches the case, and again when somebody else touched it.
#[component]
pub fn FillingPage(props: &FillingPageProps) -> Html {
    let desk = use_desk();
    // A newer catalogue may bring a newer form.
    let turn =
        crate::hooks::use_touched(props.case) + desk.session.desk.catalogue_release.unwrap_or_default();
    let opened = use_query(CaseOpen { case: props.case }, turn);
    match opened.data {
        Some(case) if case.may_write => {
            html! { <Form {case} key={desk.session.desk.settings.language.clone()} /> }
        }
        Some(case) => html! { <Redirect<Route> to={Route::Case { case: CaseKey(case.case) }} /> },
        None => html! { <Loaded problem={opened.problem} /> },
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FormProps {
    case: Rc<CaseView>,
}

/// What the steps share.
#[derive(Clone, PartialEq)]
pub struct Work {
    /// The form being filled.
    pub filling: UseReducerHandle<Filling>,
    /// Where the case stands after a change of papers.
    pub onchange: Callback<CaseView>,
    /// Opens a step.
    pub go: Callback<Spot>,
}

#[component]
fn Form(props: &FormProps) -> Html {
    let desk = use_desk();
    let filling = {
        let case = props.case.clone();
        use_reducer(move || Filling::new(case))
    };
    let latest = use_mut_ref(|| (*filling).clone());
    *latest.borrow_mut() = (*filling).clone();
    {
        let filling = filling.dispatcher();
        use_effect_with(props.case.clone(), move |case| {
            filling.dispatch(Event::Recorded(case.clone(), Vec::new()))
        });
    }
    use_rules(&filling);
    use_keeping(&desk, &filling, latest.clone());

    let case = filling.case.clone();
    let item = &case.item;
    let navigator = use_navigator();
    let told = use_location().and_then(|location| location.query::<Spot>().ok());
    // Whoever opens a case that came back stands on the first thing to correct.
    let spot = told
        .filter(|spot| *spot != Spot::default())
        .or_else(|| case.corrections.first().map(|point| spot_of(point, &case)))
        .unwrap_or_default();
    let pages_shown = |page: usize| {
        let name = item.form.pages.get(page).map_or("", |page| page.name.as_str());
        !filling.sheet.hidden_pages.contains(name)
    };
    let all = steps::all(item, pages_shown);
    let step = current(&spot, &case, &all);
    let place = all.iter().position(|one| *one == step).unwrap_or_default();
    use_arrival(&spot, &step);

    let go = {
        let (case, save) = (case.case, saver(&desk, &filling, latest.clone()));
        Callback::from(move |spot: Spot| {
            save.emit(());
            if let Some(navigator) = &navigator {
                let _kept_simple = navigator.push_with_query(&Route::Form { case: CaseKey(case) }, spot);
            }
        })
    };
    let turn_to = {
        let (go, case, all, filling) = (go.clone(), case.clone(), all.clone(), filling.dispatcher());
        Callback::from(move |place: usize| {
            if let Some(step) = all.get(place) {
                filling.dispatch(Event::Turned);
                go.emit(Spot { step: Some(step.name(&case.item)), ..Spot::default() });
            }
        })
    };
    let wrong = match &step {
        Step::Page(page) => {
            let page = item.form.pages.get(*page);
            page.and_then(|page| first_wrong(&filling.sheet, page, &filling.answers()))
        }
        _ => None,
    };
    let decide = {
        let (turn_to, filling, wrong) = (turn_to.clone(), filling.clone(), wrong.clone());
        Callback::from(move |()| match &wrong {
            // Shown once with the keyboard on it; going on in spite of it is allowed, the last look lists it again.
            Some(path) if !filling.pressed => {
                filling.dispatch(Event::Pressed);
                browser::focus(&field::element_id(path));
            }
            _ => turn_to.emit(place + 1),
        })
    };
    let onward = use_once_judged(&filling, decide);
    let back = {
        let turn_to = turn_to.clone();
        Callback::from(move |()| turn_to.emit(place.saturating_sub(1)))
    };
    let onchange = {
        let (filling, desk) = (filling.dispatcher(), desk.clone());
        Callback::from(move |view: CaseView| {
            filling.dispatch(Event::Recorded(Rc::new(view), Vec::new()));
            desk.changed();
        })
    };
    let work = Work { filling: filling.clone(), onchange: onchange.clone(), go: go.clone() };
    let bar = html! {
        <>
            <Safeness safety={filling.safety.clone()} />
            if place > 0 {
                <Press label={t("step-back")} glyph={Glyph::Back} onpress={back.clone()} />
            }
            <Press id="next" label={t(if wrong.is_some() && filling.pressed { "step-later" } else { "step-next" })}
                weight={Weight::Primary} onpress={onward.clone()} />
        </>
    };
    let way = html! {
        <div class="steps">
            <Way {all} {place} case={case.clone()} ongo={turn_to} />
            { hint(&desk, &filling) }
        </div>
    };
    let corrections = html! {
        <>
            <UnsavedList view={case.clone()} onchange={onchange} />
            if let Some(newer) = case.newer {
                <NewerForm case={case.clone()} {newer} />
            }
            <Corrections case={case.clone()} {go} />
        </>
    };
    let content = match &step {
        Step::Page(page) => html! { <FormPage work={work.clone()} page={*page} onlast={onward} /> },
        Step::Materials => html! { <MaterialsStep work={work.clone()} /> },
        Step::Signature => html! { <SignatureStep work={work.clone()} /> },
        // The last look brings its own bar: what it offers depends on what it finds.
        Step::Check => return html! { <CheckStep {work} {way} onback={back} /> },
    };
    html! {
        <Screen title={item.name.clone()} aside={aside(&desk, &case)} {bar} class="is-filling">
            <div class="filling">{ way }<div class="filling-page">{ corrections }{ content }</div></div>
        </Screen>
    }
}

/// Said while filling as soon as a rule is known not to hold, so that nobody collects papers in vain.
fn hint(desk: &Desk, filling: &Filling) -> Html {
    let unit = desk.session.desk.unit.as_ref().map(|unit| &unit.code);
    let Some(judged) = eligibility(filling, unit).filter(|judged| judged.verdict == Verdict::No) else {
        return html! {};
    };
    let failed =
        judged.rules.iter().filter(|rule| rule.verdict == Verdict::No && rule.level == RuleLevel::Hard);
    html! {
        <div class="hint tone-signal" role="status">
            <p class="hint-title">{ Glyph::Wrong.show() }{ t("eligible-no") }</p>
            { for failed.map(|rule| html! { <p>{ &rule.message }</p> }) }
        </div>
    }
}

/// The step to stand on: where the spot leads, else the beginning.
fn current(spot: &Spot, case: &CaseView, all: &[Step]) -> Step {
    let named = spot
        .step
        .as_deref()
        .and_then(|name| Step::from_name(name, &case.item))
        .filter(|step| all.contains(step));
    let pointed = || {
        spot.field
            .as_ref()
            .and_then(|field| field.parse().ok())
            .and_then(|field| page_of(&case.item.form, &field))
    };
    let slot = || spot.slot.is_some().then_some(Step::Materials);
    let begin = || all.first().cloned().unwrap_or(Step::Check);
    named.or_else(|| pointed().map(Step::Page)).or_else(slot).unwrap_or_else(begin)
}

/// Puts the keyboard where one arrives.
#[hook]
fn use_arrival(spot: &Spot, step: &Step) {
    use_effect_with((spot.clone(), step.clone()), |(spot, step)| {
        let (spot, step) = (spot.clone(), step.clone());
        // After the page has been drawn.
        Timeout::new(30, move || {
            let field = spot.field.as_deref().and_then(|field| field.parse::<FieldPath>().ok());
            match (field, spot.slot, step) {
                (Some(path), ..) => {
                    browser::focus(&field::element_id(&path));
                }
                (None, Some(key), _) => {
                    browser::focus(&slot::element_id(&key));
                }
                (None, None, Step::Page(_)) => {
                    browser::focus_first();
                }
                (None, None, _) => browser::scroll_up(),
            }
        })
        .forget();
    });
}

/// Goes on at once, or as soon as the form has seen the last keys: quick hands are never sent back for an answer that
/// is there already.
#[hook]
fn use_once_judged(filling: &UseReducerHandle<Filling>, decide: Callback<()>) -> Callback<()> {
    let asked = use_state(|| false);
    let judged = filling.is_judged();
    {
        let (asked, decide) = (asked.clone(), decide.clone());
        use_effect_with((judged, *asked), move |(judged, on)| {
            if *judged && *on {
                asked.set(false);
                decide.emit(());
            }
        });
    }
    Callback::from(move |()| if judged { decide.emit(()) } else { asked.set(true) })
}

/// Works the form out a moment after each change.
#[hook]
fn use_rules(filling: &UseReducerHandle<Filling>) {
    let engine = use_mut_ref(|| None::<(Rc<CaseView>, Filled)>);
    let state = (**filling).clone();
    let dispatcher = filling.dispatcher();
    use_effect_with((filling.case.clone(), filling.typed.clone()), move |(case, typed)| {
        let (case, typed) = (case.clone(), typed.clone());
        let timer = Timeout::new(COMPUTE_AFTER, move || {
            let mut engine = engine.borrow_mut();
            if !engine.as_ref().is_some_and(|(known, _)| Rc::ptr_eq(known, &case)) {
                let today = case.today.parse().unwrap_or(jiff::civil::Date::constant(1970, 1, 1));
                *engine = Filled::open(&case.item.form, &state.answers(), today)
                    .ok()
                    .map(|form| (case.clone(), form));
            }
            // A form that cannot be opened finds nothing, and holds nobody up.
            let sheet = engine.as_mut().map(|(_, form)| {
                for (field, text) in &typed {
                    // A row that was removed meanwhile has no place any more; its typing counts nothing.
                    let _gone = form.set(field, text);
                }
                form.outcome()
            });
            dispatcher.dispatch(Event::Computed(Rc::new(sheet.unwrap_or_default()), typed));
        });
        move || drop(timer)
    });
}
