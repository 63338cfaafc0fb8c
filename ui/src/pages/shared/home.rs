//! The first screen, by role.

use domain::role::Role;
use ipc::home::Home as Question;
use yew::prelude::*;

use crate::hooks::{use_desk, use_query};
use crate::kit::Loaded;
use crate::pages::{agent, clerk};

/// The first screen.
#[component]
pub fn Home() -> Html {
    let desk = use_desk();
    let home = use_query(Question {}, desk.session.turn);
    let Some(view) = home.data else { return html! { <Loaded problem={home.problem} /> } };
    if desk.session.is(Role::VillageAgent) {
        html! { <agent::home::AgentHome {view} /> }
    } else {
        html! { <clerk::home::QueueHome {view} /> }
    }
}
