//! The exchange with the county, in the background: sends, fetches, waits, tries again, and says how it stands.
//!
//! [`sync::session::Session`] decides; this file does what it says: requests through [`sync::client::Client`],
//! transactions in the store. One exchange runs at a time.

mod ahead;
pub(crate) mod carried;
pub mod drive;
mod line;
mod request;
mod tell;
mod wait;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::problem::{self, Problem};
use ipc::sync::{SyncView, Watch, Watched};
use sync::client::{Client, LinkError};
use sync::session::{Effect, Event, Kept, Report, Sent, Session};
use sync::wire::SyncReply;
use tokio::sync::Notify;

use crate::intake::{self, Taken};
use crate::open::Open;
use crate::{Desk, blocking, catalogue, clock, lease, quarantine, rescue, standing, tally, upload};

use ahead::Ahead;
pub(crate) use line::line;
pub use tell::{Refused, SyncReport};
pub(crate) use tell::{last_sync, told};

/// How long a desk that has no request at the county (it was halted) waits before it asks again.
const NEWS: Duration = Duration::from_secs(30);

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
    desk.link.wanted.store(true, Ordering::SeqCst);
    desk.link.wake();
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

enum Ended {
    UpToDate,
    Failed(Problem),
}

type Answer = Result<(SyncReply, Sent), LinkError>;
type InFlight = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One course of exchanges and everything it needs.
struct Course {
    desk: Arc<Desk>,
    open: Arc<Open>,
    session: Session,
    line: Client,
    begun: Instant,
    timer: Option<Instant>,
    waiting: Option<InFlight>,
    files: Option<tokio::task::JoinHandle<()>>,
    /// The last original named in an offer that is under way.
    offered: Option<(u64, Digest)>,
    /// The chunk that is on its way behind the one that is under way.
    ahead: Option<Ahead>,
    /// When the last answer came: only over a line that is open does anything go ahead.
    answered: Option<Instant>,
    /// Cases that differ and have not been asked for yet.
    repair: Vec<CaseId>,
    ended: Option<Ended>,
    unreachable: bool,
    live: bool,
    sent: u64,
    received: u64,
    refused: Vec<(sync::item::ItemId, String)>,
    files_moved: upload::Moved,
}

