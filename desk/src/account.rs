//! Who works at this desk: unlocking with a password and without a network, changing it, settings.

use std::path::Path;
use std::sync::Arc;

use domain::id::PersonId;
use domain::moment::Millis;
use ipc::account::{DeskView, PasswordPut, PersonCard, Settings, SettingsPut, Stage, Unlock};
use ipc::courier::CourierTaken;
use ipc::problem::{self, Problem};
use store::table::{actor, catalogue, meta, original, request, setting};
use store::{Keys, Read, Store, Write};
use sync::key::SecretKey;
use zeroize::Zeroizing;

use crate::clock::Heard;
use crate::fault::Fault;
use crate::lease;
use crate::open::Open;
use crate::{Desk, blocking, courier, identity};

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
    let held = desk.if_unlocked();
    let ended = held.as_ref().filter(|open| lease::has_ended(desk, open)).map(|open| lease::ended(open));
    let Some(open) = held.filter(|_| ended.is_none()) else {
        let stage = if people.is_empty() { Stage::Fresh } else { Stage::Locked };
        return Ok(DeskView {
            stage,
            people,
            desk: None,
            unit: None,
            me: None,
            catalogue_release: None,
            settings: Settings::default(),
            ended,
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
            ended: None,
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
/// without it the desk stays locked (a policy lock, ruling 19) and opens by itself as soon as the new one arrives.
///
/// # Errors
/// `wrong_password`, `no_such_person`, `not_enrolled`, `lease_ended`, `person_disabled`, `database_damaged`.
pub async fn unlock(desk: &Arc<Desk>, ask: Unlock) -> Result<DeskView, Problem> {
    let at_desk = desk.clone();
    let password = Zeroizing::new(ask.password);
    let open = blocking::run(move || open_store(&at_desk, ask.person, &password)).await?;
    let open = Arc::new(open);
    let permitted = if lease::has_ended(desk, &open) { lease::renew_now(desk, &open).await } else { Ok(()) };
    desk.opened(open);
    permitted?;
    state(desk).await
}

/// A password somebody chose, if it is long enough.
///
/// # Errors
/// `weak_password`.
pub(crate) fn good_password(password: String) -> Result<Zeroizing<String>, Problem> {
    let password = Zeroizing::new(password);
    if password.chars().count() < PASSWORD_LENGTH {
        return Err(Problem::new(problem::WEAK_PASSWORD));
    }
    Ok(password)
}

/// Gives whoever works here another password. Their keys stay the same, and colleagues notice nothing.
///
/// # Errors
/// `locked`, `wrong_password`, `weak_password`, `disk_full`.
pub async fn password_put(desk: &Arc<Desk>, ask: PasswordPut) -> Result<DeskView, Problem> {
    let open = desk.unlocked()?;
    let (old, new) = (Zeroizing::new(ask.old), good_password(ask.new)?);
    let at_desk = desk.clone();
    blocking::run(move || {
        let mut keys = Keys::load(&at_desk.place.data)?;
        Ok(keys.change_password(open.person(), &old, &new, at_desk.place.cost)?)
    })
    .await?;
    state(desk).await
}

/// Unlocks the desk with a courier file of the county at hand: without a network only that can bring a permission that has
/// run out.
///
/// # Errors
/// As [`unlock`], and what is wrong with the file; the desk stays locked then.
pub async fn unlock_with(desk: &Arc<Desk>, ask: Unlock, file: &Path) -> Result<CourierTaken, Problem> {
    let at_desk = desk.clone();
    let password = Zeroizing::new(ask.password);
    let open = Arc::new(blocking::run(move || open_store(&at_desk, ask.person, &password)).await?);
    let taken = courier::import_into(desk, &open, file).await?;
    if lease::has_ended(desk, &open) {
        return Err(lease::ended(&open));
    }
    desk.opened(open);
    Ok(taken)
}

fn open_store(desk: &Desk, person: PersonId, password: &str) -> Result<Open, Fault> {
    let keys = Keys::load(&desk.place.data)?;
    if keys.people().is_empty() {
        return Err(Fault::told(problem::NOT_ENROLLED));
    }
    let unlocked = keys.unlock(person, password)?;
    if Store::is_lost(&desk.folder) {
        // An empty one in its place would look as if nothing had ever been entered here.
        return Err(Fault::told(problem::DATABASE_DAMAGED));
    }
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
        // A wall clock that once showed 2040 must not make everything look old (ruling 12).
        let now = desk.clock.now();
        request::prune(w, now - REQUESTS_KEPT)?;
        original::prune(w, now - REOFFER_WINDOW)?;
        claim(w, &open)
    })?;
    Ok(open)
}

/// Notes who this session's actor is (ruling 5).
pub(crate) fn claim(w: &Write<'_>, open: &Open) -> Result<(), Fault> {
    actor::put(w, &crate::open::known(&open.claim()))?;
    Ok(())
}
