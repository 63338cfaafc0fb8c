//! Opens an item and counts what is in it, before the database is asked for anything.

use domain::id::{CaseId, Digest};
use serde_bytes::ByteBuf;
use sync::act::{ActBody, SignedAct};
use sync::cores;
use sync::inspect::{self, Contents, LIMITS};
use sync::item::{CaseMeta, Item, ItemId, unknown_kind};
use sync::refusal::Code;

/// Most bytes of an act. The longest is one notice of everything to be corrected.
const MAX_ACT: usize = 64 * 1024;
/// Most heads an act or an item may name.
const MAX_HEADS: usize = 64;

/// An item, opened. `whole` is its bytes as they came.
#[derive(Debug)]
pub enum Prepared {
    /// It cannot be taken, whatever the database says.
    Bad(Code),
    /// A whole document.
    Document {
        /// The case.
        case: CaseId,
        /// Its unchanging facts.
        meta: CaseMeta,
        /// The document.
        bytes: ByteBuf,
        /// What is in it.
        contents: Contents,
        /// The item.
        whole: Vec<u8>,
    },
    /// Changes to a document.
    Changes {
        /// The case.
        case: CaseId,
        /// The heads they build on.
        base: Vec<Digest>,
        /// The changes.
        changes: Vec<ByteBuf>,
        /// The heads the desk had after them.
        heads: Vec<Digest>,
        /// What is in them.
        contents: Contents,
        /// The item.
        whole: Vec<u8>,
    },
    /// An official step.
    Act {
        /// With its seals, unchecked.
        signed: SignedAct,
        /// What the seals cover.
        body: Box<ActBody>,
        /// The item.
        whole: Vec<u8>,
    },
}

/// Opens all items of a chunk.
pub fn all(items: &[ByteBuf]) -> Vec<(ItemId, Prepared)> {
    cores::each(items.iter().collect(), |bytes: &ByteBuf| (ItemId::of(bytes), prepare(bytes)))
}

/// Opens an item within the limits of the protocol.
pub fn prepare(bytes: &[u8]) -> Prepared {
    open(bytes).unwrap_or_else(Prepared::Bad)
}

fn open(bytes: &[u8]) -> Result<Prepared, Code> {
    let whole = bytes.to_vec();
    match Item::from_bytes(bytes).map_err(|_| unreadable(bytes))? {
        Item::Document { case, meta, bytes, heads, .. } => {
            let contents = inspect::document(&bytes, &LIMITS).map_err(inspect::InspectError::code)?;
            if contents.heads != heads {
                return Err(Code::Malformed);
            }
            Ok(Prepared::Document { case, meta, bytes, contents, whole })
        }
        Item::Changes { case, base, changes, heads, .. } => {
            if base.len() > MAX_HEADS || heads.len() > MAX_HEADS {
                return Err(Code::TooManyOps);
            }
            let contents = inspect::changes(&changes, &LIMITS).map_err(inspect::InspectError::code)?;
            if contents.changes.is_empty() {
                return Err(Code::Malformed);
            }
            Ok(Prepared::Changes { case, base, changes, heads, contents, whole })
        }
        Item::Act(signed) => {
            if signed.bytes.len() > MAX_ACT {
                return Err(Code::TooLarge);
            }
            let body = signed.body().map_err(|_| Code::Malformed)?;
            if body.heads.len() > MAX_HEADS {
                return Err(Code::TooManyOps);
            }
            Ok(Prepared::Act { signed, body: Box::new(body), whole })
        }
    }
}

/// A kind of a newer program is refused as such: its desk tries again once this county is newer as well.
fn unreadable(bytes: &[u8]) -> Code {
    if unknown_kind(bytes).is_some() { Code::UnknownKind } else { Code::Malformed }
}
