//! A village on a telephone's line: cases go, photographs wait until somebody says otherwise.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::Path;
use std::process::Stdio;

use desk::dispatch::{ask, get, put};
use domain::id::CaseId;
use domain::lifecycle::Status;
use domain::role::Role;
use ipc::material::FileState;
use ipc::sync::{HeldWhy, LaneKind, PicturesNow, PicturesPut, PicturesWait, SyncNow, SyncView, Watch};
use scenarios::answers::{GAOLING, gaoling};
use scenarios::county::TestCounty;
use scenarios::desk::{PASSWORD, TestDesk};
use scenarios::picture::photograph;
use scenarios::program::{Program, run};
use scenarios::until::until;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// A case with a photograph, handed in.
async fn handed_in(wang: &TestDesk) -> CaseId {
    let case = wang.begin(GAOLING, &gaoling()).await.case;
    let args = json!({"request": wang.request(), "case": case, "slot": "M-ID", "name": "身份证.jpg", "original_seen": true});
    put(&wang.desk, "material_put", args, photograph(1200, 800)).await.unwrap();
    wang.submit(case).await.unwrap();
    case
}

async fn view(desk: &TestDesk) -> SyncView {
    ask(&desk.desk, Watch { after: 0 }).await.unwrap().sync
}

/// Waits until the words of everything are at the county.
async fn words_are_there(wang: &TestDesk) -> SyncView {
    until(&wang.desk, "the words at the county", async || {
        let view = ask(&wang.desk, SyncNow {}).await.unwrap();
        (view.waiting_items == 0).then_some(view)
    })
    .await
}

