//! `POST /v1/courier`, `GET /v1/courier/{desk}`: a desk with a network hands on courier files of those without.

use std::io::{BufReader, Seek as _};
use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use domain::id::DeskId;
use futures_util::{StreamExt as _, stream};
use http::header;
use sync::courier::{CourierError, Delivered, MOST_BYTES};
use sync::refusal::Code;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::answer::{Refused, said};
use super::blocking;
use super::peer::Caller;
use crate::county::County;
use crate::courier::{Arrived, export, import};
use crate::database::desk;
use crate::error::Error;

/// Bytes sent at once.
const PIECE: usize = 64 * 1024;

/// Takes in a courier file that this desk carries.
pub async fn deliver(
    State(county): State<Arc<County>>,
    _carrier: Caller,
    request: Request,
) -> Result<Response, Refused> {
    let file = kept(&county, request.into_body().into_data_stream()).await?;
    let arrived = {
        let county = county.clone();
        blocking(move || import(&county, &mut BufReader::new(file)).map_err(meaning)).await?
    };
    let all = || std::iter::once(&arrived).chain(&arrived.boxes);
    Ok(said(&Delivered {
        desk: arrived.desk,
        new: all().map(|one: &Arrived| one.new).sum(),
        known: all().map(|one| one.known).sum(),
        refused: all().map(|one| one.refused.len() as u64).sum(),
    }))
}

/// The body on the disk: however large it is, it costs no memory.
async fn kept(county: &Arc<County>, mut body: BodyDataStream) -> Result<std::fs::File, Refused> {
    let mut file = File::from_std(temporary(county).await?);
    let mut room = MOST_BYTES;
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Code::Malformed)?;
        room = room.checked_sub(part.len() as u64).ok_or(Code::TooLarge)?;
        file.write_all(&part).await.map_err(Error::Network)?;
    }
    file.flush().await.map_err(Error::Network)?;
    let mut file = file.into_std().await;
    file.rewind().map_err(Error::Network)?;
    Ok(file)
}

async fn temporary(county: &Arc<County>) -> Result<std::fs::File, Error> {
    let folder = county.folder.uploads();
    blocking(move || tempfile::tempfile_in(&folder).map_err(Error::file(&folder))).await
}

/// What is wrong with a courier file is an answer, not an accident.
fn meaning(error: Error) -> Error {
    let code = match error {
        Error::Courier(CourierError::Stranger) => Code::BadSignature,
        Error::Courier(CourierError::OtherCounty) => Code::OtherCounty,
        Error::Courier(CourierError::TooLarge) => Code::TooLarge,
        Error::Courier(CourierError::Newer) => Code::UpdateNeeded,
        Error::Courier(CourierError::BadKey) => Code::NotFound,
        Error::Courier(CourierError::NotAPack | CourierError::NotForUs | CourierError::Damaged) => {
            Code::Malformed
        }
        Error::ClonedDesk => Code::CopiedDesk,
        other => return other,
    };
    code.into()
}

/// The courier file for a desk in the region of the one that asks.
pub async fn collect(
    State(county): State<Arc<County>>,
    carrier: Caller,
    Path(desk): Path<DeskId>,
) -> Result<Response, Refused> {
    let file = temporary(&county).await?;
    let made = blocking(move || {
        let of = county.database.read::<_, Error>(|view| Ok(desk::get(view, desk)?))?;
        let near = of.is_some_and(|of| carrier.desk.unit.contains(&of.unit));
        if !near {
            // Whoever may not carry for a desk does not learn that it exists.
            return Err(Code::NotFound.into());
        }
        let mut file = file;
        export(&county, desk, &[], &mut file).map_err(meaning)?;
        file.rewind().map_err(Error::Network)?;
        Ok(file)
    });
    let parts = stream::try_unfold(File::from_std(made.await?), |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], Body::from_stream(parts)).into_response())
}
