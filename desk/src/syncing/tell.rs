//! How the exchange stands, in words of people: the sync pill, the panel, and the report of the command line.

use std::sync::Arc;
use std::time::Instant;

use domain::moment::Millis;
use ipc::problem::{self, Problem};
use ipc::sync::{Lane, LaneKind, Left, Link, PicturesWait, Stuck, SyncView};
use serde::Serialize;
use store::Read;
use store::table::{file, meta, outbox, quarantine, upload};
use sync::client::LinkError;
use sync::item::ItemId;
use sync::refusal::{Code, Refusal};
use sync::session::{Failure, Report};

use crate::fault::Fault;
use crate::open::Open;
use crate::upload::Moved;
use crate::{Desk, blocking, clock, material, metered};

/// Name of the time of the last complete exchange.
const LAST: &str = "last_sync_at";
/// Refused items shown.
const SHOWN: usize = 100;

/// What an exchange did, for the command line.
#[derive(Debug, Clone, Serialize)]
pub struct SyncReport {
    /// Items the county took.
    pub items_sent: u64,
    /// Items that were new here.
    pub items_received: u64,
    /// Items the county refused.
    pub refused: Vec<Refused>,
    /// Items still waiting.
    pub waiting: u64,
    /// Files the county took.
    pub files_sent: u64,
    /// Files fetched.
    pub files_received: u64,
    /// Files that wait because the line is metered, or because somebody chose so.
    pub files_held: u64,
    /// Bytes sent, above TLS.
    pub bytes_up: u64,
    /// Bytes received, above TLS.
    pub bytes_down: u64,
    /// Requests made.
    pub requests: u64,
    /// How long it took.
    pub seconds: f64,
}

/// An item the county refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// Its name.
    pub item: String,
    /// Why.
    pub code: String,
}

/// What one course did.
pub(super) struct Done {
    pub used: sync::client::Used,
    pub sent: u64,
    pub received: u64,
    pub refused: Vec<(ItemId, String)>,
    pub files: Moved,
}

pub(super) async fn report(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    done: Done,
    begun: Instant,
) -> Result<SyncReport, Problem> {
    let (open, here) = (open.clone(), desk.clone());
    let left = move || {
        open.store.read(|r| {
            let held = metered::held(&here, r)?.map_or(0, |held| held.files);
            Ok::<_, Fault>((outbox::waiting(r)?.items, held))
        })
    };
    let (waiting, files_held) = blocking::run(left).await?;
    desk.watch.stir();
    Ok(SyncReport {
        items_sent: done.sent,
        items_received: done.received,
        refused: done
            .refused
            .into_iter()
            .map(|(item, code)| Refused { item: item.to_string(), code })
            .collect(),
        waiting,
        files_sent: done.files.sent,
        files_received: done.files.received,
        files_held,
        bytes_up: done.used.up,
        bytes_down: done.used.down,
        requests: done.used.requests,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// The sync pill's truth.
pub(crate) async fn view(desk: &Arc<Desk>, open: &Arc<Open>) -> Result<SyncView, Problem> {
    let shown = desk.link.shown();
    let (open, here) = (open.clone(), desk.clone());
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let (items, files) = (outbox::waiting(r)?, upload::waiting(r)?);
            let stuck = quarantine::open(r, SHOWN)?;
            let quarantined: Vec<Stuck> = stuck
                .into_iter()
                // Only whoever can settle it is told to.
                .filter(|entry| crate::quarantine::is_mine(&open, entry))
                .map(|entry| Stuck { case: entry.case, code: entry.code, at: entry.at })
                .collect();
            let kept: Option<Millis> = meta::get_json(r, LAST)?;
            let held = metered::held(&here, r)?;
            let missing = file::missing_in_all(r)?;
            Ok(SyncView {
                link: shown.link.unwrap_or(Link::Offline),
                waiting_items: items.items,
                waiting_cases: items.cases,
                waiting_files: files.items,
                waiting_bytes: items.bytes + files.bytes,
                lanes: lanes(r, &items, held.is_some())?,
                to_fetch: Left { count: missing.items, bytes: missing.bytes },
                metered: here.is_metered(),
                pictures: metered::choice(r)?,
                held,
                quarantined,
                stuck_files: crate::upload::refused(r, &open)?.len() as u64,
                last_sync_at: shown.last_sync_at.or(kept),
                next_try_at: shown.next_try_at,
                problem: shown.problem.or(shown.catalogue),
            })
        })
    })
    .await
}

