//! What people are told of the exchange, and why it does not go on.

use domain::moment::Millis;

use crate::refusal::Code;

/// Why there is no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No network, no such host, broken off, or silent for too long.
    NoLink,
    /// Whoever answered is not our county (certificate).
    UntrustedCounty,
    /// An answer that is not ours: a captive portal, a proxy, damage on the way.
    StrangeAnswer,
    /// The desk was revoked.
    Revoked,
    /// The certificate has run out.
    CertificateExpired,
    /// This program is too old or too new.
    UpdateNeeded,
    /// The county has too much to do.
    Busy {
        /// Milliseconds to wait, if it said so.
        after: Option<Millis>,
    },
    /// The county refused the request as a whole.
    Refused(Code),
}

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Exchanging.
    Working,
    /// Everything was exchanged, as of that county time.
    UpToDate(Millis),
    /// Trying again later.
    Waiting(Failure),
    /// Not trying again before somebody does something.
    Halted(Failure),
    /// What came in could not be saved on this machine.
    CannotSave,
    /// The county was restored or replaced; everything is offered again.
    NewEpoch,
}
