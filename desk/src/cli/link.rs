//! Exchanging with the county from the terminal, and how things stand.

use std::sync::Arc;

use desk::Desk;
use ipc::problem::Problem;
use serde_json::json;

use super::End;
use super::line::Sync;
use super::speak::Mouth;

pub async fn sync(desk: &Arc<Desk>, mouth: &Mouth, ask: &Sync) -> Result<End, Problem> {
    desk.line_is_metered(match ask.price.metered() {
        Some(metered) => metered,
        None => desk::metered::ask_system().await,
    });
    if ask.pictures {
        desk.send_files_anyway();
    }
    let report = desk::syncing::exchange(desk, ask.until_idle).await?;
    let refused = report.refused.iter().map(|refused| {
        json!({ "item": refused.item, "code": refused.code, "message": mouth.refusal(&refused.code) })
    });
    if mouth.json {
        mouth.object(&json!({
            "items_sent": report.items_sent, "items_received": report.items_received, "refused": refused.collect::<Vec<_>>(),
            "waiting": report.waiting, "files_sent": report.files_sent, "files_received": report.files_received,
            "files_held": report.files_held,
            "bytes_up": report.bytes_up, "bytes_down": report.bytes_down, "requests": report.requests, "seconds": report.seconds,
        }));
    }
    for refused in &report.refused {
        mouth.warn("sync-refused", &[("item", &refused.item), ("message", &mouth.refusal(&refused.code))]);
    }
    let (sent, received, waiting) = (report.items_sent, report.items_received, report.waiting);
    mouth.say(
        "synced",
        &[
            ("sent", &sent.to_string()),
            ("received", &received.to_string()),
            ("waiting", &waiting.to_string()),
        ],
    );
    if report.files_held > 0 {
        mouth.say("sync-held", &[("files", &report.files_held.to_string())]);
    }
    Ok(if report.refused.is_empty() { End::Done } else { End::Refused })
}

pub async fn status(desk: &Arc<Desk>, mouth: &Mouth) -> Result<End, Problem> {
    let status = desk::report::status(desk).await?;
    if mouth.json {
        mouth.object(&status);
        return Ok(End::Done);
    }
    let number = |value: u64| value.to_string();
    mouth.say(
        "status",
        &[
            ("desk", &status.desk),
            ("unit", status.unit.as_deref().unwrap_or("-")),
            ("items", &number(status.waiting_items)),
            ("files", &number(status.waiting_files)),
            ("quarantined", &number(status.quarantined)),
            ("last", status.last_sync_at.as_deref().unwrap_or("-")),
            ("release", &status.catalogue_release.map_or_else(|| "-".to_owned(), number)),
        ],
    );
    Ok(End::Done)
}
