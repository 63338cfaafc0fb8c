//! Browser mode: the same desk behind HTTP on this machine only, with a key that never leaves this page's memory.

use ipc::problem::{self, Problem};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use super::{ARGS_HEADER, as_json, inside, packed};

/// An opened way to the desk.
pub struct Link {
    key: String,
}

/// What the page gives to get its key.
#[derive(serde::Serialize)]
struct Nonce<'a> {
    nonce: &'a str,
}

/// The key.
#[derive(serde::Deserialize)]
struct Key {
    token: String,
}

impl Link {
    /// Exchanges the one-use word in the address for the key and clears it from the address.
    ///
    /// # Errors
    /// `locked` when there is no such word or it was used before.
    pub async fn open() -> Result<Link, Problem> {
        let window = web_sys::window().ok_or_else(|| inside("window"))?;
        let hash = window.location().hash().unwrap_or_default();
        let word = hash.trim_start_matches('#').trim_start_matches("nonce=");
        if word.is_empty() || word.starts_with('/') {
            return Err(Problem::new(NO_KEY));
        }
        let body = serde_json::to_string(&Nonce { nonce: word }).map_err(inside)?;
        // Leaves no trace in the history, so that going back never shows a used word.
        if let Ok(history) = window.history() {
            let _shown_differently = history.replace_state_with_url(&JsValue::NULL, "", Some("#/"));
        }
        let response = post("/token", None, &[], &JsValue::from_str(&body)).await?;
        let answer = text(&response).await?;
        if !response.ok() {
            return Err(Problem::new(NO_KEY));
        }
        let key: Key = serde_json::from_str(&answer).map_err(inside)?;
        Ok(Link { key: key.token })
    }

    /// Asks; the reply is JSON text.
    pub async fn call(&self, name: &str, args: String) -> Result<String, Problem> {
        let response = self.ask(&format!("/call/{name}"), &[], &args.into()).await?;
        text(&response).await
    }

    /// Hands bytes over, raw.
    pub async fn put(&self, name: &str, args: &str, bytes: &[u8]) -> Result<String, Problem> {
        let headers = [(ARGS_HEADER, packed(args))];
        let response = self.ask(&format!("/put/{name}"), &headers, &Uint8Array::from(bytes).into()).await?;
        text(&response).await
    }

    /// Fetches bytes.
    pub async fn get(&self, name: &str, args: String) -> Result<Vec<u8>, Problem> {
        let response = self.ask(&format!("/get/{name}"), &[], &args.into()).await?;
        let body = response.array_buffer().map_err(|_| inside("body"))?;
        let body = JsFuture::from(body).await.map_err(|_| inside("body"))?;
        Ok(Uint8Array::new(&body.unchecked_into::<ArrayBuffer>()).to_vec())
    }

    async fn ask(&self, path: &str, headers: &[(&str, String)], body: &JsValue) -> Result<Response, Problem> {
        let response = post(path, Some(&self.key), headers, body).await?;
        if response.ok() {
            return Ok(response);
        }
        let told = text(&response).await?;
        Err(serde_json::from_str(&told).unwrap_or_else(|_| inside(response.status())))
    }
}

/// The page has no key: it must be opened from the program again. Known to the window only.
pub const NO_KEY: &str = "no_key";

async fn post(
    path: &str,
    key: Option<&str>,
    more: &[(&str, String)],
    body: &JsValue,
) -> Result<Response, Problem> {
    let window = web_sys::window().ok_or_else(|| inside("window"))?;
    let headers = Headers::new().map_err(|_| inside("headers"))?;
    let kind = if body.is_string() { "application/json" } else { "application/octet-stream" };
    let mut set = vec![("content-type", kind.to_owned())];
    set.extend(key.map(|key| ("authorization", format!("Bearer {key}"))));
    set.extend(more.iter().cloned());
    for (name, value) in set {
        headers.set(name, &value).map_err(|_| inside("headers"))?;
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(body);
    let response = JsFuture::from(window.fetch_with_str_and_init(path, &request)).await;
    let response = response.map_err(|_| Problem::new(DESK_GONE))?;
    response.dyn_into().map_err(|_| Problem::new(problem::INTERNAL))
}

/// The program behind the page was closed. Known to the window only.
pub const DESK_GONE: &str = "desk_gone";

async fn text(response: &Response) -> Result<String, Problem> {
    let body = response.text().map_err(|_| inside("body"))?;
    let body = JsFuture::from(body).await.map_err(|_| Problem::new(DESK_GONE))?;
    as_json(&body)
}
