//! The catalogue: fetched when the county has a new one, verified before anything of it is believed, and published
//! from the county admin's desk.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::catalogue::Release;
use domain::id::Digest;
use futures_util::stream;
use ipc::catalogue::{CataloguePublish, CatalogueView, LintFinding, Published, ReleaseView};
use ipc::problem::{self, Problem};
use sha2::Digest as _;
use store::table::catalogue::{self, Body, NewRelease};
use store::{Read, Write};
use sync::client::{Client, LinkError};
use sync::publish::{CatalogueFile, PublishBody, PublishRequest};
use sync::refusal::Code;
use tough::{
    ExpirationEnforcement, IntoVec as _, Repository, RepositoryLoader, TargetName, Transport, TransportError,
    TransportErrorKind, TransportStream,
};
use url::Url;

use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, account, blocking, clock, standing, syncing};

/// Most bytes of one file of the catalogue.
const FILE_LIMIT: usize = 16 * 1024 * 1024;
/// Earlier releases fetched beside the newest, for cases that began on them.
const EARLIER: usize = 8;
/// Why a catalogue is not taken that is older than the one in use.
const OLDER: &str = "older";
/// A workbook may be this large.
const WORKBOOK_LIMIT: usize = 10 * 1024 * 1024;

/// Which releases this desk holds.
pub(crate) async fn show(desk: &Arc<Desk>) -> Result<CatalogueView, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let mut views = Vec::new();
            for row in catalogue::releases(r)? {
                let items = catalogue::items(r, row.number)?.into_iter().map(|item| item.name).collect();
                views.push(ReleaseView { number: row.number, issued: row.issued, note: row.note, items });
            }
            let mut views = views.into_iter();
            Ok(CatalogueView { current: views.next(), earlier: views.collect() })
        })
    })
    .await
}

/// Publishes a changed workbook, or only has it checked. The county decides whether this person may.
pub(crate) async fn publish(
    desk: &Arc<Desk>,
    ask: CataloguePublish,
    body: Vec<u8>,
) -> Result<Published, Problem> {
    let open = desk.unlocked()?;
    if !open.me().is(domain::role::Role::CountyAdmin) {
        return Err(Problem::new(problem::NOT_ALLOWED));
    }
    if body.len() > WORKBOOK_LIMIT {
        return Err(Problem::new(problem::FILE_TOO_LARGE).with("max", WORKBOOK_LIMIT / 1024 / 1024));
    }
    let reply_name = format!("publish/{}", ask.request);
    let reading = (open.clone(), reply_name.clone());
    let before: Option<Published> = blocking::run(move || {
        reading.0.store.read::<_, Fault>(|r| Ok(store::table::meta::get_json(r, &reading.1)?))
    })
    .await?;
    if let Some(done) = before {
        return Ok(done);
    }
    let language = account::state(desk).await?.settings.language;
    let identity = open.identity();
    let body = PublishBody {
        county: identity.county,
        desk: identity.desk,
        person: open.person(),
        note: ask.note,
        files: vec![CatalogueFile { name: ask.name, bytes: body }],
    };
    let request = PublishRequest::sign(&body, &open.person_key);
    let line = syncing::line(desk, &identity).map_err(|error| syncing::told(&error))?;
    let reply =
        line.publish(&request, ask.check_only, &language).await.map_err(|error| unpublished(&error))?;
    let findings = reply.findings.into_iter().map(|found| LintFinding {
        sheet: found.sheet,
        row: found.row.and_then(|row| u32::try_from(row).ok()).unwrap_or(0),
        column: found.column.unwrap_or_default(),
        level: if found.error { "error" } else { "warning" }.to_owned(),
        code: found.code,
        message: found.message,
    });
    let published = Published { release: reply.release, findings: findings.collect() };
    if published.release.is_some() {
        let kept = published.clone();
        blocking::run(move || {
            open.store.write::<_, Fault>(|w| Ok(store::table::meta::put_json(w, &reply_name, &kept)?))
        })
        .await?;
        desk.link.wake();
    }
    Ok(published)
}

fn unpublished(error: &LinkError) -> Problem {
    match error {
        LinkError::Refused(refusal) if refusal.code == Code::Malformed => {
            Problem::new(problem::NOT_A_WORKBOOK)
        }
        other => syncing::told(other),
    }
}

