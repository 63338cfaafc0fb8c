//! A desk with a named person at it.

use std::sync::Arc;

use desk::dispatch::ask;
use desk::{Desk, Machine, Place};
use domain::answer::FieldPath;
use domain::id::{CaseId, PersonId};
use domain::lifecycle::Status;
use ipc::Problem;
use ipc::account::{DeskState, Enrol, Lock, Unlock};
use ipc::case::{CaseCard, CaseList, CaseOpen, CaseSave, CaseStart, CaseSubmit, CaseView, Edit, Transfer};
use ipc::sync::SyncNow;
use serde_json::Value;
use store::Cost;

use crate::until::until;

/// The password of everybody in these stories.
pub const PASSWORD: &str = "tongxin-2026";

/// Somebody's laptop.
pub struct TestDesk {
    folder: tempfile::TempDir,
    /// The desk, as long as its program runs.
    pub desk: Arc<Desk>,
    /// Who sits there.
    pub person: PersonId,
    requests: std::sync::atomic::AtomicU64,
}

impl TestDesk {
    /// Enrols a fresh laptop with a one-time code; its background synchronisation runs.
    pub async fn enrol(code: &str) -> Self {
        TestDesk::enrol_on(Machine::default(), code).await
    }

    /// The same on a machine with clocks of its own.
    pub async fn enrol_on(machine: Machine, code: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = open_on(machine, folder.path());
        let enrol = Enrol { code: code.to_owned(), password: PASSWORD.to_owned() };
        let view = ask(&desk, enrol).await.unwrap();
        let person = view.me.unwrap().person;
        desk::start(&desk);
        let desk = TestDesk { folder, desk, person, requests: Default::default() };
        until(&desk.desk, "the catalogue", async || {
            ask(&desk.desk, DeskState {}).await.unwrap().catalogue_release
        })
        .await;
        desk
    }

    /// A further person joins with a one-time code, and works here from now on.
    pub async fn join(&mut self, code: &str) -> PersonId {
        let enrol = Enrol { code: code.to_owned(), password: PASSWORD.to_owned() };
        self.person = ask(&self.desk, enrol).await.unwrap().me.unwrap().person;
        self.person
    }

    /// Somebody who works here, too, takes over.
    pub async fn unlock(&mut self, person: PersonId) {
        ask(&self.desk, Lock {}).await.unwrap();
        ask(&self.desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
        self.person = person;
    }

    /// The program ends without a word and is started again; the person unlocks.
    pub async fn restart(self) -> Self {
        self.off().await.on().await
    }

    /// The program ends; the laptop is shut.
    pub async fn off(self) -> ShutDesk {
        let TestDesk { folder, desk, person, requests } = self;
        ask(&desk, Lock {}).await.unwrap();
        drop(desk);
        let begun = std::time::Instant::now();
        // The background task lets go of the folder when it notices, and so does work under way when it is done.
        while store::FolderLock::take(folder.path()).is_err() {
            assert!(begun.elapsed().as_secs() < 30, "the desk did not let go of its folder");
            tokio::task::yield_now().await;
        }
        ShutDesk { folder, person, requests }
    }

    /// The data folder.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A new request id, as the window makes one for each click.
    pub fn request(&self) -> String {
        let n = self.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("{}-{n}", self.person)
    }

    /// Begins a case and fills it from an answers file, one change for all plain fields and one for each row.
    pub async fn begin(&self, item: &str, answers: &Value) -> CaseView {
        let start = CaseStart { request: self.request(), item: item.to_owned(), village: None };
        let view = ask(&self.desk, start).await.unwrap();
        let edits = answers
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_array())
            .map(|(question, value)| {
                set(question, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        self.save(view.case, edits).await.unwrap()
    }

    /// Saves a left field group.
    pub async fn save(&self, case: CaseId, edits: Vec<Edit>) -> Result<CaseView, Problem> {
        ask(&self.desk, CaseSave { request: self.request(), case, edits }).await
    }

    /// Opens a case.
    pub async fn look(&self, case: CaseId) -> CaseView {
        ask(&self.desk, CaseOpen { case }).await.unwrap()
    }

    /// Hands a case in.
    pub async fn submit(&self, case: CaseId) -> Result<CaseView, Problem> {
        ask(&self.desk, CaseSubmit { request: self.request(), case, insist: false }).await
    }

    /// Every case this desk lists.
    pub async fn cases(&self) -> Vec<CaseCard> {
        ask(&self.desk, CaseList { limit: Some(50), ..CaseList::default() }).await.unwrap().cases
    }

    /// Waits until a case is listed in that status with everything of it at the county.
    pub async fn sees(&self, case: CaseId, status: Status) -> CaseView {
        until(&self.desk, &format!("{case} {}", status.name()), async || {
            let view = ask(&self.desk, CaseOpen { case }).await.ok()?;
            (view.status == status && view.transfer == Transfer::AtCounty).then_some(view)
        })
        .await
    }

    /// Tries the link now.
    pub async fn sync(&self) {
        ask(&self.desk, SyncNow {}).await.unwrap();
    }
}

/// A laptop whose program does not run.
pub struct ShutDesk {
    folder: tempfile::TempDir,
    person: PersonId,
    requests: std::sync::atomic::AtomicU64,
}

impl ShutDesk {
    /// The data folder.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The program is started; the person unlocks, and synchronisation runs.
    pub async fn on(self) -> TestDesk {
        let ShutDesk { folder, person, requests } = self;
        let desk = open(folder.path());
        ask(&desk, Unlock { person, password: PASSWORD.to_owned() }).await.unwrap();
        desk::start(&desk);
        TestDesk { folder, desk, person, requests }
    }
}

/// An edit of one plain field.
pub fn set(question: &str, value: impl Into<String>) -> Edit {
    Edit::Set {
        field: FieldPath::plain(question),
        value: value.into(),
        source: Default::default(),
        original_seen: false,
    }
}

/// A laptop's program over a data folder, nobody at it.
pub fn open(folder: &std::path::Path) -> Arc<Desk> {
    open_on(Machine::default(), folder)
}

/// The same on a machine with clocks of its own.
pub fn open_on(machine: Machine, folder: &std::path::Path) -> Arc<Desk> {
    Desk::open_on(machine, Place { data: folder.to_owned(), cost: Cost::CHEAP_FOR_TESTS }).unwrap()
}
