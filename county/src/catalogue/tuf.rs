//! Signs a release and publishes it so that a laptop can tell, even from a USB stick, that it is the county's newest.
//!
//! The repository is one of The Update Framework (TUF): `metadata/` and `targets/` below [`repository_dir`]. Any TUF
//! client can read it; desks start from `root.json`, whose SHA-256 stands in every enrolment code.
//!
//! - Current files have plain names (`release.json`, `items/<code>.json`); each release is kept under
//!   `releases/<number>/` too, because a case stays on the release it began on.
//! - Version numbers are the second of publication, or one more than the last: they rise even after a restored backup.
//! - `timestamp.json` is written last, so that readers see the old release or the new one, never a mixture.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use domain::catalogue::Release;
use domain::id::Digest;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use tough::editor::RepositoryEditor;
use tough::editor::signed::SignedRepository;
use tough::schema::Target;
use tough::{ExpirationEnforcement, IntoVec as _, Repository, RepositoryLoader, TargetName};
use url::Url;

use super::CatalogueError;
use super::compile::{Compiled, digest};

mod keys;

pub use keys::{Keys, create_keys, ensure_keys, load_keys};

/// The county's days are those of China Standard Time, wherever the server stands.
pub(super) const CHINA_OFFSET: Offset = Offset::constant(8);
/// Timestamp and snapshot hold for 90 days (ruling 12): a laptop may be away that long.
const SHORT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Root and targets hold for ten years; what they say changes only when somebody signs again.
pub(super) const LONG: SignedDuration = SignedDuration::from_hours(3653 * 24);
/// Names under which past releases are kept.
const PAST: &str = "releases/";

/// Where the repository lies below the county's data folder.
pub fn repository_dir(data: &Path) -> PathBuf {
    data.join("catalogue").join("repository")
}

/// Where the signing keys lie below the county's data folder.
pub fn keys_dir(data: &Path) -> PathBuf {
    data.join("catalogue").join("keys")
}

/// Signs a release and makes it the current one. Gives the SHA-256 of the new `timestamp.json`.
///
/// Two publications at once wait for each other. If it fails half-way, the release before stays the current one.
pub async fn publish(
    compiled: &Compiled,
    repository: &Path,
    keys: &Keys,
    now: Timestamp,
) -> Result<Digest, CatalogueError> {
    let _lock = lock(repository)?;
    lay_root(repository, keys)?;
    let last = open(repository, keys, ExpirationEnforcement::Unsafe).await?;
    if let Some(last) = &last {
        let number = read_release(last).await?.map_or(0, |release| release.number);
        if compiled.release.number <= number {
            return Err(CatalogueError::Repository(format!("release {} is published already", number)));
        }
    }
    let mut targets = past_targets(last.as_ref());
    for (name, bytes) in compiled.targets()? {
        let kept = format!("{PAST}{}/{name}", compiled.release.number);
        for name in [name, kept] {
            let target = lay_target(repository, &name, &bytes).await?;
            targets.push((TargetName::new(name).map_err(CatalogueError::repository)?, target));
        }
    }
    sign(targets, last.as_ref(), repository, keys, now).await
}

/// Signs the current release again, so that it holds for another 90 days. Nothing happens when nothing was published.
///
/// The county does this long before the 90 days are over, or its desks would call the catalogue stale.
pub async fn refresh(
    repository: &Path,
    keys: &Keys,
    now: Timestamp,
) -> Result<Option<Digest>, CatalogueError> {
    let _lock = lock(repository)?;
    let Some(last) = open(repository, keys, ExpirationEnforcement::Unsafe).await? else { return Ok(None) };
    let all =
        last.targets().signed.targets.iter().map(|(name, target)| (name.clone(), target.clone())).collect();
    sign(all, Some(&last), repository, keys, now).await.map(Some)
}

/// The release that desks see now, verified from the root on; `None` before the first publication.
pub async fn current_release(repository: &Path, keys: &Keys) -> Result<Option<Release>, CatalogueError> {
    match open(repository, keys, ExpirationEnforcement::Unsafe).await? {
        Some(last) => read_release(&last).await,
        None => Ok(None),
    }
}

/// SHA-256 of `timestamp.json`, or `None` before the first publication. A sync reply carries it (ruling 13).
pub fn timestamp_digest(repository: &Path) -> Result<Option<Digest>, CatalogueError> {
    let path = repository.join("metadata").join("timestamp.json");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(digest(&bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CatalogueError::file(&path)(error)),
    }
}

async fn open(
    repository: &Path,
    keys: &Keys,
    expiry: ExpirationEnforcement,
) -> Result<Option<Repository>, CatalogueError> {
    if timestamp_digest(repository)?.is_none() {
        return Ok(None);
    }
    let loader = RepositoryLoader::new(
        keys.root(),
        folder_url(repository, "metadata")?,
        folder_url(repository, "targets")?,
    );
    loader.expiration_enforcement(expiry).load().await.map(Some).map_err(CatalogueError::repository)
}

