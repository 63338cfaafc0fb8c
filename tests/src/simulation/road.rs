//! The road between desks and county: it carries whole requests of the real client to the real routes, and loses, cuts,
//! doubles and shortens them as it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use county::server::Peer;
use futures_util::stream;
use sync::client::LinkError;
use sync::wire::MAX_BODY;
use tower::Service as _;

use super::host;
use super::plan::Weather;

/// Milliseconds from one end to the other.
const ONE_WAY: i64 = 150;
/// Seconds of the link that one slice of a file may take (I11), and bytes it may have however slow the link is.
const SLICE_SECONDS: u32 = 6;
const SLICE_BYTES: usize = 64 * 1024;
/// Requests kept to be sent again long after.
const REMEMBERED: usize = 64;
/// What a captive portal answers.
const PAGE: &str = "<!doctype html><title>Login</title>";

/// The road, shared by all desks.
#[derive(Default)]
pub struct Road {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    county: Option<Router>,
    rate: u32,
    weather: Vec<VecDeque<Weather>>,
    remembered: VecDeque<Passed>,
    /// Requests that went ahead and never became whole.
    broken_off: Vec<Passed>,
    requests: u64,
    bytes: u64,
    trace: Vec<String>,
    /// A bell for the county's disk: after so many writes it dies while answering that desk.
    county_disk: Option<(usize, u32, host::Refusal)>,
    county_died: bool,
    /// Promises about sizes that were broken.
    broken: Vec<String>,
}

/// A request on its way.
#[derive(Clone)]
pub(super) struct Passed {
    pub path: String,
    pub method: http::Method,
    pub headers: http::HeaderMap,
    pub certificate: Vec<u8>,
    pub body: Bytes,
    /// Its length was not known when it began.
    pub in_parts: bool,
}

/// What passed since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Bytes of bodies, both ways.
    pub bytes: u64,
}

impl Road {
    /// A road for so many desks, with links of `rate` bytes a second.
    pub fn new(desks: usize, rate: u32) -> Arc<Road> {
        let road = Road::default();
        {
            let mut inner = road.inner();
            inner.rate = rate.max(1);
            inner.weather = vec![VecDeque::new(); desks];
        }
        Arc::new(road)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The county answers from now on; none: it does not.
    pub fn lead_to(&self, county: Option<Router>) {
        self.inner().county = county;
    }

    /// What happens to that desk's next request, after what was told before.
    pub fn expect(&self, desk: usize, weather: Weather) {
        let mut inner = self.inner();
        while inner.weather.len() <= desk {
            inner.weather.push(VecDeque::new());
        }
        inner.weather[desk].push_back(weather);
    }

    /// Fair weather everywhere.
    pub fn heal(&self) {
        let mut inner = self.inner();
        inner.weather.iter_mut().for_each(VecDeque::clear);
        inner.county_disk = None;
    }

    /// While it answers that desk next, the county's disk refuses after so many writes.
    pub fn break_county(&self, desk: usize, writes: u32, refusal: host::Refusal) {
        self.inner().county_disk = Some((desk, writes, refusal));
    }

    /// Whether the county died while it answered; said once.
    pub fn county_died(&self) -> bool {
        std::mem::take(&mut self.inner().county_died)
    }

    /// Promises about sizes that were broken since the last look.
    pub fn broken(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().broken)
    }

