//! What Linux knows about the line: NetworkManager says whether it is paid for by the byte, as a telephone's is.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::{Connection, Proxy};

use crate::Desk;

/// NetworkManager on the system's bus; the name of its interface is the same.
const MANAGER: &str = "org.freedesktop.NetworkManager";
/// Where it is found there.
const PLACE: &str = "/org/freedesktop/NetworkManager";
/// Its word about the connection that everything goes over: 1 yes, 3 probably yes; 0 not known, 2 no, 4 probably no.
const METERED: &str = "Metered";
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// When a system that had nothing to say is asked again.
const AGAIN: Duration = Duration::from_secs(60);

/// Whether the system says that the line is paid for by the byte. Without NetworkManager it is not.
pub async fn ask_system() -> bool {
    let asked = async { manager().await?.get_property(METERED).await };
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(word)) if means_metered(word))
}

/// Follows what the system says of the line for as long as the desk lives. Needs a running Tokio runtime.
pub fn follow_system(desk: &Arc<Desk>) {
    let desk = Arc::downgrade(desk);
    tokio::spawn(async move {
        while desk.strong_count() > 0 {
            if let Err(error) = listen(&desk).await {
                tracing::debug!(%error, "nobody tells whether the line is metered");
            }
            tell(&desk, false);
            tokio::time::sleep(AGAIN).await;
        }
    });
}

/// Tells the desk every word, until the system falls silent or the desk is gone.
async fn listen(desk: &Weak<Desk>) -> zbus::Result<()> {
    let manager = manager().await?;
    let mut words = manager.receive_property_changed::<u32>(METERED).await;
    tell(desk, means_metered(manager.get_property(METERED).await?));
    while let Some(word) = words.next().await {
        if desk.strong_count() == 0 {
            break;
        }
        tell(desk, means_metered(word.get().await?));
    }
    Ok(())
}

async fn manager() -> zbus::Result<Proxy<'static>> {
    Proxy::new(&Connection::system().await?, MANAGER, PLACE, MANAGER).await
}

fn tell(desk: &Weak<Desk>, metered: bool) {
    if let Some(desk) = desk.upgrade() {
        desk.line_is_metered(metered);
    }
}

fn means_metered(word: u32) -> bool {
    matches!(word, 1 | 3)
}
