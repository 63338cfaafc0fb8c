//! What can go wrong at the county, for its operator and its log. Desks are told a [`sync::refusal::Refusal`] only.

use std::path::{Path, PathBuf};

use sync::refusal::Code;

use crate::catalogue::CatalogueError;
use crate::database;

/// A failure of the county platform.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// A file or folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The network.
    #[error("network: {0}")]
    Network(#[from] std::io::Error),
    /// Making or reading a certificate.
    #[error("certificate: {0}")]
    Certificate(String),
    /// A sealed row or file cannot be opened: damaged, or the vault key is another one.
    #[error("sealed data does not open")]
    Sealed,
    /// The system gave no random numbers.
    #[error("no random numbers from the system")]
    Random,
    /// Something of ours that must be there is not.
    #[error("the data folder lacks {0}")]
    Lacking(&'static str),
    /// The catalogue repository.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A worker thread broke down.
    #[error("internal: {0}")]
    Broken(&'static str),
    /// A slice of a file begins elsewhere than where the file stands.
    #[error("the file stands at {expected}")]
    Offset {
        /// Bytes that are here.
        expected: u64,
    },
    /// A courier file that is not taken, or cannot be made.
    #[error(transparent)]
    Courier(#[from] sync::courier::CourierError),
    /// A courier file from a copy of a desk, which can be told so on the line only.
    #[error("the desk is a copy of another one")]
    ClonedDesk,
    /// A file that no county wrote as its backup.
    #[error("not a backup of a county")]
    NotABackup,
    /// A backup that is not what it was when it was written.
    #[error("the backup is damaged: {0}")]
    BackupDamaged(String),
    /// Nobody who may work has that id.
    #[error("no active person {0}")]
    NoPerson(domain::id::PersonId),
    /// Not an accident: the request is not granted.
    #[error("refused: {0}")]
    Refused(Code),
}

impl Error {
    /// A failure with that file.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Error {
        Error::Refused(code)
    }
}
