//! Handing in catalogue workbooks: who does it, under their own seal, and what the county answers.

use domain::id::{CountyId, DeskId, PersonId};
use serde::{Deserialize, Serialize};

use crate::key::{BadSignature, PublicKey, Purpose, SecretKey, Signature};
use crate::wire::{WireError, from_cbor, to_cbor};

/// One workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueFile {
    /// Its place in the catalogue folder (`regions.xlsx`, `items/NAME/item.xlsx`), or any file name: a workbook of an
    /// item finds its place by the code inside.
    pub name: String,
    /// Its bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// What the seal of a [`PublishRequest`] covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishBody {
    /// The county it is meant for.
    pub county: CountyId,
    /// The desk it comes from.
    pub desk: DeskId,
    /// Who hands it in.
    pub person: PersonId,
    /// What is new, in words.
    pub note: String,
    /// The workbooks; those not named stay as they were published last.
    pub files: Vec<CatalogueFile>,
}

/// `POST /v1/catalogue/publish`, plain CBOR because workbooks are compressed already. With `?check=1` nothing is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishRequest {
    /// CBOR of a [`PublishBody`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The person's seal over `bytes`: what every desk will follow is vouched for by a person, not by a laptop.
    pub person: Signature,
}

impl PublishRequest {
    /// Seals `body` with the person's own key.
    pub fn sign(body: &PublishBody, person: &SecretKey) -> Self {
        let bytes = to_cbor(body);
        let person = person.sign(Purpose::Publish, &bytes);
        PublishRequest { bytes, person }
    }

    /// Reads the body without checking the seal.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are no such request.
    pub fn body(&self) -> Result<PublishBody, WireError> {
        from_cbor(&self.bytes)
    }

    /// Checks the seal against the key that the county has on record for the person.
    ///
    /// # Errors
    /// [`BadSignature`] when it does not fit.
    pub fn verify(&self, person: &PublicKey) -> Result<(), BadSignature> {
        person.verify(Purpose::Publish, &self.bytes, &self.person)
    }
}

/// Answer to `POST /v1/catalogue/publish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishReply {
    /// The new release; none when it was only checked, or refused because of its findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u64>,
    /// What is wrong with it, errors first.
    #[serde(default)]
    pub findings: Vec<PublishFinding>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishFinding {
    /// Workbook.
    pub file: String,
    /// Sheet in it.
    pub sheet: String,
    /// Row as the spreadsheet numbers it, if one row is at fault.
    #[serde(default)]
    pub row: Option<u64>,
    /// Header of the column, if one column is at fault.
    #[serde(default)]
    pub column: Option<String>,
    /// Whether it forbids publishing.
    pub error: bool,
    /// Stable code.
    pub code: String,
    /// The sentence.
    pub message: String,
}
