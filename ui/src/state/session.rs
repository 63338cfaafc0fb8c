//! Who works at the desk, how sending stands, and the small messages at the foot of the window.

use std::collections::BTreeSet;
use std::rc::Rc;

use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::role::Role;
use ipc::account::{DeskView, Settings, Stage};
use ipc::sync::{SyncView, Watched};
use yew::{Callback, Reducible};

/// What all screens know.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// How the desk stands.
    pub desk: DeskView,
    /// The sync pill's truth, once the desk told it.
    pub sync: Option<SyncView>,
    /// Revision of the last news.
    pub revision: u64,
    /// Grows when lists may have changed: screens ask again.
    pub turn: u64,
    /// Cases touched by the last news.
    pub touched: BTreeSet<CaseId>,
    /// Small messages, oldest first.
    pub notes: Vec<Note>,
    /// Typing that was dropped a moment ago and can still be taken back.
    pub dropped: BTreeSet<(CaseId, FieldPath)>,
    /// The desk found its database damaged while somebody worked; whoever unlocks it next is told.
    pub damaged: bool,
    next_note: u32,
}

/// A small message that goes away by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Tells it apart.
    pub id: u32,
    /// The sentence.
    pub text: String,
    /// Whether it tells of something that went wrong.
    pub wrong: bool,
    /// Takes back what was done.
    pub undo: Option<Callback<()>>,
}

/// Something that happened.
pub enum News {
    /// The desk told how it stands.
    Desk(Box<DeskView>),
    /// The desk told what changed.
    Watched(Box<Watched>),
    /// This person changed how the window looks.
    Settings(Settings),
    /// Something was done here that lists should show.
    Changed,
    /// Say something.
    Say {
        /// The sentence.
        text: String,
        /// Whether it tells of something that went wrong.
        wrong: bool,
        /// Takes back what was done.
        undo: Option<Callback<()>>,
    },
    /// A message was read.
    Read(u32),
    /// Typing was dropped, or (`false`) taken back.
    Dropped(CaseId, FieldPath, bool),
    /// The database is damaged; the desk was locked.
    Damaged,
}

impl Session {
    /// The beginning, as the desk told it.
    pub fn new(desk: DeskView) -> Self {
        Session {
            desk,
            sync: None,
            revision: 0,
            turn: 0,
            touched: BTreeSet::new(),
            notes: Vec::new(),
            dropped: BTreeSet::new(),
            damaged: false,
            next_note: 0,
        }
    }

    /// Whether the person at the desk holds `role`.
    pub fn is(&self, role: Role) -> bool {
        self.desk.me.as_ref().is_some_and(|me| me.is(role))
    }

    /// The session after some news.
    #[must_use]
    pub fn after(&self, news: News) -> Self {
        let mut next = self.clone();
        match news {
            News::Desk(desk) => {
                if desk.stage != Stage::Open {
                    next.sync = None;
                    next.revision = 0;
                    next.notes.clear();
                    next.dropped.clear();
                }
                next.damaged &= desk.stage != Stage::Open;
                next.desk = *desk;
                next.turn += 1;
            }
            News::Watched(watched) => {
                // Asking again costs the desk work; time passing alone is no reason for it.
                if watched.revision != self.revision {
                    next.turn += 1;
                }
                next.revision = watched.revision;
                next.sync = Some(watched.sync);
                next.touched = watched.touched.into_iter().collect();
            }
            News::Settings(settings) => next.desk.settings = settings,
            News::Changed => next.turn += 1,
            News::Say { text, wrong, undo } => {
                // One message at a time; a way back stays beside it until the next way back comes.
                next.notes.retain(|note| note.undo.is_some() && undo.is_none());
                next.notes.push(Note { id: self.next_note, text, wrong, undo });
                next.next_note += 1;
            }
            News::Dropped(case, field, true) => {
                next.dropped.insert((case, field));
            }
            News::Dropped(case, field, false) => {
                next.dropped.remove(&(case, field));
            }
            News::Damaged => next.damaged = true,
            News::Read(id) => next.notes.retain(|note| note.id != id),
        }
        next
    }
}

impl Reducible for Session {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        Rc::new(self.after(news))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipc::sync::Link;

    fn closed() -> DeskView {
        DeskView {
            stage: Stage::Locked,
            people: vec![],
            desk: None,
            unit: None,
            me: None,
            catalogue_release: None,
            settings: Settings::default(),
            ended: None,
        }
    }

    fn say(text: &str) -> News {
        News::Say { text: text.to_owned(), wrong: false, undo: None }
    }

    fn heard(revision: u64) -> News {
        let sync = SyncView {
            link: Link::Idle,
            waiting_items: 0,
            waiting_cases: 0,
            waiting_files: 0,
            waiting_bytes: 0,
            lanes: vec![],
            to_fetch: Default::default(),
            metered: false,
            pictures: Default::default(),
            held: None,
            quarantined: vec![],
            stuck_files: 0,
            last_sync_at: None,
            next_try_at: None,
            problem: None,
        };
        News::Watched(Box::new(Watched { revision, sync, touched: vec![], desk_changed: false }))
    }

    #[test]
    fn lists_are_asked_again_only_when_something_changed() {
        let session = Session::new(closed()).after(heard(4));
        assert_eq!(session.turn, 1);
        assert_eq!(session.after(heard(4)).turn, 1);
        assert_eq!(session.after(heard(5)).turn, 2);
    }

    #[test]
    fn one_message_stands_there_and_the_last_way_back_beside_it() {
        let texts = |session: &Session| -> Vec<String> {
            session.notes.iter().map(|note| note.text.clone()).collect()
        };
        let removed =
            |text: &str| News::Say { text: text.to_owned(), wrong: false, undo: Some(Callback::noop()) };
        let session = Session::new(closed()).after(say("a")).after(say("b"));
        assert_eq!(texts(&session), ["b"]);
        let session = session.after(removed("c")).after(say("d")).after(say("e"));
        assert_eq!(texts(&session), ["c", "e"], "what is said later does not take the way back away");
        assert_eq!(texts(&session.after(removed("f"))), ["f"]);
    }

    #[test]
    fn that_the_database_is_damaged_is_told_until_somebody_is_in_again() {
        let session = Session::new(closed()).after(News::Damaged).after(News::Desk(Box::new(closed())));
        assert!(session.damaged);
        let open = DeskView { stage: Stage::Open, ..closed() };
        assert!(!session.after(News::Desk(Box::new(open))).damaged);
    }

    #[test]
    fn locking_takes_what_one_person_saw_away_from_the_next() {
        let session =
            Session::new(closed()).after(heard(4)).after(say("a")).after(News::Desk(Box::new(closed())));
        assert!(session.sync.is_none() && session.notes.is_empty());
    }
}
