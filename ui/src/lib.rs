//! The window: what village agents, township clerks and the county see and touch.
//!
//! Nothing is decided or stored here. The window asks the desk ([`backend`]), computes what a form demands with the
//! same rules as everybody else (`domain`), and shows it. Screens are in [`pages`], what several of them share in
//! [`components`], every PatternFly element behind [`kit`], every sentence in `i18n/`.

pub mod app;
pub mod backend;
pub mod browser;
pub mod components;
pub mod hooks;
pub mod kit;
pub mod pages;
pub mod route;
pub mod state;
pub mod text;

use wasm_bindgen::prelude::wasm_bindgen;

/// Opens the window. Called once by the start script.
#[wasm_bindgen(start)]
pub fn start() {
    kit::files::keep_beside();
    yew::Renderer::<app::App>::new().render();
}
