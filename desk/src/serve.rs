//! Browser mode: the same desk, shown by an ordinary browser on this very machine and by nobody else's.
//!
//! The desk answers on 127.0.0.1 only. Whoever wants in needs the one-use word from a file that only the owner of
//! the account can read; it is exchanged for a token that lives in the page's memory (ruling 24).

mod door;
mod files;
mod routes;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipc::problem::{self, Problem};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Desk;
use door::Door;
use files::Files;

/// How long questions under way may take once browser mode is to end. A page waits for news as long as nothing is
/// new; that is not waited for.
const ENDING: Duration = Duration::from_secs(1);

/// How browser mode is to run.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Folder with the built window (index.html, wasm, styles).
    pub ui: PathBuf,
    /// The desk locks itself after this long without a question.
    pub idle: Duration,
}

/// Browser mode, listening.
pub struct Served {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    idle: Duration,
}

struct State {
    desk: Arc<Desk>,
    door: Door,
    files: Files,
    address: SocketAddr,
}

/// Starts listening and writes the file that lets the owner in.
///
/// # Errors
/// `no_window` when the folder of the window cannot be read, `port_taken`, `internal` when the file cannot be written.
pub async fn listen(desk: Arc<Desk>, how: Browser) -> Result<Served, Problem> {
    let files = Files::read(&how.ui)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, how.port))
        .await
        .map_err(|_| Problem::new(problem::PORT_TAKEN).with("port", how.port))?;
    let address = listener.local_addr().map_err(problem_of_io)?;
    let door = Door::new(desk.place().data.join("open.html"), address)?;
    let state = Arc::new(State { desk, door, files, address });
    Ok(Served { listener, address, state, idle: how.idle })
}

impl Served {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file to open in a browser; its one-use word is renewed after each use.
    pub fn entrance(&self) -> &Path {
        self.state.door.file()
    }

    /// Answers until `stop` is done, then locks nothing and forgets all tokens.
    ///
    /// # Errors
    /// `internal` when the listening socket breaks.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Problem> {
        let router = routes::router(self.state.clone());
        let watchman = tokio::spawn(lock_when_idle(self.state.clone(), self.idle));
        let (tell, told) = oneshot::channel();
        let served = axum::serve(self.listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(async move {
                stop.await;
                // Nobody listens when everything has ended already.
                let _heard = tell.send(());
            });
        let overdue = async {
            match told.await {
                Ok(()) => tokio::time::sleep(ENDING).await,
                Err(_) => std::future::pending().await,
            }
        };
        let served = tokio::select! {
            served = served.into_future() => served,
            () = overdue => Ok(()),
        };
        watchman.abort();
        self.state.door.close();
        served.map_err(problem_of_io)
    }
}

async fn lock_when_idle(state: Arc<State>, idle: Duration) {
    let mut round = tokio::time::interval(Duration::from_secs(5).min(idle));
    loop {
        round.tick().await;
        if state.door.idle_for() >= idle {
            state.desk.lock();
        }
    }
}

fn problem_of_io(error: std::io::Error) -> Problem {
    tracing::error!(%error, "browser mode");
    Problem::new(problem::INTERNAL)
}