async fn read_release(repository: &Repository) -> Result<Option<Release>, CatalogueError> {
    let name = TargetName::new("release.json").map_err(CatalogueError::repository)?;
    let Some(stream) = repository.read_target(&name).await.map_err(CatalogueError::repository)? else {
        return Ok(None);
    };
    let bytes = stream.into_vec().await.map_err(CatalogueError::repository)?;
    serde_json::from_slice(&bytes).map(Some).map_err(CatalogueError::repository)
}

fn folder_url(repository: &Path, folder: &str) -> Result<Url, CatalogueError> {
    let path = repository.join(folder);
    let path = std::path::absolute(&path).map_err(CatalogueError::file(&path))?;
    Url::from_directory_path(&path)
        .map_err(|()| CatalogueError::Repository(format!("{} is no path", path.display())))
}

fn past_targets(last: Option<&Repository>) -> Vec<(TargetName, Target)> {
    let all = last.into_iter().flat_map(|last| &last.targets().signed.targets);
    let past = all.filter(|(name, _)| name.raw().starts_with(PAST));
    past.map(|(name, target)| (name.clone(), target.clone())).collect()
}

/// Writes a target under the names that clients look for: the TUF specification puts the hash before the last part of
/// the name, the library that desks use puts it before the first.
async fn lay_target(repository: &Path, name: &str, bytes: &[u8]) -> Result<Target, CatalogueError> {
    let hash = digest(bytes);
    let folder = repository.join("targets");
    let (parent, last) = name.rsplit_once('/').map_or(("", name), |(parent, last)| (parent, last));
    let by_specification = folder.join(parent).join(format!("{hash}.{last}"));
    for path in [folder.join(format!("{hash}.{name}")), by_specification.clone()] {
        if !path.exists() {
            write(&path, bytes)?;
        }
    }
    Target::from_path(&by_specification).await.map_err(CatalogueError::repository)
}

fn lay_root(repository: &Path, keys: &Keys) -> Result<(), CatalogueError> {
    for name in ["1.root.json", "root.json"] {
        let path = repository.join("metadata").join(name);
        if !path.exists() {
            write(&path, keys.root())?;
        }
    }
    Ok(())
}

async fn sign(
    targets: Vec<(TargetName, Target)>,
    last: Option<&Repository>,
    repository: &Path,
    keys: &Keys,
    now: Timestamp,
) -> Result<Digest, CatalogueError> {
    let used = last.map_or(0, |last| {
        let versions =
            [last.targets().signed.version, last.snapshot().signed.version, last.timestamp().signed.version];
        versions.into_iter().map(NonZeroU64::get).max().unwrap_or(0)
    });
    let version = u64::try_from(now.as_second()).unwrap_or(0).max(used + 1);
    let version = NonZeroU64::new(version).unwrap_or(NonZeroU64::MIN);
    let metadata = repository.join("metadata");
    let mut editor =
        RepositoryEditor::new(metadata.join("root.json")).await.map_err(CatalogueError::repository)?;
    for (name, target) in targets {
        editor.add_target(name, target).map_err(CatalogueError::repository)?;
    }
    editor.targets_version(version).map_err(CatalogueError::repository)?;
    editor.targets_expires(now + LONG).map_err(CatalogueError::repository)?;
    editor.snapshot_version(version).snapshot_expires(now + SHORT);
    editor.timestamp_version(version).timestamp_expires(now + SHORT);
    let signed = editor.sign(&keys.online()).await.map_err(CatalogueError::repository)?;
    show(&signed, &metadata).await
}

/// Makes the signed metadata visible: all of it beside the old, then `timestamp.json` in one step.
async fn show(signed: &SignedRepository, metadata: &Path) -> Result<Digest, CatalogueError> {
    let stage = metadata.join(".stage");
    if stage.exists() {
        std::fs::remove_dir_all(&stage).map_err(CatalogueError::file(&stage))?;
    }
    signed.write(&stage).await.map_err(CatalogueError::repository)?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&stage).map_err(CatalogueError::file(&stage))? {
        let name = entry.map_err(CatalogueError::file(&stage))?.file_name();
        names.extend(name.into_string().ok());
    }
    // `false` sorts first: timestamp.json is last, and the root was there before.
    names.sort_by_key(|name| name == "timestamp.json");
    let mut shown = None;
    for name in names.iter().filter(|name| !name.ends_with("root.json")) {
        let from = stage.join(name);
        let bytes = std::fs::read(&from).map_err(CatalogueError::file(&from))?;
        write(&metadata.join(name), &bytes)?;
        shown = Some(digest(&bytes));
    }
    std::fs::remove_dir_all(&stage).map_err(CatalogueError::file(&stage))?;
    shown.ok_or_else(|| CatalogueError::Repository("nothing was signed".to_owned()))
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CatalogueError> {
    use std::io::Write as _;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(CatalogueError::file(parent))?;
    }
    let written = atomic_write_file::AtomicWriteFile::open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.commit()
    });
    written.map_err(CatalogueError::file(path))
}

fn lock(repository: &Path) -> Result<std::fs::File, CatalogueError> {
    std::fs::create_dir_all(repository).map_err(CatalogueError::file(repository))?;
    let path = repository.join(".lock");
    let file = std::fs::File::create(&path).map_err(CatalogueError::file(&path))?;
    file.lock().map_err(CatalogueError::file(&path))?;
    Ok(file)
}

#[cfg(test)]
mod tests;
