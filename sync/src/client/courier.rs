//! Courier files of others, handed on over the line by a desk that carries them.

use std::sync::atomic::Ordering;

use domain::id::DeskId;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::{Client, LinkError};
use crate::courier::Delivered;

impl Client {
    /// Hands on a courier file for the county. It arrives whole or not at all.
    ///
    /// # Errors
    /// [`LinkError`]; `Refused` when the county will never take it.
    pub async fn deliver(&self, file: Vec<u8>) -> Result<Delivered, LinkError> {
        let length = file.len() as u64;
        let request = self
            .request(&self.bulk, Method::POST, "v1/courier")?
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(file);
        let response = self.success(self.send(request, length).await?).await?;
        Ok(self.message(response).await?.0)
    }

    /// Fetches the courier file for another desk, to be carried there, giving it to `sink` part by part.
    ///
    /// # Errors
    /// [`LinkError`]; `Refused` when there is none for that desk, or this one may not carry it.
    pub async fn collect(
        &self,
        desk: DeskId,
        mut sink: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), LinkError> {
        let request = self.request(&self.bulk, Method::GET, &format!("v1/courier/{desk}"))?;
        let mut response = self.success(self.send(request, 0).await?).await?;
        while let Some(part) = response.chunk().await? {
            self.meter.down.fetch_add(part.len() as u64, Ordering::Relaxed);
            sink(&part).map_err(LinkError::Local)?;
        }
        Ok(())
    }
}
