//! Photographs and papers on their way: in slices that continue after any interruption (tus 1.0), never sent twice.

use std::sync::atomic::Ordering;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::id::{CaseId, Digest};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RANGE};
use reqwest::{Method, RequestBuilder, StatusCode};
use sha2::Digest as _;

use super::{Client, LinkError};

const VERSION: &str = "1.0.0";
const LEAST_SLICE: u64 = 32 * 1024;
const MOST_SLICE: u64 = 1024 * 1024;
/// Milliseconds one slice should take: what an interruption may cost.
const SLICE_MILLIS: u64 = 2_000;
/// How often in a row a slice may be damaged on the way before the line is given up.
const DAMAGED: u32 = 3;
/// tus: the checksum of a slice did not fit.
const CHECKSUM_MISMATCH: u16 = 460;

/// What the county is told about a file before its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// The case it belongs to.
    pub case: CaseId,
    /// SHA-256 of the whole file as it is uploaded.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its media type.
    pub mime: String,
}

impl Client {
    /// Announces a file. Gives the address of its upload, to be stored before the first byte is sent, and how many bytes
    /// the county already has of it: all of them when this case's scope holds the file.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn announce(&self, file: &FileFacts) -> Result<(String, u64), LinkError> {
        let encode = |text: &str| STANDARD.encode(text);
        let metadata = format!(
            "sha256 {},case {},mime {}",
            encode(&file.sha256.to_string()),
            encode(&file.case.to_string()),
            encode(&file.mime)
        );
        let request = self
            .tus(Method::POST, "v1/files")?
            .header("Upload-Length", file.size)
            .header("Upload-Metadata", metadata);
        let response = self.success(self.send(request, 0).await?).await?;
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or(LinkError::StrangeAnswer)?;
        let url = self.base.join(location).map_err(|_| LinkError::StrangeAnswer)?;
        if url.origin() != self.base.origin() {
            return Err(LinkError::StrangeAnswer);
        }
        Ok((url.path().to_owned(), offset(response.headers()).unwrap_or(0)))
    }

    /// How many bytes of an announced upload the county has.
    ///
    /// # Errors
    /// [`LinkError`]; `Refused(not_found)` when the county no longer knows the upload: announce it again.
    pub async fn received(&self, upload: &str) -> Result<u64, LinkError> {
        let response = self.send(self.tus(Method::HEAD, upload)?, 0).await?;
        let response = self.success(response).await?;
        offset(response.headers()).ok_or(LinkError::StrangeAnswer)
    }

    /// Sends what the county does not have yet of a file of `size` bytes. It is asked where it stands first, so this also
    /// continues after a restart.
    ///
    /// `read(from, length)` gives that many bytes; `progress(bytes)` is told how many the county has, after each slice.
    ///
    /// # Errors
    /// [`LinkError`]; the bytes reported so far stay at the county.
    pub async fn upload(
        &self,
        upload: &str,
        size: u64,
        mut read: impl FnMut(u64, usize) -> std::io::Result<Vec<u8>>,
        mut progress: impl FnMut(u64),
    ) -> Result<(), LinkError> {
        let mut from = self.received(upload).await?;
        let mut slice = 2 * LEAST_SLICE;
        let mut damaged = 0;
        progress(from);
        while from < size {
            let length = usize::try_from(slice.min(size - from)).map_err(|_| LinkError::Setup)?;
            let bytes = read(from, length).map_err(LinkError::Local)?;
            if bytes.len() != length {
                return Err(LinkError::Local(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let checksum = STANDARD.encode(sha2::Sha256::digest(&bytes));
            let request = self
                .tus(Method::PATCH, upload)?
                .header(CONTENT_TYPE, "application/offset+octet-stream")
                .header("Upload-Offset", from)
                .header("Upload-Checksum", format!("sha256 {checksum}"))
                .body(bytes);
            let begun = Instant::now();
            let response = self.send(request, length as u64).await?;
            let status = response.status();
            if status.as_u16() == CHECKSUM_MISMATCH || status == StatusCode::CONFLICT {
                damaged += 1;
                if damaged > DAMAGED {
                    return Err(LinkError::StrangeAnswer);
                }
                from = self.received(upload).await?;
                continue;
            }
            let response = self.success(response).await?;
            let reached = offset(response.headers()).ok_or(LinkError::StrangeAnswer)?;
            if reached <= from || reached > size {
                return Err(LinkError::StrangeAnswer);
            }
            damaged = 0;
            let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
            slice = ((reached - from).saturating_mul(SLICE_MILLIS) / elapsed).clamp(LEAST_SLICE, MOST_SLICE);
            from = reached;
            progress(from);
        }
        Ok(())
    }

    /// Fetches a file of a case from byte `from` on, giving it to `sink` part by part. The caller checks the hash of the
    /// whole.
    ///
    /// # Errors
    /// [`LinkError`]; what `sink` was given stays valid as a beginning.
    pub async fn download(
        &self,
        case: CaseId,
        sha256: Digest,
        from: u64,
        mut sink: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), LinkError> {
        let mut request = self.request(&self.bulk, Method::GET, &format!("v1/files/{case}/{sha256}"))?;
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = self.send(request, 0).await?;
        if from > 0 && response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(());
        }
        let mut response = self.success(response).await?;
        // A server may ignore a range and send everything: the part we have is then passed over.
        let mut skip = if response.status() == StatusCode::PARTIAL_CONTENT { 0 } else { from };
        while let Some(part) = response.chunk().await? {
            self.meter.down.fetch_add(part.len() as u64, Ordering::Relaxed);
            let passed = usize::try_from(skip).unwrap_or(usize::MAX).min(part.len());
            skip -= passed as u64;
            sink(part.get(passed..).unwrap_or_default()).map_err(LinkError::Local)?;
        }
        Ok(())
    }

    fn tus(&self, method: Method, path: &str) -> Result<RequestBuilder, LinkError> {
        Ok(self.request(&self.bulk, method, path)?.header("Tus-Resumable", VERSION))
    }
}

fn offset(headers: &HeaderMap) -> Option<u64> {
    headers.get("Upload-Offset")?.to_str().ok()?.parse().ok()
}
