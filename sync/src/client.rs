//! The line to the county: one encrypted connection for case data, one for files, and every way it can fail.
//!
//! Time-outs are for silence, not for slowness: ten seconds to connect, sixty without a byte. What an answer does not
//! prove did not happen.

mod carrier;
mod courier;
mod failure;
mod files;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::moment::Millis;
use futures_util::{StreamExt as _, stream};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Body, Method, RequestBuilder, Response, StatusCode, Url};
use rustls::time_provider::TimeProvider;
use serde::de::DeserializeOwned;

use crate::chunk::Chunk;
use crate::client::carrier::Carriage;
pub use crate::client::carrier::{Carried, Carrier, enrol_over};
pub use crate::client::failure::LinkError;
pub use crate::client::files::FileFacts;
pub use crate::client::tls::{Clock, TlsIdentity};
use crate::enrol::{EnrolCode, EnrolReply, EnrolRequest, RenewReply, RenewRequest};
use crate::publish::{PublishReply, PublishRequest};
use crate::refusal::{Code, Refusal};
use crate::session::Traffic;
use crate::wire::{self, MAX_BODY, MEDIA_TYPE, SyncReply, SyncRequest, WireError};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the line may be silent. Longer than the county holds back a waiting answer.
const SILENCE: Duration = Duration::from_secs(60);

/// The line to one county.
///
/// Two connections: a photo that is on its way never stands before a case (ruling 15).
#[derive(Debug, Clone)]
pub struct Client {
    base: Url,
    small: reqwest::Client,
    bulk: reqwest::Client,
    carriage: Option<Carriage>,
    meter: Arc<Meter>,
}

#[derive(Debug, Default)]
struct Meter {
    requests: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

/// What went over the line since the client was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Requests begun.
    pub requests: u64,
    /// Bytes sent above TLS: bodies exactly, header lines as HTTP/1.1 would write them.
    pub up: u64,
    /// Bytes received above TLS, counted alike.
    pub down: u64,
}

/// Hands a laptop's enrolment request to the county named in `code`. The county is recognised by the fingerprint of its
/// CA, so that nobody in between can answer; validity dates are judged by the certificate's own, because a new laptop's
/// clock proves nothing.
///
/// # Errors
/// [`LinkError`]; `Refused` carries `bad_enrol_code`, `enrol_code_used` or `enrol_code_expired`.
pub async fn enrol(code: &EnrolCode, request: &EnrolRequest) -> Result<EnrolReply, LinkError> {
    let tls = tls::pinned(code.ca)?;
    let client = Client {
        base: base(&code.address)?,
        small: line(tls.clone())?,
        bulk: line(tls)?,
        carriage: None,
        meter: Arc::default(),
    };
    accepted(code, client.post("v1/enrol", wire::encode(request)).await?.0)
}

/// The answer to an enrolment, if it is from the county that gave the code.
fn accepted(code: &EnrolCode, reply: EnrolReply) -> Result<EnrolReply, LinkError> {
    if tls::fingerprint(&reply.ca_der) != code.ca || tls::fingerprint(&reply.tuf_root) != code.root {
        return Err(LinkError::UntrustedCounty);
    }
    Ok(reply)
}

impl Client {
    /// A line to the county at `address` (`host:port`), trusting only `identity.ca_der`, showing the desk's own
    /// certificate, and judging validity dates by `clock`: the trusted time of the desk (ruling 12). Nothing is sent yet.
    ///
    /// # Errors
    /// [`LinkError::Setup`] when certificates, key or address cannot be used.
    pub fn new(
        identity: &TlsIdentity,
        address: &str,
        clock: Arc<dyn TimeProvider>,
    ) -> Result<Client, LinkError> {
        let tls = tls::mutual(identity, clock)?;
        Ok(Client {
            base: base(address)?,
            small: line(tls.clone())?,
            bulk: line(tls)?,
            carriage: None,
            meter: Arc::default(),
        })
    }

