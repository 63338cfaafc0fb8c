//! What can go wrong with the cupboard, in words a program can act on; never with the data itself in the message.

use std::io;
use std::path::PathBuf;

/// Why the database could not be used. [`StoreError::code`] is stable.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not fit this database. Nothing was touched.
    #[error("the key does not fit this database")]
    WrongKey,
    /// The database is damaged. When it could not be opened at all, it was moved to `set_aside` and a fresh one can be
    /// opened in its place; nothing was deleted.
    #[error("the database is damaged")]
    Damaged {
        /// Where the damaged files lie now, if they were moved.
        set_aside: Option<PathBuf>,
    },
    /// The disk is full; the transaction changed nothing.
    #[error("the disk is full")]
    DiskFull,
    /// Another program holds the data folder.
    #[error("another program uses this data folder")]
    InUse,
    /// The database was written by a newer version of the program. Nothing was touched.
    #[error("the database belongs to a newer version of the program")]
    NewerSchema,
    /// Somebody else wrote for too long; try again.
    #[error("the database is busy")]
    Busy,
    /// Anything else. `what` is a fixed phrase, `number` the extended SQLite code or the operating system's error number.
    #[error("{what} (code {number})")]
    Other {
        /// What was being done; never contains data.
        what: &'static str,
        /// SQLite's extended result code or the operating system's error number, 0 if there is none.
        number: i32,
    },
}

impl StoreError {
    /// Stable snake_case name for logs and for choosing the sentence shown.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::WrongKey => "wrong_key",
            StoreError::Damaged { .. } => "damaged",
            StoreError::DiskFull => "disk_full",
            StoreError::InUse => "in_use",
            StoreError::NewerSchema => "newer_schema",
            StoreError::Busy => "busy",
            StoreError::Other { .. } => "other",
        }
    }

    /// A failure that fits none of the named ones.
    pub(crate) fn other(what: &'static str) -> Self {
        StoreError::Other { what, number: 0 }
    }

    /// Classifies a failure of the file system.
    pub(crate) fn io(what: &'static str, error: &io::Error) -> Self {
        if is_disk_full(error) {
            StoreError::DiskFull
        } else {
            StoreError::Other { what, number: error.raw_os_error().unwrap_or(0) }
        }
    }
}

/// Whether the operating system said that there is no room left (or that a quota is used up).
pub(crate) fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let Some(inner) = error.sqlite_error() else {
            return StoreError::other(match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => "a stored value cannot be read",
                rusqlite::Error::ToSqlConversionFailure(_) => "a value cannot be stored",
                rusqlite::Error::QueryReturnedNoRows => "a row is missing",
                _ => "the database was used wrongly",
            });
        };
        let number = inner.extended_code;
        match inner.code {
            // No room left for the index of the write-ahead log counts as a full disk too.
            ErrorCode::SystemIoFailure if number == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                StoreError::DiskFull
            }
            ErrorCode::DiskFull => StoreError::DiskFull,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => StoreError::Damaged { set_aside: None },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            ErrorCode::ConstraintViolation => {
                StoreError::Other { what: "a rule of the database was broken", number }
            }
            ErrorCode::TooBig => StoreError::Other { what: "a value is too large", number },
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                StoreError::Other { what: "the database file cannot be opened for writing", number }
            }
            ErrorCode::SystemIoFailure => StoreError::Other { what: "the disk failed", number },
            _ => StoreError::Other { what: "the database failed", number },
        }
    }
}

/// Why a person's keys could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The password does not fit. Says nothing about which part of it.
    #[error("wrong password")]
    WrongPassword,
    /// Nobody of that id on this machine.
    #[error("no such person on this machine")]
    NoSuchPerson,
    /// `keys.json` is not what this program writes. Nothing was touched.
    #[error("the key file is damaged or from a newer version of the program")]
    Damaged,
    /// The disk is full; the old key file is still in place.
    #[error("the disk is full")]
    DiskFull,
    /// The key file could not be read or written.
    #[error("the key file cannot be used (code {0})")]
    Io(i32),
    /// The operating system gave no random bytes, or the cost parameters are out of bounds.
    #[error("keys cannot be made")]
    Unusable,
}

impl From<io::Error> for KeysError {
    fn from(error: io::Error) -> Self {
        if is_disk_full(&error) {
            KeysError::DiskFull
        } else {
            KeysError::Io(error.raw_os_error().unwrap_or(0))
        }
    }
}

/// Why an attached file could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk is full; nothing was kept.
    #[error("the disk is full")]
    DiskFull,
    /// The bytes are not those that were put in, or not those that were announced.
    #[error("the file is damaged")]
    Damaged,
    /// The file is not on this machine.
    #[error("the file is not on this machine")]
    Missing,
    /// The operating system refused; the number is its error code.
    #[error("the file cannot be used (code {0})")]
    Io(i32),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => FileError::Missing,
            _ if is_disk_full(&error) => FileError::DiskFull,
            _ => FileError::Io(error.raw_os_error().unwrap_or(0)),
        }
    }
}
