//! The table as a page for people to read, in `docs/protocol.md`.

use super::{Need, To, table};
use crate::role::Role;

/// The whole table in Markdown, one line each; a test keeps the copy in the documentation equal to it.
pub fn markdown() -> String {
    let mut page = String::from("| act | who | from | to | must carry |\n|---|---|---|---|---|\n");
    for line in table() {
        let roles: Vec<&str> = line.roles.iter().map(|role| role_name(*role)).collect();
        let from: Vec<&str> = line.from.iter().map(|status| status.name()).collect();
        let needs: Vec<&str> = line.needs.iter().map(|need| need_name(*need)).collect();
        let to = match line.to {
            To::Is(status) => status.name(),
            To::Stays => "(stays)",
            To::Before => "(as before the pause)",
        };
        let cells =
            [line.kind.name(), &roles.join(", "), &from.join(", "), to, &needs.join(", ")].join(" | ");
        page.push_str(&format!("| {} |\n", cells.trim_end()));
    }
    page
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::VillageAgent => "village_agent",
        Role::TownshipClerk => "township_clerk",
        Role::Department => "department",
        Role::CountyAdmin => "county_admin",
    }
}

fn need_name(need: Need) -> &'static str {
    match need {
        Need::Reason => "reason",
        Need::Points => "points",
        Need::Gaps => "gaps",
        Need::Field => "field",
        Need::OtherCase => "other_case",
        Need::Unit => "unit",
        Need::Satisfaction => "satisfaction",
    }
}
