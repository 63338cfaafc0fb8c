//! What can go wrong inside the desk, before it becomes a sentence for a person.

use domain::form::FormError;
use ipc::problem::{self, Problem};
use store::{FileError, KeysError, StoreError};
use sync::document::DocumentError;
use sync::wire::WireError;

/// A failure on its way to becoming a [`Problem`].
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Something a person is told as it is.
    #[error(transparent)]
    Told(#[from] Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An attached file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The document of a case.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Bytes that should be an item.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A published form that cannot be run.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Something that cannot happen did; a fixed phrase for the log.
    #[error("{0}")]
    Broken(&'static str),
}

impl Fault {
    /// A problem that is told as it is.
    pub fn told(code: &str) -> Fault {
        Fault::Told(Problem::new(code))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        let code = match &fault {
            Fault::Told(problem) => return problem.clone(),
            Fault::Store(StoreError::DiskFull)
            | Fault::File(FileError::DiskFull)
            | Fault::Keys(KeysError::DiskFull) => problem::DISK_FULL,
            Fault::Store(StoreError::InUse) => problem::DATA_IN_USE,
            Fault::Store(StoreError::Damaged { .. }) | Fault::Keys(KeysError::Damaged) => {
                problem::DATABASE_DAMAGED
            }
            Fault::Store(StoreError::NewerSchema) => problem::UPDATE_NEEDED,
            Fault::Store(StoreError::WrongKey) | Fault::Keys(KeysError::WrongPassword) => {
                problem::WRONG_PASSWORD
            }
            Fault::Keys(KeysError::NoSuchPerson) => problem::NO_SUCH_PERSON,
            Fault::File(FileError::Missing) => problem::FILE_NOT_HERE,
            Fault::File(FileError::Damaged) => problem::FILE_DAMAGED,
            _ => {
                // None of these messages holds data of a case.
                tracing::error!(%fault, "inside");
                problem::INTERNAL
            }
        };
        Problem::new(code)
    }
}
