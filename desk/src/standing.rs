//! Where the desk stands with its county: epoch, cursor, what is offered again, the catalogue it has seen.

use domain::id::Digest;
use serde::{Deserialize, Serialize};
use store::table::{meta, outbox, upload};
use store::{Read, Write};
use sync::session::Position;
use sync::version::SPOKEN;
use sync::wire::Epoch;

use crate::fault::Fault;

const POSITION: &str = "position";
const OFFERED: &str = "offered";

/// Where the desk stands with its county, as kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stand {
    epoch: Option<[u8; 16]>,
    cursor: u64,
    offering: bool,
    catalogue: Option<Digest>,
    #[serde(default)]
    protocol: u16,
}

/// Where the desk stands.
///
/// # Errors
/// The store's.
pub fn position(r: &Read<'_>) -> Result<Position, Fault> {
    let stand: Stand = meta::get_json(r, POSITION)?.unwrap_or_default();
    Ok(Position {
        epoch: stand.epoch.map(Epoch),
        cursor: stand.cursor,
        offering: stand.offering,
        catalogue: stand.catalogue,
        protocol: stand.protocol.clamp(SPOKEN.min, SPOKEN.max),
    })
}

/// Keeps where the desk stands.
///
/// # Errors
/// The store's.
pub fn keep(w: &Write<'_>, position: &Position) -> Result<(), Fault> {
    let stand = Stand {
        epoch: position.epoch.map(|epoch| epoch.0),
        cursor: position.cursor,
        offering: position.offering,
        catalogue: position.catalogue,
        protocol: position.protocol,
    };
    Ok(meta::put_json(w, POSITION, &stand)?)
}

/// The catalogue is asked for again: some of it may be lost here.
///
/// # Errors
/// The store's.
pub fn catalogue_unsure(w: &Write<'_>) -> Result<(), Fault> {
    let position = position(w)?;
    keep(w, &Position { catalogue: None, ..position })
}

/// Notes that the catalogue of that timestamp was stored.
///
/// # Errors
/// The store's.
pub fn catalogue_seen(w: &Write<'_>, hash: Digest) -> Result<(), Fault> {
    let position = position(w)?;
    keep(w, &Position { catalogue: Some(hash), ..position })
}

/// The county has another epoch: what it acknowledged before is offered again, file by file and item by item.
///
/// # Errors
/// The store's.
pub fn start_over(w: &Write<'_>, epoch: Epoch) -> Result<(), Fault> {
    let before = position(w)?;
    keep(w, &Position { epoch: Some(epoch), cursor: 0, offering: true, ..before })?;
    meta::remove(w, OFFERED)?;
    outbox::unmark_sent(w)?;
    upload::offer_again(w)?;
    Ok(())
}

/// After which original the next ones are offered again.
///
/// # Errors
/// The store's.
pub fn offered_until(r: &Read<'_>) -> Result<Option<(u64, Digest)>, Fault> {
    Ok(meta::get_json(r, OFFERED)?)
}

/// Notes how far offering again came: `all` is done, or everything up to `after`.
///
/// # Errors
/// The store's.
pub fn offered(w: &Write<'_>, all: bool, after: Option<(u64, Digest)>) -> Result<(), Fault> {
    match (all, after) {
        (true, _) => meta::remove(w, OFFERED)?,
        (false, Some(after)) => meta::put_json(w, OFFERED, &after)?,
        (false, None) => {}
    }
    Ok(())
}
