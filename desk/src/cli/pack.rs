//! Courier files from the terminal: exchanging with the county by stick or shared folder.

use std::sync::Arc;

use desk::Desk;
use desk::dispatch::ask;
use ipc::courier::{CourierState, CourierTaken, TakenAs};
use ipc::problem::Problem;
use serde_json::json;

use super::End;
use super::line::Pack;
use super::speak::Mouth;

pub async fn run(desk: &Arc<Desk>, mouth: &Mouth, what: &Pack) -> Result<End, Problem> {
    match what {
        Pack::Export { to, output } => {
            let made = desk::courier::export(desk, to, output).await?;
            if mouth.json {
                mouth.object(&made);
            }
            let number = |value: u64| value.to_string();
            mouth.say(
                "pack-made",
                &[
                    ("file", &output.display().to_string()),
                    ("items", &number(made.items)),
                    ("files", &number(made.files)),
                    ("boxes", &number(made.boxes)),
                ],
            );
            Ok(End::Done)
        }
        Pack::Import { file } => import(desk, mouth, file).await,
        Pack::List => {
            let view = ask(desk, CourierState {}).await?;
            if mouth.json {
                mouth.object(&view);
            }
            for kept in &view.carried {
                mouth.say(
                    "pack-line",
                    &[
                        ("sha256", &kept.sha256.to_string()),
                        ("from", &kept.from),
                        ("to", &kept.to),
                        ("unit", kept.unit.as_deref().unwrap_or("-")),
                        ("bytes", &kept.bytes.to_string()),
                    ],
                );
            }
            Ok(End::Done)
        }
    }
}

async fn import(desk: &Arc<Desk>, mouth: &Mouth, file: &std::path::Path) -> Result<End, Problem> {
    taken(mouth, &desk::courier::import(desk, file).await?)
}

/// Says what became of a courier file.
pub fn taken(mouth: &Mouth, taken: &CourierTaken) -> Result<End, Problem> {
    if mouth.json {
        let refused = taken.refused.iter().map(
            |refused| json!({ "item": refused.item, "code": refused.code, "message": mouth.refusal(&refused.code) }),
        );
        mouth.object(&json!({
            "kind": taken.kind, "items_new": taken.items_new, "items_known": taken.items_known,
            "files": taken.files, "boxes": taken.boxes, "refused": refused.collect::<Vec<_>>(),
        }));
    }
    for refused in &taken.refused {
        mouth.warn("pack-refused", &[("item", &refused.item), ("message", &mouth.refusal(&refused.code))]);
    }
    let number = |value: u64| value.to_string();
    match taken.kind {
        TakenAs::Carried => mouth.say("pack-carried", &[]),
        TakenAs::Waits => mouth.say("pack-waits", &[]),
        TakenAs::Taken => mouth.say(
            "pack-taken",
            &[
                ("new", &number(taken.items_new)),
                ("known", &number(taken.items_known)),
                ("files", &number(taken.files)),
                ("boxes", &number(taken.boxes)),
            ],
        ),
    }
    Ok(if taken.refused.is_empty() { End::Done } else { End::Refused })
}
