//! The first screen: what can be done here, what was begun, what waits, what came back.

use serde::{Deserialize, Serialize};

use crate::case::{CaseCard, Counts};
use crate::item::ItemCard;

/// Asks for the first screen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Home {}

/// The first screen of any role. Lists are short (at most six); the list screen has the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// Items done without leaving the village.
    pub village_items: Vec<ItemCard>,
    /// Begun and not handed in, newest first.
    pub drafts: Vec<CaseCard>,
    /// Handed in, not yet acknowledged by the county.
    pub waiting: Vec<CaseCard>,
    /// Came back for correction, or was decided and not seen yet.
    pub came_back: Vec<CaseCard>,
    /// What this person's role has to work on (clerk, department).
    pub queue: Vec<CaseCard>,
    /// Counts by list.
    pub counts: Counts,
}
