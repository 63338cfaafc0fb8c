//! A chunk: a handful of items in one envelope, sealed by the desk, taken in by the county in one transaction.

use domain::id::{CountyId, DeskId, Digest};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

use crate::item::{ActorClaim, ItemId};
use crate::key::{BadSignature, PublicKey, Purpose, SecretKey, Signature};

/// Most items in one chunk.
pub const MAX_ITEMS: usize = 200;
/// Most bytes of a chunk after compression.
pub const MAX_COMPRESSED: usize = 128 * 1024;
/// Most bytes of all items of a chunk before compression.
pub const MAX_PLAIN: usize = 4 * 1024 * 1024;
/// Most actor claims in one chunk.
pub const MAX_CLAIMS: usize = 64;

/// Items in one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The desk that sends it.
    pub desk: DeskId,
    /// Counts up with every chunk of this desk. The desk stores a number before it uses it, and never uses one twice:
    /// the same number with other content tells the county of a cloned or restored desk (ruling 10).
    pub counter: u64,
    /// Bytes of the items, parents before children. On their way they are sorted, see `shelf`.
    #[serde(with = "crate::shelf::items")]
    pub items: Vec<ByteBuf>,
    /// Who the actors inside the items are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ActorClaim>,
    /// Items that belong together, by position: all of a group or none of it (ruling 4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<u16>>,
    /// The desk's seal.
    pub signature: Signature,
}

/// A chunk that must not be opened further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// More items, claims or bytes than allowed.
    #[error("the chunk is too large")]
    TooLarge,
    /// A group names an item that is not there, or one item is in two groups.
    #[error("the groups of the chunk make no sense")]
    BadGroups,
    /// The seal does not fit.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

impl Chunk {
    /// Puts items into a sealed envelope for `county`.
    pub fn seal(
        county: CountyId,
        desk: DeskId,
        counter: u64,
        items: Vec<Vec<u8>>,
        claims: Vec<ActorClaim>,
        groups: Vec<Vec<u16>>,
        key: &SecretKey,
    ) -> Chunk {
        let items = items.into_iter().map(ByteBuf::from).collect();
        let empty = Signature { alg: 0, bytes: Vec::new() };
        let mut chunk = Chunk { desk, counter, items, claims, groups, signature: empty };
        chunk.signature = key.sign(Purpose::Chunk, &chunk.hash(county).0);
        chunk
    }

    /// The names of the items, in order.
    pub fn item_ids(&self) -> Vec<ItemId> {
        self.items.iter().map(|bytes| ItemId::of(bytes)).collect()
    }

    /// SHA-256 over county, desk, counter, item names, claims and groups: what the seal covers, and what tells two
    /// chunks of the same number apart.
    pub fn hash(&self, county: CountyId) -> Digest {
        let mut hash = Sha256::new();
        hash.update(county.0.as_bytes());
        hash.update(self.desk.0.as_bytes());
        hash.update(self.counter.to_be_bytes());
        hash.update(length(self.items.len()));
        for id in self.item_ids() {
            hash.update(id.0.0);
        }
        hash.update(length(self.claims.len()));
        for claim in &self.claims {
            hash.update(claim.actor.0);
            hash.update(claim.desk.0.as_bytes());
            hash.update(claim.person.0.as_bytes());
            for text in [claim.name.as_str(), claim.unit.as_str()] {
                hash.update(length(text.len()));
                hash.update(text.as_bytes());
            }
        }
        hash.update(length(self.groups.len()));
        for group in &self.groups {
            hash.update(length(group.len()));
            for index in group {
                hash.update(index.to_be_bytes());
            }
        }
        Digest(hash.finalize().into())
    }

    /// Checks sizes, groups and the desk's seal, in this order, before anything inside is opened.
    ///
    /// # Errors
    /// [`ChunkError`] naming the first thing that is wrong.
    pub fn check(&self, county: CountyId, desk_key: &PublicKey) -> Result<(), ChunkError> {
        let plain: usize = self.items.iter().map(|item| item.len()).sum();
        if self.items.len() > MAX_ITEMS || plain > MAX_PLAIN || self.claims.len() > MAX_CLAIMS {
            return Err(ChunkError::TooLarge);
        }
        let mut seen = std::collections::BTreeSet::new();
        let sensible = |index: &u16| usize::from(*index) < self.items.len() && seen.insert(*index);
        if !self.groups.iter().flatten().all(sensible) {
            return Err(ChunkError::BadGroups);
        }
        Ok(desk_key.verify(Purpose::Chunk, &self.hash(county).0, &self.signature)?)
    }

    /// The position sets to take in one by one: the groups, and every other item alone, in the order of their first item.
    pub fn units(&self) -> Vec<Vec<usize>> {
        let mut units: Vec<Vec<usize>> =
            self.groups.iter().map(|group| group.iter().map(|index| usize::from(*index)).collect()).collect();
        let grouped: std::collections::BTreeSet<usize> = units.iter().flatten().copied().collect();
        units.extend((0..self.items.len()).filter(|index| !grouped.contains(index)).map(|index| vec![index]));
        units.iter_mut().for_each(|unit| unit.sort_unstable());
        units.retain(|unit| !unit.is_empty());
        units.sort();
        units
    }
}

fn length(count: usize) -> [u8; 8] {
    (count as u64).to_be_bytes()
}