    /// One exchange of [`SyncRequest`] and [`SyncReply`] with a county that speaks `version`, and what it cost.
    ///
    /// # Errors
    /// [`LinkError`]; nothing of the request counts as having arrived.
    pub async fn sync(&self, version: u16, request: &SyncRequest) -> Result<(SyncReply, Traffic), LinkError> {
        self.post("v1/sync", wire::encode_for(version, request)).await
    }

    /// As [`Client::sync`] with a chunk that travels before the rest of the request is known: the line carries it while
    /// the answer to the request before is awaited. The county reads nothing of it before `rest` came; should that never
    /// come, nothing arrived. Only where [`Client::takes_parts`].
    ///
    /// # Errors
    /// [`LinkError`]; nothing of the request counts as having arrived.
    pub async fn sync_ahead(
        &self,
        version: u16,
        chunk: &Chunk,
        rest: impl Future<Output = Option<SyncRequest>> + Send + 'static,
    ) -> Result<(SyncReply, Traffic), LinkError> {
        let head = wire::encode_chunk(version, chunk).map_err(|_| LinkError::Setup)?;
        let begun = Instant::now();
        let length = head.len() as u64;
        let meter = self.meter.clone();
        let rest = async move {
            let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            let rest = wire::encode_rest(version, &rest.await.ok_or_else(broken)?).map_err(|_| broken())?;
            meter.up.fetch_add(rest.len() as u64, Ordering::Relaxed);
            Ok(rest)
        };
        let body = stream::once(std::future::ready(Ok::<_, std::io::Error>(head))).chain(stream::once(rest));
        let request = self
            .request(&self.small, Method::POST, "v1/sync")?
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .body(Body::wrap_stream(body));
        let response = self.success(self.send(request, length).await?).await?;
        let (answer, down) = self.message(response).await?;
        Ok((answer, Traffic { up: length, down, elapsed: since(begun) }))
    }

    /// Whether requests may be sent part by part: over a network, and by a carrier that takes parts.
    pub fn takes_parts(&self) -> bool {
        self.carriage.as_ref().is_none_or(|carriage| carriage.by.takes_parts())
    }

