//! How the window looks for this person: size, contrast, language.

use ipc::account::{Settings, SettingsPut};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::enrol::EnrolForm;
use super::password::PasswordCard;
use crate::hooks::use_desk;
use crate::kit::{Press, Screen};
use crate::state::session::News;
use crate::text::{t, tr};

/// Sizes on offer, in percent.
const ZOOMS: [u16; 7] = [80, 90, 100, 125, 150, 175, 200];

/// The screen.
#[component]
pub fn SettingsPage() -> Html {
    let desk = use_desk();
    let settings = desk.session.desk.settings.clone();
    let put = {
        let desk = desk.clone();
        move |settings: Settings| {
            // Seen at once; the desk remembers it for the next time.
            desk.session.dispatch(News::Settings(settings.clone()));
            desk.ask(SettingsPut { settings }, |_| {});
        }
    };
    let zoom = |percent: u16| {
        let (put, settings) = (put.clone(), settings.clone());
        Callback::from(move |_: Event| put(Settings { zoom: percent, ..settings.clone() }))
    };
    let speak = |tag: &'static str| {
        let (put, settings) = (put.clone(), settings.clone());
        Callback::from(move |_: Event| put(Settings { language: tag.to_owned(), ..settings.clone() }))
    };
    let switch = |edit: fn(&mut Settings, bool)| {
        let (put, settings) = (put.clone(), settings.clone());
        Callback::from(move |event: Event| {
            let mut next = settings.clone();
            edit(&mut next, event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked()));
            put(next);
        })
    };
    let radio = |name: &'static str, on: bool, label: String, onchange: Callback<Event>| {
        html! { <label class={classes!("choice", on.then_some("is-on"))}><input type="radio" {name} checked={on} {onchange} /><span>{ label }</span></label> }
    };
    let tick = |on: bool, label: &str, onchange: Callback<Event>| {
        html! { <label class={classes!("choice", "is-whole", on.then_some("is-on"))}><input type="checkbox" checked={on} {onchange} /><span>{ t(label) }</span></label> }
    };
    let release = desk.session.desk.catalogue_release;
    let adding = use_state(|| false);
    let add = {
        let adding = adding.clone();
        Callback::from(move |()| adding.set(!*adding))
    };
    let ondone = {
        let (adding, desk) = (adding.setter(), desk.clone());
        Callback::from(move |()| {
            adding.set(false);
            desk.say(t("settings-person-added"));
        })
    };
    html! {
        <Screen title={t("settings-title")} class="settings">
            <fieldset class="question card">
                <legend>{ t("settings-zoom") }</legend>
                <div class="choices">{ for ZOOMS.iter().map(|percent| radio("zoom", settings.zoom == *percent, format!("{percent}%"), zoom(*percent))) }</div>
            </fieldset>
            <fieldset class="question card">
                <legend>{ t("settings-sight") }</legend>
                { tick(settings.large_text, "settings-large", switch(|settings, on| settings.large_text = on)) }
                { tick(settings.high_contrast, "settings-contrast", switch(|settings, on| settings.high_contrast = on)) }
            </fieldset>
            <fieldset class="question card">
                <legend>{ t("settings-language") }</legend>
                <div class="choices">
                    { radio("language", settings.language != "en", t("language-zh"), speak("zh-CN")) }
                    { radio("language", settings.language == "en", t("language-en"), speak("en")) }
                </div>
            </fieldset>
            <PasswordCard />
            <section class="card">
                <h2>{ t("settings-people") }</h2>
                <p class="question-help">{ t("settings-people-words") }</p>
                <Press id="add-person" label={t("settings-add-person")} onpress={add} />
                if *adding {
                    <EnrolForm class="settings-enrol" heading={html! {}} {ondone} />
                }
            </section>
            <section class="card">
                <h2>{ t("settings-desk") }</h2>
                <dl class="facts">
                    <div><dt>{ t("settings-version") }</dt><dd>{ env!("CARGO_PKG_VERSION") }</dd></div>
                    if let Some(release) = release {
                        <div><dt>{ t("settings-release") }</dt><dd>{ tr("unlock-release", &[("number", &release)]) }</dd></div>
                    }
                    if let Some(id) = desk.session.desk.desk {
                        <div><dt>{ t("settings-desk-id") }</dt><dd class="is-number">{ id.to_string() }</dd></div>
                    }
                </dl>
            </section>
        </Screen>
    }
}
