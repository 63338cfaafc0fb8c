//! Finds the desk, lets a person in, keeps the news coming, and shows the screen that belongs to the address.

use ipc::account::{DeskState, Stage};
use ipc::problem::Problem;
use ipc::sync::Watch;
use ipc::text::Language;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use crate::backend::Backend;
use crate::browser;
use crate::components::frame::Frame;
use crate::hooks::{Desk, use_desk};
use crate::kit::{Notice, Waiting};
use crate::pages;
use crate::route::Route;
use crate::state::session::{News, Session};
use crate::text;

/// The whole window.
#[component]
pub fn App() -> Html {
    let found = use_state(|| None::<Result<(Backend, Session), Problem>>);
    {
        let found = found.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                found.set(Some(find().await));
            });
        });
    }
    match &*found {
        None => html! { <Waiting /> },
        Some(Err(problem)) => html! { <main class="alone">{ Notice::of(problem) }</main> },
        Some(Ok((backend, session))) => {
            html! { <Opened backend={backend.clone()} session={session.clone()} /> }
        }
    }
}

async fn find() -> Result<(Backend, Session), Problem> {
    let backend = Backend::find().await?;
    let desk = backend.call(DeskState {}).await?;
    Ok((backend, Session::new(desk)))
}

#[derive(Clone, PartialEq, Properties)]
struct OpenedProps {
    backend: Backend,
    session: Session,
}

#[component]
fn Opened(props: &OpenedProps) -> Html {
    let session = use_reducer(|| props.session.clone());
    let settings = session.desk.settings.clone();
    // Before anything is drawn: the sentences of this turn are already in the chosen language.
    text::speak(Language::from_tag(&settings.language));
    use_effect_with(settings.clone(), browser::dress);
    let desk = Desk { backend: props.backend.clone(), session: session.clone() };
    html! {
        <ContextProvider<Desk> context={desk}>
            <div class="language" key={settings.language}>
                {
                    match session.desk.stage {
                        Stage::Fresh => html! { <pages::shared::enrol::Enrol /> },
                        Stage::Locked => html! { <pages::shared::unlock::Unlock /> },
                        Stage::Open => html! { <HashRouter><Watchman /><Frame><Switch<Route> render={screen} /></Frame></HashRouter> },
                    }
                }
            </div>
        </ContextProvider<Desk>>
    }
}

fn screen(route: Route) -> Html {
    use pages::{agent, county, shared};
    match route {
        Route::Home => html! { <shared::home::Home /> },
        Route::Items => html! { <agent::items::Items /> },
        Route::Guide { code } => html! { <agent::guide::GuidePage {code} /> },
        Route::Cases => html! { <shared::cases::Cases /> },
        Route::Case { case } => html! { <shared::case::CasePage key={case.to_string()} case={case.0} /> },
        Route::Form { case } => {
            html! { <agent::filling::FillingPage key={case.to_string()} case={case.0} /> }
        }
        Route::Receipt { case } => html! { <agent::receipt::ReceiptPage case={case.0} /> },
        Route::Villager { case } => html! { <agent::villager::VillagerPage case={case.0} /> },
        Route::Sync => html! { <shared::sync::SyncPage /> },
        Route::Courier => html! { <shared::courier::CourierPage /> },
        Route::Catalogue => html! { <county::catalogue::CataloguePage /> },
        Route::Settings => html! { <shared::settings::SettingsPage /> },
        Route::Nowhere => html! { <Redirect<Route> to={Route::Home} /> },
    }
}

/// Waits for news from the desk as long as the desk is open.
#[component]
fn Watchman() -> Html {
    let desk = use_desk();
    {
        let (backend, session) = (desk.backend.clone(), desk.session.dispatcher());
        use_effect_with((), move |()| {
            let open = std::rc::Rc::new(std::cell::Cell::new(true));
            let watching = open.clone();
            spawn_local(async move {
                let mut after = 0;
                while watching.get() {
                    match backend.call(Watch { after }).await {
                        Ok(_) if !watching.get() => break,
                        Ok(news) => {
                            after = news.revision;
                            if news.desk_changed
                                && let Ok(view) = backend.call(DeskState {}).await
                            {
                                session.dispatch(News::Desk(Box::new(view)));
                            }
                            session.dispatch(News::Watched(Box::new(news)));
                        }
                        Err(problem) if problem.code == ipc::problem::LOCKED => {
                            if let Ok(view) = backend.call(DeskState {}).await {
                                session.dispatch(News::Desk(Box::new(view)));
                            }
                            break;
                        }
                        // The desk is away for a moment; asking at once again would only keep it away.
                        Err(_) => gloo_timers::future::TimeoutFuture::new(2_000).await,
                    }
                }
            });
            move || open.set(false)
        });
    }
    html! {}
}
