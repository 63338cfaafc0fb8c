//! `POST /v1/sync`: a desk says what is new with it, and hears what is new at the county.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use bytes::Bytes;
use sync::refusal::Code;
use sync::version::SPOKEN;
use sync::wire::{Hello, SyncReply, SyncRequest, from_cbor};
use tokio::time::{Instant, timeout_at};

use super::answer::{Refused, said, unpacked};
use super::blocking;
use super::peer::Caller;
use crate::accept::{Taken, take_in};
use crate::county::County;
use crate::database::desk;
use crate::error::Error;
use crate::pull;

/// How long an answer is held back when there is nothing to tell.
const WAIT: Duration = Duration::from_secs(25);

/// How often it is noted that a desk was here while nothing else changes, milliseconds.
const SEEN_EVERY: i64 = 60_000;

/// The exchange.
pub async fn sync(
    State(county): State<Arc<County>>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let body = unpacked(body)?;
    // The versions are read before anything else: whatever else a program of another age says, it is told its age.
    let hello: Hello = from_cbor(&body)?;
    if hello.protocol.common(SPOKEN).is_none() {
        return Err(Code::UpdateNeeded.into());
    }
    let request: SyncRequest = from_cbor(&body)?;
    if request.desk != caller.desk.id {
        return Err(Code::UnknownDevice.into());
    }
    let began = Instant::now();
    let deadline = began + WAIT;
    let mut changes = county.changes();
    let request = Arc::new(request);
    let mut reply = {
        let (county, request, caller) = (county.clone(), request.clone(), caller.clone());
        blocking(move || exchange(&county, &caller, &request)).await?
    };
    metrics::histogram!("daiban_sync_seconds").record(began.elapsed().as_secs_f64());
    let patient =
        request.wait && request.chunk.is_none() && reply.unknown.is_empty() && reply.instance.is_none();
    while patient && !pull::tells(&reply) && !county.is_closed() {
        let woken = tokio::select! {
            changed = timeout_at(deadline, changes.changed()) => matches!(changed, Ok(Ok(()))),
            () = county.closing() => false,
        };
        // Nothing new for so long: the desk may compare its sums with the county's.
        let (county, request, caller) = (county.clone(), request.clone(), caller.clone());
        reply = blocking(move || look(&county, &caller, &request, !woken)).await?;
        if !woken {
            break;
        }
    }
    Ok(said(&reply))
}

fn exchange(county: &County, caller: &Caller, request: &SyncRequest) -> Result<SyncReply, Error> {
    let now = county.now();
    let cursor = if request.epoch == Some(county.epoch) { request.cursor } else { 0 };
    let stale = caller.desk.seen.is_none_or(|seen| now - seen > SEEN_EVERY);
    if stale || cursor > caller.desk.cursor || !request.adopt.is_empty() {
        county.database.write::<_, Error>(|write| {
            pull::adopt(county, write, &request.adopt)?;
            let known = request.catalogue.map(|hash| hash.0);
            Ok(desk::saw(write, caller.desk.id, cursor, known.as_ref(), now)?)
        })?;
    }
    // Whoever speaks of another epoch starts over at this answer and has its receipts adopted first: until then nothing of it
    // is taken in, or what the county lost would lose its number to what is in the chunk (ruling 9).
    let taken = match &request.chunk {
        Some(chunk) if pull::remembers(county, request)? => {
            Some(take_in(county, &caller.desk, &caller.certificate, chunk)?)
        }
        _ => None,
    };
    let mut reply = look(county, caller, request, !request.wait)?;
    match taken {
        Some(Taken::Receipts(receipts)) => reply.receipts = Some(receipts),
        Some(Taken::Clone(instance)) => reply.instance = Some(instance),
        None => {}
    }
    Ok(reply)
}

fn look(county: &County, caller: &Caller, request: &SyncRequest, idle: bool) -> Result<SyncReply, Error> {
    county.database.read(|view| {
        // A desk that was revoked while it waited hears nothing more.
        let desk = desk::get(view, caller.desk.id)?.filter(|desk| !desk.revoked).ok_or(Code::Revoked)?;
        pull::look(county, view, &desk, request, idle)
    })
}
