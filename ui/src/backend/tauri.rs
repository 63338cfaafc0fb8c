//! The desktop shell's bridge: it carries questions and bytes to the desk and decides nothing.

use ipc::problem::Problem;
use js_sys::{Array, ArrayBuffer, Function, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{ARGS_HEADER, as_json, as_problem, inside, packed};

/// The shell's `invoke`, if this window runs inside the shell.
pub fn bridge() -> Option<Function> {
    let mut place: JsValue = web_sys::window()?.into();
    for name in ["__TAURI__", "core", "invoke"] {
        place = Reflect::get(&place, &name.into()).ok()?;
        if place.is_undefined() || place.is_null() {
            return None;
        }
    }
    place.dyn_into().ok()
}

/// Asks; the reply is JSON text.
pub async fn call(name: &str, args: &str) -> Result<String, Problem> {
    let args = JSON::parse(args).map_err(|_| inside("question"))?;
    as_json(&invoke(&[name.into(), args]).await?)
}

/// Hands bytes over, raw.
pub async fn put(name: &str, args: &str, bytes: &[u8]) -> Result<String, Problem> {
    let headers = Object::new();
    let options = Object::new();
    let set = |on: &Object, key: &str, value: &JsValue| Reflect::set(on, &key.into(), value);
    set(&headers, ARGS_HEADER, &packed(args).into())
        .and_then(|_| set(&options, "headers", &headers))
        .map_err(|_| inside("headers"))?;
    as_json(&invoke(&[name.into(), Uint8Array::from(bytes).into(), options.into()]).await?)
}

/// Fetches bytes.
pub async fn get(name: &str, args: &str) -> Result<Vec<u8>, Problem> {
    let args = JSON::parse(args).map_err(|_| inside("question"))?;
    let reply = invoke(&[name.into(), args]).await?;
    if reply.has_type::<ArrayBuffer>() || reply.has_type::<Uint8Array>() {
        return Ok(Uint8Array::new(&reply).to_vec());
    }
    Err(inside("bytes expected"))
}

async fn invoke(args: &[JsValue]) -> Result<JsValue, Problem> {
    let bridge = bridge().ok_or_else(|| inside("no bridge"))?;
    let promise: Promise = bridge
        .apply(&JsValue::NULL, &args.iter().collect::<Array>())
        .and_then(JsCast::dyn_into)
        .map_err(|_| inside("bridge"))?;
    JsFuture::from(promise).await.map_err(|refusal| as_problem(&refusal))
}
