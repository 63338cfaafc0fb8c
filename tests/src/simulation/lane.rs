//! One desk's way onto the road. A request may go ahead part by part: it is the road's only when the last part came.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use sync::client::{Carried, Carrier, LinkError};

use super::road::{Passed, Road};

/// One desk's way onto the road.
pub struct Lane {
    /// Which desk.
    pub desk: usize,
    /// The road.
    pub road: Arc<Road>,
    /// Whether requests may go ahead of the answer to the one before.
    pub parts: bool,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lane({})", self.desk)
    }
}

impl Carrier for Lane {
    fn carry(&self, certificate: &[u8], mut request: reqwest::Request) -> Carried {
        let mut passed = Passed {
            path: request.url().path().to_owned(),
            method: request.method().clone(),
            headers: request.headers().clone(),
            certificate: certificate.to_vec(),
            body: Bytes::new(),
            in_parts: false,
        };
        let (road, desk, parts) = (self.road.clone(), self.desk, self.parts);
        let body = request.body_mut().take();
        Box::pin(async move {
            if let Some(body) = body {
                match body.as_bytes() {
                    Some(whole) => passed.body = Bytes::copy_from_slice(whole),
                    None => passed = Ahead::of(&road, passed).whole(body).await?,
                }
            }
            if parts {
                quiet().await;
            }
            road.carry(desk, passed).await
        })
    }

    fn takes_parts(&self) -> bool {
        self.parts
    }
}

/// While a request leaves, the desk may get the next one ready. Only when it has done so is the county at work: two machines
/// never are at the same time, and the same life always takes the same course.
async fn quiet() {
    tokio::task::yield_now().await;
    // There is one helper: what the desk gave it to do before this is done.
    let _done = tokio::task::spawn_blocking(|| ()).await;
    tokio::task::yield_now().await;
}

/// A request of which the first part is on its way.
struct Ahead {
    road: Arc<Road>,
    passed: Option<Passed>,
}

impl Ahead {
    fn of(road: &Arc<Road>, passed: Passed) -> Ahead {
        Ahead { road: road.clone(), passed: Some(Passed { in_parts: true, ..passed }) }
    }

    /// Waits for the parts that follow.
    async fn whole(mut self, body: reqwest::Body) -> Result<Passed, LinkError> {
        let mut parts = Body::new(body).into_data_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| LinkError::NoLink)?;
            if let Some(passed) = &mut self.passed {
                passed.body = [passed.body.as_ref(), part.as_ref()].concat().into();
            }
        }
        self.passed.take().ok_or(LinkError::NoLink)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Some(passed) = self.passed.take().filter(|passed| !passed.body.is_empty()) {
            self.road.broke_off(passed);
        }
    }
}
