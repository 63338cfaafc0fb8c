//! The two keys of the catalogue: the root key that says which keys count, and the online key that signs releases.

use std::collections::HashMap;
use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use domain::id::Digest;
use jiff::Timestamp;
use tough::editor::signed::SignedRole;
use tough::key_source::{KeySource, LocalKeySource};
use tough::schema::{KeyHolder, RoleKeys, RoleType, Root};

use super::super::CatalogueError;
use super::super::compile::digest;
use super::LONG;

const ROOT_KEY: &str = "root.pk8";
const ONLINE_KEY: &str = "online.pk8";
const ROOT_FILE: &str = "root.json";

/// The signing keys in their folder, and the root metadata that vouches for them.
///
/// The root key is needed only to change keys; a county may move `root.pk8` to a safe once `root.json` exists.
#[derive(Debug, Clone)]
pub struct Keys {
    online: PathBuf,
    root: Vec<u8>,
}

impl Keys {
    /// The bytes of `root.json`, from which every desk starts.
    pub fn root(&self) -> &Vec<u8> {
        &self.root
    }

    /// SHA-256 of `root.json`, for enrolment codes (ruling 17).
    pub fn root_digest(&self) -> Digest {
        digest(&self.root)
    }

    pub(super) fn online(&self) -> [Box<dyn KeySource>; 1] {
        [Box::new(LocalKeySource { path: self.online.clone() })]
    }
}

/// Loads the keys, or makes them when the folder has none.
pub async fn ensure_keys(dir: &Path, now: Timestamp) -> Result<Keys, CatalogueError> {
    if dir.join(ROOT_FILE).exists() { load_keys(dir) } else { create_keys(dir, now).await }
}

/// Loads the keys made by [`create_keys`].
pub fn load_keys(dir: &Path) -> Result<Keys, CatalogueError> {
    let path = dir.join(ROOT_FILE);
    let root = std::fs::read(&path).map_err(CatalogueError::file(&path))?;
    let online = dir.join(ONLINE_KEY);
    if !online.exists() {
        return Err(CatalogueError::Keys(format!("{} is missing", online.display())));
    }
    Ok(Keys { online, root })
}

/// Makes the two Ed25519 keys (PKCS#8, readable by their owner alone) and `root.json`. Never replaces existing keys.
pub async fn create_keys(dir: &Path, now: Timestamp) -> Result<Keys, CatalogueError> {
    std::fs::create_dir_all(dir).map_err(CatalogueError::file(dir))?;
    let (root_key, online) = (dir.join(ROOT_KEY), dir.join(ONLINE_KEY));
    for path in [&root_key, &online] {
        // A first attempt that was cut off may have left a key behind; nothing was signed with it yet.
        if !path.exists() {
            new_key(path)?;
        }
    }
    let root_source: [Box<dyn KeySource>; 1] = [Box::new(LocalKeySource { path: root_key })];
    let online_source: [Box<dyn KeySource>; 1] = [Box::new(LocalKeySource { path: online.clone() })];
    let mut root = Root {
        spec_version: "1.0.0".to_owned(),
        consistent_snapshot: true,
        version: NonZeroU64::MIN,
        expires: now + LONG,
        keys: HashMap::new(),
        roles: HashMap::new(),
        _extra: HashMap::new(),
    };
    add_key(&mut root, &root_source, &[RoleType::Root]).await?;
    add_key(&mut root, &online_source, &[RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp]).await?;
    let holder = KeyHolder::Root(root.clone());
    let signed = SignedRole::new(root, &holder, &root_source, &SystemRandom::new()).await;
    let root = signed.map_err(CatalogueError::repository)?.buffer().clone();
    // Last, because its presence says that the keys are complete.
    super::write(&dir.join(ROOT_FILE), &root)?;
    Ok(Keys { online, root })
}

async fn add_key(
    root: &mut Root,
    source: &[Box<dyn KeySource>; 1],
    roles: &[RoleType],
) -> Result<(), CatalogueError> {
    let [source] = source;
    let key = source.as_sign().await.map_err(CatalogueError::repository)?.tuf_key();
    let id = key.key_id().map_err(CatalogueError::repository)?;
    root.keys.insert(id.clone(), key);
    for role in roles {
        let keys = RoleKeys { keyids: vec![id.clone()], threshold: NonZeroU64::MIN, _extra: HashMap::new() };
        root.roles.insert(*role, keys);
    }
    Ok(())
}

fn new_key(path: &Path) -> Result<(), CatalogueError> {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| CatalogueError::Keys("the system gave no random bytes".to_owned()))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(CatalogueError::file(path))?;
    file.write_all(key.as_ref()).and_then(|()| file.sync_all()).map_err(CatalogueError::file(path))
}
