//! How county and desks prove to each other who they are before a word is said.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
};

use crate::authority;
use crate::clock::Clock;
use crate::county::County;
use crate::error::Error;

/// The settings of the server for desks, with a fresh certificate for these hosts.
pub fn config(county: &County, hosts: &[String]) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let broken = |error: &dyn std::fmt::Display| Error::Certificate(error.to_string());
    let mut roots = RootCertStore::empty();
    roots.add(county.authority.certificate().clone()).map_err(|error| broken(&error))?;
    let strict = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| broken(&error))?;
    let (chain, key) = county.authority.server(hosts, county.now())?;
    let time = Arc::new(CountyTime(county.clock.clone()));
    let mut config = ServerConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| broken(&error))?
        .with_client_cert_verifier(Arc::new(DeskVerifier { strict }))
        .with_single_cert(chain, key)
        .map_err(|error| broken(&error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Certificates are looked at with the county's clock.
struct CountyTime(Clock);

impl std::fmt::Debug for CountyTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountyTime")
    }
}

impl TimeProvider for CountyTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since = u64::try_from((self.0)()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_millis(since)))
    }
}

/// Asks for a certificate of ours, lets in who has none (for enrolment) and who has an expired one (for renewal);
/// the routes decide what either may do.
#[derive(Debug)]
struct DeskVerifier {
    strict: Arc<dyn ClientCertVerifier>,
}

impl ClientCertVerifier for DeskVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.strict.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let expired = match self.strict.verify_client_cert(end_entity, intermediates, now) {
            Err(rustls::Error::InvalidCertificate(
                error @ (CertificateError::Expired | CertificateError::ExpiredContext { .. }),
            )) => error,
            decided => return decided,
        };
        // Was it good until it expired?
        let last = authority::read(end_entity)
            .ok()
            .and_then(|shown| u64::try_from(shown.expires / 1000).ok())
            .and_then(|end| end.checked_sub(1))
            .map(|second| UnixTime::since_unix_epoch(std::time::Duration::from_secs(second)))
            .ok_or(rustls::Error::InvalidCertificate(expired))?;
        self.strict.verify_client_cert(end_entity, intermediates, last)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
