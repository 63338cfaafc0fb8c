//! What the operator sees: does it live, can it work, and how much it does. Loopback only; no personal data.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{StatusCode, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::blocking;
use crate::county::County;
use crate::database::{index, release};
use crate::error::Error;

/// The counters of this process.
pub struct Pulse {
    handle: PrometheusHandle,
}

impl Pulse {
    /// Starts counting, once per process.
    pub fn start() -> Result<Pulse, Error> {
        static COUNTERS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        let handle = COUNTERS.get_or_init(|| {
            let handle = PrometheusBuilder::new().install_recorder().ok()?;
            metrics::describe_counter!("daiban_items_stored_total", "Items taken in and numbered");
            metrics::describe_counter!("daiban_items_refused_total", "Items refused, by code");
            metrics::describe_counter!("daiban_items_repeated_total", "Items that were there already");
            metrics::describe_counter!("daiban_items_postponed_total", "Items that wait for others");
            metrics::describe_counter!(
                "daiban_chunks_opened_ahead_total",
                "Chunks opened before the rest of their request had come"
            );
            metrics::describe_counter!("daiban_files_total", "Files received whole");
            metrics::describe_counter!("daiban_file_bytes_total", "Bytes of files received");
            metrics::describe_counter!("daiban_requests_refused_total", "Requests refused, by code");
            metrics::describe_counter!(
                "daiban_failures_total",
                "Requests that failed by the county's own fault"
            );
            metrics::describe_gauge!("daiban_last_place", "Last place of the county's order");
            metrics::describe_gauge!("daiban_catalogue_release", "Newest catalogue release");
            metrics::describe_histogram!("daiban_sync_seconds", "Time of one exchange without waiting");
            Some(handle)
        });
        Ok(Pulse { handle: handle.clone().ok_or(Error::Broken("the counters could not be started"))? })
    }
}

impl Pulse {
    /// Folds what was measured since the last look, so that it takes no more memory when nobody looks.
    pub fn keep_small(&self) {
        self.handle.run_upkeep();
    }
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn router(county: Arc<County>, pulse: Arc<Pulse>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(counters))
        .with_state((county, pulse))
}

type Watched = (Arc<County>, Arc<Pulse>);

async fn ready(State((county, _)): State<Watched>) -> Response {
    if county.is_closed() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    let look = blocking(move || county.database.read::<_, Error>(|view| Ok(index::last(view)?)));
    match tokio::time::timeout(Duration::from_secs(5), look).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "slow\n").into_response(),
    }
}

async fn counters(State((county, pulse)): State<Watched>) -> Response {
    let look = blocking(move || {
        county.database.read::<_, Error>(|view| Ok((index::last(view)?, release::newest(view)?)))
    });
    if let Ok((last, release)) = look.await {
        // Gauges are floats; numbers this large would need a century of work.
        metrics::gauge!("daiban_last_place").set(last as f64);
        metrics::gauge!("daiban_catalogue_release").set(release.unwrap_or(0) as f64);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], pulse.handle.render())
        .into_response()
}
