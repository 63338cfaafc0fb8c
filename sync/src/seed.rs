//! The first page of every case: the same bytes on every machine, holding the empty lists that all entries go into.
//!
//! Two desks that begin a case each on its own still write into the same lists, because the lists come from this one
//! fixed change (ruling 1). Its bytes are a constant: a later Automerge may encode differently, the seed may not.

use automerge::{Automerge, AutomergeError, Change};
use domain::id::Digest;

/// The writer of the seed. Nobody may write as this actor (ruling 5).
pub(crate) const ACTOR: [u8; 16] = *b"daiban/seed/0001";

/// The lists of a case document, in the order in which the seed makes them: the n-th is object `n@ACTOR`.
/// `meta` is reserved for facts a later version may want inside the document.
pub(crate) const LISTS: [&str; 8] =
    ["meta", "answers", "source", "evidence", "seen", "rows", "materials", "notes"];

/// Hash of the seed change.
pub(crate) const HASH: Digest = Digest([
    0xe6, 0xb2, 0xa8, 0x1d, 0xe9, 0xe9, 0x61, 0xcc, 0xfc, 0x71, 0x5e, 0x30, 0x72, 0x9c, 0x6c, 0xfd, 0xc5,
    0x4c, 0x02, 0xed, 0xdf, 0xe1, 0x1d, 0x0e, 0x3e, 0xa4, 0x8a, 0x07, 0xcd, 0xab, 0x75, 0x21,
]);

/// The seed change: one map for each of [`LISTS`], at time 0.
const BYTES: [u8; 107] = [
    0x85, 0x6f, 0x4a, 0x83, 0xe6, 0xb2, 0xa8, 0x1d, 0x01, 0x61, 0x00, 0x10, 0x64, 0x61, 0x69, 0x62, 0x61,
    0x6e, 0x2f, 0x73, 0x65, 0x65, 0x64, 0x2f, 0x30, 0x30, 0x30, 0x31, 0x01, 0x01, 0x00, 0x00, 0x00, 0x05,
    0x15, 0x38, 0x34, 0x01, 0x42, 0x02, 0x56, 0x02, 0x70, 0x02, 0x78, 0x04, 0x6d, 0x65, 0x74, 0x61, 0x07,
    0x61, 0x6e, 0x73, 0x77, 0x65, 0x72, 0x73, 0x06, 0x73, 0x6f, 0x75, 0x72, 0x63, 0x65, 0x08, 0x65, 0x76,
    0x69, 0x64, 0x65, 0x6e, 0x63, 0x65, 0x04, 0x73, 0x65, 0x65, 0x6e, 0x04, 0x72, 0x6f, 0x77, 0x73, 0x09,
    0x6d, 0x61, 0x74, 0x65, 0x72, 0x69, 0x61, 0x6c, 0x73, 0x05, 0x6e, 0x6f, 0x74, 0x65, 0x73, 0x08, 0x08,
    0x00, 0x08, 0x00, 0x08, 0x00,
];

/// A document with nothing but the seed change.
pub(crate) fn document() -> Result<Automerge, AutomergeError> {
    let mut document = Automerge::new();
    let change = Change::from_bytes(BYTES.to_vec()).map_err(|_| AutomergeError::InvalidHash(hash()))?;
    document.apply_changes([change])?;
    Ok(document)
}

fn hash() -> automerge::ChangeHash {
    automerge::ChangeHash(HASH.0)
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, ObjType, ROOT, ReadDoc};

    use super::*;

    #[test]
    fn the_seed_is_the_same_bytes_on_every_machine() {
        let seed = document().unwrap();
        assert_eq!(seed.get_heads(), vec![hash()]);
        assert_eq!(HASH.to_string(), "e6b2a81de9e961ccfc715e30729c6cfdc54c02eddfe11d0e3ea48a07cdab7521");
        assert_eq!(seed.keys(ROOT).count(), LISTS.len());
    }

    #[test]
    fn the_seed_is_what_the_engine_makes_of_it_today() {
        let mut made = Automerge::new().with_actor(ActorId::from(ACTOR));
        made.transact_with::<_, _, AutomergeError, _>(
            |()| CommitOptions::default().with_time(0),
            |tx| LISTS.iter().try_for_each(|list| tx.put_object(ROOT, *list, ObjType::Map).map(|_| ())),
        )
        .unwrap();
        assert_eq!(made.get_heads(), vec![hash()]);
    }
}