    /// The lines of the trace since the last look.
    pub fn trace(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().trace)
    }

    /// What passed since the last look.
    pub fn traffic(&self) -> Traffic {
        let mut inner = self.inner();
        let traffic = Traffic { requests: inner.requests, bytes: inner.bytes };
        (inner.requests, inner.bytes) = (0, 0);
        traffic
    }

    /// A request of long ago reaches the county again; nobody waits for the answer.
    pub async fn replay(&self, which: usize) -> bool {
        let passed = {
            let inner = self.inner();
            let count = inner.remembered.len();
            (count > 0).then(|| inner.remembered[which % count].clone())
        };
        match passed {
            Some(passed) => self.deliver(None, &passed, None).await.is_some(),
            None => false,
        }
    }

    /// A request went ahead and will never be whole: that much of it is at the county already.
    pub(super) fn broke_off(&self, passed: Passed) {
        self.inner().broken_off.push(passed);
    }

    /// What broke off on its way breaks off at the county: nothing of it may count.
    pub async fn let_fall(&self) {
        // A request that was given up ends as soon as somebody else may run.
        tokio::task::yield_now().await;
        let fallen = std::mem::take(&mut self.inner().broken_off);
        for passed in fallen {
            let said = self.deliver(None, &passed, Some(passed.body.len())).await;
            if said.is_some_and(|said| said.status().is_success()) {
                self.inner().broken.push("the county answered a request that never ended".to_owned());
            }
        }
    }

    /// The county's answer to a request that breaks off after `cut` bytes.
    async fn deliver(
        &self,
        desk: Option<usize>,
        passed: &Passed,
        cut: Option<usize>,
    ) -> Option<http::Response<Bytes>> {
        let (mut county, disk) = {
            let mut inner = self.inner();
            let disk = inner.county_disk.take_if(|(at, ..)| desk == Some(*at));
            (inner.county.clone()?, disk)
        };
        let body = match cut {
            None => Body::from(passed.body.clone()),
            Some(length) => {
                let begun: Result<Bytes, std::io::Error> = Ok(passed.body.slice(..length));
                let broken = Err(std::io::ErrorKind::ConnectionReset.into());
                Body::from_stream(stream::iter([begun, broken]))
            }
        };
        let mut request = http::Request::builder().method(passed.method.clone()).uri(&passed.path);
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&passed.headers);
            if !passed.in_parts {
                headers.insert(http::header::CONTENT_LENGTH, http::HeaderValue::from(passed.body.len()));
            }
        }
        let mut request = request.body(body).ok()?;
        let shown = (!passed.certificate.is_empty()).then(|| passed.certificate.clone().into());
        request.extensions_mut().insert(Peer(shown));
        // The county works on its own machine.
        let (wrong, own_disk) = (host::set_wrong(0), host::set_disk_aside());
        if let Some((_, writes, refusal)) = disk {
            host::break_disk(writes, refusal);
        }
        let answered = match county.call(request).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.ok();
                body.map(|body| http::Response::from_parts(head, body))
            }
        };
        let died = disk.is_some_and(|(.., refusal)| host::heal_disk() && refusal == host::Refusal::Dead);
        host::set_wrong(wrong);
        host::take_disk_back(own_disk);
        if died {
            self.inner().county_died = true;
            return None;
        }
        answered
    }

    pub(super) async fn carry(&self, desk: usize, passed: Passed) -> Result<reqwest::Response, LinkError> {
        let weather = {
            let mut inner = self.inner();
            inner.requests += 1;
            inner.bytes += passed.body.len() as u64;
            let rate = i64::from(inner.rate);
            host::pass(ONE_WAY + i64::try_from(passed.body.len()).unwrap_or(0) * 1000 / rate);
            if passed.body.len() > MAX_BODY {
                inner.broken.push(format!("I10: desk {desk} sends {} bytes at once", passed.body.len()));
            }
            let slice = SLICE_BYTES.max((inner.rate * SLICE_SECONDS) as usize);
            if passed.method == http::Method::PATCH && passed.body.len() > slice {
                inner.broken.push(format!("I11: a slice of desk {desk} has {} bytes", passed.body.len()));
            }
            if passed.path == "/v1/sync" {
                inner.remembered.push_back(passed.clone());
                if inner.remembered.len() > REMEMBERED {
                    inner.remembered.pop_front();
                }
            }
            inner.weather.get_mut(desk).and_then(VecDeque::pop_front)
        };
        let answer = match weather {
            Some(Weather::Down) => None,
            Some(Weather::CutRequest(part)) => {
                let cut = passed.body.len() * usize::from(part) / 1000;
                self.deliver(Some(desk), &passed, Some(cut)).await;
                None
            }
            Some(Weather::LostAnswer) => {
                self.deliver(Some(desk), &passed, None).await;
                None
            }
            Some(Weather::Portal) => Some(page(http::StatusCode::OK)),
            Some(Weather::Busy) => Some(page(http::StatusCode::SERVICE_UNAVAILABLE)),
            Some(Weather::Twice) => {
                self.deliver(Some(desk), &passed, None).await;
                self.deliver(Some(desk), &passed, None).await
            }
            Some(Weather::CutAnswer(_) | Weather::Shortened(_)) | None => {
                self.deliver(Some(desk), &passed, None).await
            }
        };
        let mut inner = self.inner();
        let line = match &answer {
            Some(answer) => answer.status().as_str().to_owned(),
            None => "-".to_owned(),
        };
        let ahead = if passed.in_parts { " ahead" } else { "" };
        let told = format!("  {desk} {} {}{ahead} {weather:?} {line}", passed.method, route(&passed.path));
        inner.trace.push(told);
        let Some(answer) = answer else {
            host::pass(ONE_WAY);
            return Err(LinkError::NoLink);
        };
        let length = answer.body().len();
        if passed.path == "/v1/sync" && length > MAX_BODY {
            inner.broken.push(format!("I10: the county answers desk {desk} with {length} bytes"));
        }
        inner.bytes += length as u64;
        host::pass(ONE_WAY + i64::try_from(length).unwrap_or(0) * 1000 / i64::from(inner.rate));
        let (head, body) = answer.into_parts();
        Ok(match weather {
            Some(Weather::CutAnswer(part)) => {
                let begun: Result<Bytes, std::io::Error> =
                    Ok(body.slice(..length * usize::from(part) / 1000));
                let broken = Err(std::io::ErrorKind::ConnectionReset.into());
                let body = reqwest::Body::wrap_stream(stream::iter([begun, broken]));
                reqwest::Response::from(http::Response::from_parts(head, body))
            }
            Some(Weather::Shortened(part)) => {
                let body = body.slice(..length * usize::from(part) / 1000);
                reqwest::Response::from(http::Response::from_parts(head, body))
            }
            _ => reqwest::Response::from(http::Response::from_parts(head, body)),
        })
    }
}

/// The path without what differs from run to run.
fn route(path: &str) -> String {
    path.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn page(status: http::StatusCode) -> http::Response<Bytes> {
    let mut page = http::Response::new(Bytes::from_static(PAGE.as_bytes()));
    *page.status_mut() = status;
    let html = http::HeaderValue::from_static("text/html");
    page.headers_mut().insert(http::header::CONTENT_TYPE, html);
    page
}