/// Fetches, verifies and stores the catalogue whose timestamp has that hash.
///
/// # Errors
/// `catalogue_rejected` when anything of it does not fit; the earlier one stays in use. `no_link`.
pub(crate) async fn fetch(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    line: &Client,
    hash: Digest,
) -> Result<(), Problem> {
    accept(desk, open, Line(line.clone()), hash).await
}

/// Verifies and stores the catalogue that came with a courier file, by the names of its files.
///
/// # Errors
/// `catalogue_rejected`.
pub(crate) async fn take(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    files: BTreeMap<String, Vec<u8>>,
    hash: Digest,
) -> Result<(), Problem> {
    accept(desk, open, Carried(Arc::new(files)), hash).await
}

async fn accept(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    from: impl Transport + 'static,
    hash: Digest,
) -> Result<(), Problem> {
    let repository = match load(desk, open, from).await {
        Err(problem) if is_older(&problem) => {
            // A restored county lost what this desk has: asking for the same again would never end. Whatever is published
            // next is newer and has another hash.
            seen(open, hash).await?;
            return Err(problem);
        }
        loaded => loaded?,
    };
    let reading = open.clone();
    let here: BTreeSet<u64> = blocking::run(move || {
        reading
            .store
            .read::<_, Fault>(|r| Ok(catalogue::releases(r)?.into_iter().map(|row| row.number).collect()))
    })
    .await?;
    let newest: Release = json(&target(&repository, "release.json").await?)?;
    let mut wanted = vec![(newest.number, String::new())];
    let mut earlier: Vec<u64> =
        releases_in(&repository).into_iter().filter(|number| *number != newest.number).collect();
    earlier.sort_unstable_by(|a, b| b.cmp(a));
    wanted.extend(earlier.into_iter().take(EARLIER).map(|number| (number, format!("releases/{number}/"))));
    let mut installed = false;
    for (number, prefix) in wanted {
        if !here.contains(&number) {
            let release = release(&repository, &prefix, open).await?;
            let writing = open.clone();
            installed |=
                blocking::run(move || writing.store.write::<_, Fault>(|w| install(w, &writing, &release)))
                    .await?;
        }
    }
    seen(open, hash).await?;
    if installed {
        desk.watch.desk();
    }
    Ok(())
}

async fn seen(open: &Arc<Open>, hash: Digest) -> Result<(), Problem> {
    let open = open.clone();
    blocking::run(move || open.store.write::<_, Fault>(|w| standing::catalogue_seen(w, hash))).await
}

/// Reads the signed lists, from the root this desk was enrolled with.
async fn load(
    desk: &Arc<Desk>,
    open: &Arc<Open>,
    from: impl Transport + 'static,
) -> Result<Repository, Problem> {
    let kept = desk.place.data.join("catalogue");
    let folder = kept.clone();
    blocking::run(move || {
        std::fs::create_dir_all(&folder).map_err(|_| Fault::Broken("no folder for the catalogue"))?;
        // Which time it is is judged by the county's time, not by what the laptop's clock once said (ruling 12).
        let _gone = std::fs::remove_file(folder.join("latest_known_time.json"));
        Ok(())
    })
    .await?;
    let identity = open.identity();
    let url =
        |part: &str| Url::parse(&format!("county:///{part}/")).map_err(|_| Problem::new(problem::INTERNAL));
    let repository = RepositoryLoader::new(&identity.tuf_root, url("metadata")?, url("targets")?)
        .transport(from)
        .datastore(kept)
        .expiration_enforcement(ExpirationEnforcement::Unsafe)
        .load()
        .await
        .map_err(|error| untaken(&error))?;
    let ends = [
        repository.timestamp().signed.expires,
        repository.snapshot().signed.expires,
        repository.targets().signed.expires,
    ];
    let now = desk.clock.now();
    if ends.iter().any(|end| end.as_millisecond() <= now) {
        return Err(Problem::new(problem::CATALOGUE_REJECTED).with("why", "expired"));
    }
    Ok(repository)
}

/// Numbers of the releases kept in the repository.
fn releases_in(repository: &Repository) -> BTreeSet<u64> {
    let names = repository.targets().signed.targets.keys();
    let number =
        |name: &TargetName| name.raw().strip_prefix("releases/")?.strip_suffix("/release.json")?.parse().ok();
    names.filter_map(number).collect()
}

