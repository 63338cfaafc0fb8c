//! A county of our own on loopback, with the sample catalogue published.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use county::clock::{Clock, DAY};
use county::enrol::{CODE_LIFE, NewCode};
use county::{Config, County, Folder, Running, Setup};
use domain::id::DeskId;
use domain::region::RegionCode;
use domain::role::Role;
use ipc::text::Language;

/// Where the sample catalogue lies.
pub fn sample_catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("catalogue")
}

/// A region code that is known to be right.
pub fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

/// A county that can be stopped and started again under the same address.
pub struct TestCounty {
    folder: tempfile::TempDir,
    address: SocketAddr,
    running: Option<Running>,
    /// How far its clock runs ahead of this machine's.
    ahead: Arc<AtomicI64>,
}

impl TestCounty {
    /// Sets a county up, publishes the sample catalogue and starts it.
    pub async fn start() -> Self {
        let mut county = TestCounty::set_up().await;
        county.up().await;
        county
    }

    /// Sets a county up that does not answer yet; its address is fixed already.
    pub async fn set_up() -> Self {
        TestCounty::set_up_at(free_address()).await
    }

    /// Another county, of the same name and under the same address, with keys of its own. It does not answer yet.
    pub async fn impostor(&self) -> Self {
        TestCounty::set_up_at(self.address).await
    }

    async fn set_up_at(address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup =
            Setup { region: region("131099"), name: "示范县".to_owned(), address: address.to_string() };
        let ahead = Arc::default();
        let clock = clock(&ahead);
        County::create(&Folder::at(folder.path()), &setup, &clock).await.unwrap();
        let county = County::open(Folder::at(folder.path()), clock).unwrap();
        let outcome = county::publish::folder(
            &county,
            &sample_catalogue(),
            "示例目录",
            None,
            false,
            Default::default(),
        )
        .await
        .unwrap();
        assert!(outcome.release.is_some(), "{:?}", outcome.findings);
        TestCounty { folder, address, running: None, ahead }
    }

    /// Brings it up.
    pub async fn up(&mut self) {
        assert!(self.running.is_none());
        let config = Config {
            folder: Folder::at(self.folder.path()),
            listen: self.address,
            ops: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock: clock(&self.ahead),
        };
        self.running = Some(county::start(config).await.unwrap());
    }

    /// Takes it down cleanly.
    pub async fn down(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Its data folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Locks a desk out, as `device revoke` does beside the running server.
    pub fn revoke(&self, desk: DeskId) {
        let county = self.open();
        let now = county.now();
        let revoked = county
            .database
            .write::<_, county::Error>(|write| Ok(county::database::desk::revoke(write, desk, now)?));
        assert!(revoked.unwrap());
    }

    /// The county's book: what happened, with its particulars, oldest first.
    pub fn book(&self) -> Vec<(String, serde_json::Value)> {
        let mut rows = Vec::new();
        let read = self.open().database.read::<_, county::Error>(|view| {
            Ok(county::database::audit::walk(view, |row| {
                rows.push((row.kind, serde_json::from_str(&row.body).unwrap()));
                true
            })?)
        });
        read.unwrap();
        rows
    }

    /// The county as a command beside the running server has it.
    pub fn open(&self) -> County {
        County::open(Folder::at(self.folder.path()), clock(&self.ahead)).unwrap()
    }

    /// Lets days pass at the county.
    pub fn pass(&self, days: i64) {
        self.ahead.fetch_add(days * DAY, Ordering::SeqCst);
    }

    /// Where it listens, up or not.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many desks it enrolled.
    pub fn desks(&self) -> usize {
        let all =
            self.open().database.read::<_, county::Error>(|view| Ok(county::database::desk::all(view)?));
        all.unwrap().len()
    }

    /// A one-time enrolment code for somebody.
    pub fn code(&self, name: &str, unit: &str, roles: &[Role]) -> String {
        self.code_for(CODE_LIFE, name, unit, roles)
    }

    /// The same with a life of its own, milliseconds.
    pub fn code_for(&self, life: i64, name: &str, unit: &str, roles: &[Role]) -> String {
        self.code_over(None, life, name, unit, roles)
    }

    /// The same for a laptop that reaches the county at another address.
    pub fn code_over(
        &self,
        address: Option<SocketAddr>,
        life: i64,
        name: &str,
        unit: &str,
        roles: &[Role],
    ) -> String {
        let county = self.open();
        let new = NewCode {
            unit: region(unit),
            unit_name: None,
            villages: Vec::new(),
            roles: roles.to_vec(),
            name: name.to_owned(),
            address: address.map(|address| address.to_string()),
            life,
        };
        county::enrol::make_code(&county, &new).unwrap().code.to_string()
    }
}

/// The language of findings in these tests.
pub const LANGUAGE: Language = Language::Chinese;

fn clock(ahead: &Arc<AtomicI64>) -> Clock {
    let (machine, ahead) = (county::clock::machine(), ahead.clone());
    Arc::new(move || machine() + ahead.load(Ordering::SeqCst))
}

fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}
