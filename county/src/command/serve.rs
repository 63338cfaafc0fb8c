//! `serve`: the county answers until it is told to stop.

use std::net::SocketAddr;

use clap::Args;
use sd_notify::NotifyState;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Done, Failure, Out, Place, waiting};
use crate::clock;
use crate::database;
use crate::error::Error;
use crate::server::{Config, start};

#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9180")]
    ops: SocketAddr,
}

impl Serve {
    pub(super) fn run(self, out: &Out) -> Done {
        let folder = self.place.folder();
        if !folder.is_set_up() {
            return Err(Error::Database(database::Error::Absent(folder.database())).into());
        }
        if !self.ops.ip().is_loopback() {
            return Err(Failure::Said("failed-ops-loopback", vec![("address", self.ops.to_string())]));
        }
        log();
        let config = Config { folder, listen: self.listen, ops: self.ops, clock: clock::machine() };
        Ok(waiting(async {
            // Before anything is served, so that an early stop is clean, too.
            let mut stop = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            let running = start(config).await?;
            tracing::info!(listen = %running.addr, ops = %running.ops_addr, "county is listening");
            if self.place.json {
                out.json(&json!({ "listen": running.addr, "ops": running.ops_addr }));
            } else {
                let given = [("listen", running.addr.to_string()), ("ops", running.ops_addr.to_string())];
                out.say("serving", &given.each_ref().map(|(name, value)| (*name, value.as_str())));
            }
            // Without systemd there is nobody to tell.
            drop(sd_notify::notify(&[NotifyState::Ready]));
            tokio::select! {
                _ = stop.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("county is stopping");
            drop(sd_notify::notify(&[NotifyState::Stopping]));
            running.stop().await;
            tracing::info!("county has stopped");
            Ok(())
        })?)
    }
}

/// JSON lines on standard error: ids and codes, no names, no numbers of people. `DAIBAN_LOG` sets the level.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DAIBAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,tough=warn,hyper=warn"));
    let started =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    // A second start in one process keeps the first log.
    drop(started);
}
