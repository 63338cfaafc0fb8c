//! `device list|revoke`: the laptops the county knows, and locking one out.

use clap::{Args, Subcommand};
use domain::id::DeskId;
use serde_json::json;

use super::{Done, Failure, Out, Place};
use crate::clock::rfc3339;
use crate::database::{audit, desk};
use crate::error::Error;

#[derive(Subcommand)]
pub(super) enum Device {
    List(List),
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Revoke {
    #[arg(value_name = "DESK")]
    desk: DeskId,
    #[command(flatten)]
    place: Place,
}

impl Device {
    pub(super) fn run(self, out: &Out) -> Done {
        match self {
            Device::List(list) => {
                let county = list.place.county()?;
                let desks = county.database.read::<_, Error>(|view| {
                    let with_people = |desk: desk::Desk| Ok((desk::people(view, desk.id)?, desk));
                    desk::all(view)?.into_iter().map(with_people).collect::<Result<Vec<_>, Error>>()
                })?;
                if list.place.json {
                    let devices: Vec<_> = desks
                        .iter()
                        .map(|(people, desk)| {
                            json!({
                                "desk": desk.id, "prefix": desk.prefix, "unit": desk.unit,
                                "state": state(desk), "expires_at": rfc3339(desk.expires),
                                "seen_at": desk.seen.map(rfc3339), "cursor": desk.cursor,
                                "people": people.iter().map(|at| at.person).collect::<Vec<_>>(),
                            })
                        })
                        .collect();
                    out.json(&json!({ "devices": devices }));
                    return Ok(());
                }
                for (people, desk) in &desks {
                    let seen = desk.seen.map_or_else(|| "-".to_owned(), rfc3339);
                    let state = out.texts.say(&format!("desk-{}", state(desk)), &[]);
                    out.line(&format!(
                        "{}  {}  {}  {}  {}  {}",
                        desk.id,
                        desk.prefix,
                        desk.unit,
                        people.len(),
                        state,
                        seen
                    ));
                }
                out.say("desks-count", &[("count", &desks.len().to_string())]);
                Ok(())
            }
            Device::Revoke(revoke) => {
                let county = revoke.place.county()?;
                let now = county.now();
                let done = county.database.write::<_, Error>(|write| {
                    let done = desk::revoke(write, revoke.desk, now)?;
                    if done {
                        audit::append(write, now, "desk_revoked", &json!({ "desk": revoke.desk }))?;
                    }
                    Ok(done)
                })?;
                if !done {
                    return Err(Failure::Said("failed-no-desk", vec![("desk", revoke.desk.to_string())]));
                }
                if revoke.place.json {
                    out.json(&json!({ "desk": revoke.desk, "state": "revoked", "revoked_at": rfc3339(now) }));
                } else {
                    out.say("desk-was-revoked", &[("desk", &revoke.desk.to_string())]);
                }
                Ok(())
            }
        }
    }
}

fn state(desk: &desk::Desk) -> &'static str {
    if desk.revoked { "revoked" } else { "active" }
}