impl Course {
    async fn new(desk: &Arc<Desk>, open: &Arc<Open>, live: bool) -> Result<Course, Problem> {
        let before = line(desk, &open.identity()).map_err(|error| told(&error))?;
        rescue::introduce(desk, open, &before).await.map_err(|error| told(&error))?;
        let identity = open.identity();
        let line = line(desk, &identity).map_err(|error| told(&error))?;
        let reading = open.clone();
        let here = desk.clone();
        let position = blocking::run(move || {
            reading.store.write::<_, crate::fault::Fault>(|w| {
                tally::begin(w)?;
                quarantine::retry(w, &here, &reading)
            })?;
            reading.store.read(standing::position)
        })
        .await?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Problem::new(problem::INTERNAL))?;
        let random = u64::from_be_bytes(random);
        let session =
            Session::new(identity.county, identity.county_key, identity.desk, position, live, random);
        Ok(Course {
            desk: desk.clone(),
            open: open.clone(),
            session,
            line,
            begun: Instant::now(),
            timer: None,
            waiting: None,
            files: None,
            offered: None,
            ahead: None,
            answered: None,
            repair: Vec::new(),
            ended: None,
            unreachable: false,
            live,
            sent: 0,
            received: 0,
            refused: Vec::new(),
            files_moved: upload::Moved::default(),
        })
    }

    /// Does everything that follows from an event, until there is nothing to do but wait.
    async fn happened(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.session.step(self.now(), event) {
                events.extend(self.perform(effect).await);
            }
        }
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.begun.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    async fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Send(ask) => {
                self.timer = None;
                let (wait, budget) = (ask.wait, ask.budget);
                // What does not carry a chunk lets the one that went ahead fall: nothing of it arrived.
                let ahead = self.ahead.take().filter(|_| budget > 0);
                let gone = ahead.as_ref().map(|ahead| ahead.items.clone());
                let built = match request::build(&self.open, ask, self.repair.clone(), gone).await {
                    Ok(built) => built,
                    Err(_) => return Some(Event::Failed(sync::session::Failure::NoLink)),
                };
                self.offered = built.offered;
                let (line, left) = (self.line.clone(), built.sent.left);
                let free = self.answered.unwrap_or_else(Instant::now);
                let flight: InFlight = Box::pin(async move {
                    let (reply, traffic) = match ahead {
                        Some(ahead) => ahead.finish(built.request, free).await?,
                        None => line.sync(&built.request).await?,
                    };
                    Ok((reply, Sent { traffic, ..built.sent }))
                });
                if wait {
                    self.waiting = Some(flight);
                    return None;
                }
                let next = async {
                    match left && self.answered.is_some() && self.line.is_network() {
                        true => Ahead::begin(&self.open, &self.line, budget).await,
                        false => None,
                    }
                };
                let (answer, next) = tokio::join!(flight, next);
                (self.ahead, self.answered) = (next, answer.is_ok().then(Instant::now));
                Some(self.answered(answer))
            }
            Effect::StopWaiting => {
                self.waiting = None;
                Some(Event::Stopped)
            }
            Effect::Store(intake) => Some(self.store(*intake).await),
            Effect::ReOffer { epoch } => {
                self.ahead = None;
                let open = self.open.clone();
                let done = blocking::run(move || open.store.write(|w| standing::start_over(w, epoch))).await;
                Some(if done.is_ok() { Event::Stored(Kept::default()) } else { Event::StoreFailed })
            }
            Effect::FetchCatalogue(hash) => {
                let fetched = catalogue::fetch(&self.desk, &self.open, &self.line, hash).await;
                // A line that breaks off is told by the next request; a catalogue that does not fit is told until one does.
                let told =
                    fetched.as_ref().err().filter(|problem| problem.code == problem::CATALOGUE_REJECTED);
                let rejected = told.is_some();
                self.desk.link.show(|shown| shown.catalogue = told.cloned());
                // What was looked at and is not taken (an older one of a restored county) is not asked for again in this run.
                (fetched.is_ok() || rejected).then_some(Event::CatalogueStored(hash))
            }
            Effect::Renew => match lease::renew(&self.desk, &self.open).await {
                Ok(()) => self.reconnect().map(|()| Event::Renewed),
                Err(error) => Some(Event::Failed(error.failure())),
            },
            Effect::NextTry(at) => {
                self.ahead = None;
                let wait = Duration::from_millis(u64::try_from(at - self.now()).unwrap_or(0));
                self.timer = Some(Instant::now() + wait);
                let next = clock::device() + Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX);
                self.desk.link.show(|shown| shown.next_try_at = Some(next));
                self.desk.watch.stir();
                None
            }
            Effect::Report(report) => {
                self.reported(report);
                None
            }
        }
    }

    fn reconnect(&mut self) -> Option<()> {
        self.ahead = None;
        self.line = line(&self.desk, &self.open.identity()).ok()?;
        Some(())
    }

    fn answered(&mut self, answer: Answer) -> Event {
        match answer {
            Ok((reply, sent)) => Event::Answered { reply: Box::new(reply), sent },
            Err(error) => {
                self.ahead = None;
                Event::Failed(error.failure())
            }
        }
    }

    async fn store(&mut self, intake: sync::session::Intake) -> Event {
        let gone = intake.withdrawn.clone();
        let comparing = intake.compared.as_ref().is_some_and(|compared| compared.heaps.is_empty());
        if !intake::is_smooth(&intake) {
            self.ahead = None;
        }
        let (desk, open, offered) = (self.desk.clone(), self.open.clone(), self.offered.take());
        let stored = blocking::run(move || {
            open.store.write::<Taken, _>(|w| intake::store(w, &desk, &open, &intake, offered))
        });
        match stored.await {
            Ok(taken) => {
                self.sent += taken.sent;
                self.received += taken.received;
                self.refused.extend(taken.refused);
                if taken.renamed {
                    self.reconnect();
                }
                for file in taken.forgotten {
                    // Bytes that stay behind are swept at the next start.
                    let _swept = self.open.store.files().remove(file);
                }
                if !taken.touched.is_empty() {
                    self.desk.watch.touch(taken.touched);
                }
                if let Some(differing) = taken.differing {
                    self.repair = differing;
                }
                let before = self.repair.len();
                self.repair.retain(|case| !taken.compared.contains(case) && !gone.contains(case));
                if comparing && self.repair.len() == before {
                    // The county told nothing about any of them: asking the same again would never end.
                    self.repair.clear();
                }
                Event::Stored(Kept { differs: taken.differs, to_repair: !self.repair.is_empty() })
            }
            Err(_) => Event::StoreFailed,
        }
    }

    fn reported(&mut self, report: Report) {
        let now = clock::device();
        self.ended = match &report {
            Report::UpToDate(_) => Some(Ended::UpToDate),
            Report::Waiting(failure) | Report::Halted(failure) => Some(Ended::Failed(tell::problem(failure))),
            Report::CannotSave => Some(Ended::Failed(Problem::new(problem::DISK_FULL))),
            Report::Working | Report::NewEpoch => None,
        };
        self.unreachable = matches!(&report, Report::Waiting(sync::session::Failure::NoLink));
        let problem = match &self.ended {
            Some(Ended::Failed(problem)) => Some(problem.clone()),
            _ => None,
        };
        let up_to_date = matches!(report, Report::UpToDate(_));
        self.desk.link.show(|shown| {
            shown.link = Some(tell::link(&report));
            shown.next_try_at = None;
            shown.problem = problem;
            if up_to_date {
                shown.last_sync_at = Some(now);
            }
            if up_to_date || shown.problem.is_some() {
                shown.rounds += 1;
            }
        });
        if up_to_date {
            let open = self.open.clone();
            // Kept for the next start; losing it loses a line on the screen.
            tokio::task::spawn_blocking(move || tell::keep_last_sync(&open, now));
        }
        self.desk.watch.stir();
    }

    /// Waits until something happens: an answer, a bell, the time to try again, the county coming up.
    async fn wait_for_something(&mut self) -> Event {
        if self.ended.as_ref().is_some_and(|ended| matches!(ended, Ended::UpToDate)) {
            self.begin_files();
        }
        let news = tokio::time::sleep(NEWS);
        tokio::pin!(news);
        let timer = self.timer;
        let knock = self.unreachable && (self.live || wait::something_waits(&self.open).await);
        let address = self.open.identity().address.clone();
        let desk = self.desk.clone();
        let idle = self.waiting.is_none() && timer.is_none();
        // While nothing is sent, what was put off is: a request that only waits would keep it here.
        let again = if self.waiting.is_some() { wait::put_off_until(&self.open).await } else { None };
        tokio::select! {
            answer = in_flight(&mut self.waiting) => {
                self.waiting = None;
                self.answered(answer)
            }
            () = desk.link.changed.notified() => {
                if desk.link.wanted.swap(false, Ordering::SeqCst) { Event::Start } else { Event::OutboxChanged }
            }
            () = wait::until(timer) => Event::Timer,
            () = wait::until(again) => Event::OutboxChanged,
            () = wait::knocking(&address), if knock => Event::Start,
            () = &mut news, if idle => Event::Start,
        }
    }

    /// Files go beside the exchange, on a connection of their own (ruling 15).
    fn begin_files(&mut self) {
        if self.files.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let (desk, open, line) = (self.desk.clone(), self.open.clone(), self.line.clone());
        self.files = Some(tokio::spawn(async move {
            upload::all(&desk, &open, &line).await;
        }));
    }

    async fn files(&mut self) {
        self.files_moved = upload::all(&self.desk, &self.open, &self.line).await;
    }
}

async fn has_nothing_left(open: &Arc<Open>) -> Result<bool, Problem> {
    let open = open.clone();
    blocking::run(move || {
        open.store.read::<_, crate::fault::Fault>(|r| Ok(!store::table::outbox::more_than(r, 0)?))
    })
    .await
}

impl Drop for Course {
    fn drop(&mut self) {
        if let Some(task) = &self.files {
            task.abort();
        }
    }
}

async fn in_flight(waiting: &mut Option<InFlight>) -> Answer {
    match waiting {
        Some(flight) => flight.await,
        None => std::future::pending().await,
    }
}
