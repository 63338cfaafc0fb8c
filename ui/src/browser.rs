//! Small things the window asks of the web view it runs in: the clock, random numbers, focus, files, printing.

use domain::id::RowId;
use js_sys::{Array, Date, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, Document, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition, Url, Window,
};

/// What takes an answer on a page of a form.
const FIELDS: &str = "[data-field]:not([disabled]):not([readonly])";

/// The window.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The page.
pub fn document() -> Option<Document> {
    window()?.document()
}

/// A fresh request id: repeating a question with the same one is harmless.
pub fn request_id() -> String {
    let mut bytes = [0u8; 16];
    let filled = window().and_then(|window| window.crypto().ok());
    if let Some(crypto) = filled {
        let _left_zero = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    RowId(uuid::Builder::from_random_bytes(bytes).into_uuid()).to_string()
}

/// Milliseconds since 1970 UTC by this machine's clock; for display only.
pub fn now() -> i64 {
    Date::now() as i64
}

/// A local date and time taken apart: year, month, day, hour, minute.
pub fn local(at: i64) -> [u32; 5] {
    let date = Date::new(&JsValue::from_f64(at as f64));
    [date.get_full_year(), date.get_month() + 1, date.get_date(), date.get_hours(), date.get_minutes()]
}

/// Puts the keyboard on the element of that id and brings it into sight.
pub fn focus(id: &str) -> bool {
    let Some(element) = document().and_then(|document| document.get_element_by_id(id)) else { return false };
    let sight = ScrollIntoViewOptions::new();
    sight.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&sight);
    element.dyn_into::<HtmlElement>().is_ok_and(|element| element.focus().is_ok())
}

/// Brings the element of that id into sight, no further than needed.
pub fn bring_near(id: &str) {
    let Some(element) = document().and_then(|document| document.get_element_by_id(id)) else { return };
    let sight = ScrollIntoViewOptions::new();
    sight.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&sight);
}

/// Whether the keyboard stands on nothing, because what it stood on went away.
pub fn focus_lost() -> bool {
    let Some(document) = document() else { return false };
    document.active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Puts the keyboard on the first question of the page.
pub fn focus_first() -> bool {
    scroll_up();
    let first = document().and_then(|document| document.query_selector(FIELDS).ok().flatten());
    let first = first.and_then(|element| element.dyn_into::<HtmlElement>().ok());
    first.is_some_and(|first| first.focus().is_ok())
}

/// Shows the beginning of the screen.
pub fn scroll_up() {
    if let Some(screen) = document().and_then(|document| document.get_element_by_id("screen-scroll")) {
        screen.set_scroll_top(0);
    }
}

/// Presses the button of that id, as a click would.
pub fn press(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(button) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// Puts the keyboard on the next field below `id` that takes typing or choosing; false when it was the last.
pub fn focus_next(id: &str) -> bool {
    let Some(document) = document() else { return false };
    let Ok(fields) = document.query_selector_all(FIELDS) else { return false };
    let mut fields = (0..fields.length())
        .filter_map(|place| fields.get(place))
        .filter_map(|node| node.dyn_into::<HtmlElement>().ok());
    let group = |element: &HtmlElement| element.get_attribute("data-field");
    let Some(here) = fields.by_ref().find(|field| field.id() == id) else { return false };
    fields.find(|field| group(field) != group(&here)).is_some_and(|next| focus(&next.id()))
}

/// An address under which these bytes can be shown; give it back with [`forget`].
pub fn show(bytes: &[u8], mime: &str) -> Option<String> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

/// Gives an address of [`show`] back.
pub fn forget(address: &str) {
    let _gone = Url::revoke_object_url(address);
}

/// Hands bytes to the browser as a file to keep; it asks where to, or lays it where downloads go.
pub fn save(bytes: &[u8], name: &str) -> bool {
    let Some(address) = show(bytes, "application/octet-stream") else { return false };
    let link = document().and_then(|document| document.create_element("a").ok());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else { return false };
    let named = link.set_attribute("href", &address).and_then(|()| link.set_attribute("download", name));
    link.click();
    // The browser takes its copy a moment later.
    gloo_timers::callback::Timeout::new(60_000, move || forget(&address)).forget();
    named.is_ok()
}

/// Shuts a list that was opened.
pub fn fold(id: &str) {
    if let Some(list) = document().and_then(|document| document.get_element_by_id(id)) {
        let _was_shut = list.remove_attribute("open");
    }
}

/// Prints what is on the screen.
pub fn print() {
    if let Some(window) = window() {
        let _refused = window.print();
    }
}

/// Sets size, contrast and language of the whole page.
pub fn dress(settings: &ipc::account::Settings) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    let base = if settings.large_text { 20.0 } else { 16.0 };
    let size = base * f64::from(settings.zoom.clamp(80, 200)) / 100.0;
    let contrast = if settings.high_contrast { "high" } else { "normal" };
    let _unset = root.set_attribute("data-contrast", contrast);
    let _unset = root.set_attribute("lang", &settings.language);
    if let Some(root) = root.dyn_ref::<HtmlElement>() {
        let _unset = root.style().set_property("font-size", &format!("{size}px"));
    }
}
