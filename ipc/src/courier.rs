//! Courier files: what the window asks about them. The bytes themselves travel as uploads and downloads.

use domain::id::Digest;
use domain::moment::Millis;
use serde::{Deserialize, Serialize};

/// Asks what a courier file would take along, and what is carried for others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CourierState {}

/// Asks for the bytes of a courier file, to be saved under a name the person chooses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CourierExport {
    /// `county` for this desk's own courier file; the SHA-256 of a carried one, or the desk it is for.
    pub to: String,
}

/// Brings the bytes of a courier file that somebody chose or dropped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CourierImport {}

/// How courier files stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourierView {
    /// Name of the county.
    pub county: String,
    /// Whether one can be made: the county's key is known.
    pub can_export: bool,
    /// A file name for the next one.
    pub name: String,
    /// Items not acknowledged by the county; they would go along.
    pub waiting_items: u64,
    /// Cases those belong to.
    pub waiting_cases: u64,
    /// Attached files not acknowledged.
    pub waiting_files: u64,
    /// Bytes of both.
    pub waiting_bytes: u64,
    /// What lies in the carry box.
    pub carried: Vec<Carried>,
    /// When the last one was made here.
    pub last_export_at: Option<Millis>,
    /// When the last one was taken in here.
    pub last_import_at: Option<Millis>,
}

/// A courier file in the carry box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Its SHA-256; names it in [`CourierExport::to`].
    pub sha256: Digest,
    /// For whom: `county`, or the id of a desk.
    pub to: String,
    /// From whom: `county`, or the id of a desk.
    pub from: String,
    /// The village or office whose desk stands at the other end, as far as the file or the catalogue names it.
    #[serde(default)]
    pub unit: Option<String>,
    /// It is for this desk and waits for an earlier one.
    pub waits: bool,
    /// Its bytes.
    pub bytes: u64,
    /// Since when it is here, by this machine's clock.
    pub at: Millis,
    /// Code of why the county will never take it, once it said so; the sentence is `refusal-CODE`.
    #[serde(default)]
    pub refused: Option<String>,
}

/// What became of a courier file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourierTaken {
    /// How it was taken.
    pub kind: TakenAs,
    /// Items that were new here.
    pub items_new: u64,
    /// Items that were here.
    pub items_known: u64,
    /// Attached files that are here now.
    pub files: u64,
    /// Courier files for others that came inside.
    pub boxes: u64,
    /// What the county refused, or what could not be used.
    pub refused: Vec<NotTaken>,
}

/// How a courier file was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenAs {
    /// Its contents are in use.
    #[default]
    Taken,
    /// It is for somebody else and lies in the carry box.
    Carried,
    /// It is kept until an earlier one was taken in.
    Waits,
}

/// Something that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTaken {
    /// The item, the file or the catalogue, by its hash.
    pub item: String,
    /// Stable code; the sentence is `refusal-CODE` or `problem-CODE`.
    pub code: String,
}
