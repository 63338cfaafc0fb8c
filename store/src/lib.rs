//! The desk's encrypted cupboard: everything a laptop keeps, in one database file and one folder of files.
//!
//! A data folder holds
//!
//! | name | what |
//! |---|---|
//! | `lock` | held while a program uses the folder ([`FolderLock`]) |
//! | `keys.json` | for each person, the database key wrapped under that person's password ([`Keys`]) |
//! | `desk.db` (`-wal`, `-shm`) | SQLCipher database with a raw random key ([`Store`]) |
//! | `desk.key-check` | tells a wrong key from a damaged database |
//! | `files/` | attached files, encrypted, named by the SHA-256 of their plain bytes ([`Files`]) |
//! | `copies/` | copies of the database, one a day, the last three |
//! | `before-migration/` | copies made before the database was migrated |
//! | `set-aside/` | damaged or replaced databases; nothing is ever deleted |
//!
//! The order of a start: [`FolderLock::take`], [`Keys::load`], [`Keys::unlock`], [`Store::open`].
//! Tables are read and written through the functions of [`table`], inside [`Store::read`] and [`Store::write`].
//! This crate is synchronous and knows no network, no documents and no window: bytes are bytes.

mod archive;
mod backup;
mod column;
mod error;
mod files;
mod keys;
mod lock;
mod migrate;
mod open;
mod pack;
mod room;
mod salvage;
mod secret;
pub mod table;
mod tx;

pub use archive::{Backup, RestoreError, Restored, restore};
pub use error::{FileError, KeysError, StoreError};
pub use files::{FileWriter, Files, StoredFile, Swept};
pub use keys::{Cost, Keys, PersonEntry, Unlocked, write_private};
pub use lock::{FolderLock, free_space};
pub use room::Room;
pub use salvage::{Salvaged, salvage};
pub use secret::{DbKey, PersonSeed};
pub use tx::{Read, Store, Write};