    /// Asks for the next certificate and permissions.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn renew(&self, request: &RenewRequest) -> Result<RenewReply, LinkError> {
        Ok(self.post("v1/renew", wire::encode(request)).await?.0)
    }

    /// Fetches a file of the catalogue repository, for example `metadata/timestamp.json`, of at most `most` bytes.
    /// `None` when there is no such file.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn catalogue(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>, LinkError> {
        let request = self.request(&self.small, Method::GET, &format!("v1/catalogue/{path}"))?;
        let response = self.send(request, 0).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = self.success(response).await?;
        self.body(response, most).await.map(Some)
    }

    /// Hands in workbooks; with `check` they are only checked. Findings are worded in `language` (`zh` or `en`).
    ///
    /// # Errors
    /// [`LinkError`]; findings are no error.
    pub async fn publish(
        &self,
        request: &PublishRequest,
        check: bool,
        language: &str,
    ) -> Result<PublishReply, LinkError> {
        let body = wire::to_cbor(request);
        let length = body.len() as u64;
        let language = if language == "en" { "en" } else { "zh" };
        let path = format!("v1/catalogue/publish?check={}&lang={language}", u8::from(check));
        let line = self
            .request(&self.bulk, Method::POST, &path)?
            .header(CONTENT_TYPE, "application/cbor")
            .body(body);
        let response = self.success(self.send(line, length).await?).await?;
        Ok(self.message(response).await?.0)
    }

    /// What went over the line so far.
    pub fn used(&self) -> Used {
        Used {
            requests: self.meter.requests.load(Ordering::Relaxed),
            up: self.meter.up.load(Ordering::Relaxed),
            down: self.meter.down.load(Ordering::Relaxed),
        }
    }

    async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: Result<Vec<u8>, WireError>,
    ) -> Result<(A, Traffic), LinkError> {
        let body = body.map_err(|_| LinkError::Setup)?;
        let begun = Instant::now();
        let length = body.len() as u64;
        let request =
            self.request(&self.small, Method::POST, path)?.header(CONTENT_TYPE, MEDIA_TYPE).body(body);
        let response = self.success(self.send(request, length).await?).await?;
        let (answer, down) = self.message(response).await?;
        Ok((answer, Traffic { up: length, down, elapsed: since(begun) }))
    }

    fn request(
        &self,
        line: &reqwest::Client,
        method: Method,
        path: &str,
    ) -> Result<RequestBuilder, LinkError> {
        let url = self.base.join(path).map_err(|_| LinkError::Setup)?;
        // A server that sends us elsewhere must not get our bytes there.
        if url.origin() != self.base.origin() {
            return Err(LinkError::StrangeAnswer);
        }
        Ok(line.request(method, url))
    }

    /// Sends a request whose body has `length` bytes, and counts it.
    async fn send(&self, request: RequestBuilder, length: u64) -> Result<Response, LinkError> {
        let (line, request) = request.build_split();
        let request = request.map_err(|_| LinkError::Setup)?;
        let head = request.method().as_str().len() + request.url().path().len() + 12;
        self.meter.requests.fetch_add(1, Ordering::Relaxed);
        self.meter.up.fetch_add(length + head as u64 + header_bytes(request.headers()), Ordering::Relaxed);
        let response = match &self.carriage {
            Some(carriage) => carriage.by.carry(&carriage.certificate, request).await?,
            None => line.execute(request).await?,
        };
        self.meter.down.fetch_add(17 + header_bytes(response.headers()), Ordering::Relaxed);
        Ok(response)
    }

    /// Lets a success pass and turns everything else into what it means.
    async fn success(&self, response: Response) -> Result<Response, LinkError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if !is_ours(&response) {
            return Err(match status {
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                    LinkError::CountyBusy { after: failure::retry_after(response.headers()) }
                }
                StatusCode::NOT_FOUND | StatusCode::GONE => LinkError::Refused(Refusal::new(Code::NotFound)),
                _ => LinkError::StrangeAnswer,
            });
        }
        let (refusal, _): (Refusal, _) = self.message(response).await?;
        Err(failure::meaning(refusal))
    }

    /// Reads an answer of ours, and nothing else; with the bytes it had.
    async fn message<A: DeserializeOwned>(&self, response: Response) -> Result<(A, u64), LinkError> {
        if !is_ours(&response) {
            return Err(LinkError::StrangeAnswer);
        }
        let body = self.body(response, MAX_BODY).await?;
        let answer = wire::decode(&body).map_err(|_| LinkError::StrangeAnswer)?;
        Ok((answer, body.len() as u64))
    }

    async fn body(&self, mut response: Response, most: usize) -> Result<Vec<u8>, LinkError> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            self.meter.down.fetch_add(part.len() as u64, Ordering::Relaxed);
            if body.len() + part.len() > most {
                return Err(LinkError::StrangeAnswer);
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}

fn since(begun: Instant) -> Millis {
    Millis::try_from(begun.elapsed().as_millis()).unwrap_or(Millis::MAX)
}

fn is_ours(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == MEDIA_TYPE.as_bytes())
}

fn header_bytes(headers: &HeaderMap) -> u64 {
    headers.iter().map(|(name, value)| (name.as_str().len() + value.len() + 4) as u64).sum::<u64>() + 2
}

fn base(address: &str) -> Result<Url, LinkError> {
    Url::parse(&format!("https://{address}/")).map_err(|_| LinkError::Setup)
}

fn line(tls: rustls::ClientConfig) -> Result<reqwest::Client, LinkError> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .tcp_nodelay(true)
        .build();
    client.map_err(|_| LinkError::Setup)
}
