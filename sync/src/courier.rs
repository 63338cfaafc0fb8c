//! Courier files: what a village without a network and the county have for each other, sealed into one file on a stick.
//!
//! A courier file is an `age` file for one recipient. Inside, a manifest signed by its sender names every part with its
//! size and hash; the parts follow back to back. They are the very things that travel online: sealed chunks, answers of
//! the county, attached files, the signed catalogue. There are no paths inside. `docs/courier.md` tells the bytes.

mod label;
mod pack;

use domain::id::{CaseId, CountyId, DeskId, Digest};
use domain::moment::Millis;
use serde::{Deserialize, Serialize};

use crate::enrol::{RenewReply, RenewRequest};
use crate::receipt::SignedReceipts;
use crate::refusal::Code;
use crate::wire::Epoch;

pub use label::{Identity, Label, Recipient, UnitLabel, label};
pub use pack::{Pack, Part, Written, sum, write};

/// Version of the format.
pub const VERSION: u16 = 1;
/// Most bytes of a courier file: what still fits on a stick formatted with FAT32.
pub const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024 - 64 * 1024 * 1024;
/// Most bytes of a manifest.
pub const MOST_MANIFEST: u32 = 16 * 1024 * 1024;
/// Most bytes of a part that is read into memory; only a box, which is copied from file to file, may be larger.
pub const MOST_PART: u64 = 24 * 1024 * 1024;
/// Most chunks of one courier file. The county keeps the answers to a few more than that.
pub const MOST_CHUNKS: usize = 48;

/// Who sends or receives a courier file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The county.
    County,
    /// A desk of the county.
    Desk(DeskId),
}

/// What lies in a courier file, and what has to be known about it. Signed by its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, [`VERSION`].
    pub v: u16,
    /// The county all of this belongs to.
    pub county: CountyId,
    /// Who made it.
    pub from: Party,
    /// For whom.
    pub to: Party,
    /// Counts up with every courier file of this sender for this recipient.
    pub number: u64,
    /// The unit of the desk at either end. It stands on the outside, too, for whoever carries the file.
    #[serde(default)]
    pub unit: Option<UnitLabel>,
    /// When it was made, by the sender's clock. The county's is believed, a desk's is not.
    pub made: Millis,
    /// Epoch of the county's database, as the sender knows it.
    pub epoch: Option<Epoch>,
    /// What goes up or comes down beside the parts.
    pub load: Load,
    /// The parts, in the order in which they follow.
    pub parts: Vec<Entry>,
}

/// The direction of a courier file, and what only that direction says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// From a desk to the county.
    Up(Up),
    /// From the county to a desk.
    Down(Box<Down>),
}

/// What a desk tells the county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Up {
    /// Last place of the county that the desk has stored, in `epoch`: the answer begins after it.
    pub cursor: u64,
    /// Counter of the first chunk whose answer the desk waits for; beyond all counters when there is none.
    pub unanswered: u64,
    /// Hash of the catalogue's timestamp.json that the desk has.
    pub catalogue: Option<Digest>,
    /// The `age` recipient for answers to this desk, `age1…`.
    pub recipient: String,
    /// Asks for the next certificate and permissions.
    pub renew: Option<RenewRequest>,
    /// Files that cases name and the desk does not have.
    pub wants: Vec<(CaseId, Digest)>,
}

/// What the county tells a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// Number of the newest courier file of the desk that the county took in; 0 when there was none.
    pub answers: u64,
    /// What became of the chunks of the desk, each answer under the county's own seal.
    pub receipts: Vec<SignedReceipts>,
    /// What became of the files that the desk brought.
    pub files: Vec<FileAnswer>,
    /// New certificate and permissions, if the desk asked for them.
    pub renewal: Option<RenewReply>,
    /// Courier files of others that arrived at the county through this desk, by SHA-256.
    pub carried: Vec<Digest>,
    /// Hash of the timestamp.json of the catalogue that comes along.
    pub catalogue: Option<Digest>,
}

/// What became of a file that a desk brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// The case.
    pub case: CaseId,
    /// The file.
    pub sha256: Digest,
    /// Why the county did not take it; none when it has it.
    pub refused: Option<Code>,
}

/// One part of a courier file, as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub what: What,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

/// What a part of a courier file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Receipts of an earlier epoch to adopt (ruling 9): CBOR of an array of [`SignedReceipts`].
    Receipts,
    /// A sealed chunk, as [`crate::wire::encode`] writes it.
    Chunk {
        /// Its counter.
        counter: u64,
    },
    /// Items of the county in its order: a [`crate::wire::SyncReply`] over the places (`after`, `to`] of the desk's scope.
    Reply {
        /// The place after which it begins.
        after: u64,
        /// The last place it covers.
        to: u64,
    },
    /// An attached file.
    File {
        /// The case that names it.
        case: CaseId,
        /// Media type.
        mime: String,
    },
    /// A file of the catalogue repository.
    Catalogue {
        /// Its name in the repository, `metadata/…` or `targets/…`. It is looked up by this name and never becomes a path.
        name: String,
    },
    /// Another courier file, which whoever carries it can neither read nor alter.
    Box,
}

/// Why a courier file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// No courier file at all.
    #[error("not a courier file")]
    NotAPack,
    /// It belongs to another county.
    #[error("a courier file of another county")]
    OtherCounty,
    /// It is for somebody else.
    #[error("a courier file for somebody else")]
    NotForUs,
    /// Cut off, altered, or sealed for a key that is not ours.
    #[error("the courier file is damaged or incomplete")]
    Damaged,
    /// Its sender is not known, was locked out, or did not sign it.
    #[error("the courier file is from a stranger")]
    Stranger,
    /// A newer program made it.
    #[error("the courier file needs a newer program")]
    Newer,
    /// More than may be in one.
    #[error("the courier file is too large")]
    TooLarge,
    /// A key of the recipient that cannot be used.
    #[error("the recipient's key cannot be used")]
    BadKey,
    /// The disk, or whoever provides the contents.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl CourierError {
    /// The stable code, snake_case; the sentence is found by it.
    pub fn code(&self) -> &'static str {
        match self {
            CourierError::NotAPack => "not_a_pack",
            CourierError::OtherCounty => "pack_other_county",
            CourierError::NotForUs => "pack_not_for_us",
            CourierError::Damaged => "pack_damaged",
            CourierError::Stranger => "pack_stranger",
            CourierError::Newer => "update_needed",
            CourierError::TooLarge => "pack_too_large",
            CourierError::BadKey => "no_courier_key",
            CourierError::Io(_) => "file_unreadable",
        }
    }
}

/// What the county answers to a desk that hands on a courier file of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The desk that made it: there may be an answer for it to carry back.
    pub desk: DeskId,
    /// Items that were new.
    pub new: u64,
    /// Items that were there.
    pub known: u64,
    /// Items, files and boxes that were not taken.
    pub refused: u64,
}
