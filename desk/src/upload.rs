//! Files on their way: sent in slices after the cases they belong to, fetched when a case names one that is not here.

use std::sync::Arc;

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use store::table::{file, upload};
use store::{FileError, StoreError};
use sync::client::{Client, FileFacts, LinkError};
use sync::refusal::Code;

use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, blocking, clock, courier, syncing};

/// Files fetched in one go.
const FETCH: usize = 64;
/// Milliseconds until a file is tried again that could not be sent.
const LATER: Millis = 5_000;

/// What moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moved {
    /// Files the county has now.
    pub sent: u64,
    /// Files that are here now.
    pub received: u64,
}

/// Sends what waits, smallest first, then fetches what is missing. Stops when the line breaks.
pub async fn all(desk: &Arc<Desk>, open: &Arc<Open>, line: &Client) -> Moved {
    let mut moved = Moved::default();
    while let Some(next) = next(open).await {
        let case = next.case;
        match send(open, line, &next).await {
            Ok(()) => moved.sent += 1,
            Err(error) => {
                tracing::info!(code = error.code(), "a file waits");
                put_off(open, &next, &error).await;
                if matches!(error, LinkError::NoLink | LinkError::UntrustedCounty | LinkError::StrangeAnswer)
                {
                    return moved;
                }
            }
        }
        desk.watch.touch([case]);
    }
    for (case, row) in missing(open).await {
        match fetch(open, line, case, row.sha256).await {
            Ok(()) => {
                moved.received += 1;
                desk.watch.touch([case]);
            }
            // Its desk has not sent it yet.
            Err(LinkError::Refused(_)) => {}
            Err(error) => {
                tracing::info!(code = error.code(), "a file could not be fetched");
                return moved;
            }
        }
    }
    courier::hand_on(desk, line).await;
    moved
}

async fn next(open: &Arc<Open>) -> Option<upload::Upload> {
    let open = open.clone();
    let next = blocking::run(move || open.store.read::<_, Fault>(|r| Ok(upload::next(r, clock::device())?)));
    next.await.ok().flatten()
}

async fn missing(open: &Arc<Open>) -> Vec<(CaseId, file::FileRow)> {
    let open = open.clone();
    let missing = blocking::run(move || open.store.read::<_, Fault>(|r| Ok(file::missing(r, FETCH)?)));
    missing.await.unwrap_or_default()
}

async fn send(open: &Arc<Open>, line: &Client, next: &upload::Upload) -> Result<(), LinkError> {
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
    let reading = open.clone();
    let read = move |from, length| reading.store.files().read_range(sha256, from, length).map_err(io);
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
