//! Files on their way: sent in slices after the cases they belong to, fetched when a case names one that is not here, held
//! back while the line is paid for by the byte.

use std::sync::Arc;
use std::time::Duration;

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::sync::StuckFile;
use store::table::case_index::{self, CaseLine};
use store::table::{file, upload};
use store::{FileError, Read, StoreError};
use sync::client::LinkError::{CountyBusy, NoLink, StrangeAnswer, UntrustedCounty};
use sync::client::{Client, FileFacts, LinkError};
use sync::refusal::Code;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, clock, courier, index, metered, syncing};

/// Files fetched in one go.
const FETCH: usize = 64;
/// Refused files shown.
const SHOWN: usize = 100;
/// Milliseconds until a file is tried again that could not be sent.
const LATER: Millis = 5_000;
/// How long the county may ask to wait for the rest not to be left to another turn, and how often in a row.
const SOON: Millis = 2_000;
const TURNS: u32 = 30;

/// What moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moved {
    /// Files the county has now.
    pub sent: u64,
    /// Files that are here now.
    pub received: u64,
}

/// Sends what waits, smallest first, then fetches what is missing. Stops when the line breaks, and before the next slice
/// when files are to be held back.
pub async fn all(desk: &Arc<Desk>, open: &Arc<Open>, line: &Client) -> Moved {
    let mut moved = Moved::default();
    let mut patience = TURNS;
    while let Some(next) = next(desk, open).await {
        let case = next.case;
        match send(desk, open, line, &next).await {
            Ok(()) => {
                moved.sent += 1;
                patience = TURNS;
            }
            // Held back in the middle: what arrived stays there.
            Err(LinkError::Local(error)) if error.kind() == std::io::ErrorKind::Interrupted => break,
            // More was sent in a moment than the county takes from one desk: the rest goes when it says so.
            Err(CountyBusy { after: Some(after) }) if after <= SOON && patience > 0 => {
                patience -= 1;
                tokio::time::sleep(Duration::from_millis(after.unsigned_abs())).await;
            }
            Err(error) => {
                tracing::info!(code = error.code(), "a file waits");
                // A line that broke, or a county that has no time, says nothing about the file.
                let whole_line = matches!(error, NoLink | UntrustedCounty | CountyBusy { .. });
                if !whole_line {
                    put_off(open, &next, &error).await;
                }
                if whole_line || matches!(error, StrangeAnswer) {
                    return moved;
                }
            }
        }
        desk.watch.touch([case]);
    }
    for (case, row) in missing(desk, open).await {
        if metered::holds(desk, open) {
            break;
        }
        match fetch(open, line, case, row.sha256).await {
            Ok(()) => {
                moved.received += 1;
                desk.watch.touch([case]);
            }
            // Its desk has not sent it yet.
            Err(LinkError::Refused(_)) => not_there_yet(open, row.sha256).await,
            Err(error) => {
                tracing::info!(code = error.code(), "a file could not be fetched");
                return moved;
            }
        }
    }
    courier::hand_on(desk, line, metered::holds(desk, open)).await;
    metered::settled(desk, open);
    moved
}

async fn next(desk: &Arc<Desk>, open: &Arc<Open>) -> Option<upload::Upload> {
    let (desk, open) = (desk.clone(), open.clone());
    let next = blocking::run(move || {
        open.store.read(|r| match metered::why_held(&desk, r)? {
            Some(_) => Ok::<_, Fault>(None),
            None => Ok(upload::next(r, clock::device())?),
        })
    });
    next.await.ok().flatten()
}

async fn missing(desk: &Arc<Desk>, open: &Arc<Open>) -> Vec<(CaseId, file::FileRow)> {
    let (desk, open) = (desk.clone(), open.clone());
    let missing = blocking::run(move || {
        open.store.read(|r| match metered::why_held(&desk, r)? {
            Some(_) => Ok::<_, Fault>(Vec::new()),
            None => Ok(file::missing(r, clock::device(), FETCH)?),
        })
    });
    missing.await.unwrap_or_default()
}

async fn not_there_yet(open: &Arc<Open>, sha256: Digest) {
    let open = open.clone();
    let noted =
        blocking::run(move || Ok(open.store.write(|w| file::put_off(w, sha256, clock::device()))?)).await;
    if let Err(problem) = noted {
        tracing::warn!(code = problem.code, "asked for again with the next exchange");
    }
}

async fn send(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    line: &Client,
    next: &upload::Upload,
) -> Result<(), LinkError> {
    let (case, sha256, size) = (next.case, next.sha256, next.size);
    let mime = mime_of(open, sha256)?;
    let url = match &next.state {
        upload::UploadState::Sending { url, .. } => url.clone(),
        _ => {
            let (url, has) = line.announce(&FileFacts { case, sha256, size, mime }).await?;
            let state = if has == size {
                upload::UploadState::AtCounty
            } else {
                upload::UploadState::Sending { url: url.clone(), sent: has }
            };
            set(open, case, sha256, &state)?;
            if has == size {
                return Ok(());
            }
            url
        }
    };
    let (reading, price) = (open.clone(), desk.clone());
    let read = move |from, length| match metered::holds(&price, &reading) {
        true => Err(std::io::ErrorKind::Interrupted.into()),
        false => reading.store.files().read_range(sha256, from, length).map_err(io),
    };
    let noting = (open.clone(), url.clone());
    let progress = move |sent| {
        let (open, url) = &noting;
        // A number that is not kept costs one question to the county later.
        let _kept = set(open, case, sha256, &upload::UploadState::Sending { url: url.clone(), sent });
    };
    line.upload(&url, size, read, progress).await?;
    set(open, case, sha256, &upload::UploadState::AtCounty)
}

