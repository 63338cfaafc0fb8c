//! A reader sees the newest release, keeps the old ones, and refuses what was turned back, changed or signed by others.

use domain::catalogue::ServiceItem;
use jiff::civil::date;
use tempfile::TempDir;

use super::super::{Language, compile, read};
use super::*;

struct County {
    data: TempDir,
    keys: Keys,
    now: Timestamp,
}

impl County {
    async fn new() -> County {
        let data = tempfile::tempdir().unwrap();
        // A real clock: the reader's library looks at the machine's.
        let now = Timestamp::now();
        let keys = create_keys(&keys_dir(data.path()), now).await.unwrap();
        County { data, keys, now }
    }

    fn repository(&self) -> PathBuf {
        repository_dir(self.data.path())
    }

    async fn publish(&self, number: u64) -> Digest {
        let sources = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue")).unwrap();
        let compiled = compile(&sources, number, date(2026, 3, 2), "", Language::Chinese).unwrap();
        publish(&compiled, &self.repository(), &self.keys, self.now).await.unwrap()
    }
}

/// A desk: starts from root.json, remembers what it saw.
async fn look(repository: &Path, root: &Vec<u8>, memory: &Path) -> Result<Repository, tough::error::Error> {
    let url = |folder| folder_url(repository, folder).unwrap();
    RepositoryLoader::new(root, url("metadata"), url("targets")).datastore(memory).load().await
}

async fn file(repository: &Repository, name: &str) -> Option<Vec<u8>> {
    let name = TargetName::new(name).unwrap();
    repository.read_target(&name).await.unwrap()?.into_vec().await.ok()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_desk_reads_the_newest_release_and_every_older_one() {
    let county = County::new().await;
    let memory = tempfile::tempdir().unwrap();
    let first = county.publish(1).await;
    let seen = look(&county.repository(), county.keys.root(), memory.path()).await.unwrap();
    assert_eq!(read_release(&seen).await.unwrap().unwrap().number, 1);
    let second = county.publish(2).await;
    assert_ne!(first, second);
    assert_eq!(timestamp_digest(&county.repository()).unwrap(), Some(second));
    let seen = look(&county.repository(), county.keys.root(), memory.path()).await.unwrap();
    assert_eq!(read_release(&seen).await.unwrap().unwrap().number, 2);
    let item: ServiceItem =
        serde_json::from_slice(&file(&seen, "items/130511901000.json").await.unwrap()).unwrap();
    assert_eq!(item.name, "高龄老人生活补贴");
    let old: Release =
        serde_json::from_slice(&file(&seen, "releases/1/release.json").await.unwrap()).unwrap();
    assert_eq!(old.number, 1);
    assert!(file(&seen, "releases/1/items/130511901000.json").await.is_some());
}

#[tokio::test]
async fn a_repository_turned_back_is_refused() {
    let county = County::new().await;
    let (memory, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    county.publish(1).await;
    copy(&county.repository(), stick.path());
    county.publish(2).await;
    look(&county.repository(), county.keys.root(), memory.path()).await.unwrap();
    let error = look(stick.path(), county.keys.root(), memory.path()).await.unwrap_err();
    assert!(matches!(error, tough::error::Error::OlderMetadata { .. }), "{error}");
    // A desk that never saw the newer one takes it: that is what a USB stick is for.
    look(stick.path(), county.keys.root(), tempfile::tempdir().unwrap().path()).await.unwrap();
}

#[tokio::test]
async fn changed_files_and_other_counties_are_refused() {
    let county = County::new().await;
    county.publish(1).await;
    let repository = county.repository();
    let memory = tempfile::tempdir().unwrap();
    let stranger = County::new().await;
    assert!(look(&repository, stranger.keys.root(), memory.path()).await.is_err());

    let seen = look(&repository, county.keys.root(), memory.path()).await.unwrap();
    let name = "items/130511901000.json";
    let hash = seen
        .targets()
        .signed
        .targets
        .get(&TargetName::new(name).unwrap())
        .unwrap()
        .hashes
        .sha256
        .clone()
        .into_vec();
    let hash = hex::encode(hash);
    let path = repository.join("targets").join(format!("{hash}.{name}"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("80", "18", 1)).unwrap();
    assert!(file(&seen, name).await.is_none());

    let timestamp = repository.join("metadata/timestamp.json");
    let text = std::fs::read_to_string(&timestamp).unwrap();
    std::fs::write(&timestamp, text.replacen("\"version\": ", "\"version\": 9", 1)).unwrap();
    assert!(look(&repository, county.keys.root(), tempfile::tempdir().unwrap().path()).await.is_err());
}

#[tokio::test]
async fn a_catalogue_expires_after_ninety_days_and_signing_again_renews_it() {
    let mut county = County::new().await;
    county.now = Timestamp::now() - SignedDuration::from_hours(91 * 24);
    county.publish(1).await;
    let memory = tempfile::tempdir().unwrap();
    let error = look(&county.repository(), county.keys.root(), memory.path()).await.unwrap_err();
    assert!(matches!(error, tough::error::Error::ExpiredMetadata { .. }), "{error}");
    let renewed = refresh(&county.repository(), &county.keys, Timestamp::now()).await.unwrap();
    assert_eq!(renewed, timestamp_digest(&county.repository()).unwrap());
    let seen = look(&county.repository(), county.keys.root(), memory.path()).await.unwrap();
    assert_eq!(read_release(&seen).await.unwrap().unwrap().number, 1);
}

#[tokio::test]
async fn a_publication_cut_off_before_its_last_step_changes_nothing() {
    let county = County::new().await;
    county.publish(1).await;
    let metadata = county.repository().join("metadata");
    let timestamp = std::fs::read(metadata.join("timestamp.json")).unwrap();
    county.publish(2).await;
    // All of release 2 is there but the timestamp.
    std::fs::write(metadata.join("timestamp.json"), timestamp).unwrap();
    assert_eq!(current_release(&county.repository(), &county.keys).await.unwrap().unwrap().number, 1);
    county.publish(2).await;
    assert_eq!(current_release(&county.repository(), &county.keys).await.unwrap().unwrap().number, 2);
}

#[tokio::test]
async fn a_release_number_is_used_once() {
    let county = County::new().await;
    county.publish(5).await;
    let sources = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue")).unwrap();
    let compiled = compile(&sources, 5, date(2026, 3, 2), "", Language::Chinese).unwrap();
    assert!(publish(&compiled, &county.repository(), &county.keys, county.now).await.is_err());
}

#[tokio::test]
async fn publishing_a_folder_makes_keys_once_and_numbers_releases_by_the_day() {
    let data = tempfile::tempdir().unwrap();
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let publish = || {
        super::super::publish_dir(&catalogue, data.path(), "first", 0, Timestamp::now(), Language::Chinese)
    };
    let first = publish().await.unwrap();
    let keys = load_keys(&keys_dir(data.path())).unwrap();
    let second = publish().await.unwrap();
    assert_eq!(second.release.number, first.release.number + 1);
    assert_eq!(keys.root_digest(), load_keys(&keys_dir(data.path())).unwrap().root_digest());
}

#[cfg(unix)]
#[tokio::test]
async fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let county = County::new().await;
    for name in ["root.pk8", "online.pk8"] {
        let mode = std::fs::metadata(keys_dir(county.data.path()).join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert!(load_keys(&keys_dir(tempfile::tempdir().unwrap().path())).is_err());
}
