//! Who is at the desk: enrolment, unlocking, settings.

use domain::id::{DeskId, PersonId};
use domain::role::{Official, Role, Unit};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Asks how the desk stands. Never needs a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeskState {}

/// Enrols this desk (first time) or one more person with a one-time code of the county. Needs the network.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrol {
    /// The code as pasted or scanned.
    pub code: String,
    /// The password this person chooses, at least 8 characters.
    pub password: String,
}

impl std::fmt::Debug for Enrol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrol")
    }
}

/// Makes the request file of an enrolment without a network (a download). The county answers it with a file.
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolByFile {
    /// The code as pasted or scanned.
    pub code: String,
}

impl std::fmt::Debug for EnrolByFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolByFile")
    }
}

/// Finishes an enrolment with the county's answer file, whose bytes come along (an upload).
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolFinish {
    /// The password this person chooses, at least 8 characters.
    pub password: String,
}

impl std::fmt::Debug for EnrolFinish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolFinish")
    }
}

/// Unlocks the desk for one person, offline.
#[derive(Clone, Serialize, Deserialize)]
pub struct Unlock {
    /// Who.
    pub person: PersonId,
    /// Their password.
    pub password: String,
}

impl std::fmt::Debug for Unlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unlock {{ person: {} }}", self.person)
    }
}

/// Rescues what can be had of a damaged database into a new one; the damaged one is kept. Unlock afterwards.
#[derive(Clone, Serialize, Deserialize)]
pub struct Salvage {
    /// The person.
    pub person: PersonId,
    /// Their password.
    pub password: String,
}

impl std::fmt::Debug for Salvage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salvage").field("person", &self.person).finish_non_exhaustive()
    }
}

/// What was rescued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// Cases that are there again.
    pub cases: u64,
    /// Rows that only a copy of an earlier day had.
    pub from_copies: u64,
    /// Whether everything could be read. What could not comes again from the county, as far as it ever arrived there.
    pub complete: bool,
}

/// Gives whoever works here another password.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordPut {
    /// The password so far.
    pub old: String,
    /// The new one, at least 8 characters.
    pub new: String,
}

impl std::fmt::Debug for PasswordPut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordPut")
    }
}

/// Locks the desk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lock {}

/// Changes how the window looks for this person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettingsPut {
    /// All settings.
    pub settings: Settings,
}

/// How far the desk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No county has enrolled it.
    Fresh,
    /// Enrolled, nobody unlocked it.
    Locked,
    /// In use.
    Open,
}

/// A person who can unlock this desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCard {
    /// The person.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
}

/// How the desk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskView {
    /// Stage.
    pub stage: Stage,
    /// People of this desk.
    pub people: Vec<PersonCard>,
    /// The desk's id, once enrolled and open.
    pub desk: Option<DeskId>,
    /// The unit, once open.
    pub unit: Option<Unit>,
    /// Who unlocked it.
    pub me: Option<Official>,
    /// Number of the catalogue release in use.
    pub catalogue_release: Option<u64>,
    /// The person's settings.
    pub settings: Settings,
    /// Why it is locked although somebody gave their password: the permission to work ended or was taken back. It opens
    /// by itself when the county renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Problem>,
}

/// How the window looks for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Zoom in percent, 80 to 200.
    pub zoom: u16,
    /// Base size 20 px instead of 16.
    pub large_text: bool,
    /// High-contrast theme.
    pub high_contrast: bool,
    /// `zh-CN` or `en`.
    pub language: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { zoom: 100, large_text: false, high_contrast: false, language: "zh-CN".to_owned() }
    }
}
