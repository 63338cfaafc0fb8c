//! The exchange one step at a time, for a driver that has a clock and a network of its own: the simulator of `tests`.
//!
//! It is the course that runs in the background, without its waiting: what is asked, what is sent and what is stored is
//! done by the same code. Between any two steps the driver may let the machine die.

use std::sync::Arc;

use domain::moment::Millis;
use ipc::problem::Problem;
use store::Store;
use sync::session::{Effect, Event, Position};

use super::course::Course;
use crate::{Desk, room, summary, upload};

/// One course of exchanges of an unlocked desk.
pub struct Drive(Course);

impl Drive {
    /// Begins where the desk stands.
    ///
    /// # Errors
    /// `locked`; the store's.
    pub async fn begin(desk: &Arc<Desk>) -> Result<Drive, Problem> {
        let open = desk.unlocked()?;
        Ok(Drive(Course::new(desk, &open, false).await?))
    }

    /// What to do next, given what happened at `now`.
    pub fn step(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        self.0.session.step(now, event)
    }

    /// Does what the course would do, and tells what came of it. Waits are the driver's own.
    pub async fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::NextTry(_) | Effect::Report(_) => None,
            effect => self.0.perform(effect).await,
        }
    }

    /// Sends the files that wait and fetches those that are missing, as far as the line goes. Gives how many were sent
    /// and how many fetched.
    pub async fn files(&self) -> (u64, u64) {
        let moved = upload::all(&self.0.desk, &self.0.open, &self.0.line).await;
        (moved.sent, moved.received)
    }

    /// Lets ended cases shrink to a summary with which nothing happened since `before`, as a day that begins does.
    ///
    /// # Errors
    /// The store's.
    pub fn shrink(&self, before: Millis) -> Result<(), Problem> {
        Ok(summary::shrink_before(&self.0.desk, &self.0.open, before)?)
    }

    /// Gives room on the disk back, as a desk does that has nothing left to exchange.
    ///
    /// # Errors
    /// The store's.
    pub fn give_back(&self) -> Result<(), Problem> {
        Ok(room::give_back(&self.0.open)?)
    }

    /// Where the session believes to stand.
    pub fn position(&self) -> &Position {
        self.0.session.position()
    }

    /// The desk's store, to look at what lies in it.
    pub fn store(&self) -> &Store {
        &self.0.open.store
    }
}
