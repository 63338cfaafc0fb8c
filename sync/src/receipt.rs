//! Receipts: what the county did with each item, sealed by the county so that the desk can show it later.

use domain::id::{CountyId, DeskId, Digest};
use domain::moment::Millis;
use serde::{Deserialize, Serialize};

use crate::item::ItemId;
use crate::key::{BadSignature, PublicKey, Purpose, SecretKey, Signature};
use crate::refusal::Code;
use crate::wire::{Epoch, WireError, from_cbor, to_cbor};

/// What became of one item that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// Taken in, durable, under this county number.
    Stored {
        /// The county's number.
        seq: u64,
    },
    /// It was there already, under this number.
    Had {
        /// The county's number.
        seq: u64,
    },
    /// Not taken; a person has to do something.
    Refused {
        /// Why.
        code: Code,
    },
    /// Not taken now; it stays in the outbox.
    Later {
        /// Why.
        code: Code,
        /// Milliseconds to wait.
        after: Millis,
    },
    /// These changes have to come first; it stays in the outbox.
    Needs {
        /// Hashes of the changes the county lacks.
        hashes: Vec<Digest>,
    },
}

impl Ack {
    /// The county's number, when the county has the item.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Ack::Stored { seq } | Ack::Had { seq } => Some(*seq),
            _ => None,
        }
    }

    /// Whether the item leaves the outbox: the county has it, or refused it for good.
    pub fn is_final(&self) -> bool {
        matches!(self, Ack::Stored { .. } | Ack::Had { .. } | Ack::Refused { .. })
    }
}

/// What the county's seal covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptBody {
    /// The county that answers.
    pub county: CountyId,
    /// The desk that asked.
    pub desk: DeskId,
    /// The epoch of the county's database.
    pub epoch: Epoch,
    /// The county's clock.
    pub time: Millis,
    /// One result for each item of the chunk, in its order.
    pub acks: Vec<(ItemId, Ack)>,
}

/// Results with the county's seal. Kept by the desk, so that numbers survive a county that was restored (ruling 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipts {
    /// CBOR of a [`ReceiptBody`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The county's seal over `bytes`.
    pub county: Signature,
}

impl SignedReceipts {
    /// Seals `body` with the county's key.
    pub fn sign(body: &ReceiptBody, county: &SecretKey) -> Self {
        let bytes = to_cbor(body);
        let county = county.sign(Purpose::Receipt, &bytes);
        SignedReceipts { bytes, county }
    }

    /// Checks the seal and reads what it covers.
    ///
    /// # Errors
    /// [`ReceiptError`] for another key or bytes that are no receipt.
    pub fn open(&self, county: &PublicKey) -> Result<ReceiptBody, ReceiptError> {
        county.verify(Purpose::Receipt, &self.bytes, &self.county)?;
        Ok(from_cbor(&self.bytes)?)
    }
}

/// A receipt that proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The seal is not the county's.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The bytes are no receipt.
    #[error(transparent)]
    Wire(#[from] WireError),
}
