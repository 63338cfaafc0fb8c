//! The exchange with the county, in the background: sends, fetches, waits, tries again, and says how it stands.
//!
//! [`sync::session::Session`] decides; this file does what it says: requests through [`sync::client::Client`],
//! transactions in the store. One exchange runs at a time.

mod ahead;
pub(crate) mod carried;
mod course;
pub mod drive;
mod line;
mod request;
mod tell;
mod wait;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::moment::Millis;
use ipc::problem::Problem;
use ipc::sync::{SyncView, Watch, Watched};
use sync::session::Event;
use tokio::sync::Notify;

use crate::metered::Price;
use crate::open::Open;
use crate::{Desk, blocking, lease, rescue};

use course::{Course, Ended};
pub(crate) use line::line;
pub use tell::{Refused, SyncReport};
pub(crate) use tell::{last_sync, told, view};

/// How long the command line waits for the hour to which the county put something off.
const PUT_OFF_PATIENCE: Duration = Duration::from_secs(2);

/// How the link stands, and the bells that move it.
#[derive(Debug, Default)]
pub struct Link {
    shown: Mutex<Shown>,
    /// Something new waits, or the desk was locked or unlocked.
    changed: Notify,
    wanted: AtomicBool,
    swept: AtomicBool,
    running: AtomicBool,
    /// What the line costs, and whether files go all the same.
    pub(crate) price: Price,
    /// One exchange at a time.
    gate: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Shown {
    link: Option<ipc::sync::Link>,
    next_try_at: Option<Millis>,
    last_sync_at: Option<Millis>,
    problem: Option<Problem>,
    /// Why the county's catalogue is not in use here, until it is.
    catalogue: Option<Problem>,
    rounds: u64,
}

impl Link {
    /// Something new waits to be sent, or whoever works changed.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Something is wanted from the county now, not only when something waits to be sent.
    pub(crate) fn ask_now(&self) {
        self.wanted.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether leftovers of files were swept in this run of the program; afterwards they count as swept.
    pub(crate) fn was_swept(&self) -> bool {
        self.swept.swap(true, Ordering::SeqCst)
    }

    fn shown(&self) -> Shown {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Starts the background exchange; a second call does nothing.
pub(crate) fn start(desk: &Arc<Desk>) {
    if desk.link.running.swap(true, Ordering::SeqCst) {
        return;
    }
    let (weak, link) = (Arc::downgrade(desk), desk.link.clone());
    tokio::spawn(async move {
        // Nobody at the desk: it is not held, so that its folder is free as soon as the program lets go of it.
        while let Some(desk) = weak.upgrade() {
            match desk.if_unlocked() {
                Some(open) => attend(&desk, &open).await,
                None => {
                    drop(desk);
                    link.changed.notified().await;
                }
            }
        }
    });
}

/// Exchanges for as long as this person has the desk unlocked.
async fn attend(desk: &Arc<Desk>, open: &Arc<Open>) {
    let _alone = desk.link.gate.lock().await;
    rescue::copy_of_day(desk, open);
    let mut lease = lease::Keeper::default();
    lease.look(desk, open).await;
    // Every desk keeps a request waiting at the county, villages too: an answer travels back to the kitchen table while
    // the villager still sits there, and a waiting request costs under a kilobyte in 25 seconds.
    let mut course = match Course::new(desk, open, true).await {
        Ok(course) => course,
        Err(problem) => {
            tracing::warn!(code = problem.code, "no exchange can begin");
            desk.link.show(|shown| shown.problem = Some(problem));
            tokio::time::sleep(wait::KNOCK).await;
            return;
        }
    };
    let still_here = || desk.if_unlocked().is_some_and(|now| Arc::ptr_eq(&now, open));
    let mut event = Event::Start;
    while still_here() {
        // The certificate of before is good for a while yet, and not for ever.
        let _line = if lease.look(desk, open).await { course.reconnect() } else { None };
        course.happened(event).await;
        event = course.wait_for_something().await;
    }
    desk.link.show(|shown| shown.link = None);
}

/// Exchanges once: to the first complete round, or until nothing is left to send or to fetch. For the command line.
///
/// # Errors
/// `locked`; the link's problem when the county cannot be reached or does not want us.
pub async fn exchange(desk: &Arc<Desk>, until_idle: bool) -> Result<SyncReport, Problem> {
    let open = desk.unlocked()?;
    let begun = Instant::now();
    let _alone = desk.link.gate.lock().await;
    lease::Keeper::default().look(desk, &open).await;
    let mut course = Course::new(desk, &open, false).await?;
    course.happened(Event::Start).await;
    let mut patience = 8;
    loop {
        match course.ended.take() {
            Some(Ended::UpToDate) => {}
            Some(Ended::Failed(problem)) => return Err(problem),
            // The county asked to come again, or something was put off.
            None if course.timer.is_some() && patience > 0 => {
                patience -= 1;
                let event = course.wait_for_something().await;
                course.happened(event).await;
                continue;
            }
            None => {}
        }
        if !until_idle || has_nothing_left(&open).await? || patience == 0 {
            break;
        }
        patience -= 1;
        if let Some(at) = wait::put_off_until(&open).await {
            wait::until(Some(at.min(Instant::now() + PUT_OFF_PATIENCE))).await;
        }
        course.happened(Event::Start).await;
    }
    course.files().await;
    let done = tell::Done {
        used: course.line.used(),
        sent: course.sent,
        received: course.received,
        refused: std::mem::take(&mut course.refused),
        files: course.files_moved,
    };
    tell::report(desk, &open, done, begun).await
}

/// Exchanges now instead of at the next turn, and tells how things stand then.
///
/// # Errors
/// `locked`.
pub(crate) async fn now(desk: &Arc<Desk>) -> Result<SyncView, Problem> {
    let open = desk.unlocked()?;
    if !desk.link.running.load(Ordering::SeqCst) {
        if let Err(problem) = exchange(desk, true).await {
            desk.link.show(|shown| shown.problem = Some(problem));
        }
        return tell::view(desk, &open).await;
    }
    let before = desk.link.shown().rounds;
    desk.link.ask_now();
    let end = Instant::now() + Duration::from_secs(20);
    let mut revision = desk.watch.since(0).revision;
    while desk.link.shown().rounds == before && Instant::now() < end {
        let left = end.saturating_duration_since(Instant::now());
        if let Ok(since) = tokio::time::timeout(left, desk.watch.wait(revision)).await {
            revision = since.revision;
        }
    }
    tell::view(desk, &open).await
}

/// Waits for news and tells how things stand.
///
/// # Errors
/// `locked` is no error here: whoever watches a locked desk is told to look again.
pub(crate) async fn watch(desk: &Arc<Desk>, ask: Watch) -> Result<Watched, Problem> {
    let since = desk.watch.wait(ask.after).await;
    let sync = match desk.if_unlocked() {
        Some(open) => tell::view(desk, &open).await?,
        None => tell::nothing(),
    };
    Ok(Watched { revision: since.revision, sync, touched: since.touched, desk_changed: since.desk_changed })
}

async fn has_nothing_left(open: &Arc<Open>) -> Result<bool, Problem> {
    let open = open.clone();
    blocking::run(move || {
        open.store.read::<_, crate::fault::Fault>(|r| Ok(!store::table::outbox::more_than(r, 0)?))
    })
    .await
}
