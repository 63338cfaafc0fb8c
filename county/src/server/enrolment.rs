//! The routes by which a laptop becomes a desk and stays one.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use bytes::Bytes;
use sync::enrol::{EnrolRequest, RenewRequest};

use super::answer::{Refused, heard, said};
use super::blocking;
use super::peer::ExpiredCaller;
use crate::county::County;
use crate::enrol;

/// `POST /v1/enrol`: the only route without a certificate.
pub async fn enrol(
    State(county): State<Arc<County>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let request: EnrolRequest = heard(body)?;
    let reply = blocking(move || enrol::redeem(&county, &request)).await?;
    Ok(said(&reply))
}

/// `POST /v1/renew`: also with an expired certificate.
pub async fn renew(
    State(county): State<Arc<County>>,
    ExpiredCaller(caller): ExpiredCaller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let request: RenewRequest = heard(body)?;
    let reply = blocking(move || enrol::renew(&county, caller.desk.id, &request)).await?;
    Ok(said(&reply))
}