fn mime_of(open: &Open, sha256: Digest) -> Result<String, LinkError> {
    let row = open.store.read::<_, StoreError>(|r| file::get(r, sha256)).map_err(|_| local())?;
    Ok(row.map_or_else(|| "application/octet-stream".to_owned(), |row| row.mime))
}

fn set(open: &Open, case: CaseId, sha256: Digest, state: &upload::UploadState) -> Result<(), LinkError> {
    open.store.write::<_, StoreError>(|w| upload::set(w, case, sha256, state)).map_err(|_| local())
}

async fn put_off(open: &Arc<Open>, next: &upload::Upload, error: &LinkError) {
    let (open, case, sha256) = (open.clone(), next.case, next.sha256);
    let state = match error {
        // The county forgot the upload, or threw away what did not fit together: it is announced anew. The bytes here are
        // those of the file's name, or reading them would have failed.
        LinkError::Refused(refusal) if [Code::NotFound, Code::HashDiffers].contains(&refusal.code) => {
            Some(upload::UploadState::Waiting)
        }
        LinkError::Refused(refusal) if [Code::TooLarge, Code::Malformed].contains(&refusal.code) => {
            Some(upload::UploadState::Refused { code: refusal.code.name().to_owned() })
        }
        // What lies here is no longer what its name says: sending it would never end.
        LinkError::Local(error)
            if [std::io::ErrorKind::NotFound, std::io::ErrorKind::InvalidData].contains(&error.kind()) =>
        {
            Some(upload::UploadState::Refused { code: Code::HashDiffers.name().to_owned() })
        }
        _ => None,
    };
    let done = blocking::run(move || {
        open.store.write::<_, Fault>(|w| {
            if let Some(state) = &state {
                upload::set(w, case, sha256, state)?;
            }
            Ok(upload::put_off(w, case, sha256, clock::device() + LATER)?)
        })
    });
    if done.await.is_err() {
        tracing::warn!("a file could not be put off");
    }
}

/// Transfers that were refused, of cases that whoever works here sees, each with the line of its case.
///
/// # Errors
/// The store's.
pub(crate) fn refused(r: &Read<'_>, open: &Open) -> Result<Vec<(upload::Upload, CaseLine)>, Fault> {
    let scopes = open.scopes();
    let mut seen = Vec::new();
    for one in upload::refused(r, SHOWN)? {
        let line = case_index::get(r, one.case)?.map(|listed| listed.line);
        seen.extend(
            line.filter(|line| line.scopes.iter().any(|s| scopes.contains(s))).map(|line| (one, line)),
        );
    }
    Ok(seen)
}

/// The same for the list of what is stuck: which paper it is, and why it cannot be sent.
///
/// # Errors
/// The store's.
pub(crate) fn stuck(r: &Read<'_>, open: &Open) -> Result<Vec<StuckFile>, Fault> {
    let mut stuck = Vec::new();
    for (one, line) in refused(r, open)? {
        let upload::UploadState::Refused { code } = one.state else { continue };
        let named = file::of_case(r, one.case)?.into_iter().find(|named| named.sha256 == one.sha256);
        let item =
            Paper::find(r, open, one.case)?.map(|paper| index::item_of(r, open, &paper)).transpose()?;
        let material = named.zip(item.flatten()).and_then(|(named, item)| {
            let slot = item.materials.iter().find(|slot| slot.key == named.slot)?;
            Some(slot.name.clone())
        });
        stuck.push(StuckFile {
            case: one.case,
            file: one.sha256,
            item_name: line.item_name,
            applicant: line.applicant,
            number: line.number,
            material: material.unwrap_or_default(),
            bytes: one.size,
            code,
        });
    }
    Ok(stuck)
}

/// Fetches one file at once because somebody wants to look at it.
///
/// # Errors
/// [`LinkError`] when the county cannot be reached or does not have it yet.
pub async fn fetch_now(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    case: CaseId,
    sha256: Digest,
) -> Result<(), LinkError> {
    let line = syncing::line(desk, &open.identity())?;
    fetch(open, &line, case, sha256).await
}

/// Fetches a file; it is kept only when its bytes are those of its name.
async fn fetch(open: &Arc<Open>, line: &Client, case: CaseId, sha256: Digest) -> Result<(), LinkError> {
    let mut writer = open.store.files().writer(sha256).map_err(|error| LinkError::Local(io(error)))?;
    line.download(case, sha256, 0, |part| writer.write(part).map_err(io)).await?;
    writer.finish().map_err(|error| LinkError::Local(io(error)))?;
    open.store.write::<_, StoreError>(|w| file::set_here(w, sha256, true)).map_err(|_| local())
}

fn io(error: FileError) -> std::io::Error {
    match error {
        FileError::DiskFull => std::io::ErrorKind::StorageFull.into(),
        FileError::Missing => std::io::ErrorKind::NotFound.into(),
        FileError::Damaged => std::io::ErrorKind::InvalidData.into(),
        FileError::Io(number) => std::io::Error::from_raw_os_error(number),
    }
}

fn local() -> LinkError {
    LinkError::Local(std::io::ErrorKind::Other.into())
}
