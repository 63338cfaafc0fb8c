//! What carries requests to the county when it is not the network: a line that exists only in memory.
//!
//! The simulator of `tests` carries the real requests of the real client to the real routes of the county, and loses,
//! cuts, delays and repeats them on the way.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use domain::id::Digest;
use reqwest::{Request, Response};

use super::{Client, LinkError, accepted, base, line, tls};
use crate::enrol::{EnrolCode, EnrolReply, EnrolRequest};
use crate::wire;

/// An answer on its way.
pub type Carried = Pin<Box<dyn Future<Output = Result<Response, LinkError>> + Send>>;

/// Takes one request of a desk to the county and brings the answer back.
pub trait Carrier: Debug + Send + Sync {
    /// Carries a request of the desk that shows this certificate (DER; empty before it has one).
    fn carry(&self, certificate: &[u8], request: Request) -> Carried;

    /// Whether it takes a request whose body comes part by part.
    fn takes_parts(&self) -> bool {
        false
    }
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
        let nobody = nobody()?;
        Ok(Client {
            base: base(address)?,
            small: nobody.clone(),
            bulk: nobody,
            carriage: Some(Carriage { by, certificate }),
            meter: Arc::default(),
        })
    }
}

/// What builds requests for every carrier of the process: whatever it connected to, it would trust nobody.
fn nobody() -> Result<reqwest::Client, LinkError> {
    static NOBODY: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(nobody) = NOBODY.get() {
        return Ok(nobody.clone());
    }
    let nobody = line(tls::pinned(Digest([0; 32]))?)?;
    Ok(NOBODY.get_or_init(|| nobody).clone())
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
    let reply = Client::over(by, Vec::new(), &code.address)?.post("v1/enrol", wire::encode(request)).await?.0;
    accepted(code, reply)
}
