//! Enrolment without a network: a laptop's request came as a file, and so does the answer.

use sync::enrol::letter::{self, Answer, Shared};
use sync::refusal::Code;

use super::redeem;
use crate::county::County;
use crate::database::enrol_code;
use crate::error::Error;

/// The answer to a request file, with the catalogue of today. Answering the same request again gives the same desk again.
pub fn answer(county: &County, request: &[u8]) -> Result<Vec<u8>, Error> {
    if request.len() > letter::MOST_REQUEST {
        return Err(Code::TooLarge.into());
    }
    // The file tells nobody which code it was made with: those we gave out are tried.
    let codes = county.database.read::<_, Error>(|view| Ok(enrol_code::hashes(view)?))?;
    let tried = codes.into_iter().map(Shared::from_hash);
    let mut found = tried.filter_map(|shared| Some((shared, letter::read_request(&shared, request)?)));
    let (shared, request) = found.next().ok_or(Code::BadEnrolCode)?;
    let reply = redeem(county, &request)?;
    let catalogue =
        county.folder.published()?.into_iter().map(|(name, bytes)| (name, bytes.into())).collect();
    let answer = Answer { key_of_box: shared.key_of_box(), reply, catalogue };
    let signature = county.authority.sign(&letter::to_be_signed(&answer))?;
    Ok(letter::write_reply(&answer, signature))
}
