//! Who works with a desk: village agent, township clerk, department, county admin.

use serde::{Deserialize, Serialize};

use crate::id::PersonId;
use crate::region::RegionCode;

/// What a person is allowed to be inside one unit. Roles belong to a person in a unit (ruling 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes applications in the village on behalf of villagers, free of charge.
    VillageAgent,
    /// Receives, checks, asks for corrections, forwards.
    TownshipClerk,
    /// Decides: approves, rejects. A permission of its own (ruling 7).
    Department,
    /// Runs the catalogue, desks and people of the county.
    CountyAdmin,
}

/// The unit a person works in: a village point, a township centre, or the county.
///
/// A village point may hold several villages (ruling 11); `code` is the unit's own region code
/// (12, 9 or 6 digits) and `villages` lists the villages it serves beyond that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Region code of the unit itself.
    pub code: RegionCode,
    /// Display name, for example the name of the village point.
    pub name: String,
    /// Further villages this unit serves.
    #[serde(default)]
    pub villages: Vec<RegionCode>,
}

/// A person as acts and screens name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// The person.
    pub person: PersonId,
    /// Name of the official, for display.
    pub name: String,
    /// Unit they act for.
    pub unit: RegionCode,
    /// What they may do there.
    pub roles: Vec<Role>,
}

impl Official {
    /// Whether the person holds `role`.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
