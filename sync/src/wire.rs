//! What desk and county say to each other, as bytes: CBOR, compressed, and never unpacked beyond a fixed bound.

mod dictionary;

use domain::id::{CaseId, DeskId, Digest};
use domain::moment::Millis;
use domain::role::Official;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chunk::Chunk;
use crate::digest::{Compare, Compared, Digests};
use crate::enrol::Renewed;
use crate::item::{ActorClaim, ItemId};
use crate::receipt::SignedReceipts;
use crate::version::{SPOKEN, Window};

/// Media type of every body of `/v1/sync`, `/v1/enrol`, `/v1/renew` and of every [`crate::refusal::Refusal`].
pub const MEDIA_TYPE: &str = "application/vnd.daiban.sync";
/// Most bytes of a body before unpacking. A receiver stops reading there.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Most bytes of a body after unpacking.
pub const MAX_UNPACKED: usize = 16 * 1024 * 1024;
/// Most times that a body may grow when it is unpacked, beyond the first [`FREE_GROWTH`] bytes.
pub const MAX_GROWTH: usize = 64;
/// Unpacked bytes that are allowed whatever the packed size: a handful of equal forms packs very well.
pub const FREE_GROWTH: usize = 256 * 1024;
/// Frames of one body: the beginning of a request that is sent ahead, and the rest.
const FRAMES: usize = 2;
/// CBOR: a map whose entries are not counted, and its end (RFC 8949).
const MAP_OPEN: u8 = 0xbf;
const MAP_CLOSE: u8 = 0xff;
/// How deep CBOR may nest.
const DEPTH: usize = 32;

/// Bytes that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Larger than allowed, packed or unpacked.
    #[error("more bytes than allowed")]
    TooLarge,
    /// Not a zstd stream.
    #[error("not a compressed message")]
    Compression,
    /// Packed with a dictionary that this program does not have.
    #[error("packed with a dictionary that is not known")]
    UnknownDictionary,
    /// Not CBOR, or not of the expected shape.
    #[error("not the expected message")]
    Shape,
}

/// Random number of a county database, replaced when it is created or restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What every request of any version begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Versions the desk speaks.
    pub protocol: Window,
}

/// `POST /v1/sync`: hello, push and pull in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Versions the desk speaks.
    pub protocol: Window,
    /// The desk.
    pub desk: DeskId,
    /// Epoch of the cursor; none before the first exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// Last number of the county that the desk has stored.
    pub cursor: u64,
    /// What the desk has to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<Chunk>,
    /// Receipts of an earlier epoch, so that a restored county gives the same numbers again (ruling 9).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopt: Vec<SignedReceipts>,
    /// Names of items acknowledged in an earlier epoch; the county answers which of them it lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offer: Vec<ItemId>,
    /// Sums over what the desk holds at `cursor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
    /// What the desk compares, when its sums are not the county's, or the county told it to. Nothing after the cursor is
    /// answered then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Most bytes of items the desk wants back.
    pub want: u32,
    /// Hash of the catalogue's timestamp.json the desk has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Digest>,
    /// Whether the county may hold the answer back (up to 25 s) until there is something to tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wait: bool,
}

/// One item on its way to a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Its place in this desk's scope, what the cursor counts. One item may come again at a later place when its case enters
    /// another scope (ruling 8); storing it twice is harmless.
    pub seq: u64,
    /// The item's own number in the county's one order, the same on every desk and in its receipt: acts are ordered by it.
    pub number: u64,
    /// Bytes of the item.
    #[serde(with = "serde_bytes")]
    pub item: Vec<u8>,
    /// Who the actors inside are, with names as the county knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ActorClaim>,
    /// For an act: who did it, from the county's own table, never from the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official: Option<Official>,
    /// The desk it came from.
    pub desk: DeskId,
    /// When it reached the county, by the county's clock.
    pub arrived: Millis,
    /// Whether it stands beside the case instead of in it: entered for a unit that had handed the case on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub side: bool,
}

/// What the county answers to [`SyncRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReply {
    /// The version it speaks with this desk.
    pub protocol: u16,
    /// Epoch of its database.
    pub epoch: Epoch,
    /// Its clock.
    pub time: Millis,
    /// One result for each item of the chunk, sealed. None when the request had no chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<SignedReceipts>,
    /// Those of `offer` that the county does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<ItemId>,
    /// Items after the cursor, in the county's order. On their way they are sorted, see `shelf`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::shelf::numbered")]
    pub items: Vec<Numbered>,
    /// Cases this desk may no longer see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<CaseId>,
    /// Where the desk stands after storing this answer.
    pub cursor: u64,
    /// Whether more items wait behind the cursor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Hash of the catalogue's timestamp.json, when it differs from the one the desk named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Digest>,
    /// Sums over the desk's scope at `cursor`, when nothing more waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
    /// The answer to `compare`; unasked with `left`: the desk has to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// This desk was found to be a copy of another one: who it is from now on (ruling 10). Nothing was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<NewInstance>,
}

