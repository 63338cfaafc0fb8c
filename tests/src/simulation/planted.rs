//! Bugs put between the product and its disk or network, to see that the simulation finds them. They live here only.

use desk::syncing::drive::Drive;
use store::table::outbox;
use store::{StoreError, Write};
use sync::session::{Effect, Event};

use super::plan::Planted;

/// A bug in one laptop, or none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bug {
    planted: Option<Planted>,
    furthest: u64,
}

impl Bug {
    /// The bug of a plan.
    pub fn of(planted: Option<Planted>) -> Bug {
        Bug { planted, furthest: 0 }
    }

    /// Does what the session wants, with the bug in it.
    pub async fn perform(&mut self, drive: &mut Drive, effect: Effect) -> Option<Event> {
        match (self.planted, effect) {
            (Some(Planted::DropsOutboxEarly), effect @ Effect::Send(_)) => {
                let event = drive.perform(effect).await;
                // On a disk that refuses, the bug does nothing either.
                let _refused = drive.store().write::<_, StoreError>(forget_sent);
                event
            }
            (Some(Planted::ReusesCursor), Effect::Send(mut ask)) => {
                self.furthest = self.furthest.max(ask.cursor);
                ask.cursor = self.furthest;
                drive.perform(Effect::Send(ask)).await
            }
            (Some(Planted::SkipsRepair), Effect::Store(mut intake)) => {
                intake.digests = None;
                drive.perform(Effect::Store(intake)).await
            }
            (Some(Planted::TakesAheadAsAnswered), Effect::Store(intake)) if !intake.acks.is_empty() => {
                let event = drive.perform(Effect::Store(intake)).await;
                let _refused = drive.store().write::<_, StoreError>(forget_sent);
                event
            }
            (_, effect) => drive.perform(effect).await,
        }
    }
}

fn forget_sent(w: &Write<'_>) -> Result<(), StoreError> {
    let Some((_, items)) = outbox::under_way(w)? else { return Ok(()) };
    let proof = outbox::Acknowledged { seq: 0, seal: 0, at: 0 };
    for item in items {
        outbox::acknowledge(w, item.item, &proof)?;
    }
    Ok(())
}
