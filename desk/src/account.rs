//! Who works at this desk: enrolment, unlocking with a password and without a network, settings.

use std::sync::Arc;
use std::time::Duration;

use domain::id::PersonId;
use domain::moment::Millis;
use ipc::account::{DeskView, Enrol, PersonCard, Settings, SettingsPut, Stage, Unlock};
use ipc::problem::{self, Problem};
use rcgen::{CertificateParams, KeyPair};
use store::table::{actor, catalogue, county_item, meta, request, setting};
use store::{DbKey, Keys, PersonSeed, Read, Store, Write};
use sync::client::{self, LinkError};
use sync::enrol::{EnrolCode, EnrolReply, EnrolRequest, RenewReply, RenewRequest};
use sync::key::SecretKey;
use zeroize::Zeroizing;

use crate::clock::Heard;
use crate::fault::Fault;
use crate::identity::{self, Identity, Staff};
use crate::open::Open;
use crate::{Desk, blocking, clock, grant, syncing};

/// Shortest password.
const PASSWORD_LENGTH: usize = 8;
/// Name of the county's last word about the time.
pub(crate) const HEARD: &str = "heard";
const SETTINGS: &str = "window";
const DAY: Millis = 24 * 3600 * 1000;
/// Answers to repeated requests are remembered this long.
const REQUESTS_KEPT: Millis = 7 * DAY;
/// Originals are kept for a county that was restored (ruling 9).
const REOFFER_WINDOW: Millis = 30 * DAY;
/// A permission that ends sooner than this is renewed as soon as the county is reached.
const RENEW_BEFORE: Millis = 20 * DAY;

/// How the desk stands. Needs no password.
///
/// # Errors
/// `database_damaged` when the key file cannot be read.
pub async fn state(desk: &Arc<Desk>) -> Result<DeskView, Problem> {
    let at_desk = desk.clone();
    blocking::run(move || view(&at_desk)).await
}

fn view(desk: &Desk) -> Result<DeskView, Fault> {
    let cards = Keys::load(&desk.place.data)?.people().into_iter();
    let people: Vec<PersonCard> = cards
        .map(|entry| PersonCard { person: entry.person, name: entry.name, roles: entry.roles })
        .collect();
    let Some(open) = desk.if_unlocked() else {
        let stage = if people.is_empty() { Stage::Fresh } else { Stage::Locked };
        return Ok(DeskView {
            stage,
            people,
            desk: None,
            unit: None,
            me: None,
            catalogue_release: None,
            settings: Settings::default(),
        });
    };
    open.store.read::<_, Fault>(|r| {
        Ok(DeskView {
            stage: Stage::Open,
            people,
            desk: Some(open.identity().desk),
            unit: Some(open.unit()),
            me: Some(open.me()),
            catalogue_release: catalogue::current(r)?,
            settings: settings(r, open.person())?,
        })
    })
}

