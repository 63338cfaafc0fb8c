//! Photographs and papers wait while the line is paid for by the byte: what the system says of the line, and what the person
//! chose.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ipc::problem::Problem;
use ipc::sync::{Held, HeldWhy, PicturesNow, PicturesPut, PicturesWait, SyncView};
use store::Read;
use store::table::{meta, upload};

use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, blocking, syncing};

/// Name of the choice in the store. It belongs to the machine: whoever works there pays for the same line.
const CHOICE: &str = "pictures";

/// What a run of the program knows about the line.
#[derive(Debug, Default)]
pub(crate) struct Price {
    /// Whether whoever knows says that it is paid for by the byte.
    metered: AtomicBool,
    /// Somebody wants everything sent all the same, until all of it is.
    anyway: AtomicBool,
}

impl Desk {
    /// Tells whether the line is paid for by the byte. Nobody has said so: it is not.
    pub fn line_is_metered(&self, metered: bool) {
        if self.link.price.metered.swap(metered, Ordering::SeqCst) != metered {
            self.price_changed();
        }
    }

    /// Whether the line is paid for by the byte, as far as anybody said.
    pub(crate) fn is_metered(&self) -> bool {
        self.link.price.metered.load(Ordering::SeqCst)
    }

    /// Whatever waits goes now all the same, this once.
    pub fn send_files_anyway(&self) {
        self.link.price.anyway.store(true, Ordering::SeqCst);
        self.price_changed();
    }

    fn price_changed(&self) {
        self.link.wake();
        self.watch.stir();
    }
}

/// The choice of this machine.
pub(crate) fn choice(r: &Read<'_>) -> Result<PicturesWait, Fault> {
    Ok(meta::get_json(r, CHOICE)?.unwrap_or_default())
}

/// Why attached files are held back now; none when they go.
pub(crate) fn why_held(desk: &Desk, r: &Read<'_>) -> Result<Option<HeldWhy>, Fault> {
    if desk.link.price.anyway.load(Ordering::SeqCst) {
        return Ok(None);
    }
    Ok(match choice(r)? {
        PicturesWait::Always => Some(HeldWhy::Chosen),
        PicturesWait::Metered => desk.is_metered().then_some(HeldWhy::Metered),
        PicturesWait::Never => None,
    })
}

/// Whether attached files are held back now.
pub(crate) fn holds(desk: &Desk, open: &Open) -> bool {
    // Whoever cannot read the choice cannot read a file either.
    open.store.read(|r| why_held(desk, r)).is_ok_and(|why| why.is_some())
}

/// What is held back now; none when nothing is.
pub(crate) fn held(desk: &Desk, r: &Read<'_>) -> Result<Option<Held>, Fault> {
    let Some(why) = why_held(desk, r)? else { return Ok(None) };
    let waiting = upload::waiting(r)?;
    Ok((waiting.items > 0).then_some(Held { files: waiting.items, bytes: waiting.bytes, why }))
}

/// "This once" is over when everything has gone.
pub(crate) fn settled(desk: &Desk, open: &Open) {
    let nothing = open.store.read::<_, Fault>(|r| Ok(upload::waiting(r)?.items == 0));
    if nothing.unwrap_or(false) && desk.link.price.anyway.swap(false, Ordering::SeqCst) {
        desk.watch.stir();
    }
}

/// Keeps the choice, and tells how things stand then.
///
/// # Errors
/// `locked`, `disk_full`.
pub(crate) async fn put(desk: &Arc<Desk>, ask: PicturesPut) -> Result<SyncView, Problem> {
    let open = desk.unlocked()?;
    let keeping = open.clone();
    blocking::run(move || keeping.store.write::<_, Fault>(|w| Ok(meta::put_json(w, CHOICE, &ask.wait)?)))
        .await?;
    // Whoever chooses anew no longer means what they said about this once.
    desk.link.price.anyway.store(false, Ordering::SeqCst);
    desk.price_changed();
    syncing::view(desk, &open).await
}

/// Sends what is held back now all the same, and tells how things stand then.
///
/// # Errors
/// `locked`.
pub(crate) async fn now(desk: &Arc<Desk>, _ask: PicturesNow) -> Result<SyncView, Problem> {
    let open = desk.unlocked()?;
    desk.send_files_anyway();
    syncing::view(desk, &open).await
}

#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
pub use system::{ask_system, follow_system};

/// Whether the system says that the line is paid for by the byte. This system is not asked yet.
#[cfg(not(target_os = "linux"))]
pub async fn ask_system() -> bool {
    false
}

/// Follows what the system says of the line. This system is not asked yet.
#[cfg(not(target_os = "linux"))]
pub fn follow_system(_desk: &Arc<Desk>) {}
