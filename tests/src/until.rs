//! Waiting for something to become true, by the desk's own notices; never by sleeping.

use std::sync::Arc;
use std::time::{Duration, Instant};

use desk::Desk;
use desk::dispatch::ask;
use ipc::sync::{Watch, Watched};

/// Longer than any honest wait in these stories.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `look` again at every notice of the desk until it finds what it looks for.
pub async fn until<T, F>(desk: &Arc<Desk>, what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    let mut revision = 0;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for: {what}");
        let watched: Result<Watched, _> =
            match tokio::time::timeout(Duration::from_secs(5), ask(desk, Watch { after: revision })).await {
                Ok(watched) => watched,
                // Nothing was told for a while: look once more, so that a missing notice shows as a failure of the
                // story and not as a hanging test.
                Err(_) => continue,
            };
        revision = watched.unwrap().revision;
    }
}
