//! The one door through which slow work (disk, passwords, pictures) leaves the threads that answer the window.

use ipc::problem::{self, Problem};

use crate::fault::Fault;

/// Runs `work` where it may take its time. A panic inside becomes `internal`; nothing else of the desk suffers.
///
/// # Errors
/// What `work` answers, or `internal`.
pub(crate) async fn run<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Fault> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Problem::from),
        Err(error) => {
            // The message of a panic may quote data; only its kind goes to the log.
            tracing::error!(panicked = error.is_panic(), "blocking work failed");
            Err(Problem::new(problem::INTERNAL))
        }
    }
}
