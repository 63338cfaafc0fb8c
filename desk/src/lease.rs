//! The permission to work here: it ends unless the county renews it. Every question is held against it, and when it has
//! ended the desk is locked until the next one comes; what was entered stays, and is sent all the same (ruling 19).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::id::PersonId;
use domain::moment::Millis;
use ipc::problem::{self, Problem};
use store::Keys;
use store::table::meta;
use sync::client::LinkError;
use sync::enrol::{RenewReply, RenewRequest};

use crate::account::HEARD;
use crate::enrol::certificate_request;
use crate::fault::Fault;
use crate::identity::{self, Identity, Staff};
use crate::open::Open;
use crate::{Desk, blocking, grant, syncing};

/// A permission that ends sooner than this is renewed as soon as the county is reached: 20 days.
const RENEW_BEFORE: Millis = 20 * 24 * 3600 * 1000;
/// How long somebody who unlocks the desk waits for the county to renew an ended permission.
const PATIENCE: Duration = Duration::from_secs(15);
/// Pause between two tries to renew while the old permission still holds.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// The same once it has ended: somebody waits for it.
const AGAIN_SOON: Duration = Duration::from_secs(30);

/// Whether the permission of whoever unlocked the desk has ended, by the trusted time.
pub(crate) fn has_ended(desk: &Desk, open: &Open) -> bool {
    open.lease_ends() <= desk.clock.now()
}

/// Why the desk is locked although somebody unlocked it: the time is over, or the county took the permission back.
pub(crate) fn ended(open: &Open) -> Problem {
    Problem::new(open.staff().taken_back.as_deref().unwrap_or(problem::LEASE_ENDED))
}

/// Whether the permission should be renewed at the next occasion.
pub(crate) fn is_due(desk: &Desk, open: &Open) -> bool {
    open.lease_ends().saturating_sub(RENEW_BEFORE) <= desk.clock.now()
}

/// Tries for a short while to have an ended permission renewed.
///
/// # Errors
/// `lease_ended`, `person_disabled`.
pub(crate) async fn renew_now(desk: &Arc<Desk>, open: &Arc<Open>) -> Result<(), Problem> {
    // Whatever kept the county from answering, the sentence is about the permission.
    let _tried = tokio::time::timeout(PATIENCE, renew(desk, open)).await;
    if has_ended(desk, open) { Err(ended(open)) } else { Ok(()) }
}

/// Looks after the permission while somebody has the desk unlocked.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    tried: Option<Instant>,
    had_ended: bool,
}

impl Keeper {
    /// Renews the permission when it is due, and tells the window when it ended or came back. Gives whether the desk has
    /// another certificate now.
    pub(crate) async fn look(&mut self, desk: &Arc<Desk>, open: &Arc<Open>) -> bool {
        self.notice(desk, open);
        let pause = if self.had_ended { AGAIN_SOON } else { AGAIN };
        let doubted = open.doubts_lease();
        let rested = doubted || self.tried.is_none_or(|tried| tried.elapsed() >= pause);
        if !rested || !(doubted || is_due(desk, open)) {
            return false;
        }
        self.tried = Some(Instant::now());
        // Without a new permission the old one goes on until it ends.
        let renewed = renew(desk, open).await.is_ok();
        self.notice(desk, open);
        renewed
    }

    fn notice(&mut self, desk: &Desk, open: &Open) {
        let ended = has_ended(desk, open);
        if ended != self.had_ended {
            self.had_ended = ended;
            desk.watch.desk();
        }
    }
}

/// Asks the county for the next certificate and permissions, and keeps them. A machine that the county locked out gets
/// neither: what is there can be looked at until the permission ends.
///
/// # Errors
/// The link's.
pub(crate) async fn renew(desk: &Arc<Desk>, open: &Arc<Open>) -> Result<(), LinkError> {
    let before = open.identity();
    let line = syncing::line(desk, &before)?;
    let csr_der = certificate_request(&before.tls_key_der).map_err(|_| LinkError::Setup)?;
    let reply = line.renew(&RenewRequest { csr_der, clock: desk.clock.moment() }).await?;
    let (at_desk, open) = (desk.clone(), open.clone());
    let kept = blocking::run(move || {
        let heard = at_desk.clock.hear(reply.time);
        keep(&open, reply)?;
        Ok(open.store.write(|w| meta::put_json(w, HEARD, &heard))?)
    })
    .await;
    kept.map_err(|_| LinkError::Setup)?;
    desk.watch.desk();
    Ok(())
}

/// Keeps a certificate and permissions from the county, whichever way they came. Whoever of this desk is not among them
/// may work no longer. A permission that was given later than this answer stands.
///
/// # Errors
/// The store's or the key file's.
pub(crate) fn keep(open: &Open, reply: RenewReply) -> Result<(), Fault> {
    let identity = Identity { client_cert_der: reply.client_cert_der, ..(*open.identity()).clone() };
    let people = Keys::load(open.store.folder())?.people();
    let mut granted: BTreeMap<PersonId, Staff> =
        reply.grants.into_iter().map(|renewed| (renewed.person, Staff::from(renewed))).collect();
    open.store.write::<_, Fault>(|w| {
        identity::put(w, &identity)?;
        for entry in people {
            let known = identity::staff(w, entry.person)?;
            if known.is_some_and(|known| grant::issued(&known).is_some_and(|issued| issued > reply.time)) {
                continue;
            }
            match granted.remove(&entry.person) {
                Some(staff) => identity::put_staff(w, &staff)?,
                None => identity::take_back(w, entry.person, problem::PERSON_DISABLED)?,
            }
        }
        Ok(())
    })?;
    open.set_identity(identity);
    // What the store says now about whoever works here.
    if let Some(staff) = open.store.read(|r| identity::staff(r, open.person()))? {
        open.set_staff(staff);
    }
    Ok(())
}
