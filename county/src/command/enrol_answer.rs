//! `enrol-answer`: answers a laptop that cannot reach the county; its request came on a stick, and the answer goes back so.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sync::refusal::Code;

use super::{Done, Failure, Out, Place};
use crate::enrol;
use crate::error::Error;
use crate::folder::write_private;

#[derive(Args)]
pub(super) struct EnrolAnswer {
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    #[arg(short, long, value_name = "REPLY")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl EnrolAnswer {
    pub(super) fn run(self, out: &Out) -> Done {
        let request = std::fs::read(&self.request).map_err(Error::file(&self.request))?;
        let reply = enrol::answer(&self.place.county()?, &request).map_err(told)?;
        write_private(&self.out, &reply)?;
        let file = self.out.display().to_string();
        if self.place.json {
            out.json(&json!({ "file": file, "bytes": reply.len() }));
        } else {
            out.say("enrol-answered", &[("file", &file)]);
        }
        Ok(())
    }
}

/// Why a request is not granted, in a sentence.
fn told(error: Error) -> Failure {
    let Error::Refused(code) = &error else { return Failure::Error(error) };
    let sentence = match code {
        Code::BadEnrolCode | Code::Malformed | Code::TooLarge => "failed-enrol-request",
        Code::EnrolCodeUsed => "failed-enrol-used",
        Code::EnrolCodeExpired => "failed-enrol-expired",
        Code::UnknownPerson => "failed-enrol-person",
        Code::OtherUnitHere => "failed-enrol-unit",
        Code::UnknownDevice => "failed-enrol-desk",
        _ => return Failure::Error(error),
    };
    Failure::Said(sentence, Vec::new())
}
