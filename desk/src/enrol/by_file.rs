//! Becoming a desk without a network: a request file goes to the county, its answer comes back as a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::Digest;
use ipc::account::DeskView;
use ipc::problem::{self, Problem};
use sha2::Digest as _;
use store::Keys;
use sync::enrol::EnrolCode;
use sync::enrol::letter;

use super::{Pending, finish, opener, request};
use crate::fault::Fault;
use crate::{Desk, account, blocking, catalogue};

/// The request file for a code. Asked for again, it is the same request.
///
/// # Errors
/// `bad_enrol_code`, `locked`, `lease_ended`, `disk_full`.
pub async fn request_by_file(desk: &Arc<Desk>, code: &str) -> Result<Vec<u8>, Problem> {
    let code: EnrolCode = code.parse().map_err(|_| Problem::new(problem::BAD_ENROL_CODE))?;
    let here = opener(desk).await?;
    let at_desk = desk.clone();
    blocking::run(move || {
        let pending = Pending::begin(&at_desk, code, here.as_deref())?;
        let request = request(&pending, at_desk.clock.moment())?;
        letter::write_request(&request).map_err(|_| Fault::Broken("a request cannot be sealed"))
    })
    .await
}

/// Finishes an enrolment with the county's answer file, and takes up the catalogue it brings.
///
/// # Errors
/// `weak_password`; `not_an_enrol_reply`; `enrol_reply_elsewhere` for an answer to another machine;
/// `enrol_reply_done` for one that was used already; `enrol_reply_altered`; `catalogue_rejected` when the person is
/// enrolled but the catalogue does not fit; `locked`, `lease_ended`, `disk_full`.
pub async fn finish_by_file(desk: &Arc<Desk>, reply: Vec<u8>, password: String) -> Result<DeskView, Problem> {
    let password = account::good_password(password)?;
    if reply.len() > letter::MOST_REPLY {
        return Err(Problem::new(problem::NOT_AN_ENROL_REPLY));
    }
    let unproven = letter::read_reply(&reply).map_err(|_| Problem::new(problem::NOT_AN_ENROL_REPLY))?;
    let here = opener(desk).await;
    let at_desk = desk.clone();
    let (pending, answer) = blocking::run(move || {
        let opening = here.as_ref().ok().and_then(Option::as_deref);
        let Some(pending) = Pending::opened_by(&at_desk, unproven.key_of_box(), opening)? else {
            let person = unproven.person();
            let known = Keys::load(&at_desk.place.data)?.people().iter().any(|entry| entry.person == person);
            // Somebody who is here already had this answer, or the desk has to be unlocked first.
            return Err(match here {
                Err(problem) if !known => problem.into(),
                _ if known => Fault::told(problem::ENROL_REPLY_DONE),
                _ => Fault::told(problem::ENROL_REPLY_ELSEWHERE),
            });
        };
        let answer = unproven.prove(&pending.code).map_err(|_| Fault::told(problem::ENROL_REPLY_ALTERED))?;
        Ok((pending, answer))
    })
    .await?;
    let view = finish(desk, pending, answer.reply, password).await?;
    let files: BTreeMap<String, Vec<u8>> =
        answer.catalogue.into_iter().map(|(name, bytes)| (name, bytes.into_vec())).collect();
    match files.get("metadata/timestamp.json") {
        Some(timestamp) => {
            let hash = Digest(sha2::Sha256::digest(timestamp).into());
            catalogue::take(desk, &desk.unlocked()?, files, hash).await?;
            account::state(desk).await
        }
        // A county that has not published anything yet.
        None => Ok(view),
    }
}
