//! What travels between desk and county: whole case documents, changes to them, and signed acts.
//!
//! An item is its bytes: they are made once, stored, signed over and never re-encoded, so that parts a newer
//! program added survive an older one.

use std::fmt;
use std::str::FromStr;

use domain::id::{CaseId, DeskId, Digest, DigestError, PersonId};
use domain::moment::Moment;
use domain::region::RegionCode;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::Digest as _;

use crate::act::SignedAct;
use crate::wire::{WireError, from_cbor, to_cbor};

/// SHA-256 over the bytes of an item; its name everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub Digest);

impl ItemId {
    /// The first half of the name, for sums over cases.
    pub fn mark(self) -> [u8; 16] {
        let mut mark = [0; 16];
        mark.iter_mut().zip(self.0.0).for_each(|(to, from)| *to = from);
        mark
    }

    /// The name of the item with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        ItemId(Digest(sha2::Sha256::digest(bytes).into()))
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ItemId {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse().map(ItemId)
    }
}

/// Who writes in a document: 16 random bytes, new at every unlock and for every person (ruling 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Actor {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Actor(bytes))
    }
}

/// Facts of a case that never change. They travel with its document because nobody could place it without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseMeta {
    /// Code of the service item.
    pub item: String,
    /// Catalogue release the case began on.
    pub release: u64,
    /// The citizen's village (ruling 11).
    pub village: RegionCode,
    /// The unit that took the case in.
    pub unit: RegionCode,
    /// Digest of the form definition.
    pub form: Digest,
}

/// The statement that an actor is this person at this desk. The county checks it before it applies anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorClaim {
    /// The writer named inside changes.
    pub actor: Actor,
    /// The desk it writes on.
    pub desk: DeskId,
    /// The person who had unlocked that desk.
    pub person: PersonId,
    /// The person's name for display. The county puts its own name for the person here when it passes items on.
    pub name: String,
    /// The unit that person works for.
    pub unit: RegionCode,
}

/// One thing that travels, is stored, and gets a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// A case the county has never seen: the whole document.
    Document {
        /// The case.
        case: CaseId,
        /// Its unchanging facts.
        meta: CaseMeta,
        /// The document, saved without compression (the stream around it compresses better).
        bytes: ByteBuf,
        /// Heads of the document in `bytes`, sorted.
        heads: Vec<Digest>,
        /// When this item was made.
        moment: Moment,
    },
    /// Changes to a case the county knows.
    Changes {
        /// The case.
        case: CaseId,
        /// Heads that the changes build on, sorted.
        base: Vec<Digest>,
        /// The changes, uncompressed, parents before children.
        changes: Vec<ByteBuf>,
        /// Heads after them, sorted.
        heads: Vec<Digest>,
        /// When this item was made.
        moment: Moment,
    },
    /// An official step.
    Act(SignedAct),
}

/// What an item is, for a list or a lane, without opening it further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// [`Item::Document`].
    Document,
    /// [`Item::Changes`].
    Changes,
    /// [`Item::Act`].
    Act,
}

/// The kind of an item that this program does not know, and its case where it names one; `None` when the bytes are a known
/// kind or no item at all. Such an item is kept as it is, for a later program.
pub fn unknown_kind(bytes: &[u8]) -> Option<(String, Option<CaseId>)> {
    let ciborium::Value::Map(entries) = from_cbor::<ciborium::Value>(bytes).ok()? else { return None };
    let [(ciborium::Value::Text(kind), content)] = entries.as_slice() else { return None };
    if ["Document", "Changes", "Act"].contains(&kind.as_str()) {
        return None;
    }
    let named = |(key, _): &&(ciborium::Value, ciborium::Value)| key.as_text() == Some("case");
    let case = content.as_map().and_then(|fields| fields.iter().find(named));
    Some((kind.clone(), case.and_then(|(_, case)| case.deserialized().ok())))
}

impl Item {
    /// The bytes to store, sign and send. Make them once and keep them.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(self)
    }

    /// Reads an item.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are not exactly one item.
    pub fn from_bytes(bytes: &[u8]) -> Result<Item, WireError> {
        from_cbor(bytes)
    }

    /// What it is.
    pub fn kind(&self) -> ItemKind {
        match self {
            Item::Document { .. } => ItemKind::Document,
            Item::Changes { .. } => ItemKind::Changes,
            Item::Act(_) => ItemKind::Act,
        }
    }

    /// The case it belongs to.
    ///
    /// # Errors
    /// [`WireError`] when it is an act whose body cannot be read.
    pub fn case(&self) -> Result<CaseId, WireError> {
        match self {
            Item::Document { case, .. } | Item::Changes { case, .. } => Ok(*case),
            Item::Act(act) => Ok(act.body()?.act.case),
        }
    }
}
