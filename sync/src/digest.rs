//! Sums over many cases, by which desk and county see at a glance whether they hold the same, and find what differs.
//!
//! They guard against loss and mistakes, not against a forger: signatures and the audit chain do that.

use domain::id::{ActId, CaseId, Digest};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

/// The name of a step or of a side branch in a share: of the act with its number ([`step`]), or the first half of the item's
/// name.
pub type Mark = [u8; 16];

/// The mark of a numbered step: the first half of SHA-256 over the id of the act and its number, 8 bytes big endian. A step that
/// got another number, because the county was restored before anybody knew the first, is found like one that is missing.
pub fn step(act: ActId, number: u64) -> Mark {
    let mut hash = Sha256::new();
    hash.update(act.0.as_bytes());
    hash.update(number.to_be_bytes());
    half(&hash.finalize().into())
}

fn half(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    half
}

/// Heaps that the cases of a desk are summed up in to find what differs.
pub const HEAPS: usize = 256;

/// What one case adds to the sums: its document's heads and its numbered steps, as the county has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share(pub [u8; 16]);

impl Share {
    /// The share of a case that stands there.
    pub fn of(case: CaseId, heads: &[Digest], marks: &[Mark]) -> Share {
        let (mut heads, mut marks) = (heads.to_vec(), marks.to_vec());
        heads.sort_unstable();
        heads.dedup();
        marks.sort_unstable();
        marks.dedup();
        let mut hash = Sha256::new();
        hash.update(case.0.as_bytes());
        hash.update((heads.len() as u64).to_be_bytes());
        heads.iter().for_each(|head| hash.update(head.0));
        marks.iter().for_each(|mark| hash.update(mark));
        Share(half(&hash.finalize().into()))
    }

    /// The half that is sent when cases are compared one by one.
    pub fn half(self) -> [u8; 8] {
        let mut half = [0; 8];
        half.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        half
    }
}

/// The heap a case belongs to: the first byte of SHA-256 over its id. Ids are made in the order of time and would fill one
/// heap after the other.
pub fn heap(case: CaseId) -> u8 {
    Sha256::digest(case.0.as_bytes()).first().copied().unwrap_or_default()
}

/// Sum over the shares of a scope. Kept up to date by taking the old share out and putting the new one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeDigest(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl ScopeDigest {
    /// The sum with one case more.
    #[must_use]
    pub fn with(self, share: Share) -> Self {
        let sum = u128::from_be_bytes(self.0).wrapping_add(u128::from_be_bytes(share.0));
        ScopeDigest(sum.to_be_bytes())
    }

    /// The sum with one case less.
    #[must_use]
    pub fn without(self, share: Share) -> Self {
        let sum = u128::from_be_bytes(self.0).wrapping_sub(u128::from_be_bytes(share.0));
        ScopeDigest(sum.to_be_bytes())
    }
}

/// The two sums a desk and the county compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digests {
    /// Over drafts of the unit.
    pub drafts: ScopeDigest,
    /// Over submitted cases of the scope.
    pub cases: ScopeDigest,
}

impl Digests {
    /// The sums with one case more.
    pub fn add(&mut self, draft: bool, share: Share) {
        let sum = if draft { &mut self.drafts } else { &mut self.cases };
        *sum = sum.with(share);
    }

    /// The sums with one case less.
    pub fn take(&mut self, draft: bool, share: Share) {
        let sum = if draft { &mut self.drafts } else { &mut self.cases };
        *sum = sum.without(share);
    }
}

/// One sum of eight bytes for each heap, for finding the heaps in which something differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heaps(Vec<u64>);

impl Default for Heaps {
    fn default() -> Self {
        Heaps(vec![0; HEAPS])
    }
}

impl Heaps {
    /// Puts a case in.
    pub fn add(&mut self, heap: u8, share: Share) {
        if let Some(sum) = self.0.get_mut(usize::from(heap)) {
            *sum = sum.wrapping_add(u64::from_be_bytes(share.half()));
        }
    }

