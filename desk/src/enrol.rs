//! How this machine becomes a desk, or a further person joins it, with a one-time code: over the network, or by two files.

mod by_file;
mod pending;

use std::sync::Arc;

use domain::moment::Moment;
use ipc::account::{DeskView, Enrol};
use ipc::problem::{self, Problem};
use rcgen::{CertificateParams, KeyPair};
use store::table::meta;
use store::{Keys, Store};
use sync::client::{self, LinkError};
use sync::enrol::{EnrolCode, EnrolReply, EnrolRequest};
use sync::key::SecretKey;
use sync::refusal::Code;
use zeroize::Zeroizing;

use crate::account::HEARD;
use crate::fault::Fault;
use crate::identity::{self, Identity, Staff};
use crate::open::Open;
use crate::{Desk, account, blocking, grant, syncing};

pub use by_file::{finish_by_file, request_by_file};
use pending::Pending;

/// Makes this machine a desk of the county that gave the code, or adds a person to it while somebody has it unlocked.
/// The new person then works at it. Asking again after an answer was lost is the same request once more.
///
/// # Errors
/// `weak_password`, `bad_enrol_code`, `enrol_code_used`, `enrol_code_expired`, `other_unit_here`, `untrusted_county`,
/// `no_link`, `locked`, `lease_ended`.
pub async fn enrol(desk: &Arc<Desk>, ask: Enrol) -> Result<DeskView, Problem> {
    let password = account::good_password(ask.password)?;
    let code: EnrolCode = ask.code.parse().map_err(|_| Problem::new(problem::BAD_ENROL_CODE))?;
    let here = opener(desk).await?;
    let (at_desk, for_code) = (desk.clone(), code.clone());
    let pending = blocking::run(move || Pending::begin(&at_desk, for_code, here.as_deref())).await?;
    let request = request(&pending, desk.clock.moment())?;
    let reply = match &desk.carrier {
        Some(carrier) => client::enrol_over(carrier.clone(), &code, &request).await,
        None => client::enrol(&code, &request).await,
    };
    match reply {
        Ok(reply) => finish(desk, pending, reply, password).await,
        Err(error) => {
            if is_final(&error) {
                let at_desk = desk.clone();
                blocking::run(move || pending.forget(&at_desk)).await?;
            }
            Err(syncing::told(&error))
        }
    }
}

/// Whether no answer will ever come for this code and these keys.
fn is_final(error: &LinkError) -> bool {
    matches!(error, LinkError::Refused(refusal)
        if matches!(refusal.code, Code::BadEnrolCode | Code::EnrolCodeUsed | Code::EnrolCodeExpired))
}

/// Whoever has the desk unlocked and lets a further person in; nobody on a machine that is not a desk yet.
async fn opener(desk: &Arc<Desk>) -> Result<Option<Arc<Open>>, Problem> {
    let at_desk = desk.clone();
    let nobody_yet = blocking::run(move || Ok(Keys::load(&at_desk.place.data)?.people().is_empty())).await?;
    if nobody_yet { Ok(None) } else { desk.unlocked().map(Some) }
}

/// What the machine asks of the county.
fn request(pending: &Pending, clock: Moment) -> Result<EnrolRequest, Problem> {
    Ok(EnrolRequest {
        secret: pending.code.secret,
        csr_der: certificate_request(&pending.machine.tls_key_der).map_err(Problem::from)?,
        device_key: SecretKey::from_seed(&pending.machine.device_seed).public(),
        person_key: SecretKey::from_seed(pending.person_seed.bytes()).public(),
        desk: pending.desk,
        clock,
    })
}

/// Keeps what the county answered, and lets the person in.
async fn finish(
    desk: &Arc<Desk>,
    pending: Pending,
    reply: EnrolReply,
    password: Zeroizing<String>,
) -> Result<DeskView, Problem> {
    desk.lock();
    let at_desk = desk.clone();
    let open = blocking::run(move || settle(&at_desk, pending, reply, &password)).await?;
    desk.opened(Arc::new(open));
    account::state(desk).await
}

/// Everything that is kept of an enrolment, in an order in which it can break off anywhere and be tried again.
fn settle(desk: &Desk, pending: Pending, reply: EnrolReply, password: &str) -> Result<Open, Fault> {
    let staff = Staff { official: reply.official, unit: reply.unit, grant: reply.grant, taken_back: None };
    let identity = Identity {
        desk: reply.desk,
        prefix: reply.prefix,
        county: reply.county,
        county_name: reply.county_name,
        address: pending.code.address.clone(),
        county_key: reply.county_key,
        ca_der: reply.ca_der,
        client_cert_der: reply.client_cert_der,
        tls_key_der: pending.machine.tls_key_der.clone(),
        device_seed: pending.machine.device_seed,
        tuf_root: reply.tuf_root,
    };
    if grant::ends(&identity, &staff).is_none() {
        return Err(Fault::told(problem::UNTRUSTED_COUNTY));
    }
    let db_key = pending.machine.db_key.clone();
    let store = match pending.desk {
        Some(_) => Store::open(&desk.folder, &db_key)?,
        // Nobody can open what an enrolment that broke off may have left here.
        None => Store::open_anew(&desk.folder, &db_key)?,
    };
    let person_key = SecretKey::from_seed(pending.person_seed.bytes());
    let heard = desk.clock.hear(reply.time);
    store.write::<_, Fault>(|w| {
        identity::put(w, &identity)?;
        identity::put_staff(w, &staff)?;
        identity::put_key(w, staff.official.person, person_key.public())?;
        Ok(meta::put_json(w, HEARD, &heard)?)
    })?;
    let official = &staff.official;
    let mut keys = Keys::load(&desk.place.data)?;
    let (seed, cost) = (&pending.person_seed, desk.place.cost);
    keys.put(official.person, &official.name, &official.roles, password, &db_key, seed, cost)?;
    let open = Open::new(store, db_key, person_key, identity, staff)?;
    open.store.write::<_, Fault>(|w| account::claim(w, &open))?;
    pending.forget(desk)?;
    Ok(open)
}

/// A certificate request for the machine's TLS key, DER. The county writes the name in.
pub(crate) fn certificate_request(tls_key_der: &[u8]) -> Result<Vec<u8>, Fault> {
    let broken = |_| Fault::Broken("no certificate request can be made");
    let key = KeyPair::try_from(tls_key_der).map_err(broken)?;
    let params = CertificateParams::new(Vec::<String>::new()).map_err(broken)?;
    Ok(params.serialize_request(&key).map_err(broken)?.der().to_vec())
}
