//! Why the county does not take something: one stable code per reason, the sentence is found by the code.

use domain::moment::Millis;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)*) => {
        /// A reason. Codes of newer counties are kept as [`Code::Other`] and shown.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum Code {
            $($(#[$meta])* $name,)*
            /// A code this program does not know.
            Other(String),
        }

        impl Code {
            /// The snake_case name used on the wire, in files and on the command line.
            pub fn name(&self) -> &str {
                match self {
                    $(Code::$name => $text,)*
                    Code::Other(name) => name,
                }
            }

            /// Every code this program knows.
            pub fn known() -> Vec<Code> {
                vec![$(Code::$name,)*]
            }
        }

        impl From<String> for Code {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($text => Code::$name,)*
                    _ => Code::Other(name),
                }
            }
        }
    };
}

codes! {
    /// A seal on an act, a chunk or a receipt does not fit.
    BadSignature = "bad_signature",
    /// The county does not know this desk.
    UnknownDevice = "unknown_device",
    /// A courier file of a copied or restored computer: the county gives it a name of its own on the line only.
    CopiedDesk = "copied_desk",
    /// The desk, or its certificate, was revoked.
    Revoked = "revoked",
    /// The person is unknown or was disabled.
    UnknownPerson = "unknown_person",
    /// A change claims an actor that belongs to somebody else (ruling 5).
    NotYourActor = "not_your_actor",
    /// The case lies outside the unit of whoever sent it.
    OutOfScope = "out_of_scope",
    /// Not possible from where the case stands.
    WrongStatus = "wrong_status",
    /// This person does not hold the role, or the role may not do this.
    NotYourRole = "not_your_role",
    /// The item, the chunk or a value in it is larger than allowed.
    TooLarge = "too_large",
    /// More operations, changes or parents than allowed.
    TooManyOps = "too_many_ops",
    /// The change builds on changes the county does not hold.
    MissingParents = "missing_parents",
    /// A protected field with two values was overwritten without a decision (ruling 6).
    GuardedConflict = "guarded_conflict",
    /// The permission to work offline has run out.
    LeaseEnded = "lease_ended",
    /// The form or release named by the case is not in the catalogue.
    UnknownForm = "unknown_form",
    /// The bytes are not what they claim to be.
    Malformed = "malformed",
    /// The act lacks something it must carry.
    PayloadMissing = "payload_missing",
    /// The kind of act is not known to this county.
    UnknownKind = "unknown_kind",
    /// The item belongs to another county.
    OtherCounty = "other_county",
    /// Another item of the same group was refused, so this one was not taken either (ruling 4).
    GroupRefused = "group_refused",
    /// The facts of the case (item, release, village, unit, form) differ from those the county holds.
    CaseMetaDiffers = "case_meta_differs",
    /// The certificate of the desk has run out; it may renew it and nothing else.
    CertificateExpired = "certificate_expired",
    /// The program is too old, or too new, for this county.
    UpdateNeeded = "update_needed",
    /// The county has too much to do; come back later.
    Busy = "busy",
    /// Too many requests from this desk.
    TooFast = "too_fast",
    /// The enrolment code is not one of this county.
    BadEnrolCode = "bad_enrol_code",
    /// The enrolment code was used already.
    EnrolCodeUsed = "enrol_code_used",
    /// The enrolment code has run out.
    EnrolCodeExpired = "enrol_code_expired",
    /// The person works at this desk for another unit already: a person has one unit at one desk.
    OtherUnitHere = "other_unit_here",
    /// Nothing of that name.
    NotFound = "not_found",
    /// The message was packed with a dictionary that this county does not have; without one it understands it.
    UnknownDictionary = "unknown_dictionary",
    /// The file does not have the content it was announced with.
    HashDiffers = "hash_differs",
    /// Entered by somebody whose unit had handed the case on meanwhile: it arrived beside the case, and whoever has the
    /// case now decides what of it holds.
    SideBranch = "side_branch",
    /// The county failed by itself; nothing was done.
    Internal = "internal",
}

/// When it makes sense to send something once more that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Not by itself: a person decides.
    Never,
    /// By itself, after a while; nobody has to do anything.
    Later,
    /// By itself, once the person who made it has logged in again.
    AfterLogin,
    /// By itself, once the program is another one.
    AfterUpdate,
}

impl Retry {
    /// The snake_case name.
    pub fn name(self) -> &'static str {
        match self {
            Retry::Never => "never",
            Retry::Later => "later",
            Retry::AfterLogin => "after_login",
            Retry::AfterUpdate => "after_update",
        }
    }
}

impl Code {
    /// When something refused for this reason may go once more.
    pub fn retry(&self) -> Retry {
        match self {
            Code::Busy | Code::TooFast | Code::Internal => Retry::Later,
            Code::LeaseEnded | Code::CertificateExpired => Retry::AfterLogin,
            Code::UpdateNeeded | Code::UnknownKind => Retry::AfterUpdate,
            _ => Retry::Never,
        }
    }

    /// Whether the same bytes can ever be taken, once somebody has put right what stood in their way.
    pub fn can_be_put_right(&self) -> bool {
        !matches!(
            self,
            Code::BadSignature
                | Code::NotYourActor
                | Code::TooLarge
                | Code::TooManyOps
                | Code::Malformed
                | Code::PayloadMissing
                | Code::OtherCounty
                | Code::CaseMetaDiffers
                | Code::MissingParents
        )
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.name().to_owned()
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The body of every answer that is not a success (HTTP 4xx and 5xx).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("refused: {code}")]
pub struct Refusal {
    /// The reason.
    pub code: Code,
    /// More about it for a log or a developer. Never personal data, never shown to a villager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Milliseconds to wait before trying again, where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Millis>,
    /// Most bytes of a file that are taken, where something was too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

impl Refusal {
    /// A refusal with nothing but its reason.
    pub fn new(code: Code) -> Self {
        Refusal { code, message: None, after: None, max: None }
    }
}
