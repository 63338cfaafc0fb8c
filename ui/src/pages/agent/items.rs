//! Finding a service item by its characters, pinyin, initials or code.

use ipc::item::{ItemCard, ItemSearch};
use serde::{Deserialize, Serialize};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::browser;
use crate::hooks::{use_desk, use_query};
use crate::kit::{Empty, Glyph, Input, Loaded, Screen, Tag, Tone};
use crate::route::Route;
use crate::text::{t, tr};

/// Words carried over from the first screen, after the `?` of the address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words {
    /// What was typed.
    #[serde(default)]
    pub words: String,
}

/// The screen.
#[component]
pub fn Items() -> Html {
    let desk = use_desk();
    let carried = use_location().and_then(|location| location.query::<Words>().ok()).unwrap_or_default();
    let words = use_state(|| carried.words);
    let marked = use_state(|| 0usize);
    let found = use_query(ItemSearch { words: (*words).clone() }, desk.session.turn);
    let shown = use_mut_ref(|| None);
    if let Some(list) = &found.data {
        *shown.borrow_mut() = Some(list.clone());
    }
    // While the next answer is on its way the last one stays, so that typing does not flicker.
    let list = shown.borrow().clone();
    let navigator = use_navigator();
    let ontype = {
        let (words, marked) = (words.setter(), marked.setter());
        Callback::from(move |text: String| {
            marked.set(0);
            words.set(text);
        })
    };
    let onenter = {
        let (list, marked) = (list.clone(), *marked);
        Callback::from(move |_: String| {
            let code = list.as_ref().and_then(|list| list.items.get(marked)).map(|item| item.code.clone());
            if let (Some(navigator), Some(code)) = (&navigator, code) {
                navigator.push(&Route::Guide { code });
            }
        })
    };
    let onmove = {
        let (marked, count) = (marked.clone(), list.as_ref().map_or(0, |list| list.items.len()));
        Callback::from(move |down: bool| {
            let next =
                if down { (*marked + 1).min(count.saturating_sub(1)) } else { marked.saturating_sub(1) };
            marked.set(next);
        })
    };
    html! {
        <Screen title={t("items-title")} class="items">
            <SearchField words={(*words).clone()} {ontype} {onenter} {onmove} eager=true />
            if let Some(list) = list {
                if list.items.is_empty() {
                    <Empty glyph={Glyph::Search} title={tr("items-none", &[("words", &*words)])} next={t("items-none-next")} />
                }
                <ul class="tiles" aria-live="polite">
                    { for list.items.iter().enumerate().map(|(at, item)| html! {
                        <ItemTile key={item.code.clone()} item={item.clone()} marked={at == *marked && !words.is_empty()} />
                    }) }
                </ul>
            } else {
                <Loaded problem={found.problem} />
            }
        </Screen>
    }
}

/// What the search field is given.
#[derive(Clone, PartialEq, Properties)]
pub struct SearchFieldProps {
    /// What stands in it.
    pub words: AttrValue,
    /// Something was typed.
    pub ontype: Callback<String>,
    /// Enter was pressed.
    pub onenter: Callback<String>,
    /// Up or down (true) was pressed.
    #[prop_or_default]
    pub onmove: Callback<bool>,
    /// Takes the keyboard when it appears.
    #[prop_or_default]
    pub eager: bool,
}

/// The search field; `/` leads to it from anywhere on the screen.
#[component]
pub fn SearchField(props: &SearchFieldProps) -> Html {
    let typed = use_mut_ref(|| props.words.to_string());
    use_slash("search-items");
    let ontype = {
        let (typed, ontype) = (typed.clone(), props.ontype.clone());
        Callback::from(move |text: String| {
            typed.borrow_mut().clone_from(&text);
            ontype.emit(text);
        })
    };
    let onenter = {
        let onenter = props.onenter.clone();
        Callback::from(move |()| onenter.emit(typed.borrow().clone()))
    };
    let onkeydown = {
        let onmove = props.onmove.clone();
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
                event.prevent_default();
                onmove.emit(event.key() == "ArrowDown");
            }
        })
    };
    html! {
        <div class="search" role="search" {onkeydown}>
            { Glyph::Search.show() }
            <Input id="search-items" kind="search" value={props.words.clone()} {ontype} {onenter} eager={props.eager}
                label={t("items-search")} placeholder={t("items-search-example")} class="is-search" />
            <kbd aria-hidden="true">{ "/" }</kbd>
        </div>
    }
}

/// Lets `/` put the keyboard on the element of that id, unless somebody is typing.
#[hook]
pub fn use_slash(id: &'static str) {
    crate::hooks::use_keys(move |key| {
        if key == "/" {
            return browser::focus(id);
        }
        false
    });
}

/// What a tile is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ItemTileProps {
    /// The item.
    pub item: ItemCard,
    /// Whether the keyboard's mark is on it.
    #[prop_or_default]
    pub marked: bool,
}

/// One item in a list.
#[component]
pub fn ItemTile(props: &ItemTileProps) -> Html {
    let item = &props.item;
    html! {
        <li class={classes!("tile", props.marked.then_some("is-marked"))}>
            <Link<Route> to={Route::Guide { code: item.code.clone() }} classes="tile-link">
                <span class="tile-name">{ &item.name }</span>
                <span class="tile-summary">{ &item.summary }</span>
                <span class="tile-facts">
                    if item.village_complete {
                        <Tag word={t("items-village")} glyph={Glyph::Village} tone={Tone::Good} />
                    }
                    <span>{ &item.department }</span>
                    if item.visits > 0 {
                        <span>{ tr("items-visits", &[("count", &item.visits)]) }</span>
                    }
                </span>
            </Link<Route>>
        </li>
    }
}
