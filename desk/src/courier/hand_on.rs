//! Handing on what is carried, when this desk is online: files for the county go there, and the answers come back to be
//! carried home.

use std::io::Write as _;
use std::sync::Arc;

use domain::id::DeskId;
use sync::client::{Client, LinkError};
use sync::courier::Party;
use sync::refusal::Code;

use super::{carry, told};
use crate::{Desk, blocking};

/// Most bytes of a carried file that goes over the line in one request; a larger one goes on by stick.
const MOST_ONLINE: u64 = 256 * 1024 * 1024;

/// Most bytes of one that goes while files are held back: as much as the largest chunk of cases, which goes, too.
const MOST_WORDS: u64 = sync::chunk::MAX_COMPRESSED as u64;

/// Hands on what lies in the carry box for the county, and fetches the answers. While files are `held` back, only what is no
/// larger than words are: nobody can part them from the pictures in what is sealed for somebody else. Stops when the line breaks;
/// what was not handed on stays in the box.
pub(crate) async fn hand_on(desk: &Arc<Desk>, line: &Client, held: bool) {
    let most = if held { MOST_WORDS } else { MOST_ONLINE };
    for kept in waiting(desk, most).await {
        match deliver(line, &kept).await {
            Ok(from) => {
                carry::remove(&kept);
                if let Err(error) = fetch(desk, line, from).await {
                    tracing::info!(code = error.code(), "no answer to carry back");
                }
            }
            Err(LinkError::Refused(refusal)) if is_final(&refusal.code) => {
                carry::refuse(&kept, refusal.code.name());
            }
            Err(error) => {
                tracing::info!(code = error.code(), "a carried courier file waits");
                return;
            }
        }
        desk.watch.stir();
    }
}

async fn waiting(desk: &Arc<Desk>, most: u64) -> Vec<carry::Kept> {
    let data = desk.place.data.clone();
    let listed = blocking::run(move || carry::list(&data)).await.unwrap_or_default();
    let goes =
        |kept: &carry::Kept| kept.label.to == Party::County && kept.refused.is_none() && kept.bytes <= most;
    listed.into_iter().filter(goes).collect()
}

async fn deliver(line: &Client, kept: &carry::Kept) -> Result<DeskId, LinkError> {
    let bytes = tokio::fs::read(&kept.path).await.map_err(LinkError::Local)?;
    Ok(line.deliver(bytes).await?.desk)
}

/// Whether the county will say the same tomorrow.
fn is_final(code: &Code) -> bool {
    let final_codes = [
        Code::Malformed,
        Code::BadSignature,
        Code::OtherCounty,
        Code::TooLarge,
        Code::UnknownDevice,
        Code::CopiedDesk,
    ];
    final_codes.contains(code)
}

/// The answer holds everything of the answers before it: those leave the box.
async fn fetch(desk: &Arc<Desk>, line: &Client, to: DeskId) -> Result<(), LinkError> {
    let mut part = tempfile::tempfile().map_err(LinkError::Local)?;
    line.collect(to, |bytes| part.write_all(bytes)).await?;
    let data = desk.place.data.clone();
    let kept = blocking::run(move || {
        use std::io::Seek as _;
        let failed = |error: std::io::Error| told(error.into());
        part.rewind().map_err(failed)?;
        let new = carry::keep(&data, &mut std::io::BufReader::new(part))?;
        let all = carry::list(&data)?;
        let Some(number) = all.iter().find(|kept| kept.sha256 == new).map(|kept| kept.label.number) else {
            return Ok(());
        };
        let earlier = |kept: &&carry::Kept| {
            (kept.label.from, kept.label.to) == (Party::County, Party::Desk(to)) && kept.label.number < number
        };
        all.iter().filter(earlier).for_each(carry::remove);
        Ok(())
    });
    kept.await.map_err(|_| LinkError::Local(std::io::ErrorKind::Other.into()))
}
