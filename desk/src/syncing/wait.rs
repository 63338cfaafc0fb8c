//! What an exchange waits for between two requests: the hour to try again, or the county coming up.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

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
