//! The county's doors: one for desks, with certificates on both sides, and one on loopback for its operator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::clock::{Clock, DAY};
use crate::county::County;
use crate::error::Error;
use crate::folder::Folder;

mod answer;
mod catalogue;
mod courier;
mod enrolment;
mod exchange;
mod files;
mod listen;
mod operator;
mod pace;
mod peer;
mod publish;
mod router;
mod tls;
mod turns;

pub(crate) use pace::Pace;
pub(crate) use turns::Turns;

pub use peer::Peer;
pub use router::router;

/// Connections waiting to be let in: a township's laptops come back all at once after an outage.
const BACKLOG: u32 = 1024;
/// How long requests under way may take when the server is stopped.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// How often other processes' writes and the age of the certificate are looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How often old uploads are swept and the catalogue's signature is looked at.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);

/// What `serve` is told.
#[derive(Clone)]
pub struct Config {
    /// The data folder.
    pub folder: Folder,
    /// Where desks are listened to; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the operator's `/healthz`, `/readyz` and `/metrics` are; port 0 takes a free one.
    pub ops: SocketAddr,
    /// The clock.
    pub clock: Clock,
}

/// A county that answers. Dropping it does not stop it: say [`Running::stop`].
pub struct Running {
    /// Where it listens to desks.
    pub addr: SocketAddr,
    /// Where it listens to its operator.
    pub ops_addr: SocketAddr,
    /// The county itself, for whoever runs in the same process.
    pub county: Arc<County>,
    handle: Handle<SocketAddr>,
    ops_handle: Handle<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Lets requests under way end, then stops.
    pub async fn stop(self) {
        self.handle.graceful_shutdown(Some(LAST_REQUESTS));
        self.ops_handle.graceful_shutdown(Some(LAST_REQUESTS));
        // Those who wait for news get their answer at once.
        self.county.close();
        for task in self.tasks {
            // A task that panicked has stopped, too.
            drop(task.await);
        }
    }
}

/// Starts a county that was set up before. Returns when it listens.
pub async fn start(config: Config) -> Result<Running, Error> {
    let clock = config.clock.clone();
    let folder = config.folder.clone();
    let county = blocking(move || County::open(folder, clock)).await?;
    let county = Arc::new(county);
    let pulse = Arc::new(operator::Pulse::start()?);

    let listener = listen(config.listen)?;
    let addr = listener.local_addr()?;
    let hosts = county.hosts()?;
    let server_config = tls::config(&county, &hosts)?;
    let rustls = axum_server::tls_rustls::RustlsConfig::from_config(server_config);
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(peer::PeerAcceptor::new(rustls.clone()))
        .handle(handle.clone());
    server.http_builder().http1().header_read_timeout(Duration::from_secs(30)).timer(TokioTimer::new());
    server.http_builder().http2().keep_alive_interval(Duration::from_secs(30)).timer(TokioTimer::new());
    let app = router(county.clone());

    let ops_listener = listen(config.ops)?;
    let ops_addr = ops_listener.local_addr()?;
    let ops_handle = Handle::new();
    let ops = axum_server::from_tcp(ops_listener)?.handle(ops_handle.clone());
    let ops_app = operator::router(county.clone(), pulse.clone());

    let serving = tokio::spawn(async move {
        if let Err(error) = server.serve(app.into_make_service()).await {
            tracing::error!(%error, "the server for desks stopped");
        }
    });
    let operating = tokio::spawn(async move {
        if let Err(error) = ops.serve(ops_app.into_make_service()).await {
            tracing::error!(%error, "the server for the operator stopped");
        }
    });
    let watching = tokio::spawn(watch(county.clone(), rustls, hosts, pulse));
    let checking = tokio::spawn(crate::findings::watch(county.clone()));
    let tasks = vec![serving, operating, watching, checking];
    Ok(Running { addr, ops_addr, county, handle, ops_handle, tasks })
}

fn listen(addr: SocketAddr) -> Result<std::net::TcpListener, Error> {
    let socket =
        if addr.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket.listen(BACKLOG)?.into_std()?)
}

/// Notices what other processes write (revocations, releases, host names) and keeps the server certificate fresh.
async fn watch(
    county: Arc<County>,
    rustls: axum_server::tls_rustls::RustlsConfig,
    mut hosts: Vec<String>,
    pulse: Arc<operator::Pulse>,
) {
    let mut version = None;
    let mut housekept: Option<Instant> = None;
    let mut issued = Instant::now();
    while !county.is_closed() {
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = county.closing() => break,
        }
        let looked = {
            let county = county.clone();
            blocking(move || Ok(county.database.written_by_others()?)).await
        };
        let written = match looked {
            Ok(seen) => version.replace(seen).is_some_and(|before| before != seen),
            Err(error) => {
                tracing::error!(%error, "the database cannot be watched");
                false
            }
        };
        if written {
            county.news.everybody();
        }
        let due = issued.elapsed() > Duration::from_millis((30 * DAY).unsigned_abs());
        if (written || due)
            && let Ok(now) = county.hosts()
            && (now != hosts || due)
        {
            match tls::config(&county, &now) {
                Ok(config) => {
                    rustls.reload_from_config(config);
                    (hosts, issued) = (now, Instant::now());
                    tracing::info!("server certificate renewed");
                }
                Err(error) => tracing::error!(%error, "the server certificate could not be renewed"),
            }
        }
        if housekept.is_none_or(|at| at.elapsed() > HOUSEKEEPING) {
            housekept = Some(Instant::now());
            pulse.keep_small();
            county.pace.forget_quiet();
            let county = county.clone();
            let kept = blocking(move || {
                crate::files::sweep(&county)?;
                // Signing is asynchronous in the TUF library; this thread is there to wait for it.
                tokio::runtime::Handle::current().block_on(crate::publish::freshen(&county))
            });
            if let Err(error) = kept.await {
                tracing::warn!(%error, "housekeeping failed; it is tried again");
            }
        }
    }
}

/// Runs database work away from the threads that answer.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Broken("a worker thread panicked"))?
}
