//! What an exchange waits for between two requests: the hour to try again, or the county coming up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::table::outbox;
use tokio::net::TcpStream;

use crate::fault::Fault;
use crate::open::Open;
use crate::{blocking, clock};

/// How often a county that did not answer is knocked at while something waits.
pub const KNOCK: Duration = Duration::from_secs(3);
/// How long one knock may take.
const KNOCK_PATIENCE: Duration = Duration::from_secs(2);

/// Ends at `timer`, or never.
pub async fn until(timer: Option<Instant>) {
    match timer {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Ends when somebody answers at the county's address: costs nothing while nobody does.
pub async fn knocking(address: &str) {
    loop {
        tokio::time::sleep(KNOCK).await;
        if let Ok(Ok(_)) = tokio::time::timeout(KNOCK_PATIENCE, TcpStream::connect(address)).await {
            return;
        }
    }
}

/// When what the county put off may be sent again; `None` when nothing is put off.
pub async fn put_off_until(open: &Arc<Open>) -> Option<Instant> {
    let open = open.clone();
    let at = blocking::run(move || open.store.read::<_, Fault>(|r| Ok(outbox::next_at(r)?))).await.ok()??;
    let wait = u64::try_from(at.saturating_sub(clock::device())).unwrap_or(0);
    Some(Instant::now() + Duration::from_millis(wait))
}

/// Whether anything of this desk is not at the county yet.
pub async fn something_waits(open: &Arc<Open>) -> bool {
    let open = open.clone();
    let waits = blocking::run(move || open.store.read(super::tell::waits));
    waits.await.unwrap_or(false)
}
