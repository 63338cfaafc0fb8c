//! Hears a request as it comes. What a desk sends ahead is opened while the desk still stores the answer before it.

use std::sync::Arc;

use axum::extract::Request;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::header::CONTENT_LENGTH;
use sync::chunk::MAX_COMPRESSED;
use sync::refusal::Code;
use sync::wire::{self, MAX_BODY};
use tokio::sync::SemaphorePermit;

use super::blocking;
use super::peer::Caller;
use crate::accept::{self, Opened};
use crate::county::County;

/// How often, and in how many bytes, it is looked whether what came ahead is complete: each look reads all that is there, and
/// whoever sends byte by byte gets no more of them.
const LOOKS: usize = 256;
const LONGEST: usize = 2 * MAX_COMPRESSED;

/// A request that has come.
pub struct Heard<'c> {
    /// Its body, without what was opened.
    pub body: Bytes,
    /// Its chunk, when that came ahead and was opened.
    pub ahead: Option<Ahead<'c>>,
}

/// A chunk that came ahead of its request.
pub struct Ahead<'c> {
    pub opened: Opened,
    _room: SemaphorePermit<'c>,
}

/// Reads the body of a request. A chunk that cannot be opened by itself stays in it: what is wrong is told when all of the
/// request is there.
pub async fn listen<'c>(
    county: &'c Arc<County>,
    caller: &Caller,
    request: Request,
) -> Result<Heard<'c>, Code> {
    // Whoever knows how long the request is has all of it.
    let mut looks = if request.headers().contains_key(CONTENT_LENGTH) { 0 } else { LOOKS };
    let mut pieces = request.into_body().into_data_stream();
    let (mut body, mut ahead) = (BytesMut::new(), None);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Code::Malformed)?;
        if body.len() + piece.len() > MAX_BODY {
            return Err(Code::TooLarge);
        }
        body.extend_from_slice(&piece);
        if looks == 0 || body.len() > LONGEST {
            continue;
        }
        looks -= 1;
        if let Some(length) = wire::ahead_in(&body) {
            looks = 0;
            if let Some(room) = county.turns.ahead()
                && let Some(opened) = open(county, caller, body.get(..length).unwrap_or_default()).await
            {
                metrics::counter!("daiban_chunks_opened_ahead_total").increment(1);
                body.advance(length);
                ahead = Some(Ahead { opened, _room: room });
            }
        }
    }
    Ok(Heard { body: body.freeze(), ahead })
}

async fn open(county: &Arc<County>, caller: &Caller, ahead: &[u8]) -> Option<Opened> {
    let (county, desk, ahead) = (county.clone(), caller.desk.clone(), ahead.to_vec());
    blocking(move || accept::open(&county, &desk, wire::decode_chunk(&ahead).map_err(|_| Code::Malformed)?))
        .await
        .ok()
}
