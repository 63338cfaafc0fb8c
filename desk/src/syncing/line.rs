//! The line to the county: who this desk is, whom it trusts, and by which time certificates are judged.

use std::sync::Arc;

use sync::client::{Client, Clock, LinkError, TlsIdentity};

use crate::identity::Identity;
use crate::{Desk, clock};

/// The line to the county of this desk, judging validity by the trusted time (ruling 12).
pub(crate) fn line(desk: &Arc<Desk>, identity: &Identity) -> Result<Client, LinkError> {
    if let Some(carrier) = &desk.carrier {
        return Client::over(carrier.clone(), identity.client_cert_der.clone(), &identity.address);
    }
    let tls = TlsIdentity {
        ca_der: identity.ca_der.clone(),
        cert_der: identity.client_cert_der.clone(),
        key_der: identity.tls_key_der.clone(),
    };
    let weak = Arc::downgrade(desk);
    let time = move || weak.upgrade().map_or_else(clock::device, |desk| desk.clock.now());
    Client::new(&tls, &identity.address, Arc::new(Clock(time)))
}
