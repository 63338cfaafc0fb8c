//! `/v1/files`: sending a file by tus 1.0 (creation, checksum, expiration) and reading one back, whole or in part.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::id::{CaseId, Digest};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use sync::refusal::Code;

use super::answer::{Refused, whole};
use super::blocking;
use super::peer::Caller;
use crate::county::County;
use crate::error::Error;
use crate::files::{self, Announced, MOST_BYTES, Progress};

const VERSION: &str = "1.0.0";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const SLICE_TYPE: &str = "application/offset+octet-stream";

/// `OPTIONS /v1/files`: what this server can do.
pub async fn options(_caller: Caller) -> Response {
    let can = [
        (RESUMABLE, HeaderValue::from_static(VERSION)),
        (HeaderName::from_static("tus-version"), HeaderValue::from_static(VERSION)),
        (HeaderName::from_static("tus-extension"), HeaderValue::from_static("creation,checksum,expiration")),
        (HeaderName::from_static("tus-checksum-algorithm"), HeaderValue::from_static("sha256")),
        (HeaderName::from_static("tus-max-size"), HeaderValue::from(MOST_BYTES)),
    ];
    (StatusCode::NO_CONTENT, HeaderMap::from_iter(can)).into_response()
}

/// `POST /v1/files`: announces a file. `Upload-Metadata` names `case`, `sha256` (hex) and `mime`.
pub async fn create(
    State(county): State<Arc<County>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    if let Some(other) = other_version(&headers) {
        return Ok(other);
    }
    let announced = Announced {
        case: metadata(&headers, "case")?.parse().map_err(|_| Code::Malformed)?,
        sha256: metadata(&headers, "sha256")?.parse().map_err(|_| Code::Malformed)?,
        mime: metadata(&headers, "mime")?,
        size: number(&headers, &LENGTH)?,
    };
    let begun = blocking(move || files::begin(&county, &caller.desk, &announced)).await?;
    let mut answer = at(StatusCode::CREATED, &begun);
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/files/{}", begun.id)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// `HEAD /v1/files/{id}`: how far it is.
pub async fn head(
    State(county): State<Arc<County>>,
    caller: Result<Caller, Refused>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(other) = other_version(&headers) {
        return other;
    }
    let found = match caller {
        Ok(caller) => {
            blocking(move || files::progress(&county, &caller.desk, &id)).await.map_err(Refused::from)
        }
        Err(refused) => Err(refused),
    };
    match found {
        Ok(progress) => {
            let mut answer = at(StatusCode::OK, &progress);
            answer.headers_mut().insert(LENGTH, HeaderValue::from(progress.size));
            answer
        }
        Err(refused) => refused.bare(),
    }
}

/// `PATCH /v1/files/{id}`: one slice more.
pub async fn patch(
    State(county): State<Arc<County>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    if let Some(other) = other_version(&headers) {
        return Ok(other);
    }
    if headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) != Some(SLICE_TYPE) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let from = number(&headers, &OFFSET)?;
    let slice = whole(body)?;
    if let Some(checksum) = headers.get(CHECKSUM) {
        let announced = checksum.to_str().ok().and_then(|text| text.strip_prefix("sha256 "));
        let announced =
            announced.and_then(|text| STANDARD.decode(text.trim()).ok()).ok_or(Code::Malformed)?;
        if Sha256::digest(&slice).as_slice() != announced {
            // tus 1.0: the slice is thrown away, the file stands where it stood.
            return Ok(StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST).into_response());
        }
    }
    let added = blocking(move || match files::append(&county, &caller.desk, &id, from, &slice) {
        Err(Error::Offset { expected }) => Ok(Err(expected)),
        done => done.map(Ok),
    });
    match added.await? {
        Ok(progress) => Ok(at(StatusCode::NO_CONTENT, &progress)),
        Err(expected) => {
            let headers =
                [(RESUMABLE, HeaderValue::from_static(VERSION)), (OFFSET, HeaderValue::from(expected))];
            Ok((StatusCode::CONFLICT, HeaderMap::from_iter(headers)).into_response())
        }
    }
}

