//! Tells the window at once when something changed: a number that grows, and the cases that were touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::CaseId;
use tokio::sync::Notify;

/// How long a waiting window is kept waiting when nothing happens.
const PATIENCE: Duration = Duration::from_secs(25);

/// What happened since a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// The revision now.
    pub revision: u64,
    /// Cases touched.
    pub touched: Vec<CaseId>,
    /// Whether lock, people, settings or catalogue changed.
    pub desk_changed: bool,
}

#[derive(Debug, Default)]
struct Ledger {
    revision: u64,
    cases: BTreeMap<CaseId, u64>,
    desk: u64,
}

/// The growing number and who waits for it.
#[derive(Debug, Default)]
pub struct Watch {
    ledger: Mutex<Ledger>,
    bell: Notify,
}

impl Watch {
    /// Something about the link or the outbox changed.
    pub fn stir(&self) {
        self.note(|_| {});
    }

    /// Something about these cases changed.
    pub fn touch(&self, cases: impl IntoIterator<Item = CaseId>) {
        let cases: BTreeSet<CaseId> = cases.into_iter().collect();
        self.note(|ledger| {
            for case in cases {
                ledger.cases.insert(case, ledger.revision);
            }
        });
    }

    /// The desk itself changed: locked, unlocked, another person, another catalogue.
    pub fn desk(&self) {
        self.note(|ledger| ledger.desk = ledger.revision);
    }

    /// What happened after revision `after`. A number from an earlier run of the program counts as "everything".
    pub fn since(&self, after: u64) -> Since {
        let ledger = self.ledger();
        let after = if after > ledger.revision { 0 } else { after };
        Since {
            revision: ledger.revision,
            touched: ledger.cases.iter().filter(|(_, at)| **at > after).map(|(case, _)| *case).collect(),
            desk_changed: ledger.desk > after,
        }
    }

    /// Waits until something happened after `after`, at most 25 seconds.
    pub async fn wait(&self, after: u64) -> Since {
        let rung = self.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        let now = self.since(after);
        if now.revision != after {
            return now;
        }
        // Silence is an answer too: the window asks again.
        let _silence = tokio::time::timeout(PATIENCE, rung).await;
        self.since(after)
    }

    fn note(&self, change: impl FnOnce(&mut Ledger)) {
        let mut ledger = self.ledger();
        ledger.revision += 1;
        change(&mut ledger);
        drop(ledger);
        self.bell.notify_waiters();
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_wakes_the_waiting_window_and_names_the_case() {
        let watch = std::sync::Arc::new(Watch::default());
        watch.stir();
        let waiting = tokio::spawn({
            let watch = watch.clone();
            async move { watch.wait(1).await }
        });
        let case = CaseId(uuid::Uuid::from_u128(7));
        tokio::task::yield_now().await;
        watch.touch([case]);
        let seen = waiting.await.unwrap();
        assert_eq!(seen, Since { revision: 2, touched: vec![case], desk_changed: false });
    }

    #[tokio::test]
    async fn a_window_of_an_earlier_run_is_answered_at_once() {
        let watch = Watch::default();
        watch.desk();
        assert!(watch.wait(900).await.desk_changed);
    }
}
