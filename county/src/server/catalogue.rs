//! The signed catalogue as files: whoever reads them checks the signatures, not this server.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Path as Asked, State};
use axum::response::{IntoResponse as _, Response};
use http::header;
use sync::refusal::Code;

use super::answer::Refused;
use super::blocking;
use super::peer::Caller;
use crate::county::County;
use crate::error::Error;

/// `GET /v1/catalogue/metadata/…`
pub async fn metadata(
    State(county): State<Arc<County>>,
    _caller: Caller,
    Asked(path): Asked<String>,
) -> Result<Response, Refused> {
    file(&county, "metadata", &path).await
}

/// `GET /v1/catalogue/targets/…`
pub async fn targets(
    State(county): State<Arc<County>>,
    _caller: Caller,
    Asked(path): Asked<String>,
) -> Result<Response, Refused> {
    file(&county, "targets", &path).await
}

async fn file(county: &County, part: &str, path: &str) -> Result<Response, Refused> {
    // Only downwards, and nothing hidden: `..`, absolute paths and dot files name nothing here.
    let plain = |part: Component<'_>| matches!(part, Component::Normal(name) if name.to_str().is_some_and(|name| !name.starts_with('.')));
    if path.is_empty() || path.contains(['\\', '\0']) || !Path::new(path).components().all(plain) {
        return Err(Code::NotFound.into());
    }
    let path: PathBuf = county.folder.repository().join(part).join(path);
    let bytes = blocking(move || match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::IsADirectory) =>
        {
            Err(Code::NotFound.into())
        }
        Err(error) => Err(Error::file(&path)(error)),
    });
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes.await?).into_response())
}
