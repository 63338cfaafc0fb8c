//! The county's data folder: database, keys, catalogue and files, readable by nobody else.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::catalogue::tuf;
use crate::error::Error;

/// Where everything lies below `--data`.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The data folder at `root`.
    pub fn at(root: impl Into<PathBuf>) -> Folder {
        Folder { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("county.db")
    }

    /// A key or certificate.
    pub fn key(&self, name: &str) -> PathBuf {
        self.root.join("keys").join(name)
    }

    /// The signed catalogue that desks read, a TUF repository.
    pub fn repository(&self) -> PathBuf {
        tuf::repository_dir(&self.root)
    }

    /// The files of the signed catalogue by their names in the repository, `metadata/…` and `targets/…`; none before
    /// anything was published.
    pub fn published(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut files = BTreeMap::new();
        for part in ["metadata", "targets"] {
            let folder = self.repository().join(part);
            if folder.is_dir() {
                gather(&folder, part, &mut files)?;
            }
        }
        Ok(files)
    }

    /// The workbooks of the catalogue as they were published last.
    pub fn workbooks(&self) -> PathBuf {
        self.root.join("catalogue").join("workbooks")
    }

    /// Files that arrived whole, a folder for each case.
    pub fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    /// Files on their way, a folder for each upload.
    pub fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Whether a county was set up here.
    pub fn is_set_up(&self) -> bool {
        self.database().exists()
    }

    /// Makes the folder and those below it, for the owner alone.
    pub fn create(&self) -> Result<(), Error> {
        for path in [
            self.root.clone(),
            self.root.join("keys"),
            self.root.join("catalogue"),
            self.files(),
            self.uploads(),
        ] {
            private_folder(&path)?;
        }
        Ok(())
    }

    /// Reads a key or certificate.
    pub fn read_key(&self, name: &'static str) -> Result<Vec<u8>, Error> {
        let path = self.key(name);
        fs::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::Lacking(name),
            _ => Error::File { path, source },
        })
    }

    /// Writes a key or certificate for the first time.
    pub fn write_key(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write_private(&self.key(name), bytes)
    }
}

/// Reads the files below a folder of the repository; hidden ones are none of its.
fn gather(folder: &Path, name: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let entry = entry.map_err(Error::file(folder))?;
        let Ok(part) = entry.file_name().into_string() else { continue };
        if part.starts_with('.') {
            continue;
        }
        let (path, name) = (entry.path(), format!("{name}/{part}"));
        if path.is_dir() {
            gather(&path, &name, files)?;
        } else {
            files.insert(name, fs::read(&path).map_err(Error::file(&path))?);
        }
    }
    Ok(())
}

/// Makes a folder that only its owner may enter.
pub fn private_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::file(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(Error::file(path))?;
    }
    Ok(())
}

/// Writes a file that only its owner may read: complete and on the disk, or not there at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = atomic_write_file::OpenOptions::new();
    #[cfg(unix)]
    {
        use atomic_write_file::unix::OpenOptionsExt as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).preserve_mode(false);
    }
    let mut file = options.open(path).map_err(Error::file(path))?;
    file.write_all(bytes).map_err(Error::file(path))?;
    file.commit().map_err(Error::file(path))?;
    // The name is on the disk only when its folder is.
    if let Some(parent) = path.parent() {
        fs::File::open(parent).and_then(|folder| folder.sync_all()).map_err(Error::file(parent))?;
    }
    Ok(())
}
