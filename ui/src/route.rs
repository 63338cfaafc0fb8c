//! The addresses of the screens, kept behind `#` so that they survive a reload in every shell.

use domain::id::CaseId;
use serde::{Deserialize, Serialize};
use yew_router::prelude::*;

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq, Routable)]
pub enum Route {
    /// The first screen of the role.
    #[at("/")]
    Home,
    /// Finding a service item.
    #[at("/items")]
    Items,
    /// One item's guide.
    #[at("/items/:code")]
    Guide {
        /// Catalogue code.
        code: String,
    },
    /// The list of cases.
    #[at("/cases")]
    Cases,
    /// One case.
    #[at("/cases/:case")]
    Case {
        /// The case.
        case: CaseKey,
    },
    /// Filling the form of a case.
    #[at("/cases/:case/form")]
    Form {
        /// The case.
        case: CaseKey,
    },
    /// The receipt of a case.
    #[at("/cases/:case/receipt")]
    Receipt {
        /// The case.
        case: CaseKey,
    },
    /// The same case in large plain sentences for the villager.
    #[at("/cases/:case/villager")]
    Villager {
        /// The case.
        case: CaseKey,
    },
    /// Sending and receiving.
    #[at("/sync")]
    Sync,
    /// Sending and receiving with a file, where there is no network.
    #[at("/courier")]
    Courier,
    /// Releases of the catalogue.
    #[at("/catalogue")]
    Catalogue,
    /// How the window looks.
    #[at("/settings")]
    Settings,
    /// Everything else.
    #[not_found]
    #[at("/nowhere")]
    Nowhere,
}

/// A case's id in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseKey(pub CaseId);

impl std::fmt::Display for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for CaseKey {
    type Err = <CaseId as std::str::FromStr>::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(CaseKey)
    }
}

/// Where in the form to begin, after the `?` of the address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spot {
    /// A step of filling: a page's name, or `materials`, `signature`, `check`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The field to stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The material slot to stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

/// A filter of the list of cases, after the `?` of the address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Name of the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show: Option<String>,
}
