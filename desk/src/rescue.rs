//! When a laptop breaks: backups, putting one back, and rescuing what can be had of a damaged database.
//!
//! A desk that was put back or rescued is a copy of the one that was lost, and that one may have gone on since. It leaves
//! a stretch of its receipt numbers free, and before its next exchange it introduces itself to the county with a chunk
//! number that was used before: the county then gives it an identity and letters of its own (ruling 10), and everything
//! in its scopes comes again from the beginning.

use std::path::Path;
use std::sync::Arc;

use domain::id::PersonId;
use ipc::account::{Salvage, Salvaged};
use ipc::problem::{self, Problem};
use store::table::{act, change, document, meta, outbox, summary};
use store::{FolderLock, Keys, KeysError, Read, RestoreError, Store, StoreError, Write};
use sync::chunk::Chunk;
use sync::client::{Client, LinkError};
use sync::document::Document;
use sync::item::Item;
use sync::key::SecretKey;
use sync::version::SPOKEN;
use sync::wire::{SyncRequest, to_cbor};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::identity::{self, Identity};
use crate::open::Open;
use crate::paper::{Kept, Paper};
use crate::{Desk, blocking, index, intake, standing, tally};

/// Says that this desk is a copy and has not introduced itself yet.
const IS_COPY: &str = "is-copy";
/// Receipt numbers left free: more than a desk gives between a backup and its loss.
const NUMBERS_LEFT_FREE: u64 = 2000;

/// The number of every desk's first chunk: used, if anything was ever sent.
const FIRST_CHUNK: u64 = 1;

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Backup {
    /// Its size in bytes.
    pub bytes: u64,
    /// Attached files in it.
    pub files: u64,
    /// Attached files that should lie here and do not.
    pub missing: u64,
}

/// Copies everything this desk keeps into one file, encrypted as it is, while others go on working.
///
/// # Errors
/// `locked`, `disk_full`.
pub async fn backup(desk: &Arc<Desk>, target: &Path) -> Result<Backup, Problem> {
    let open = desk.unlocked()?;
    let target = target.to_owned();
    blocking::run(move || {
        let made = open.store.backup(&target)?;
        Ok(Backup { bytes: made.bytes, files: made.files, missing: made.missing.len() as u64 })
    })
    .await
}

/// Puts a backup into an empty data folder. Gives the names of attached files that were damaged in it.
///
/// # Errors
/// `folder_not_empty`, `not_a_backup`, `backup_damaged`, `wrong_password`, `no_such_person`, `which_person`,
/// `data_in_use`, `disk_full`.
pub fn restore(
    folder: &Path,
    from: &Path,
    person: Option<&str>,
    password: &str,
) -> Result<Vec<String>, Problem> {
    let put_back = || -> Result<Vec<String>, Fault> {
        let lock = FolderLock::take(folder)?;
        let mut names = Vec::new();
        let restored = store::restore(&lock, from, |keys| {
            let fits = |entry: &store::PersonEntry| {
                person.is_none_or(|name| entry.name == name || entry.person.to_string() == name)
            };
            let found: Vec<store::PersonEntry> = keys.people().into_iter().filter(fits).collect();
            match found.as_slice() {
                [one] => keys.unlock(one.person, password),
                [] => Err(KeysError::NoSuchPerson),
                several => {
                    names = several.iter().map(|entry| entry.name.clone()).collect();
                    Err(KeysError::NoSuchPerson)
                }
            }
        });
        if !names.is_empty() {
            return Err(Problem::new(problem::WHICH_PERSON).with("names", names.join(" ")).into());
        }
        let restored = restored.map_err(refused)?;
        let store = Store::open(&lock, &restored.unlocked.db_key)?;
        store.write::<_, Fault>(|w| {
            let identity = identity::get(w)?.ok_or_else(|| Fault::told(problem::NOT_A_BACKUP))?;
            now_a_copy(w, &identity)
        })?;
        Ok(restored.damaged)
    };
    put_back().map_err(Problem::from)
}

fn refused(error: RestoreError) -> Fault {
    match error {
        RestoreError::NotEmpty => Fault::told(problem::FOLDER_NOT_EMPTY),
        RestoreError::NotABackup => Fault::told(problem::NOT_A_BACKUP),
        RestoreError::Damaged => Fault::told(problem::BACKUP_DAMAGED),
        RestoreError::Keys(error) => error.into(),
        RestoreError::Store(error) => error.into(),
    }
}

fn now_a_copy(w: &Write<'_>, identity: &Identity) -> Result<(), Fault> {
    meta::put_json(w, IS_COPY, &true)?;
    let serial = format!("serial/{}", identity.desk);
    let last: u64 = meta::get_json(w, &serial)?.unwrap_or(0);
    Ok(meta::put_json(w, &serial, &last.saturating_add(NUMBERS_LEFT_FREE))?)
}