/// A new identity for a cloned or restored desk. It keeps its TLS key; nothing it holds is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInstance {
    /// The new desk.
    pub desk: DeskId,
    /// Its three letters for provisional numbers.
    pub prefix: String,
    /// Its client certificate, DER.
    #[serde(with = "serde_bytes")]
    pub client_cert_der: Vec<u8>,
    /// The permissions of its people: those they had name the desk it was copied from.
    #[serde(default)]
    pub grants: Vec<Renewed>,
}

/// CBOR of a value of ours.
pub fn to_cbor<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory cannot fail, and no type of ours refuses to be written.
    let written = ciborium::into_writer(value, &mut bytes);
    debug_assert!(written.is_ok(), "a value of ours could not be written");
    bytes
}

/// Reads exactly one value.
///
/// # Errors
/// [`WireError::Shape`] for anything else, trailing bytes included.
pub fn from_cbor<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, WireError> {
    let value =
        ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEPTH).map_err(|_| WireError::Shape)?;
    if bytes.is_empty() { Ok(value) } else { Err(WireError::Shape) }
}

/// A body as every program reads it: CBOR in one zstd frame without a dictionary.
///
/// # Errors
/// [`WireError::Compression`] when the compressor runs out of memory.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, WireError> {
    encode_for(SPOKEN.min, value)
}

/// A body for a program that speaks `version`: with the newest dictionary it knows.
///
/// # Errors
/// [`WireError::Compression`] when the compressor runs out of memory.
pub fn encode_for<T: Serialize>(version: u16, value: &T) -> Result<Vec<u8>, WireError> {
    dictionary::pack(version, &to_cbor(value))
}

/// The beginning of a [`SyncRequest`] for a county that speaks `version`, sent before the rest of it is known: its chunk. What
/// follows is [`encode_rest`]; the two together are the body.
///
/// # Errors
/// [`WireError::Compression`] when the compressor runs out of memory.
pub fn encode_chunk(version: u16, chunk: &Chunk) -> Result<Vec<u8>, WireError> {
    let mut head = vec![MAP_OPEN];
    head.extend(to_cbor(&"chunk"));
    head.extend(to_cbor(chunk));
    dictionary::pack(version, &head)
}

/// The rest of a request whose chunk went ahead; `request` has none.
///
/// # Errors
/// [`WireError::Compression`] when the compressor runs out of memory.
pub fn encode_rest(version: u16, request: &SyncRequest) -> Result<Vec<u8>, WireError> {
    let bare = SyncRequest { chunk: None, ..request.clone() };
    let mut rest = to_cbor(&bare);
    // A map of fewer than 24 entries begins with one byte, which the open map of the beginning replaces.
    rest.rotate_left(1);
    if let Some(last) = rest.last_mut() {
        *last = MAP_CLOSE;
    }
    dictionary::pack(version, &rest)
}

/// Bytes of the beginning that was sent ahead, once all of it is there.
pub fn ahead_in(body: &[u8]) -> Option<usize> {
    dictionary::first_frame(body)
}

/// Reads what [`encode_chunk`] made.
///
/// # Errors
/// As [`decode`].
pub fn decode_chunk(ahead: &[u8]) -> Result<Chunk, WireError> {
    let plain = unpack(ahead)?;
    let named = [[MAP_OPEN].as_slice(), &to_cbor(&"chunk")].concat();
    from_cbor(plain.strip_prefix(named.as_slice()).ok_or(WireError::Shape)?)
}

/// Unpacks what [`encode_rest`] made: the CBOR of a request without its chunk.
///
/// # Errors
/// As [`unpack`].
pub fn unpack_rest(rest: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut plain = vec![MAP_OPEN];
    plain.append(&mut unpack(rest)?);
    Ok(plain)
}

/// Reads a body, unpacking no more than it may hold.
///
/// # Errors
/// [`WireError`] for too many bytes, no zstd stream, an unknown dictionary, or another shape.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    from_cbor(&unpack(body)?)
}

/// Unpacks a body within the bounds [`MAX_BODY`], [`MAX_UNPACKED`] and [`MAX_GROWTH`].
///
/// # Errors
/// [`WireError::TooLarge`], [`WireError::Compression`] or [`WireError::UnknownDictionary`].
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, WireError> {
    if body.len() > MAX_BODY {
        return Err(WireError::TooLarge);
    }
    let most = body.len().saturating_mul(MAX_GROWTH).clamp(FREE_GROWTH, MAX_UNPACKED);
    let (mut plain, mut rest) = (Vec::new(), body);
    for _ in 0..FRAMES {
        rest = dictionary::unpack_frame(rest, most, &mut plain)?;
        if rest.is_empty() {
            return Ok(plain);
        }
    }
    Err(WireError::Compression)
}
