//! `POST /v1/catalogue/publish`: a county admin publishes changed workbooks from a desk.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use domain::role::Role;
use serde::Deserialize;
use sync::key::PublicKey;
use sync::publish::{PublishBody, PublishFinding, PublishReply, PublishRequest};
use sync::refusal::Code;
use sync::wire::from_cbor;
use tokio::runtime::Handle;

use super::answer::{Refused, said, whole};
use super::blocking;
use super::peer::Caller;
use crate::catalogue::{Language, Level, LintFinding};
use crate::county::County;
use crate::database::desk::Desk;
use crate::database::{desk, person};
use crate::error::Error;
use crate::publish;

/// What may stand behind the question mark.
#[derive(Debug, Deserialize)]
pub struct Asked {
    check: Option<u8>,
    lang: Option<String>,
}

/// Checks seal and role, then the workbooks, and publishes them unless only asked to check. The body is plain CBOR:
/// workbooks are compressed already.
pub async fn publish(
    State(county): State<Arc<County>>,
    caller: Caller,
    Query(asked): Query<Asked>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let body = whole(body)?;
    let language = if asked.lang.as_deref() == Some("en") { Language::English } else { Language::Chinese };
    let check_only = asked.check == Some(1);
    let done = blocking(move || {
        let request: PublishRequest = from_cbor(&body).map_err(|_| Code::Malformed)?;
        let body = authorised(&county, &caller.desk, &request)?;
        // Signing is asynchronous in the TUF library; this thread is there to wait for it.
        Handle::current().block_on(publish::workbooks(
            &county,
            &body.files,
            &body.note,
            body.person,
            check_only,
            language,
        ))
    });
    let outcome = done.await?;
    let reply = PublishReply {
        release: outcome.release.map(|release| release.number),
        findings: outcome.findings.into_iter().map(finding).collect(),
    };
    Ok(said(&reply))
}

fn authorised(county: &County, from: &Desk, request: &PublishRequest) -> Result<PublishBody, Error> {
    let body = request.body().map_err(|_| Code::Malformed)?;
    if body.county != county.id {
        return Err(Code::OtherCounty.into());
    }
    if body.desk != from.id {
        return Err(Code::UnknownDevice.into());
    }
    county.database.read::<_, Error>(|view| {
        let at = desk::person(view, from.id, body.person)?.ok_or(Code::UnknownPerson)?;
        request.verify(&PublicKey(at.key)).map_err(|_| Code::BadSignature)?;
        let official = person::official(view, body.person, &at.unit)?.ok_or(Code::UnknownPerson)?;
        if official.is(Role::CountyAdmin) { Ok(()) } else { Err(Code::NotYourRole.into()) }
    })?;
    Ok(body)
}

fn finding(found: LintFinding) -> PublishFinding {
    PublishFinding {
        file: found.file,
        sheet: found.sheet,
        row: found.row.map(|row| row as u64),
        column: found.column,
        error: found.level == Level::Error,
        code: found.code.to_owned(),
        message: found.message,
    }
}
