//! Room on the disk that is given back when nobody waits for it.

use store::table::{original, seal};

use crate::fault::Fault;
use crate::open::Open;

/// Originals or answers in one transaction: whoever saves a field meanwhile does not wait for it.
const AT_ONCE: usize = 100;

/// Puts originals down as what differs from their documents, sealed answers as what differs from their receipts, and writes the
/// database anew when enough of it is free.
///
/// # Errors
/// The store's; what was done until then stays done.
pub(crate) fn give_back(open: &Open) -> Result<(), Fault> {
    while open.store.write(|w| original::fold(w, AT_ONCE))? == AT_ONCE {}
    while open.store.write(|w| seal::fold(w, AT_ONCE))? == AT_ONCE {}
    open.store.compact()?;
    Ok(())
}
