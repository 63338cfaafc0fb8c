//! The county's data folder: database, keys, catalogue and files, readable by nobody else.

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
