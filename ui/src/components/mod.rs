//! What several screens share: the frame, fields, papers, the timeline, how a case looks in a list.

pub mod answers;
pub mod case_row;
pub mod door;
pub mod field;
pub mod frame;
pub mod moment;
pub mod new_password;
pub mod notes;
pub mod pdf;
pub mod picker;
pub mod picture;
pub mod repeat;
pub mod signature;
pub mod slot;
pub mod status;
pub mod sync_pill;
pub mod timeline;
pub mod unsaved;