/// What is left to send, lane by lane.
fn lanes(r: &Read<'_>, items: &outbox::Waiting, held: bool) -> Result<Vec<Lane>, Fault> {
    let now = clock::device();
    let later = |at: Option<Millis>| at.filter(|at| *at > now);
    let mut lanes = Vec::new();
    if items.items > 0 {
        let left = Left { count: items.cases, bytes: items.bytes };
        lanes.push(Lane {
            what: LaneKind::Texts,
            left,
            held: false,
            again_at: later(outbox::all_put_off(r)?),
        });
    }
    for lane in upload::lanes(r)? {
        let what =
            if lane.lane <= material::SMALL_LANE { LaneKind::SmallFiles } else { LaneKind::LargeFiles };
        let left = Left { count: lane.waiting.items, bytes: lane.waiting.bytes };
        lanes.push(Lane { what, left, held, again_at: later(lane.not_before) });
    }
    Ok(lanes)
}

/// What a locked desk tells.
pub(super) fn nothing() -> SyncView {
    SyncView {
        link: Link::Offline,
        waiting_items: 0,
        waiting_cases: 0,
        waiting_files: 0,
        waiting_bytes: 0,
        lanes: Vec::new(),
        to_fetch: Left::default(),
        metered: false,
        pictures: PicturesWait::default(),
        held: None,
        quarantined: Vec::new(),
        stuck_files: 0,
        last_sync_at: None,
        next_try_at: None,
        problem: None,
    }
}

/// Whether anything waits to be sent.
pub(super) fn waits(r: &Read<'_>) -> Result<bool, Fault> {
    Ok(outbox::more_than(r, 0)? || upload::waiting(r)?.items > 0)
}

/// When the last complete exchange was, as kept.
pub(crate) fn last_sync(r: &Read<'_>) -> Result<Option<Millis>, Fault> {
    Ok(meta::get_json(r, LAST)?)
}

pub(super) fn keep_last_sync(open: &Open, at: Millis) {
    let kept = open.store.write::<_, Fault>(|w| Ok(meta::put_json(w, LAST, &at)?));
    if let Err(fault) = kept {
        tracing::warn!(%fault, "the time of the exchange was not kept");
    }
}

pub(super) fn link(report: &Report) -> Link {
    match report {
        Report::Working | Report::NewEpoch => Link::Working,
        Report::UpToDate(_) => Link::Idle,
        Report::Waiting(_) => Link::Offline,
        Report::Halted(_) | Report::CannotSave => Link::Stuck,
    }
}

/// A failure of the session as a problem.
pub(super) fn problem(failure: &Failure) -> Problem {
    Problem::new(match failure {
        Failure::NoLink => problem::NO_LINK,
        Failure::UntrustedCounty => problem::UNTRUSTED_COUNTY,
        Failure::StrangeAnswer => problem::STRANGE_ANSWER,
        Failure::Revoked => problem::DEVICE_REVOKED,
        Failure::CertificateExpired => problem::LEASE_ENDED,
        Failure::UpdateNeeded => problem::UPDATE_NEEDED,
        Failure::Busy { .. } => problem::COUNTY_BUSY,
        Failure::Refused(code) => return refused(code),
    })
}

/// A failure of the line as a problem.
pub(crate) fn told(error: &LinkError) -> Problem {
    let problem = problem(&error.failure());
    match error {
        LinkError::Refused(Refusal { code: Code::TooLarge, max: Some(max), .. }) => {
            problem.with("max", max / 1024 / 1024)
        }
        _ => problem,
    }
}

fn refused(code: &Code) -> Problem {
    Problem::new(match code {
        Code::BadEnrolCode => problem::BAD_ENROL_CODE,
        Code::EnrolCodeUsed => problem::ENROL_CODE_USED,
        Code::EnrolCodeExpired => problem::ENROL_CODE_EXPIRED,
        Code::OtherUnitHere => problem::OTHER_UNIT_HERE,
        Code::UnknownDevice | Code::Revoked => problem::DEVICE_REVOKED,
        Code::NotYourRole | Code::UnknownPerson => problem::NOT_ALLOWED,
        Code::TooLarge => problem::FILE_TOO_LARGE,
        Code::UpdateNeeded => problem::UPDATE_NEEDED,
        Code::LeaseEnded => problem::LEASE_ENDED,
        Code::Busy | Code::TooFast => problem::COUNTY_BUSY,
        _ => problem::STRANGE_ANSWER,
    })
    .with("detail", code)
}
