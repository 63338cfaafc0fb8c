//! What browser mode answers: the window's files, the exchange of the one-use word, and the desk's commands.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use ipc::problem::{self, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use crate::dispatch;

/// Largest question without bytes.
const CALL_LIMIT: usize = 2 * 1024 * 1024;
/// Largest file brought along; the desk has its own, lower limits with sentences of their own.
const PUT_LIMIT: usize = 40 * 1024 * 1024;
/// Header of a `put`: its arguments as base64 of JSON.
const ARGS: &str = "x-daiban-args";
/// Where the page may load from: here, and nothing written into the page runs.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; \
    frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn router(state: Arc<State>) -> Router {
    let questions = Router::new()
        .route("/call/{command}", post(call).layer(DefaultBodyLimit::max(CALL_LIMIT)))
        .route("/put/{command}", post(put).layer(DefaultBodyLimit::max(PUT_LIMIT)))
        .route("/get/{command}", post(fetch).layer(DefaultBodyLimit::max(CALL_LIMIT)))
        .layer(middleware::from_fn_with_state(state.clone(), token_known));
    Router::new()
        .merge(questions)
        .route("/token", post(token).layer(DefaultBodyLimit::max(1024)))
        .fallback(get(file))
        .layer(middleware::from_fn_with_state(state.clone(), from_here))
        .layer(middleware::from_fn(hardened))
        .with_state(state)
}

/// Only this machine, under our own name, from our own page.
async fn from_here(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let peer_is_here = request
        .extensions()
        .get::<ConnectInfo<std::net::SocketAddr>>()
        .is_some_and(|ConnectInfo(peer)| peer.ip().is_loopback());
    let headers = request.headers();
    let names = [state.address.to_string(), format!("localhost:{}", state.address.port())];
    let host_is_ours = text(headers, &header::HOST).is_some_and(|host| names.iter().any(|name| name == host));
    let origin_is_ours = match text(headers, &header::ORIGIN) {
        Some(origin) => names.iter().any(|name| origin.strip_prefix("http://") == Some(name)),
        // Navigations carry no origin; everything that asks the desk something must.
        None => request.method() == Method::GET,
    };
    if peer_is_here && host_is_ours && origin_is_ours {
        next.run(request).await
    } else {
        refused(StatusCode::FORBIDDEN, &Problem::new(problem::NOT_ALLOWED))
    }
}

async fn token_known(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let bearer =
        text(request.headers(), &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if !bearer.is_some_and(|token| state.door.knows(token)) {
        return refused(StatusCode::UNAUTHORIZED, &Problem::new(problem::NOT_ALLOWED));
    }
    if request.uri().path() != "/call/watch" {
        state.door.used();
    }
    next.run(request).await
}

async fn hardened(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The one-use word of the entrance file.
#[derive(Deserialize)]
struct Word {
    nonce: String,
}

/// The token to be sent as `Authorization: Bearer …`.
#[derive(Serialize)]
struct Token {
    token: String,
}

async fn token(Shared(state): Shared<Arc<State>>, Json(word): Json<Word>) -> Response {
    match state.door.enter(&word.nonce) {
        Ok(token) => Json(Token { token }).into_response(),
        Err(problem) => refused(StatusCode::UNAUTHORIZED, &problem),
    }
}

async fn call(
    Shared(state): Shared<Arc<State>>,
    Path(command): Path<String>,
    Json(args): Json<Value>,
) -> Response {
    answer(dispatch::call(&state.desk, &command, args).await)
}

async fn put(
    Shared(state): Shared<Arc<State>>,
    Path(command): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let args = headers
        .get(ARGS)
        .and_then(|value| base64::engine::general_purpose::STANDARD.decode(value.as_bytes()).ok())
        .and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let Some(args) = args else {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, &Problem::new(problem::BAD_QUESTION));
    };
    answer(dispatch::put(&state.desk, &command, args, body.into()).await)
}

async fn fetch(
    Shared(state): Shared<Arc<State>>,
    Path(command): Path<String>,
    Json(args): Json<Value>,
) -> Response {
    match dispatch::get(&state.desk, &command, args).await {
        Ok(found) => ([(header::CONTENT_TYPE, found.mime)], found.body).into_response(),
        Err(problem) => refused(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

async fn file(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    match state.files.get(request.uri().path()) {
        Some(page) => ([(header::CONTENT_TYPE, page.mime)], page.body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(result: Result<Value, Problem>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(problem) => refused(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

fn refused(status: StatusCode, problem: &Problem) -> Response {
    (status, Json(problem)).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
