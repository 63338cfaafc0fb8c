//! What changed last, and for whom: a desk that waits looks again only when something of its own scopes moved.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::database::{self, View, index};

/// The bell that desks wait for, and for whom it rang.
#[derive(Debug, Default)]
pub struct News {
    rung: watch::Sender<u64>,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    /// The last place of the order of entry whose scope was noted.
    place: u64,
    /// When it last rang for everybody.
    everybody: u64,
    /// When it last rang for a scope.
    scopes: BTreeMap<String, u64>,
}

impl News {
    /// Nothing changed since that place of the order of entry.
    pub fn since(place: u64) -> News {
        News { noted: Mutex::new(Noted { place, ..Noted::default() }), ..News::default() }
    }

    /// Waits with this for the next time it rings.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }

    /// Rings for everybody: people, releases or desks changed.
    pub fn everybody(&self) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        self.rung.send_modify(|count| {
            *count += 1;
            noted.everybody = *count;
        });
    }

    /// Rings for the scopes in which items stand that nobody was told of yet.
    ///
    /// # Errors
    /// The database's; then it rings for everybody.
    pub fn items(&self, view: &View<'_>) -> database::Result<()> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let touched = index::touched(view, noted.place);
        self.rung.send_modify(|count| {
            *count += 1;
            match &touched {
                Ok((last, scopes)) => {
                    noted.place = *last;
                    noted.scopes.extend(scopes.iter().map(|scope| (scope.clone(), *count)));
                }
                Err(_) => noted.everybody = *count,
            }
        });
        touched.map(drop)
    }

    /// Whether it rang for one of `scopes` after it had rung `since` times.
    pub fn concerns(&self, scopes: &[String], since: u64) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.everybody > since
            || scopes.iter().any(|scope| noted.scopes.get(scope).is_some_and(|at| *at > since))
    }
}