async fn photograph_is_there(wang: &TestDesk, case: CaseId) {
    until(&wang.desk, "the photograph at the county", async || {
        (wang.look(case).await.materials[0].state == FileState::AtCounty).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_telephones_line_cases_go_and_photographs_wait() {
    let county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    wang.desk.line_is_metered(true);

    let case = handed_in(&wang).await;
    until(&li.desk, "the case at the township", async || {
        li.cases()
            .await
            .iter()
            .any(|card| card.case == case && card.status == Status::Submitted)
            .then_some(())
    })
    .await;
    let told = words_are_there(&wang).await;
    let held = told.held.unwrap();
    assert_eq!((held.files, held.why, told.metered), (1, HeldWhy::Metered, true));
    assert!(held.bytes > 10_000 && held.bytes == told.waiting_bytes, "{told:?}");
    assert_eq!(told.lanes.len(), 1, "the words are through: {:?}", told.lanes);
    let lane = &told.lanes[0];
    assert_eq!(
        (lane.what, lane.held, lane.left.count, lane.left.bytes),
        (LaneKind::SmallFiles, true, 1, held.bytes)
    );
    assert_eq!(wang.look(case).await.materials[0].state, FileState::Saved);

    // It is urgent: this once it goes all the same.
    assert_eq!(ask(&wang.desk, PicturesNow {}).await.unwrap().held, None);
    photograph_is_there(&wang, case).await;
    let again = handed_in(&wang).await;
    words_are_there(&wang).await;
    let held = until(&wang.desk, "this once to be over", async || view(&wang).await.held).await;
    assert_eq!((held.files, held.why), (1, HeldWhy::Metered));

    // Home again, on a line that costs nothing, it goes by itself.
    wang.desk.line_is_metered(false);
    photograph_is_there(&wang, again).await;
    assert_eq!(view(&wang).await.held, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_machine_was_told_holds_after_a_restart() {
    let county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    ask(&wang.desk, PicturesPut { wait: PicturesWait::Always }).await.unwrap();
    let wang = wang.restart().await;
    let case = handed_in(&wang).await;
    let told = words_are_there(&wang).await;
    assert_eq!((told.pictures, told.held.unwrap().why), (PicturesWait::Always, HeldWhy::Chosen));
    assert_eq!(wang.look(case).await.materials[0].state, FileState::Saved);

    // A stick costs nothing: everything is on it.
    let stick = tempfile::tempdir().unwrap();
    let made = desk::courier::export(&wang.desk, "county", &stick.path().join("up.age")).await.unwrap();
    assert_eq!(made.files, 1);

    ask(&wang.desk, PicturesPut { wait: PicturesWait::Never }).await.unwrap();
    wang.desk.line_is_metered(true);
    photograph_is_there(&wang, case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_township_on_a_telephones_line_fetches_only_what_somebody_looks_at() {
    let county = TestCounty::start().await;
    let li = TestDesk::enrol(&county.code("李雪", "131099100", &[Role::TownshipClerk])).await;
    li.desk.line_is_metered(true);
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let case = handed_in(&wang).await;
    photograph_is_there(&wang, case).await;
    let told = until(&li.desk, "the case at the township", async || {
        let told = ask(&li.desk, SyncNow {}).await.unwrap();
        (told.to_fetch.count == 1).then_some(told)
    })
    .await;
    assert!(told.to_fetch.bytes > 10_000 && told.held_back(), "{told:?}");
    let paper = li.look(case).await.materials[0].clone();
    assert_eq!(paper.state, FileState::Remote);
    get(&li.desk, "material_get", json!({"case": case, "file": paper.file})).await.unwrap();
    assert_eq!(view(&li).await.to_fetch.count, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_is_told_what_the_line_costs() {
    let county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    wang.desk.line_is_metered(true);
    handed_in(&wang).await;
    let wang = wang.off().await;
    let sync = async |words: &[&str]| {
        let (data, words) =
            (wang.path().to_owned(), [&["sync", "--until-idle"][..], words].concat().join(" "));
        let done =
            tokio::task::spawn_blocking(move || run(&data, PASSWORD, &words.split(' ').collect::<Vec<_>>()));
        let (status, told) = done.await.unwrap();
        assert_eq!(status, 0, "{told}");
        (
            told["waiting"].as_u64().unwrap(),
            told["files_sent"].as_u64().unwrap(),
            told["files_held"].as_u64().unwrap(),
        )
    };
    assert_eq!(sync(&["--metered", "yes"]).await, (0, 0, 1));
    assert_eq!(sync(&["--metered", "yes", "--pictures"]).await, (0, 1, 0));
}

/// A system bus of our own with somebody on it who answers as NetworkManager does.
struct Bus {
    _daemon: tokio::process::Child,
    address: String,
    manager: zbus::Connection,
}

struct Manager(u32);

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl Manager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.0
    }
}

const PLACE: &str = "/org/freedesktop/NetworkManager";

impl Bus {
    /// None where this machine has no such bus.
    async fn start(metered: u32) -> Option<Bus> {
        let mut daemon = tokio::process::Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        let mut address = String::new();
        BufReader::new(daemon.stdout.take()?).read_line(&mut address).await.ok()?;
        let address = address.trim().to_owned();
        let manager = zbus::connection::Builder::address(address.as_str())
            .unwrap()
            .name("org.freedesktop.NetworkManager")
            .unwrap()
            .serve_at(PLACE, Manager(metered))
            .unwrap()
            .build()
            .await
            .unwrap();
        Some(Bus { _daemon: daemon, address, manager })
    }

    async fn says(&self, metered: u32) {
        let manager = self.manager.object_server().interface::<_, Manager>(PLACE).await.unwrap();
        let mut known = manager.get_mut().await;
        known.0 = metered;
        known.metered_changed(manager.signal_emitter()).await.unwrap();
    }
}

async fn metered(program: &Program, wanted: bool) {
    let mut after = 0;
    loop {
        let told = program.call(&Watch { after }).await.unwrap().unwrap();
        if told.sync.metered == wanted {
            return;
        }
        after = told.revision;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_system_says_what_the_line_costs() {
    let Some(bus) = Bus::start(1).await else {
        println!("skipped: there is no dbus-daemon on this machine");
        return;
    };
    let county = TestCounty::start().await;
    let wang = TestDesk::enrol(&county.code("王桂兰", "131099100201", &[Role::VillageAgent])).await;
    let wang = wang.off().await;
    let serve = async |data: &Path| {
        Program::start_with(data, &[("DBUS_SYSTEM_BUS_ADDRESS", bus.address.as_str())]).await
    };
    let mut program = serve(wang.path()).await;
    metered(&program, true).await;
    bus.says(4).await;
    metered(&program, false).await;
    bus.says(3).await;
    metered(&program, true).await;
    program.kill().await;
}
