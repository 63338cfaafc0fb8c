//! Hands what the window asks to the desk, and the desk's answer back; never looks inside.

use crate::save;
use crate::watchdog::Drawn;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk::{Desk, dispatch};
use ipc::Problem;
use ipc::problem::BAD_QUESTION;
use serde_json::Value;
use std::sync::Arc;
use tauri::http::HeaderMap;
use tauri::ipc::{Invoke, InvokeBody, InvokeResponseBody};
use tauri::{Manager, Wry};

/// Header of an upload: the question as base64 of JSON, as in browser mode; the body is the bytes themselves.
const ARGS: &str = "x-daiban-args";

/// Answers one question of the window, always later and never on the window's own thread. Answers whether the
/// command is ours.
pub fn answer(invoke: Invoke<Wry>) -> bool {
    let Invoke { message, resolver, .. } = invoke;
    let name = message.command().to_owned();
    if !ipc::COMMANDS.contains(&name.as_str()) && name != save::COMMAND {
        return false;
    }
    message.webview_ref().state::<Drawn>().tell();
    let desk = message.webview_ref().state::<Arc<Desk>>().inner().clone();
    let app = message.webview_ref().app_handle().clone();
    let question = question(message.payload(), message.headers());
    resolver.respond_async(async move {
        let reply = match question {
            Ok((args, _)) if name == save::COMMAND => save::save(&app, &desk, args).await.map(saved),
            Ok((args, body)) => ask(&desk, &name, args, body).await,
            Err(problem) => Err(problem),
        };
        reply.map_err(Into::into)
    });
    true
}

/// Parts of a question: its arguments and what was uploaded.
fn question(body: &InvokeBody, headers: &HeaderMap) -> Result<(Value, Option<Vec<u8>>), Problem> {
    match body {
        InvokeBody::Json(args) => Ok((args.clone(), None)),
        InvokeBody::Raw(bytes) => {
            let args = headers
                .get(ARGS)
                .and_then(|value| STANDARD.decode(value.as_bytes()).ok())
                .and_then(|json| serde_json::from_slice(&json).ok())
                .ok_or_else(|| Problem::new(BAD_QUESTION))?;
            Ok((args, Some(bytes.clone())))
        }
    }
}

async fn ask(
    desk: &Arc<Desk>,
    name: &str,
    args: Value,
    body: Option<Vec<u8>>,
) -> Result<InvokeResponseBody, Problem> {
    if ipc::DOWNLOADS.contains(&name) {
        return Ok(InvokeResponseBody::Raw(download(desk, name, args).await?));
    }
    let reply = match body {
        Some(body) => dispatch::put(desk, name, args, body).await?,
        None => dispatch::call(desk, name, args).await?,
    };
    Ok(InvokeResponseBody::Json(reply.to_string()))
}

/// The bytes a download answers.
///
/// # Errors
/// The desk's problem.
pub async fn download(desk: &Arc<Desk>, name: &str, args: Value) -> Result<Vec<u8>, Problem> {
    Ok(dispatch::get(desk, name, args).await?.body)
}

fn saved(saved: bool) -> InvokeResponseBody {
    InvokeResponseBody::Json(saved.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_upload_carries_its_question_in_a_header_whatever_the_script() {
        let mut headers = HeaderMap::new();
        headers.insert(ARGS, STANDARD.encode(r#"{"name":"身份证"}"#).parse().unwrap());
        let (args, body) = question(&InvokeBody::Raw(vec![1, 2]), &headers).unwrap();
        assert_eq!(args, json!({"name": "身份证"}));
        assert_eq!(body, Some(vec![1, 2]));
    }

    #[test]
    fn an_upload_without_a_question_is_refused_with_a_code() {
        let problem = question(&InvokeBody::Raw(vec![1]), &HeaderMap::new()).unwrap_err();
        assert_eq!(problem.code, BAD_QUESTION);
    }

    #[test]
    fn a_plain_question_is_its_own_json() {
        let (args, body) = question(&InvokeBody::Json(json!({"words": "glbt"})), &HeaderMap::new()).unwrap();
        assert_eq!((args, body), (json!({"words": "glbt"}), None));
    }
}
