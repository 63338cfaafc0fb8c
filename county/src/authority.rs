//! Issues the certificates by which county and desks know each other.

use std::time::Duration;

use domain::id::{CountyId, DeskId};
use domain::moment::Millis;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber, SigningKey as _,
    date_time_ymd,
};
use rustls_pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::DAY;
use crate::error::Error;
use crate::random;

/// How long a desk's certificate is good, milliseconds. A desk renews it long before.
pub const DESK_LIFE: Millis = 90 * DAY;
const SERVER_LIFE: Millis = 90 * DAY;
const AUTHORITY_LIFE: Millis = 30 * 365 * DAY;
/// Certificates begin a day early: other machines' clocks are not quite right.
const EARLY: Millis = DAY;

/// The county's certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A certificate for a desk.
pub struct Issued {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// SHA-256 of its public key (SubjectPublicKeyInfo).
    pub tls_key: [u8; 32],
    /// When it ends.
    pub expires: Millis,
}

/// What a client certificate says once its chain was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The desk it names.
    pub desk: DeskId,
    /// SHA-256 of its public key.
    pub tls_key: [u8; 32],
    /// When it ends.
    pub expires: Millis,
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Certificate(error.to_string())
}

fn params(name: &str, from: Millis, until: Millis) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let mut serial = random::bytes::<16>()?;
    // A serial number is positive.
    if let Some(first) = serial.first_mut() {
        *first &= 0x7f;
    }
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let since_1970 = |at: Millis| Duration::from_secs(at.max(0).unsigned_abs() / 1000);
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(from);
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(until);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

impl Authority {
    /// Makes a new authority: its key (PKCS #8, DER) and certificate (DER), both to be kept.
    pub fn create(county: CountyId, now: Millis) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let key = KeyPair::generate().map_err(broken)?;
        let mut params = params(&format!("Daiban county {county}"), now - EARLY, now + AUTHORITY_LIFE)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = false;
        let certificate = params.self_signed(&key).map_err(broken)?;
        Ok((key.serialize_der(), certificate.der().to_vec()))
    }

    /// The authority with that key and certificate.
    pub fn load(key: &[u8], certificate: &[u8]) -> Result<Authority, Error> {
        let key = KeyPair::try_from(key).map_err(broken)?;
        let certificate = CertificateDer::from(certificate.to_vec());
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(broken)?;
        Ok(Authority { issuer, certificate })
    }

    /// The authority's own certificate, DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// SHA-256 of the authority's certificate: what enrolment codes carry.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }

    /// The authority's signature over something that is no certificate: ECDSA P-256 with SHA-256, DER. What is signed
    /// begins with a context that no certificate begins with.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.issuer.key().sign(bytes).map_err(broken)
    }

    /// A fresh certificate and key for the server under these host names and addresses, followed by the authority's.
    pub fn server(
        &self,
        hosts: &[String],
        now: Millis,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let key = KeyPair::generate().map_err(broken)?;
        let mut params = params("Daiban county platform", now - EARLY, now + SERVER_LIFE)?;
        params.subject_alt_names = CertificateParams::new(hosts.to_vec()).map_err(broken)?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(broken)?;
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        Ok((chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
    }

    /// A certificate for `desk` over the key in its request (PKCS #10, DER). Nothing else of the request is believed.
    pub fn desk(&self, request: &[u8], desk: DeskId, now: Millis) -> Result<Issued, Error> {
        let asked = CertificateSigningRequestDer::from(request);
        let mut asked = CertificateSigningRequestParams::from_der(&asked).map_err(broken)?;
        asked.params = client(desk, now)?;
        let der = asked.signed_by(&self.issuer).map_err(broken)?.der().to_vec();
        Ok(Issued { tls_key: read(&der)?.tls_key, der, expires: now + DESK_LIFE })
    }

    /// A certificate for another desk over the key of one that was shown: a cloned desk becomes its own (ruling 10).
    pub fn sibling(&self, shown: &[u8], desk: DeskId, now: Millis) -> Result<Issued, Error> {
        let (_, shown) = X509Certificate::from_der(shown).map_err(broken)?;
        let key = rcgen::SubjectPublicKeyInfo::from_der(shown.public_key().raw).map_err(broken)?;
        let der = client(desk, now)?.signed_by(&key, &self.issuer).map_err(broken)?.der().to_vec();
        Ok(Issued { tls_key: read(&der)?.tls_key, der, expires: now + DESK_LIFE })
    }
}

fn client(desk: DeskId, now: Millis) -> Result<CertificateParams, Error> {
    let mut params = params(&desk.to_string(), now - EARLY, now + DESK_LIFE)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// Reads a client certificate of ours. Whether we issued it is for the handshake to check.
pub fn read(der: &[u8]) -> Result<Shown, Error> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(broken)?;
    let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let desk = name.and_then(|name| name.parse().ok()).ok_or_else(|| broken("no desk in the subject"))?;
    Ok(Shown {
        desk,
        tls_key: Sha256::digest(certificate.public_key().raw).into(),
        expires: certificate.validity().not_after.timestamp().saturating_mul(1000),
    })
}