/// Rescues what can be had of a damaged database into a new one. The damaged one is kept beside it.
///
/// # Errors
/// `locked` no; `wrong_password`, `no_such_person`; `nothing_damaged` when the database is sound; `database_damaged` when
/// nothing can be rescued or the desk's own identity is lost; `disk_full`.
pub async fn salvage(desk: &Arc<Desk>, ask: Salvage) -> Result<Salvaged, Problem> {
    desk.lock();
    let at_desk = desk.clone();
    let password = Zeroizing::new(ask.password);
    let done = blocking::run(move || rescue(&at_desk, ask.person, &password)).await;
    desk.watch.desk();
    done
}

fn rescue(desk: &Desk, person: PersonId, password: &str) -> Result<Salvaged, Fault> {
    let unlocked = Keys::load(&desk.place.data)?.unlock(person, password)?;
    if Store::exists(&desk.folder) {
        let sound = Store::open(&desk.folder, &unlocked.db_key).and_then(|store| store.verify());
        match sound {
            Ok(()) => return Err(Fault::told(problem::NOTHING_DAMAGED)),
            Err(StoreError::Damaged { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let found = store::salvage(&desk.folder, &unlocked.db_key)?;
    tracing::warn!(rows = found.rows, from_copies = found.from_copies, holes = ?found.holes, "a damaged database was rescued");
    let store = Store::open(&desk.folder, &unlocked.db_key)?;
    let (identity, staff) =
        store.read::<_, Fault>(|r| Ok((identity::get(r)?, identity::staff(r, person)?)))?;
    let (Some(identity), Some(staff)) = (identity, staff) else {
        return Err(Fault::told(problem::DATABASE_DAMAGED));
    };
    let open =
        Open::new(store, unlocked.db_key, SecretKey::from_seed(unlocked.seed.bytes()), identity, staff)?;
    let (cases, lost_changes) = open.store.write::<_, Fault>(|w| {
        now_a_copy(w, &open.identity())?;
        tally::forget(w)?;
        standing::catalogue_unsure(w)?;
        from_outbox(w)?;
        let lost = make_whole(w, &open)?;
        queue_again(w, &open, desk)?;
        Ok((index::build(w, &open)?, lost))
    })?;
    Ok(Salvaged {
        cases,
        from_copies: found.from_copies,
        complete: found.holes.is_empty() && lost_changes == 0,
    })
}

/// Documents that are lost but wait to be sent are taken from there.
fn from_outbox(w: &Write<'_>) -> Result<(), Fault> {
    for waiting in outbox::list(w)? {
        if document::heads(w, waiting.case)?.is_some() {
            continue;
        }
        if let Ok(Item::Document { case, meta, bytes, heads, .. }) = Item::from_bytes(&waiting.bytes) {
            let row = document::Document {
                case,
                release: meta.release,
                meta: to_cbor(&meta),
                snapshot: bytes.into_vec(),
                heads: crate::paper::raw(&heads),
                acked_heads: Vec::new(),
            };
            document::insert(w, &row)?;
        }
    }
    Ok(())
}

/// Every document is folded from what of it is left. Gives how many changes no longer fit; the county has them, or they
/// wait to be sent.
fn make_whole(w: &Write<'_>, open: &Open) -> Result<u64, Fault> {
    let mut lost = 0;
    for case in index::cases(w)? {
        let Some(row) = document::get(w, case)? else { continue };
        if row.snapshot.is_empty() && summary::get(w, case)?.is_some() {
            continue;
        }
        // A copy may still have had the whole.
        summary::remove(w, case)?;
        let Ok(mut doc) = Document::load(&row.snapshot, open.actor) else {
            document::remove(w, case)?;
            lost += 1;
            continue;
        };
        let mut left: Vec<Vec<u8>> = change::tail(w, case)?;
        for waiting in outbox::of_case(w, case)? {
            if let Ok(Item::Changes { changes, .. }) = Item::from_bytes(&waiting.bytes) {
                left.extend(changes.into_iter().map(serde_bytes::ByteBuf::into_vec));
            }
        }
        // A change may come before the one it builds on.
        loop {
            let before = left.len();
            left.retain(|change| doc.apply(std::slice::from_ref(change)).is_err());
            if left.is_empty() || left.len() == before {
                break;
            }
        }
        lost += left.len() as u64;
        let known = row.acked_heads.into_iter().map(domain::id::Digest).collect::<Vec<_>>();
        document::set_acked_heads(w, case, &crate::paper::raw(&crate::paper::known(&doc, &known)))?;
        document::fold(w, case, &doc.save(), &crate::paper::raw(&doc.heads()))?;
    }
    Ok(lost)
}

/// What the county lacks and no longer waits to be sent is queued again.
///
/// # Errors
/// The store's.
pub(crate) fn queue_again(w: &Write<'_>, open: &Open, desk: &Desk) -> Result<(), Fault> {
    for case in index::cases(w)? {
        let paper = Paper::any(w, open, case)?;
        let mut waiting = Vec::new();
        for item in outbox::of_case(w, case)? {
            if let Ok(Item::Act(signed)) = Item::from_bytes(&item.bytes) {
                waiting.push(signed.body()?.act.id);
            }
        }
        let mut steps = Vec::new();
        for row in act::of_case(w, case)? {
            if row.state == act::ActState::Waiting && !waiting.contains(&row.id) {
                let kept: Kept = sync::wire::from_cbor(&row.bytes)?;
                if let Item::Act(signed) = Item::from_bytes(&kept.item)? {
                    steps.push(signed);
                }
            }
        }
        let mut steps = steps.into_iter();
        paper.queue(w, open, &desk.clock, steps.next())?;
        for step in steps {
            paper.queue(w, open, &desk.clock, Some(step))?;
        }
    }
    Ok(())
}

/// Makes the copy of the day beside the database, once a day, while work goes on; a damaged database is rescued with its
/// help.
pub(crate) fn copy_of_day(desk: &Desk, open: &Arc<Open>) {
    let (day, open) = (desk.clock.today(), open.clone());
    tokio::spawn(async move {
        let made = blocking::run(move || Ok(open.store.copy_of_day(&day)?)).await;
        if let Err(problem) = made {
            // The next start tries again.
            tracing::warn!(code = problem.code, "no copy of the day");
        }
    });
}

/// Whether this desk is a copy that has not introduced itself yet.
///
/// # Errors
/// The store's.
pub(crate) fn is_copy(r: &Read<'_>) -> Result<bool, Fault> {
    Ok(meta::get_json::<bool>(r, IS_COPY)?.is_some())
}

/// A desk that is a copy introduces itself to the county before it exchanges anything.
///
/// # Errors
/// The link's; the desk stays a copy and tries again before the next exchange.
pub(crate) async fn introduce(desk: &Arc<Desk>, open: &Arc<Open>, line: &Client) -> Result<(), LinkError> {
    let inside = |_| LinkError::Setup;
    let reading = open.clone();
    if !blocking::run(move || reading.store.read(is_copy)).await.map_err(inside)? {
        return Ok(());
    }
    let identity = open.identity();
    let key = identity.device_key();
    let chunk =
        Chunk::seal(identity.county, identity.desk, FIRST_CHUNK, Vec::new(), Vec::new(), Vec::new(), &key);
    let request = SyncRequest {
        protocol: SPOKEN,
        desk: identity.desk,
        epoch: None,
        cursor: 0,
        chunk: Some(chunk),
        adopt: Vec::new(),
        offer: Vec::new(),
        digests: None,
        compare: None,
        want: 0,
        catalogue: None,
        wait: false,
    };
    let (reply, _) = line.sync(SPOKEN.min, &request).await?;
    let (at_desk, open) = (desk.clone(), open.clone());
    let kept = blocking::run(move || {
        let mut staff = Vec::new();
        let renamed = reply.instance.map(|instance| {
            staff.extend(instance.grants.into_iter().map(identity::Staff::from));
            Identity {
                desk: instance.desk,
                prefix: instance.prefix,
                client_cert_der: instance.client_cert_der,
                ..(*open.identity()).clone()
            }
        });
        open.store.write::<_, Fault>(|w| {
            match &renamed {
                Some(renamed) => {
                    intake::was(w, open.identity().desk)?;
                    identity::put(w, renamed)?;
                    // The permissions it had name the desk that was lost.
                    for staff in &staff {
                        identity::put_staff(w, staff)?;
                    }
                    outbox::unmark_sent(w)?;
                }
                // Nothing was ever sent: this desk goes on as who it was, behind that number.
                None => {
                    let chunks = format!("chunk/{}", open.identity().desk);
                    let last = meta::get_json::<u64>(w, &chunks)?.unwrap_or(0);
                    meta::put_json(w, &chunks, &last.max(FIRST_CHUNK))?;
                }
            }
            standing::start_over(w, reply.epoch)?;
            Ok(meta::remove(w, IS_COPY)?)
        })?;
        at_desk.clock.hear(reply.time);
        if let Some(renamed) = renamed {
            open.set_identity(renamed);
        }
        if let Some(mine) = staff.into_iter().find(|staff| staff.official.person == open.person()) {
            open.set_staff(mine);
        }
        Ok(())
    });
    kept.await.map_err(inside)?;
    desk.watch.desk();
    Ok(())
}
