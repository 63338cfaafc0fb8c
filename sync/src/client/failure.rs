//! Why the line to the county failed, told apart as people need it: no network, not our county, not our answer, too old.

use std::error::Error as _;

use domain::moment::Millis;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use rustls::AlertDescription;

use crate::refusal::{Code, Refusal};
use crate::session::Failure;

/// What went wrong. Never holds addresses, names or contents.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No network, no such host, broken off, or silent for too long.
    #[error("the county cannot be reached")]
    NoLink,
    /// Whoever answers is not our county.
    #[error("whoever answers is not our county")]
    UntrustedCounty,
    /// An answer that is not ours: a captive portal, a proxy, damage on the way.
    #[error("the answer is not from a county platform")]
    StrangeAnswer,
    /// The county revoked this desk.
    #[error("the county has revoked this desk")]
    DeviceRevoked,
    /// The desk's certificate has run out; it may be renewed.
    #[error("the certificate of this desk has run out")]
    CertificateExpired,
    /// This program is too old, or too new, for the county.
    #[error("the program and the county are of different ages")]
    UpdateNeeded,
    /// The county has too much to do.
    #[error("the county is busy")]
    CountyBusy {
        /// Milliseconds to wait, if it said so.
        after: Option<Millis>,
    },
    /// The county refused the request.
    #[error(transparent)]
    Refused(Refusal),
    /// A file on this machine could not be read or written.
    #[error("a file on this machine could not be read or written")]
    Local(#[source] std::io::Error),
    /// Certificates, key or address cannot be used.
    #[error("the link to the county is not set up correctly")]
    Setup,
}

impl LinkError {
    /// Stable name, for Fluent keys and `--json`.
    pub fn code(&self) -> &str {
        match self {
            LinkError::NoLink => "no_link",
            LinkError::UntrustedCounty => "untrusted_county",
            LinkError::StrangeAnswer => "strange_answer",
            LinkError::DeviceRevoked => "device_revoked",
            LinkError::CertificateExpired => "certificate_expired",
            LinkError::UpdateNeeded => "update_needed",
            LinkError::CountyBusy { .. } => "county_busy",
            LinkError::Refused(refusal) => refusal.code.name(),
            LinkError::Local(_) => "local_file",
            LinkError::Setup => "link_setup",
        }
    }

    /// The same for [`crate::session`].
    pub fn failure(&self) -> Failure {
        match self {
            LinkError::NoLink | LinkError::Local(_) => Failure::NoLink,
            LinkError::UntrustedCounty | LinkError::Setup => Failure::UntrustedCounty,
            LinkError::StrangeAnswer => Failure::StrangeAnswer,
            LinkError::DeviceRevoked => Failure::Revoked,
            LinkError::CertificateExpired => Failure::CertificateExpired,
            LinkError::UpdateNeeded => Failure::UpdateNeeded,
            LinkError::CountyBusy { after } => Failure::Busy { after: *after },
            LinkError::Refused(refusal) => Failure::Refused(refusal.code.clone()),
        }
    }
}

/// Turns the answers that mean something of their own into what they mean; leaves the rest a refusal.
pub(super) fn meaning(refusal: Refusal) -> LinkError {
    match refusal.code {
        Code::Revoked => LinkError::DeviceRevoked,
        Code::CertificateExpired => LinkError::CertificateExpired,
        Code::UpdateNeeded => LinkError::UpdateNeeded,
        Code::Busy | Code::TooFast => LinkError::CountyBusy { after: refusal.after },
        _ => LinkError::Refused(refusal),
    }
}

impl From<reqwest::Error> for LinkError {
    fn from(error: reqwest::Error) -> Self {
        match tls_error(&error) {
            Some(error) => from_tls(error),
            None => LinkError::NoLink,
        }
    }
}

fn from_tls(error: &rustls::Error) -> LinkError {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            LinkError::UntrustedCounty
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRevoked) => LinkError::DeviceRevoked,
        rustls::Error::AlertReceived(AlertDescription::CertificateExpired) => LinkError::CertificateExpired,
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::AccessDenied,
        ) => LinkError::Refused(Refusal::new(Code::UnknownDevice)),
        _ => LinkError::StrangeAnswer,
    }
}

/// Digs the TLS error out of the layers above it.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut layer = error.source();
    while let Some(current) = layer {
        if let Some(found) = current.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let inner = current.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(found);
        }
        layer = match inner {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

/// Seconds of a `Retry-After` header, in milliseconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    let seconds: Millis = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.clamp(0, 3_600) * 1_000)
}
