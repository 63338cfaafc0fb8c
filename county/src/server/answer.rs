//! The words in which the county answers desks: what was asked for, or a refusal with a stable code.

use std::time::Duration;

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::refusal::{Code, Refusal};
use sync::wire::{self, MEDIA_TYPE, SyncReply, WireError};

use crate::error::Error;
use crate::files;

/// How long a desk waits when the county has too much to do, milliseconds.
const BUSY: i64 = 5_000;

/// A request that was not granted, or could not be.
#[derive(Debug)]
pub struct Refused {
    refusal: Refusal,
}

fn status(code: &Code) -> StatusCode {
    match code {
        Code::UnknownDevice | Code::CertificateExpired => StatusCode::UNAUTHORIZED,
        Code::Revoked | Code::BadSignature | Code::NotYourRole | Code::OutOfScope | Code::UnknownPerson => {
            StatusCode::FORBIDDEN
        }
        Code::BadEnrolCode | Code::NotFound => StatusCode::NOT_FOUND,
        Code::EnrolCodeUsed | Code::EnrolCodeExpired => StatusCode::GONE,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UpdateNeeded => StatusCode::UPGRADE_REQUIRED,
        Code::TooFast => StatusCode::TOO_MANY_REQUESTS,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::HashDiffers => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::BAD_REQUEST,
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        let refusal = match error {
            Error::Refused(code) => Refusal {
                after: matches!(code, Code::Busy | Code::TooFast).then_some(BUSY),
                max: (code == Code::TooLarge).then_some(files::MOST_BYTES),
                ..Refusal::new(code)
            },
            error => {
                // Details are for the county's log; a desk is told that nothing was done.
                tracing::error!(%error, "a request failed");
                metrics::counter!("daiban_failures_total").increment(1);
                Refusal { after: Some(BUSY), ..Refusal::new(Code::Internal) }
            }
        };
        Refused { refusal }
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Refused {
        Error::Refused(code).into()
    }
}

impl From<WireError> for Refused {
    fn from(error: WireError) -> Refused {
        match error {
            WireError::TooLarge => Code::TooLarge,
            WireError::UnknownDictionary => Code::UnknownDictionary,
            WireError::Compression | WireError::Shape => Code::Malformed,
        }
        .into()
    }
}

impl Refused {
    /// The desk asked too often; it may come again after `wait`.
    pub fn too_fast(wait: Duration) -> Refused {
        let after = i64::try_from(wait.as_millis()).unwrap_or(BUSY);
        Refused { refusal: Refusal { after: Some(after), ..Refusal::new(Code::TooFast) } }
    }

    /// The answer to a question that has no body (`HEAD`).
    pub fn bare(self) -> Response {
        let answer = status(&self.refusal.code).into_response();
        self.counted(answer)
    }

    /// Counts the refusal, and says on the outside when it makes sense to come again.
    fn counted(&self, mut answer: Response) -> Response {
        metrics::counter!("daiban_requests_refused_total", "code" => self.refusal.code.name().to_owned())
            .increment(1);
        if let Some(after) = self.refusal.after {
            let seconds = after.unsigned_abs().div_ceil(1000);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let answer = (status(&self.refusal.code), said(&self.refusal)).into_response();
        self.counted(answer)
    }
}

/// A value as a body of the protocol that every desk reads.
pub fn said<T: Serialize>(value: &T) -> Response {
    answer(wire::encode(value))
}

/// An answer for a desk that speaks the version it names.
pub fn replied(reply: &SyncReply) -> Response {
    answer(wire::encode_for(reply.protocol, reply))
}

fn answer(body: Result<Vec<u8>, WireError>) -> Response {
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A body of the protocol as a value.
pub fn heard<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refused> {
    Ok(wire::decode(&whole(body)?)?)
}

/// A body that arrived whole.
pub fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Code> {
    body.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Code::TooLarge,
        _ => Code::Malformed,
    })
}
