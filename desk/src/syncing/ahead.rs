//! The next part of the outbox on its way while the county still answers the one before: a slow line is never idle.
//!
//! The county reads nothing of it before the answer to the one before was stored here and the rest of the request followed,
//! so the order of everything stays as if each had waited for the other.

use std::sync::Arc;
use std::time::Instant;

use domain::moment::Millis;
use sync::client::{Client, LinkError};
use sync::item::ItemId;
use sync::session::Traffic;
use sync::wire::{SyncReply, SyncRequest};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::request;
use crate::open::Open;

type Answer = Result<(SyncReply, Traffic), LinkError>;

/// A chunk on its way. Dropped, it never arrived.
pub(super) struct Ahead {
    /// Its items, in order.
    pub items: Vec<ItemId>,
    rest: oneshot::Sender<SyncRequest>,
    flight: Flight,
}

struct Flight(JoinHandle<Answer>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ahead {
    /// Sends the next chunk of at most `budget` bytes behind the one that is under way, to a county that speaks
    /// `version`; nothing when nothing else waits.
    pub async fn begin(open: &Arc<Open>, line: &Client, budget: u32, version: u16) -> Option<Ahead> {
        let (chunk, items) = request::next_chunk(open, budget).await.ok().flatten()?;
        let (rest, told) = oneshot::channel();
        let line = line.clone();
        let flight =
            tokio::spawn(async move { line.sync_ahead(version, &chunk, async { told.await.ok() }).await });
        Some(Ahead { items, rest, flight: Flight(flight) })
    }

    /// Sends the rest of the request, and waits for the answer. `free`: since when the line carried nothing before it.
    pub async fn finish(mut self, request: SyncRequest, free: Instant) -> Answer {
        // Nobody listens any more when the line broke: the flight tells.
        let _gone = self.rest.send(request);
        let (reply, traffic) = (&mut self.flight.0).await.unwrap_or(Err(LinkError::Setup))?;
        let elapsed = Millis::try_from(free.elapsed().as_millis()).unwrap_or(Millis::MAX);
        Ok((reply, Traffic { elapsed, ..traffic }))
    }
}