async fn release(repository: &Repository, prefix: &str, open: &Arc<Open>) -> Result<NewRelease, Problem> {
    let contents = target(repository, &format!("{prefix}release.json")).await?;
    let release: Release = json(&contents)?;
    let mut items = Vec::new();
    for entry in &release.items {
        let reading = (open.clone(), entry.digest);
        let here = blocking::run(move || {
            reading.0.store.read::<_, Fault>(|r: &Read<'_>| Ok(catalogue::has_body(r, reading.1)?))
        })
        .await?;
        let bytes = if here {
            Vec::new()
        } else {
            target(repository, &format!("{prefix}items/{}.json", entry.code)).await?
        };
        if !here && digest(&bytes) != entry.digest {
            return Err(Problem::new(problem::CATALOGUE_REJECTED).with("why", "digest"));
        }
        items.push((entry.code.clone(), entry.name.clone(), Body { digest: entry.digest, bytes }));
    }
    let body = |bytes: Vec<u8>| Body { digest: digest(&bytes), bytes };
    Ok(NewRelease {
        number: release.number,
        issued: release.issued,
        note: release.note,
        contents: body(contents),
        regions: body(target(repository, &format!("{prefix}regions.json")).await?),
        calendar: body(target(repository, &format!("{prefix}calendar.json")).await?),
        items,
    })
}

fn install(w: &Write<'_>, open: &Open, release: &NewRelease) -> Result<bool, Fault> {
    let new = catalogue::install(w, release, clock::device())?;
    if new {
        // Lines that were written before the item's name was known.
        crate::index::rename(w, open, release.number)?;
    }
    Ok(new)
}

async fn target(repository: &Repository, name: &str) -> Result<Vec<u8>, Problem> {
    let name = TargetName::new(name).map_err(rejected)?;
    let stream = repository.read_target(&name).await.map_err(|error| untaken(&error))?;
    let stream = stream.ok_or_else(|| Problem::new(problem::CATALOGUE_REJECTED).with("why", "missing"))?;
    stream.into_vec().await.map_err(|error| untaken(&error))
}

fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(rejected)
}

fn digest(bytes: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(bytes).into())
}

/// A catalogue that could not be had is another thing than one that does not fit.
fn untaken(error: &tough::error::Error) -> Problem {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(known) = cause {
        if let Some(line) = known.downcast_ref::<LinkError>() {
            return syncing::told(line);
        }
        cause = known.source();
    }
    let older = matches!(
        error,
        tough::error::Error::OlderMetadata { .. } | tough::error::Error::OlderSnapshotInTimestamp { .. }
    );
    if older {
        return rejected(error).with("why", OLDER);
    }
    rejected(error)
}

/// Whether a catalogue was not taken because it is older than the one in use.
pub(crate) fn is_older(problem: &Problem) -> bool {
    problem.args.get("why").is_some_and(|why| why == OLDER)
}

fn rejected(error: impl fmt::Display) -> Problem {
    tracing::warn!(%error, "catalogue");
    Problem::new(problem::CATALOGUE_REJECTED)
}

/// The repository's files as they came with a courier file; nothing but a name in that file leads to them.
#[derive(Debug, Clone)]
struct Carried(Arc<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Transport for Carried {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        match self.0.get(url.path().trim_start_matches('/')) {
            Some(bytes) => Ok(Box::pin(stream::once(std::future::ready(Ok(bytes.clone().into()))))),
            None => Err(TransportError::new(TransportErrorKind::FileNotFound, url)),
        }
    }
}

/// The repository's files over the line to the county.
#[derive(Debug, Clone)]
struct Line(Client);

#[async_trait]
impl Transport for Line {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let path = url.path().trim_start_matches('/').to_owned();
        match self.0.catalogue(&path, FILE_LIMIT).await {
            Ok(Some(bytes)) => Ok(Box::pin(stream::once(std::future::ready(Ok(bytes.into()))))),
            Ok(None) => Err(TransportError::new(TransportErrorKind::FileNotFound, url)),
            Err(error) => Err(TransportError::new_with_cause(TransportErrorKind::Other, url, error)),
        }
    }
}
