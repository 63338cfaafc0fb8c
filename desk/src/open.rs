//! The desk while somebody works at it: the open store, who it is, and the keys they sign with.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::catalogue::ServiceItem;
use domain::id::PersonId;
use domain::moment::Millis;
use domain::role::{Official, Unit};
use store::{DbKey, Read, Store, StoreError};
use sync::item::{Actor, ActorClaim};
use sync::key::SecretKey;

use crate::fault::Fault;
use crate::grant;
use crate::identity::{Identity, Staff};

/// An unlocked desk.
pub struct Open {
    /// The store.
    pub store: Store,
    /// Its key, needed when a further person joins.
    pub db_key: DbKey,
    /// The person's signing key.
    pub person_key: SecretKey,
    /// Who writes into documents from now until the desk is locked (ruling 5).
    pub actor: Actor,
    /// Who this desk is; replaced when the county finds it to be a copy, or renews its certificate.
    identity: RwLock<Arc<Identity>>,
    staff: RwLock<Staff>,
    /// When the permission of `staff` ends, milliseconds since 1970 UTC.
    lease: AtomicI64,
    /// The county should be asked whether the permission still stands.
    doubted: AtomicBool,
    items: Mutex<BTreeMap<(u64, String), Arc<ServiceItem>>>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Open({})", self.actor)
    }
}

/// A statement about a writer as the store keeps it.
pub fn known(claim: &ActorClaim) -> store::table::actor::Actor {
    store::table::actor::Actor {
        actor: claim.actor.0.to_vec(),
        desk: claim.desk,
        person: claim.person,
        name: claim.name.clone(),
        unit: claim.unit.clone(),
    }
}

impl Open {
    /// Puts together what an unlocked desk is.
    ///
    /// # Errors
    /// `internal` when no random numbers are to be had.
    pub fn new(
        store: Store,
        db_key: DbKey,
        person_key: SecretKey,
        identity: Identity,
        staff: Staff,
    ) -> Result<Self, Fault> {
        let mut actor = [0; 16];
        getrandom::fill(&mut actor).map_err(|_| Fault::Broken("no random numbers"))?;
        Ok(Open {
            store,
            db_key,
            person_key,
            actor: Actor(actor),
            lease: AtomicI64::new(lease(&identity, &staff)),
            doubted: AtomicBool::new(false),
            identity: RwLock::new(Arc::new(identity)),
            staff: RwLock::new(staff),
            items: Mutex::default(),
        })
    }

    /// Who this desk is.
    pub fn identity(&self) -> Arc<Identity> {
        self.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The county gave the desk another certificate or another identity.
    pub fn set_identity(&self, identity: Identity) {
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
    }

    /// The person who unlocked the desk, as the county knows them.
    pub fn staff(&self) -> Staff {
        self.staff.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The county renewed the person's permission, or changed their roles.
    pub fn set_staff(&self, staff: Staff) {
        self.lease.store(lease(&self.identity(), &staff), Ordering::SeqCst);
        *self.staff.write().unwrap_or_else(PoisonError::into_inner) = staff;
    }

    /// When the permission to work ends, milliseconds since 1970 UTC; in the past for one that is not genuine or was
    /// taken back.
    pub fn lease_ends(&self) -> Millis {
        self.lease.load(Ordering::SeqCst)
    }

    /// The county took cases away: perhaps the permission as well. It is asked at the next occasion.
    pub fn doubt_lease(&self) {
        self.doubted.store(true, Ordering::SeqCst);
    }

    /// Whether the county should be asked; afterwards it counts as asked.
    pub fn doubts_lease(&self) -> bool {
        self.doubted.swap(false, Ordering::SeqCst)
    }

    /// The person who unlocked the desk.
    pub fn me(&self) -> Official {
        self.staff().official
    }

    /// Their id.
    pub fn person(&self) -> PersonId {
        self.me().person
    }

    /// The unit they work for.
    pub fn unit(&self) -> Unit {
        self.staff().unit
    }

    /// The scopes they read.
    pub fn scopes(&self) -> Vec<String> {
        domain::scope::of_unit(&self.unit())
    }

    /// The statement that this session's actor is this person at this desk.
    pub fn claim(&self) -> ActorClaim {
        let me = self.me();
        ActorClaim {
            actor: self.actor,
            desk: self.identity().desk,
            person: me.person,
            name: me.name,
            unit: me.unit,
        }
    }

    /// A service item of a release, as published.
    ///
    /// # Errors
    /// The store's; `Ok(None)` when the release or the item is not here.
    pub fn item(&self, r: &Read<'_>, release: u64, code: &str) -> Result<Option<Arc<ServiceItem>>, Fault> {
        let key = (release, code.to_owned());
        if let Some(known) = self.items.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(known.clone()));
        }
        let Some(bytes) = store::table::catalogue::item(r, release, code)? else { return Ok(None) };
        let item: ServiceItem =
            serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged { set_aside: None })?;
        let item = Arc::new(item);
        self.items.lock().unwrap_or_else(PoisonError::into_inner).insert(key, item.clone());
        Ok(Some(item))
    }
}

fn lease(identity: &Identity, staff: &Staff) -> Millis {
    if staff.taken_back.is_some() { Millis::MIN } else { grant::ends(identity, staff).unwrap_or(Millis::MIN) }
}
