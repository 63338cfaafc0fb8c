//! A sixteen-byte sum over many cases, by which desk and county see at a glance whether they hold the same.
//!
//! It guards against loss and mistakes, not against a forger: signatures and the audit chain do that.

use domain::id::{CaseId, Digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Sum over (case, heads) of a scope. Kept up to date by taking the old heads out and putting the new ones in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeDigest(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl ScopeDigest {
    /// The sum with one case more.
    #[must_use]
    pub fn with(self, case: CaseId, heads: &[Digest]) -> Self {
        ScopeDigest(u128::from_be_bytes(self.0).wrapping_add(share(case, heads)).to_be_bytes())
    }

    /// The sum with one case less.
    #[must_use]
    pub fn without(self, case: CaseId, heads: &[Digest]) -> Self {
        ScopeDigest(u128::from_be_bytes(self.0).wrapping_sub(share(case, heads)).to_be_bytes())
    }
}

fn share(case: CaseId, heads: &[Digest]) -> u128 {
    let mut sorted = heads.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(case.0.as_bytes());
    sorted.iter().for_each(|head| hash.update(head.0));
    let hash: [u8; 32] = hash.finalize().into();
    hash.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

/// The two sums a desk and the county compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digests {
    /// Over drafts of the unit.
    pub drafts: ScopeDigest,
    /// Over submitted cases of the scope.
    pub cases: ScopeDigest,
}