/// `GET /v1/files/{case}/{sha256}`: a file, or with `Range: bytes=…` a part of it.
pub async fn read(
    State(county): State<Arc<County>>,
    caller: Caller,
    Path((case, sha256)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let case: CaseId = case.parse().map_err(|_| Code::NotFound)?;
    let sha256: Digest = sha256.parse().map_err(|_| Code::NotFound)?;
    let (bytes, mime) = blocking(move || files::read(&county, &caller.desk, case, &sha256)).await?;
    let bytes = Bytes::from(bytes);
    let size = bytes.len();
    let mut answer = match headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .map(|range| part(range, size))
    {
        None | Some(Part::Whole) => bytes.into_response(),
        Some(Part::Of(from, to)) => {
            let mut answer = (StatusCode::PARTIAL_CONTENT, bytes.slice(from..to)).into_response();
            let range = format!("bytes {from}-{}/{size}", to - 1);
            if let Ok(range) = HeaderValue::from_str(&range) {
                answer.headers_mut().insert(header::CONTENT_RANGE, range);
            }
            answer
        }
        Some(Part::Outside) => {
            let range = HeaderValue::from_str(&format!("bytes */{size}"))
                .unwrap_or(HeaderValue::from_static("bytes */0"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response());
        }
    };
    if let Ok(mime) = HeaderValue::from_str(&mime) {
        answer.headers_mut().insert(header::CONTENT_TYPE, mime);
    }
    answer.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(answer)
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Of(usize, usize),
    Outside,
}

/// One range of RFC 9110; several ranges and other units get the whole, as the RFC allows.
fn part(range: &str, size: usize) -> Part {
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    let (from, to) = match (from.trim().parse::<usize>(), to.trim().parse::<usize>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(size)),
        (Ok(from), Err(_)) if to.trim().is_empty() => (from, size),
        (Err(_), Ok(last)) if from.trim().is_empty() => (size.saturating_sub(last), size),
        _ => return Part::Whole,
    };
    if from < to { Part::Of(from, to) } else { Part::Outside }
}

fn other_version(headers: &HeaderMap) -> Option<Response> {
    (headers.get(RESUMABLE).and_then(|version| version.to_str().ok()) != Some(VERSION)).then(|| {
        let version = [(HeaderName::from_static("tus-version"), HeaderValue::from_static(VERSION))];
        (StatusCode::PRECONDITION_FAILED, HeaderMap::from_iter(version)).into_response()
    })
}

fn at(status: StatusCode, progress: &Progress) -> Response {
    let mut headers = HeaderMap::from_iter([
        (RESUMABLE, HeaderValue::from_static(VERSION)),
        (OFFSET, HeaderValue::from(progress.position)),
    ]);
    if let Some(expires) = progress.expires.and_then(date) {
        headers.insert(EXPIRES, expires);
    }
    (status, headers).into_response()
}

/// A moment as RFC 9110 writes it.
fn date(at: i64) -> Option<HeaderValue> {
    let stamp = jiff::Timestamp::from_millisecond(at).ok()?;
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&stamp).ok()?;
    HeaderValue::from_str(&text).ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Code> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .ok_or(Code::Malformed)
}

fn metadata(headers: &HeaderMap, key: &str) -> Result<String, Code> {
    let pairs = headers.get(METADATA).and_then(|value| value.to_str().ok()).ok_or(Code::Malformed)?;
    let value = pairs
        .split(',')
        .find_map(|pair| pair.trim().strip_prefix(key)?.strip_prefix(' '))
        .ok_or(Code::Malformed)?;
    let bytes = STANDARD.decode(value.trim()).map_err(|_| Code::Malformed)?;
    String::from_utf8(bytes).map_err(|_| Code::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_browsers_and_curl_write_them() {
        assert_eq!(part("bytes=0-9", 100), Part::Of(0, 10));
        assert_eq!(part("bytes=90-", 100), Part::Of(90, 100));
        assert_eq!(part("bytes=-10", 100), Part::Of(90, 100));
        assert_eq!(part("bytes=50-900", 100), Part::Of(50, 100));
        assert_eq!(part("bytes=100-", 100), Part::Outside);
        for odd in ["bytes=9-0", "bytes=a-b", "lines=0-1", "bytes=0-1,5-6", "bytes=-"] {
            assert_eq!(part(odd, 100), Part::Whole, "{odd}");
        }
    }
}
