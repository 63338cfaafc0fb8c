//! The building blocks of every screen. PatternFly is used here and nowhere else, so that it can be replaced.

mod dialog;
pub mod files;
mod glyph;
mod input;
mod notice;
mod press;
mod screen;
mod tag;

pub use dialog::Dialog;
pub use files::{FilePlace, FilePress};
pub use glyph::Glyph;
pub use input::{Area, Combo, Input, InputProps, TO_INPUT_METHOD};
pub use notice::{Empty, Notice, Tone, Waiting};
pub use press::{Press, Weight};
pub use screen::{Loaded, Screen};
pub use tag::{Chip, Tag};
