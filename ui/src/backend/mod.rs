//! The one way from the window to the desk: the shell's bridge, or loopback HTTP in browser mode.

mod http;
mod tauri;

use std::rc::Rc;

use ipc::problem::{self, Problem};
use ipc::{Command, Download, Upload};
use js_sys::{ArrayBuffer, JSON, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A desk that can be asked.
#[derive(Clone)]
pub enum Backend {
    /// The desktop shell.
    Tauri,
    /// Browser mode: the desk behind loopback HTTP.
    Http(Rc<http::Link>),
}

impl PartialEq for Backend {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Backend::Tauri, Backend::Tauri) => true,
            (Backend::Http(a), Backend::Http(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Backend {
    /// Finds the desk this window belongs to.
    ///
    /// # Errors
    /// `locked` when browser mode was opened without its one-use address, or the address was used before.
    pub async fn find() -> Result<Backend, Problem> {
        if tauri::bridge().is_some() {
            return Ok(Backend::Tauri);
        }
        http::Link::open().await.map(|link| Backend::Http(Rc::new(link)))
    }

    /// Asks a question.
    ///
    /// # Errors
    /// The desk's problem, or `internal` when the desk cannot be reached.
    pub async fn call<C: Command>(&self, question: C) -> Result<C::Reply, Problem> {
        let args = serde_json::to_string(&question).map_err(inside)?;
        let reply = match self {
            Backend::Tauri => tauri::call(C::NAME, &args).await?,
            Backend::Http(link) => link.call(C::NAME, args).await?,
        };
        serde_json::from_str(&reply).map_err(inside)
    }

    /// Hands bytes over.
    ///
    /// # Errors
    /// As [`Backend::call`].
    pub async fn put<U: Upload>(&self, question: U, bytes: Vec<u8>) -> Result<U::Reply, Problem> {
        let args = serde_json::to_string(&question).map_err(inside)?;
        let reply = match self {
            Backend::Tauri => tauri::put(U::NAME, &args, &bytes).await?,
            Backend::Http(link) => link.put(U::NAME, &args, &bytes).await?,
        };
        serde_json::from_str(&reply).map_err(inside)
    }

    /// Fetches bytes.
    ///
    /// # Errors
    /// As [`Backend::call`].
    pub async fn get<D: Download>(&self, question: D) -> Result<Vec<u8>, Problem> {
        let args = serde_json::to_string(&question).map_err(inside)?;
        match self {
            Backend::Tauri => tauri::get(D::NAME, &args).await,
            Backend::Http(link) => link.get(D::NAME, args).await,
        }
    }

    /// Fetches bytes and saves them as a file where the person says; answers whether they did.
    ///
    /// # Errors
    /// As [`Backend::call`]; in the shell also when the file cannot be written.
    pub async fn save<D: Download>(&self, question: D, name: &str) -> Result<bool, Problem> {
        if *self == Backend::Tauri {
            let args = serde_json::to_value(&question).map_err(inside)?;
            let asked = serde_json::json!({ "command": D::NAME, "args": args, "name": name });
            return serde_json::from_str(&tauri::call(SAVE, &asked.to_string()).await?).map_err(inside);
        }
        let bytes = self.get(question).await?;
        Ok(crate::browser::save(&bytes, name))
    }
}

/// The shell's own command: asks the person for a place and writes there what a download answers.
const SAVE: &str = "save_download";

/// The header that carries an upload's particulars: JSON in base64, because file names are Chinese.
const ARGS_HEADER: &str = "x-daiban-args";

fn packed(args: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(args)
}

fn inside(error: impl std::fmt::Display) -> Problem {
    Problem::new(problem::INTERNAL).with("detail", error)
}

/// A reply as JSON text, whether it came as an object, as text or as bytes of text.
fn as_json(value: &JsValue) -> Result<String, Problem> {
    if let Some(text) = value.as_string() {
        return Ok(text);
    }
    if value.has_type::<ArrayBuffer>() {
        return String::from_utf8(Uint8Array::new(value).to_vec()).map_err(inside);
    }
    JSON::stringify(value).map(String::from).map_err(|_| inside("reply"))
}

/// A refusal as a problem; one that is none of ours becomes `internal`.
fn as_problem(value: &JsValue) -> Problem {
    let told = as_json(value).ok().and_then(|text| serde_json::from_str(&text).ok());
    told.unwrap_or_else(|| inside("bridge"))
}
