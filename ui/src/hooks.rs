//! How screens ask the desk: once when they open, again when something changed, and on a click.

use std::rc::Rc;

use ipc::Command;
use ipc::account::Lock;
use ipc::problem::{self, Problem};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::backend::Backend;
use crate::state::session::{News, Session};
use crate::text;

/// The desk as every screen holds it.
#[derive(Clone, PartialEq)]
pub struct Desk {
    /// Where questions go.
    pub backend: Backend,
    /// What all screens know.
    pub session: UseReducerHandle<Session>,
}

impl Desk {
    /// Asks and hands the answer on; a problem is said at the foot of the window and handed on too.
    pub fn ask<C: Command + 'static>(
        &self,
        question: C,
        then: impl FnOnce(Result<C::Reply, Problem>) + 'static,
    ) {
        let desk = self.clone();
        spawn_local(async move {
            let answer = desk.backend.call(question).await;
            if let Err(problem) = &answer {
                desk.heard(problem);
                desk.wrong(problem);
            }
            then(answer);
        });
    }

    /// Says a sentence at the foot of the window.
    pub fn say(&self, text: String) {
        self.session.dispatch(News::Say { text, wrong: false, undo: None });
    }

    /// Says a sentence with a way back.
    pub fn say_with_undo(&self, text: String, undo: Callback<()>) {
        self.session.dispatch(News::Say { text, wrong: false, undo: Some(undo) });
    }

    /// Says what went wrong.
    pub fn wrong(&self, problem: &Problem) {
        self.session.dispatch(News::Say { text: text::problem(problem), wrong: true, undo: None });
    }

    /// Whoever works on a damaged database is led to the screen where it is rescued.
    fn heard(&self, problem: &Problem) {
        if problem.code != problem::DATABASE_DAMAGED {
            return;
        }
        let (backend, session) = (self.backend.clone(), self.session.dispatcher());
        spawn_local(async move {
            if let Ok(view) = backend.call(Lock {}).await {
                session.dispatch(News::Damaged);
                session.dispatch(News::Desk(Box::new(view)));
            }
        });
    }

    /// Lists may have changed.
    pub fn changed(&self) {
        self.session.dispatch(News::Changed);
    }
}

/// The desk of this window.
///
/// # Panics
/// Never in the window: the app provides it above every screen.
#[hook]
pub fn use_desk() -> Desk {
    #[expect(
        clippy::expect_used,
        reason = "a screen outside the app is a mistake of the program, seen at once"
    )]
    use_context::<Desk>().expect("screens stand inside the app")
}

/// An answer that is kept fresh.
#[derive(Clone, PartialEq)]
pub struct Query<T: PartialEq> {
    /// The last answer; stays while a newer one is fetched.
    pub data: Option<Rc<T>>,
    /// Why there is none.
    pub problem: Option<Problem>,
    /// Takes an answer that came by another way, for example from an edit.
    pub put: Callback<T>,
    /// Asks again.
    pub reload: Callback<()>,
}

/// Asks `question` now, whenever it becomes another one, and whenever `turn` grows.
#[hook]
pub fn use_query<C>(question: C, turn: u64) -> Query<C::Reply>
where
    C: Command + 'static,
    C::Reply: PartialEq + 'static,
{
    let desk = use_desk();
    let data = use_state_eq(|| None::<Rc<C::Reply>>);
    let problem = use_state_eq(|| None::<Problem>);
    let again = use_state(|| 0u32);
    let latest = use_mut_ref(|| 0u32);
    let asked = serde_json::to_string(&question).unwrap_or_default();
    // An answer to another question must not be shown under this one.
    let answered = use_mut_ref(String::new);

    {
        let (data, problem) = (data.clone(), problem.clone());
        let (latest, answered) = (latest.clone(), answered.clone());
        use_effect_with(
            (asked.clone(), turn, *again, desk.backend.clone()),
            move |(asked, _, _, backend)| {
                let (asked, backend, desk) = (asked.clone(), backend.clone(), desk.clone());
                *latest.borrow_mut() += 1;
                let mine = *latest.borrow();
                spawn_local(async move {
                    let answer = backend.call(question).await;
                    if *latest.borrow() != mine {
                        return;
                    }
                    match answer {
                        Ok(answer) => {
                            *answered.borrow_mut() = asked;
                            problem.set(None);
                            data.set(Some(Rc::new(answer)));
                        }
                        Err(why) => {
                            desk.heard(&why);
                            problem.set(Some(why));
                        }
                    }
                });
            },
        );
    }

    let reload = {
        let (again, count) = (again.setter(), use_mut_ref(|| 0u32));
        Callback::from(move |()| {
            *count.borrow_mut() += 1;
            again.set(*count.borrow());
        })
    };
    // Shown at once, and asked again: news may have come while that answer was on its way, and must not be covered by it.
    let put = {
        let (data, latest, answered, asked) =
            (data.setter(), latest.clone(), answered.clone(), asked.clone());
        let reload = reload.clone();
        Callback::from(move |answer: C::Reply| {
            *latest.borrow_mut() += 1;
            answered.borrow_mut().clone_from(&asked);
            data.set(Some(Rc::new(answer)));
            reload.emit(());
        })
    };
    let fresh = *answered.borrow() == asked;
    Query { data: (*data).clone().filter(|_| fresh), problem: (*problem).clone(), put, reload }
}

/// Listens to single keys anywhere on the screen while nobody is typing and no dialog is open; `taken` tells whether
/// it used the key.
#[hook]
pub fn use_keys(taken: impl Fn(&str) -> bool + 'static) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    let latest = use_mut_ref(|| None::<Box<dyn Fn(&str) -> bool>>);
    *latest.borrow_mut() = Some(Box::new(taken));
    use_effect_with((), move |()| {
        let listener = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            let typing = event.target_dyn_into::<web_sys::Element>().is_some_and(|element| {
                let name = element.tag_name();
                matches!(name.as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                    || element.closest("dialog").ok().flatten().is_some()
            });
            // Enter belongs to whatever button or link the keyboard stands on.
            let pressing = event.key() == "Enter"
                && event
                    .target_dyn_into::<web_sys::Element>()
                    .is_some_and(|element| matches!(element.tag_name().as_str(), "A" | "BUTTON" | "SUMMARY"));
            if typing
                || pressing
                || event.ctrl_key()
                || event.alt_key()
                || event.meta_key()
                || event.is_composing()
            {
                return;
            }
            if latest.borrow().as_ref().is_some_and(|taken| taken(&event.key())) {
                event.prevent_default();
            }
        });
        let document = crate::browser::document();
        if let Some(document) = &document {
            let _deaf =
                document.add_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref());
        }
        move || {
            if let Some(document) = document {
                let _gone = document
                    .remove_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref());
            }
        }
    });
}

/// Grows when somebody else, or an acknowledgement, touched that case.
#[hook]
pub fn use_touched(case: domain::id::CaseId) -> u64 {
    let desk = use_desk();
    let turn = use_mut_ref(|| 0u64);
    if desk.session.touched.contains(&case) {
        *turn.borrow_mut() = desk.session.revision;
    }
    *turn.borrow()
}
