//! What carries requests to the county when it is not the network: a line that exists only in memory.
//!
//! The simulator of `tests` carries the real requests of the real client to the real routes of the county, and loses,
//! cuts, delays and repeats them on the way.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use domain::id::Digest;
use reqwest::{Request, Response};

use super::{Client, LinkError, accepted, base, line, tls};
use crate::enrol::{EnrolCode, EnrolReply, EnrolRequest};

/// An answer on its way.
pub type Carried = Pin<Box<dyn Future<Output = Result<Response, LinkError>> + Send>>;

/// Takes one request of a desk to the county and brings the answer back.
pub trait Carrier: Debug + Send + Sync {
    /// Carries a request of the desk that shows this certificate (DER; empty before it has one).
    fn carry(&self, certificate: &[u8], request: Request) -> Carried;
}

/// A carrier, and what it shows to the county.
#[derive(Debug, Clone)]
pub(super) struct Carriage {
    pub by: Arc<dyn Carrier>,
    pub certificate: Vec<u8>,
}

impl Client {
    /// A line to the county at `address` over a carrier instead of the network.
    ///
    /// # Errors
    /// [`LinkError::Setup`] when the address cannot be used.
    pub fn over(by: Arc<dyn Carrier>, certificate: Vec<u8>, address: &str) -> Result<Client, LinkError> {
        // Builds requests only: whatever it connected to, it would trust nobody.
        let nobody = tls::pinned(Digest([0; 32]))?;
        Ok(Client {
            base: base(address)?,
            small: line(nobody.clone())?,
            bulk: line(nobody)?,
            carriage: Some(Carriage { by, certificate }),
            meter: Arc::default(),
        })
    }
}

/// As [`super::enrol`], over a carrier instead of the network.
///
/// # Errors
/// As [`super::enrol`].
pub async fn enrol_over(
    by: Arc<dyn Carrier>,
    code: &EnrolCode,
    request: &EnrolRequest,
) -> Result<EnrolReply, LinkError> {
    let reply = Client::over(by, Vec::new(), &code.address)?.post("v1/enrol", request).await?.0;
    accepted(code, reply)
}
