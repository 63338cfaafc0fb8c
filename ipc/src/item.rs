//! Finding a service item and reading its guide.

use domain::catalogue::ServiceItem;
use serde::{Deserialize, Serialize};

/// Finds items by hanzi, pinyin, initials or code. Empty words list everything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ItemSearch {
    /// What was typed.
    pub words: String,
}

/// Shows one item with guide and form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ItemShow {
    /// Catalogue code.
    pub code: String,
}

/// One item in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCard {
    /// Catalogue code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Topic.
    pub topic: String,
    /// Who gets what.
    pub summary: String,
    /// Done without leaving the village.
    pub village_complete: bool,
    /// Visits the applicant has to make.
    pub visits: u8,
}

/// Items found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemList {
    /// Best first.
    pub items: Vec<ItemCard>,
}

/// One item in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemView {
    /// The item.
    pub item: ServiceItem,
    /// Release it comes from.
    pub release: u64,
}