    /// The bytes that are sent: the sums in order, big endian.
    pub fn to_bytes(&self) -> ByteBuf {
        ByteBuf::from(self.0.iter().flat_map(|sum| sum.to_be_bytes()).collect::<Vec<u8>>())
    }

    /// The heaps whose sum is not the one in `bytes`. Bytes of another length differ everywhere.
    pub fn differing(&self, bytes: &[u8]) -> Vec<u8> {
        let theirs: Vec<u64> = bytes
            .chunks_exact(8)
            .map(|sum| sum.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
            .collect();
        let same = |at: usize| theirs.len() == HEAPS && theirs.get(at) == self.0.get(at);
        (0u8..=u8::MAX).filter(|heap| !same(usize::from(*heap))).collect()
    }
}

/// What a desk asks in order to find and repair what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// [`Heaps::to_bytes`] of everything the desk holds: in which heaps does the county hold something else?
    Heaps(ByteBuf),
    /// These cases differ: what does the county hold beyond this?
    Cases(Vec<Held>),
}

/// How far a case is known, on either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The case.
    pub case: CaseId,
    /// Heads of its document; none when it is not known.
    pub heads: Vec<Digest>,
    /// Its numbered steps and side branches.
    pub marks: Vec<ByteBuf>,
}

/// One case of a heap that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// The case.
    pub case: CaseId,
    /// [`Share::half`].
    pub share: ByteBuf,
}

/// What the county answers to [`Compare`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Compared {
    /// Heaps that differ and are listed here in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heaps: Vec<u8>,
    /// The county's cases in those heaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<Leaf>,
    /// How the county knows the cases that were asked for; what it holds beyond the desk comes among the items. A case that is
    /// missing here has to be asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// Whether more differs than is listed. Sent without having been asked, it tells the desk to compare: the county cannot
    /// go on from the desk's cursor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn case(n: u128) -> CaseId {
        CaseId(Uuid::from_u128(n))
    }

    #[test]
    fn equal_holdings_have_equal_sums_in_any_order_and_a_lost_step_shows() {
        let head = Digest([1; 32]);
        let (one, two) = (Share::of(case(1), &[head], &[]), Share::of(case(2), &[head], &[[1; 16], [2; 16]]));
        let sum = ScopeDigest::default();
        assert_eq!(sum.with(one).with(two), sum.with(two).with(one));
        assert_eq!(sum.with(one).with(two).without(one), sum.with(two));
        assert_eq!(two, Share::of(case(2), &[head], &[[2; 16], [1; 16]]));
        assert_ne!(two, Share::of(case(2), &[head], &[[1; 16]]));
        assert_ne!(one, Share::of(case(1), &[], &[]));
    }

    #[test]
    fn a_step_with_another_number_is_another_mark() {
        let act = ActId(Uuid::from_u128(1));
        assert_eq!(step(act, 7), step(act, 7));
        assert_ne!(step(act, 7), step(act, 8));
        assert_ne!(step(act, 7), step(ActId(Uuid::from_u128(2)), 7));
    }

    #[test]
    fn one_differing_case_among_many_shows_in_one_heap() {
        let (mut here, mut there) = (Heaps::default(), Heaps::default());
        for n in 0..20_000 {
            let share = Share::of(case(n), &[], &[]);
            here.add(heap(case(n)), share);
            let share = if n == 777 { Share::of(case(n), &[Digest([1; 32])], &[]) } else { share };
            there.add(heap(case(n)), share);
        }
        assert_eq!(here.differing(&there.to_bytes()), [heap(case(777))]);
        assert_eq!(here.differing(&here.to_bytes()), [0u8; 0]);
        assert_eq!(here.differing(&[1, 2]).len(), HEAPS);
        assert_eq!(here.to_bytes().len(), 2048);
    }
}
