//! The use cases of one installation: what a village agent, a township clerk or a county admin does at a desk.
//!
//! The window (`src-tauri`), a browser ([`serve`]) and the command line all ask through [`dispatch`]. Everything that
//! is answered was read from the encrypted store or computed by `domain`; everything that is changed is durable
//! before the answer is given. The network is only touched by [`syncing`], [`catalogue`] and enrolment.

pub mod account;
mod act;
mod blocking;
mod cabinet;
pub mod care;
mod case;
pub mod catalogue;
mod check;
pub mod clock;
mod conflict;
pub mod courier;
mod cover;
pub mod dispatch;
mod draft;
pub mod enrol;
pub mod entry;
mod fault;
mod grant;
mod home;
mod identity;
pub mod import;
pub mod index;
mod intake;
mod item;
mod lease;
mod material;
pub mod metered;
mod open;
mod paper;
mod picture;
mod quarantine;
mod receipt;
mod renew;
pub mod report;
pub mod rescue;
mod reveal;
mod room;
pub mod serve;
mod standing;
mod summary;
pub mod syncing;
mod tally;
mod typing;
mod upload;
mod watch;
mod worklist;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use ipc::problem::{self, Problem};
use store::{Cost, FolderLock};
use sync::client::Carrier;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::open::Open;
use crate::syncing::Link;
use crate::watch::Watch;

/// Where a desk lives, and how dear guessing its passwords is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data folder.
    pub data: PathBuf,
    /// Cost of a password; [`Cost::STANDARD`] everywhere but in tests.
    pub cost: Cost,
}

impl Place {
    /// A data folder with the product's password cost.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Place { data: data.into(), cost: Cost::STANDARD }
    }
}

/// What a desk runs on beside its folder.
#[derive(Debug, Default)]
pub struct Machine {
    /// The clocks.
    pub clock: Clock,
    /// What carries its requests to the county; none: the network.
    pub carrier: Option<Arc<dyn Carrier>>,
}

/// One installation. Holds its data folder for as long as it lives.
#[derive(Debug)]
pub struct Desk {
    place: Place,
    folder: FolderLock,
    clock: Clock,
    carrier: Option<Arc<dyn Carrier>>,
    watch: Watch,
    link: Arc<Link>,
    open: RwLock<Option<Arc<Open>>>,
}

impl Desk {
    /// Takes hold of a data folder, making it if it is not there. Nothing is readable before somebody unlocks it.
    ///
    /// # Errors
    /// `data_in_use` when another program holds the folder; `disk_full`; `internal`.
    pub fn open(place: Place) -> Result<Arc<Desk>, Problem> {
        Desk::open_on(Machine::default(), place)
    }

    /// As [`Desk::open`], on a machine with clocks and a line of its own.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub fn open_on(machine: Machine, place: Place) -> Result<Arc<Desk>, Problem> {
        let folder = FolderLock::take(&place.data).map_err(|error| Problem::from(Fault::from(error)))?;
        Ok(Arc::new(Desk {
            place,
            folder,
            clock: machine.clock,
            carrier: machine.carrier,
            watch: Watch::default(),
            link: Arc::default(),
            open: RwLock::new(None),
        }))
    }

    /// Where it lives.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Locks the desk: keys are forgotten as soon as work under way is done.
    pub fn lock(&self) {
        let was_open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        if was_open.is_some() {
            self.watch.desk();
            self.link.wake();
        }
    }

    pub(crate) fn opened(&self, open: Arc<Open>) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(open);
        self.watch.desk();
        self.link.wake();
    }

    /// What is open. Every question comes through here: without a permission that still holds nothing is answered.
    ///
    /// # Errors
    /// `locked`; `lease_ended` or `person_disabled` once the permission to work is gone.
    pub(crate) fn unlocked(&self) -> Result<Arc<Open>, Problem> {
        let open = self.if_unlocked().ok_or_else(|| Problem::new(problem::LOCKED))?;
        if lease::has_ended(self, &open) { Err(lease::ended(&open)) } else { Ok(open) }
    }

    /// Whoever gave their password, permitted to work or not: for the exchange, which sends what was entered.
    pub(crate) fn if_unlocked(&self) -> Option<Arc<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Whoever waits for news of this desk sees that it is gone.
        self.link.wake();
    }
}

/// Starts synchronising in the background, for as long as the desk lives. Needs a running Tokio runtime.
pub fn start(desk: &Arc<Desk>) {
    syncing::start(desk);
}

#[cfg(test)]
mod tests;
