//! What lies in the cupboard, one file for each drawer.
//!
//! Every function takes a [`crate::Read`] or a [`crate::Write`] and gives plain structs; a `Write` can be passed where a
//! `Read` is asked for. Lists come in pages or are short by nature. Times are milliseconds since 1970 UTC.

pub mod act;
pub mod actor;
pub mod case_index;
pub mod catalogue;
pub mod change;
pub mod document;
pub mod draft_buffer;
pub mod file;
pub mod leaving;
pub mod meta;
pub mod original;
pub mod outbox;
pub mod quarantine;
pub mod receipt;
pub mod request;
pub mod seal;
pub mod search_key;
pub mod setting;
pub mod share;
pub mod summary;
pub mod upload;
pub mod writer;

/// Document heads: the 32-byte hashes of the newest changes, in the order the document gives them.
pub type Heads = Vec<[u8; 32]>;
