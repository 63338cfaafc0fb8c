//! One course of exchanges: does what the session says, one effect after the other, and tells it what came of it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::problem::{self, Problem};
use sync::client::{Client, LinkError};
use sync::session::{Effect, Event, Kept, Report, Sent, Session};
use sync::wire::SyncReply;

use super::ahead::Ahead;
use super::{line, request, tell, told, wait};
use crate::intake::{self, Taken};
use crate::open::Open;
use crate::{
    Desk, blocking, catalogue, clock, lease, quarantine, rescue, room, standing, summary, tally, upload,
};

/// How long a desk that has no request at the county (it was halted) waits before it asks again.
const NEWS: Duration = Duration::from_secs(30);

/// How a round of exchanges ended.
pub(super) enum Ended {
    UpToDate,
    Failed(Problem),
}

type Answer = Result<(SyncReply, Sent), LinkError>;
type InFlight = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One course of exchanges and everything it needs.
pub(super) struct Course {
    pub(super) desk: Arc<Desk>,
    pub(super) open: Arc<Open>,
    pub(super) session: Session,
    pub(super) line: Client,
    begun: Instant,
    pub(super) timer: Option<Instant>,
    waiting: Option<InFlight>,
    pub(super) files: Option<tokio::task::JoinHandle<()>>,
    /// The last original named in an offer that is under way.
    offered: Option<(u64, Digest)>,
    /// The chunk that is on its way behind the one that is under way.
    ahead: Option<Ahead>,
    /// When the last answer came: only over a line that is open does anything go ahead.
    answered: Option<Instant>,
    /// Cases that differ and have not been asked for yet.
    repair: Vec<CaseId>,
    pub(super) ended: Option<Ended>,
    unreachable: bool,
    live: bool,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) refused: Vec<(sync::item::ItemId, String)>,
    pub(super) files_moved: upload::Moved,
}

impl Course {
    pub(super) async fn new(desk: &Arc<Desk>, open: &Arc<Open>, live: bool) -> Result<Course, Problem> {
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
    pub(super) async fn happened(&mut self, event: Event) {
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

    pub(super) async fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Send(ask) => {
                self.timer = None;
                let (wait, budget, version) = (ask.wait, ask.budget, ask.protocol);
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
                        None => line.sync(version, &built.request).await?,
                    };
                    Ok((reply, Sent { traffic, ..built.sent }))
                });
                if wait {
                    self.waiting = Some(flight);
                    return None;
                }
                let next = async {
                    match left && self.answered.is_some() && self.line.takes_parts() {
                        true => Ahead::begin(&self.open, &self.line, budget, version).await,
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
                let settled = fetched.is_ok() || told.is_some_and(catalogue::is_older);
                self.desk.link.show(|shown| shown.catalogue = told.cloned());
                // An older one of a restored county was seen and is not asked for again; a damaged one may be put right.
                settled.then_some(Event::CatalogueStored(hash))
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

    pub(super) fn reconnect(&mut self) -> Option<()> {
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
                let to_fetch = !taken.wanted.is_empty();
                self.repair.retain(|case| !taken.wanted.contains(case));
                self.repair.extend(taken.wanted);
                Event::Stored(Kept { differs: taken.differs, to_repair: !self.repair.is_empty(), to_fetch })
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
            let (desk, open) = (self.desk.clone(), self.open.clone());
            tokio::task::spawn_blocking(move || {
                // Kept for the next start; losing it loses a line on the screen.
                tell::keep_last_sync(&open, now);
                if summary::shrink(&desk, &open).is_err() {
                    tracing::warn!("ended cases could not shrink; tried again with the next exchange");
                }
                if room::give_back(&open).is_err() {
                    tracing::warn!("no room was given back; tried again with the next exchange");
                }
            });
        }
        self.desk.watch.stir();
    }

    /// Waits until something happens: an answer, a bell, the time to try again, the county coming up.
    pub(super) async fn wait_for_something(&mut self) -> Event {
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

    pub(super) async fn files(&mut self) {
        self.files_moved = upload::all(&self.desk, &self.open, &self.line).await;
    }
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