fn settings(r: &Read<'_>, person: PersonId) -> Result<Settings, Fault> {
    let kept = setting::get(r, person, SETTINGS)?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Keeps how the window looks for this person.
///
/// # Errors
/// `locked`.
pub async fn settings_put(desk: &Arc<Desk>, ask: SettingsPut) -> Result<Settings, Problem> {
    let open = desk.unlocked()?;
    let settings = Settings { zoom: ask.settings.zoom.clamp(80, 200), ..ask.settings };
    let json = serde_json::to_string(&settings).map_err(|_| Problem::new(problem::INTERNAL))?;
    blocking::run(move || Ok(open.store.write(|w| setting::put(w, open.person(), SETTINGS, &json))?)).await?;
    desk.watch.desk();
    Ok(settings)
}

/// Locks the desk.
///
/// # Errors
/// As [`state`].
pub async fn lock(desk: &Arc<Desk>) -> Result<DeskView, Problem> {
    desk.lock();
    state(desk).await
}

/// Unlocks the desk for a person, offline. When the permission to work has ended, the county is asked for a new one;
/// without it the desk stays locked (a policy lock, ruling 19).
///
/// # Errors
/// `wrong_password`, `no_such_person`, `not_enrolled`, `lease_ended`, `database_damaged`.
pub async fn unlock(desk: &Arc<Desk>, ask: Unlock) -> Result<DeskView, Problem> {
    let at_desk = desk.clone();
    let password = Zeroizing::new(ask.password);
    let open = blocking::run(move || open_store(&at_desk, ask.person, &password)).await?;
    let open = Arc::new(open);
    if lease_ended(desk, &open) && renew_within(desk, &open, Duration::from_secs(15)).await.is_err() {
        return Err(Problem::new(problem::LEASE_ENDED));
    }
    if lease_ended(desk, &open) {
        return Err(Problem::new(problem::LEASE_ENDED));
    }
    desk.opened(open);
    state(desk).await
}

fn open_store(desk: &Desk, person: PersonId, password: &str) -> Result<Open, Fault> {
    let keys = Keys::load(&desk.place.data)?;
    if keys.people().is_empty() {
        return Err(Fault::told(problem::NOT_ENROLLED));
    }
    let unlocked = keys.unlock(person, password)?;
    let store = Store::open(&desk.folder, &unlocked.db_key)?;
    let (identity, staff, heard) = store.read::<_, Fault>(|r| {
        let heard: Option<Heard> = meta::get_json(r, HEARD)?;
        Ok((identity::get(r)?, identity::staff(r, person)?, heard))
    })?;
    let (Some(identity), Some(staff)) = (identity, staff) else {
        return Err(Fault::told(problem::NOT_ENROLLED));
    };
    if let Some(heard) = heard {
        desk.clock.recall(heard);
    }
    if !desk.link.was_swept() {
        store.sweep_files()?;
    }
    let open =
        Open::new(store, unlocked.db_key, SecretKey::from_seed(unlocked.seed.bytes()), identity, staff)?;
    open.store.write::<_, Fault>(|w| {
        let now = clock::device();
        request::prune(w, now - REQUESTS_KEPT)?;
        county_item::prune(w, now - REOFFER_WINDOW)?;
        claim(w, &open)
    })?;
    Ok(open)
}

/// Notes who this session's actor is (ruling 5).
fn claim(w: &Write<'_>, open: &Open) -> Result<(), Fault> {
    actor::put(w, &crate::open::known(&open.claim()))?;
    Ok(())
}

fn lease_ended(desk: &Desk, open: &Open) -> bool {
    grant::ends(&open.identity(), &open.staff()).is_none_or(|end| end <= desk.clock.now())
}

/// Whether the permission should be renewed at the next occasion.
pub(crate) fn should_renew(desk: &Desk, open: &Open) -> bool {
    grant::ends(&open.identity(), &open.staff()).is_none_or(|end| end - RENEW_BEFORE <= desk.clock.now())
}

async fn renew_within(desk: &Arc<Desk>, open: &Arc<Open>, patience: Duration) -> Result<(), Problem> {
    match tokio::time::timeout(patience, renew(desk, open)).await {
        Ok(done) => done.map_err(|error| syncing::told(&error)),
        Err(_) => Err(Problem::new(problem::NO_LINK)),
    }
}

/// Asks the county for the next certificate and permissions, and keeps them.
///
/// # Errors
/// The link's.
pub(crate) async fn renew(desk: &Arc<Desk>, open: &Arc<Open>) -> Result<(), LinkError> {
    let before = open.identity();
    let line = syncing::line(desk, &before)?;
    let csr_der = request_for(&before.tls_key_der).map_err(|_| LinkError::Setup)?;
    let reply = line.renew(&RenewRequest { csr_der, clock: desk.clock.moment() }).await?;
    let at_desk = desk.clone();
    let open = open.clone();
    let kept = blocking::run(move || {
        let heard = at_desk.clock.hear(reply.time);
        keep_renewal(&open, reply)?;
        Ok(open.store.write(|w| meta::put_json(w, HEARD, &heard))?)
    })
    .await;
    kept.map_err(|_| LinkError::Setup)?;
    desk.watch.desk();
    Ok(())
}

/// Keeps the next certificate and permissions, whichever way they came.
///
/// # Errors
/// The store's.
pub(crate) fn keep_renewal(open: &Open, reply: RenewReply) -> Result<(), Fault> {
    let identity = Identity { client_cert_der: reply.client_cert_der, ..(*open.identity()).clone() };
    open.store.write::<_, Fault>(|w| {
        identity::put(w, &identity)?;
        for renewed in reply.grants {
            let staff = Staff { official: renewed.official, unit: renewed.unit, grant: renewed.grant };
            identity::put_staff(w, &staff)?;
            if renewed.person == open.person() {
                open.set_staff(staff);
            }
        }
        Ok(())
    })?;
    open.set_identity(identity);
    Ok(())
}

/// Makes this machine a desk of the county that gave the code, or adds a person to it while somebody has it unlocked.
/// The new person then works at it.
///
/// # Errors
/// `weak_password`, `bad_enrol_code`, `enrol_code_used`, `enrol_code_expired`, `untrusted_county`, `no_link`, `locked`.
pub async fn enrol(desk: &Arc<Desk>, ask: Enrol) -> Result<DeskView, Problem> {
    let password = Zeroizing::new(ask.password);
    if password.chars().count() < PASSWORD_LENGTH {
        return Err(Problem::new(problem::WEAK_PASSWORD));
    }
    let code: EnrolCode = ask.code.parse().map_err(|_| Problem::new(problem::BAD_ENROL_CODE))?;
    let here = desk.if_unlocked();
    let folder = desk.place.data.clone();
    let nobody_yet = blocking::run(move || Ok(Keys::load(&folder)?.people().is_empty())).await?;
    if here.is_none() && !nobody_yet {
        return Err(Problem::new(problem::LOCKED));
    }
    let made = blocking::run(move || Made::new(here.as_deref())).await?;
    let request = EnrolRequest {
        secret: code.secret,
        csr_der: request_for(&made.tls_key_der).map_err(Problem::from)?,
        device_key: SecretKey::from_seed(&made.device_seed).public(),
        person_key: SecretKey::from_seed(made.person_seed.bytes()).public(),
        desk: made.desk,
        clock: desk.clock.moment(),
    };
    let reply = match &desk.carrier {
        Some(carrier) => client::enrol_over(carrier.clone(), &code, &request).await,
        None => client::enrol(&code, &request).await,
    };
    let reply = reply.map_err(|error| syncing::told(&error))?;
    desk.lock();
    let at_desk = desk.clone();
    let open = blocking::run(move || settle(&at_desk, &code, made, reply, &password)).await?;
    desk.opened(Arc::new(open));
    state(desk).await
}

/// What a machine makes before it asks.
struct Made {
    desk: Option<domain::id::DeskId>,
    db_key: DbKey,
    person_seed: PersonSeed,
    tls_key_der: Vec<u8>,
    device_seed: [u8; 32],
}

impl Made {
    /// New keys; those of the machine are kept when it is a desk already.
    fn new(here: Option<&Open>) -> Result<Made, Fault> {
        let person_seed = PersonSeed::generate()?;
        if let Some(open) = here {
            let identity = open.identity();
            return Ok(Made {
                desk: Some(identity.desk),
                db_key: open.db_key.clone(),
                person_seed,
                tls_key_der: identity.tls_key_der.clone(),
                device_seed: identity.device_seed,
            });
        }
        let mut device_seed = [0; 32];
        getrandom::fill(&mut device_seed).map_err(|_| Fault::Broken("no random numbers"))?;
        let tls_key = KeyPair::generate().map_err(|_| Fault::Broken("no TLS key can be made"))?;
        Ok(Made {
            desk: None,
            db_key: DbKey::generate()?,
            person_seed,
            tls_key_der: tls_key.serialize_der(),
            device_seed,
        })
    }
}

/// Keeps what the county answered.
fn settle(
    desk: &Desk,
    code: &EnrolCode,
    made: Made,
    reply: EnrolReply,
    password: &str,
) -> Result<Open, Fault> {
    let staff = Staff { official: reply.official, unit: reply.unit, grant: reply.grant };
    let identity = Identity {
        desk: reply.desk,
        prefix: reply.prefix,
        county: reply.county,
        county_name: reply.county_name,
        address: code.address.clone(),
        county_key: reply.county_key,
        ca_der: reply.ca_der,
        client_cert_der: reply.client_cert_der,
        tls_key_der: made.tls_key_der,
        device_seed: made.device_seed,
        tuf_root: reply.tuf_root,
    };
    if grant::ends(&identity, &staff).is_none() {
        return Err(Fault::told(problem::UNTRUSTED_COUNTY));
    }
    let official = &staff.official;
    let mut keys = Keys::load(&desk.place.data)?;
    keys.add(
        official.person,
        &official.name,
        &official.roles,
        password,
        &made.db_key,
        &made.person_seed,
        desk.place.cost,
    )?;
    let store = Store::open(&desk.folder, &made.db_key)?;
    let heard = desk.clock.hear(reply.time);
    store.write::<_, Fault>(|w| {
        identity::put(w, &identity)?;
        identity::put_staff(w, &staff)?;
        Ok(meta::put_json(w, HEARD, &heard)?)
    })?;
    let open =
        Open::new(store, made.db_key, SecretKey::from_seed(made.person_seed.bytes()), identity, staff)?;
    open.store.write::<_, Fault>(|w| claim(w, &open))?;
    Ok(open)
}

/// A certificate request for the machine's TLS key, DER. The county writes the name in.
pub(crate) fn request_for(tls_key_der: &[u8]) -> Result<Vec<u8>, Fault> {
    let broken = |_| Fault::Broken("no certificate request can be made");
    let key = KeyPair::try_from(tls_key_der).map_err(broken)?;
    let params = CertificateParams::new(Vec::<String>::new()).map_err(broken)?;
    Ok(params.serialize_request(&key).map_err(broken)?.der().to_vec())
}
