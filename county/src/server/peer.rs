//! Which desk is calling: the certificate of the connection, held against the list of desks at every request.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::middleware::AddExtension;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http::request::Parts;
use rustls_pki_types::CertificateDer;
use sync::refusal::Code;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tower::Layer as _;

use super::answer::Refused;
use super::blocking;
use crate::authority;
use crate::county::County;
use crate::database::desk::{self, Desk};
use crate::error::Error;

/// The certificate a connection came with, checked by the handshake; its end may have passed.
#[derive(Debug, Clone)]
pub struct Peer(pub Option<CertificateDer<'static>>);

/// Hands the certificate of a connection to every request on it.
#[derive(Clone)]
pub struct PeerAcceptor {
    inner: RustlsAcceptor<NoDelayAcceptor>,
}

impl PeerAcceptor {
    /// Accepts connections under this configuration, which may be exchanged later. Nothing is held back to fill a packet: the
    /// first answer on a new line would wait for what the desk says to the tickets before it.
    pub fn new(config: RustlsConfig) -> PeerAcceptor {
        PeerAcceptor { inner: RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new()) }
    }
}

impl<S> Accept<TcpStream, S> for PeerAcceptor
where
    S: Send + 'static,
{
    type Stream = TlsStream<TcpStream>;
    type Service = AddExtension<S, Peer>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepting = self.inner.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepting.await?;
            let shown = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(|der| der.clone().into_owned());
            Ok((stream, Extension(Peer(shown)).layer(service)))
        })
    }
}

/// A desk that may do whatever its people may do.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The desk.
    pub desk: Desk,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
}

/// A desk whose certificate may have expired: it may renew it, nothing else.
#[derive(Debug, Clone)]
pub struct ExpiredCaller(pub Caller);

async fn identify(parts: &Parts, county: &Arc<County>, expired_too: bool) -> Result<Caller, Refused> {
    let shown = parts.extensions.get::<Peer>().and_then(|peer| peer.0.clone());
    let certificate = shown.ok_or(Error::Refused(Code::UnknownDevice))?;
    let shown = authority::read(&certificate).map_err(|_| Code::UnknownDevice)?;
    // The handshake has proven whose certificate it is: counted before anything is looked up.
    county.pace.count(shown.desk).map_err(Refused::too_fast)?;
    let county = county.clone();
    let caller = blocking(move || {
        let desk = county
            .database
            .read::<_, Error>(|view| Ok(desk::get(view, shown.desk)?))?
            .ok_or(Code::UnknownDevice)?;
        if desk.revoked {
            return Err(Code::Revoked.into());
        }
        if desk.tls_key != shown.tls_key && desk.tls_key_before != Some(shown.tls_key) {
            return Err(Code::UnknownDevice.into());
        }
        if shown.expires <= county.now() && !expired_too {
            return Err(Code::CertificateExpired.into());
        }
        if desk.tls_key_before.is_some() && desk.tls_key == shown.tls_key {
            county.database.write::<_, Error>(|write| Ok(desk::settled(write, desk.id)?))?;
        }
        Ok(Caller { desk, certificate: certificate.to_vec() })
    });
    Ok(caller.await?)
}

impl FromRequestParts<Arc<County>> for Caller {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, county: &Arc<County>) -> Result<Caller, Refused> {
        identify(parts, county, false).await
    }
}

impl FromRequestParts<Arc<County>> for ExpiredCaller {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, county: &Arc<County>) -> Result<ExpiredCaller, Refused> {
        identify(parts, county, true).await.map(ExpiredCaller)
    }
}
