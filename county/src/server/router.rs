//! Which address does what, and how large a request to it may be.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::map_request;
use axum::routing::{get, post};
use http::{HeaderValue, header};
use sync::refusal::Code;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutBody;

use super::answer::Refused;
use super::{catalogue, courier, enrolment, exchange, files, publish};
use crate::county::County;

/// Most bytes of an enrolment or renewal.
const SMALL: usize = 64 * 1024;
/// Most bytes of one slice of a file.
const SLICE: usize = 4 * 1024 * 1024;
/// Most bytes of workbooks to be published at once.
const WORKBOOKS: usize = 16 * 1024 * 1024;

/// How long a desk may be silent in the middle of a request. Slowness is normal here, silence is not.
const SILENCE: Duration = Duration::from_secs(90);

async fn impatient(request: Request) -> Request {
    request.map(|body| Body::new(TimeoutBody::new(SILENCE, body)))
}

/// All routes for desks. Every route but enrolment demands the certificate of a desk that was not revoked.
pub fn router(county: Arc<County>) -> Router {
    Router::new()
        .route("/v1/enrol", post(enrolment::enrol).layer(DefaultBodyLimit::max(SMALL)))
        .route("/v1/renew", post(enrolment::renew).layer(DefaultBodyLimit::max(SMALL)))
        .route("/v1/sync", post(exchange::sync))
        .route("/v1/catalogue/metadata/{*path}", get(catalogue::metadata))
        .route("/v1/catalogue/targets/{*path}", get(catalogue::targets))
        .route("/v1/catalogue/publish", post(publish::publish).layer(DefaultBodyLimit::max(WORKBOOKS)))
        .route("/v1/files", post(files::create).options(files::options).layer(DefaultBodyLimit::max(SMALL)))
        .route(
            "/v1/files/{id}",
            axum::routing::head(files::head).patch(files::patch).layer(DefaultBodyLimit::max(SLICE)),
        )
        .route("/v1/files/{case}/{sha256}", get(files::read))
        .route("/v1/courier", post(courier::deliver).layer(DefaultBodyLimit::disable()))
        .route("/v1/courier/{desk}", get(courier::collect))
        .fallback(|| async { Refused::from(Code::NotFound) })
        .layer(map_request(impatient))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request panicked");
            axum::response::IntoResponse::into_response(Refused::from(Code::Internal))
        }))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(county)
}
