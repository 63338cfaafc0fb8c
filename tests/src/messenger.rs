//! A messenger between desks and their county in one process: brings every request and every answer, reads them on the way, and
//! may speak for the county.

use std::fmt::{Debug, Formatter};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use county::County;
use county::server::Peer;
use reqwest::{Request, Response};
use sync::client::{Carried, Carrier, LinkError};
use sync::wire::MEDIA_TYPE;
use tower::Service as _;

/// What was carried, as it passed.
#[derive(Clone)]
pub struct Passed {
    /// The path of the request.
    pub path: String,
    /// Its body.
    pub up: Bytes,
    /// The answer's body.
    pub down: Bytes,
}

/// What the messenger makes of a request.
pub enum Said {
    /// The county is told this.
    Brought(Bytes),
    /// The county is told nothing; the desk is refused in its name, with this status and body.
    Refused(u16, Bytes),
}

/// What the messenger says for a request of that path and body.
pub type Way = Box<dyn Fn(&str, Bytes) -> Said + Send + Sync>;

/// The messenger.
#[derive(Clone)]
pub struct Messenger(Arc<Inner>);

struct Inner {
    county: Router,
    way: Way,
    passed: Mutex<Vec<Passed>>,
}

impl Debug for Messenger {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Messenger")
    }
}

impl Messenger {
    /// One that brings everything as it is.
    pub fn to(county: County) -> Messenger {
        Messenger::saying(county, Box::new(|_, body| Said::Brought(body)))
    }

    /// One that says it in its own way.
    pub fn saying(county: County, way: Way) -> Messenger {
        let county = county::router(Arc::new(county));
        Messenger(Arc::new(Inner { county, way, passed: Mutex::default() }))
    }

    /// What passed since the last look.
    pub fn passed(&self) -> Vec<Passed> {
        std::mem::take(&mut self.0.passed.lock().unwrap())
    }
}

impl Carrier for Messenger {
    fn carry(&self, certificate: &[u8], mut request: Request) -> Carried {
        let (inner, certificate) = (self.0.clone(), certificate.to_vec());
        Box::pin(async move {
            let path = request.url().path().to_owned();
            let body = request.body_mut().take().map_or_else(Body::empty, Body::new);
            let up = to_bytes(body, usize::MAX).await.map_err(|_| LinkError::NoLink)?;
            let answer = match (inner.way)(&path, up.clone()) {
                Said::Refused(status, body) => {
                    let answer = http::Response::builder().status(status);
                    answer.header(http::header::CONTENT_TYPE, MEDIA_TYPE).body(body).unwrap()
                }
                Said::Brought(body) => {
                    let mut asked = http::Request::builder().method(request.method()).uri(&path);
                    asked.headers_mut().unwrap().clone_from(request.headers());
                    asked.headers_mut().unwrap().insert(http::header::CONTENT_LENGTH, body.len().into());
                    let mut asked = asked.body(Body::from(body)).unwrap();
                    let shown = (!certificate.is_empty()).then(|| certificate.into());
                    asked.extensions_mut().insert(Peer(shown));
                    let Ok(answer) = inner.county.clone().call(asked).await;
                    let (head, body) = answer.into_parts();
                    http::Response::from_parts(head, to_bytes(body, usize::MAX).await.unwrap())
                }
            };
            let down = answer.body().clone();
            inner.passed.lock().unwrap().push(Passed { path, up, down });
            Ok(Response::from(answer))
        })
    }

    fn takes_parts(&self) -> bool {
        true
    }
}
