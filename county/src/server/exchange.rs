//! `POST /v1/sync`: a desk says what is new with it, and hears what is new at the county.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use sync::chunk::Chunk;
use sync::item::ItemId;
use sync::refusal::Code;
use sync::version::SPOKEN;
use sync::wire::{Hello, SyncReply, SyncRequest, from_cbor, unpack, unpack_rest};
use tokio::time::{Instant, timeout_at};

use super::answer::{Refused, replied};
use super::blocking;
use super::listen::{Heard, listen};
use super::peer::Caller;
use crate::accept::{self, Opened, Taken};
use crate::county::County;
use crate::database::{desk, index};
use crate::error::Error;
use crate::{pull, scope};

/// How long an answer is held back when there is nothing to tell.
const WAIT: Duration = Duration::from_secs(25);

/// A request of more bytes than this, packed, brings something.
const LIGHT: usize = 2 * 1024;

/// How often it is noted that a desk was here while nothing else changes, milliseconds.
const SEEN_EVERY: i64 = 60_000;

/// The exchange.
pub async fn sync(
    State(county): State<Arc<County>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refused> {
    let Heard { body, ahead } = listen(&county, &caller, request).await?;
    // Whoever only looks is answered at once, however many bring something.
    let brings = ahead.is_some() || body.len() > LIGHT;
    let turn = if brings { Some(county.turns.wait().await?) } else { None };
    let body = if ahead.is_some() { unpack_rest(&body) } else { unpack(&body) }?;
    // The versions are read before anything else: whatever else a program of another age says, it is told its age.
    let hello: Hello = from_cbor(&body)?;
    if hello.protocol.common(SPOKEN).is_none() {
        return Err(Code::UpdateNeeded.into());
    }
    let mut request: SyncRequest = from_cbor(&body)?;
    if request.desk != caller.desk.id {
        return Err(Code::UnknownDevice.into());
    }
    let chunk = match (ahead, request.chunk.take()) {
        (Some(_), Some(_)) => return Err(Code::Malformed.into()),
        (Some(ahead), None) => Some(Brought::Opened(ahead.opened)),
        (None, chunk) => chunk.map(Brought::Closed),
    };
    let brings = chunk.is_some();
    let began = Instant::now();
    let deadline = began + WAIT;
    let mut news = county.news.listen();
    let mut heard = *news.borrow_and_update();
    let request = Arc::new(request);
    let mut reply = {
        let (county, request, caller) = (county.clone(), request.clone(), caller.clone());
        blocking(move || exchange(&county, &caller, &request, chunk)).await?
    };
    drop(turn);
    metrics::histogram!("daiban_sync_seconds").record(began.elapsed().as_secs_f64());
    let patient = request.wait && !brings && reply.unknown.is_empty() && reply.instance.is_none();
    if patient && !pull::tells(&reply) {
        let mut scopes = scopes_of(&county, &caller).await?;
        while !pull::tells(&reply) && !county.is_closed() {
            let woken = tokio::select! {
                rung = timeout_at(deadline, news.changed()) => matches!(rung, Ok(Ok(()))),
                () = county.closing() => false,
            };
            if woken && !county.news.concerns(&scopes, heard) {
                continue;
            }
            heard = *news.borrow_and_update();
            // Nothing new for so long: the desk may compare its sums with the county's.
            let (at, who, asked) = (county.clone(), caller.clone(), request.clone());
            reply = blocking(move || look(&at, &who, &asked, &[], !woken)).await?;
            if !woken {
                break;
            }
            scopes = scopes_of(&county, &caller).await?;
        }
    }
    Ok(replied(&reply))
}

/// For whom the bell must ring to concern this desk.
async fn scopes_of(county: &Arc<County>, caller: &Caller) -> Result<Vec<String>, Error> {
    let (county, desk) = (county.clone(), caller.desk.id);
    blocking(move || {
        county.database.read(|view| {
            let mut scopes = scope::of_desk(view, desk)?;
            scopes.push(index::desk_scope(desk));
            Ok(scopes)
        })
    })
    .await
}

/// A chunk that a request brought.
enum Brought {
    Opened(Opened),
    Closed(Chunk),
}

fn exchange(
    county: &County,
    caller: &Caller,
    request: &SyncRequest,
    chunk: Option<Brought>,
) -> Result<SyncReply, Error> {
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
    let opened = match chunk {
        Some(_) if !pull::remembers(county, request)? => None,
        Some(Brought::Opened(opened)) => Some(opened),
        Some(Brought::Closed(chunk)) => Some(accept::open(county, &caller.desk, chunk)?),
        None => None,
    };
    let taken = opened
        .as_ref()
        .map(|opened| accept::take_in(county, &caller.desk, &caller.certificate, opened))
        .transpose()?;
    let sent = opened.map(|opened| opened.names()).unwrap_or_default();
    let mut reply = look(county, caller, request, &sent, !request.wait)?;
    match taken {
        Some(Taken::Receipts(receipts)) => reply.receipts = Some(receipts),
        Some(Taken::Clone(instance)) => reply.instance = Some(instance),
        None => {}
    }
    Ok(reply)
}

fn look(
    county: &County,
    caller: &Caller,
    request: &SyncRequest,
    sent: &[ItemId],
    idle: bool,
) -> Result<SyncReply, Error> {
    county.database.read(|view| {
        // A desk that was revoked while it waited hears nothing more.
        let desk = desk::get(view, caller.desk.id)?.filter(|desk| !desk.revoked).ok_or(Code::Revoked)?;
        pull::look(county, view, &desk, request, sent, idle)
    })
}
