//! Ctrl-C and a closed terminal: what was started is asked to end, and whoever waits for it tidies up.

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// From now on a person's wish to stop ends what is waited for, not this program.
pub struct Stop {
    handle: Handle,
    asked: Receiver<()>,
    listening: Option<JoinHandle<()>>,
}

/// How often a running program is looked after.
const ROUND: Duration = Duration::from_millis(50);

impl Stop {
    /// Begins to listen.
    pub fn listen() -> Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be heard")?;
        let handle = signals.handle();
        let (tell, asked) = mpsc::channel();
        let listening = thread::spawn(move || {
            for _ in &mut signals {
                // Nobody listens any more: we are ending.
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { handle, asked, listening: Some(listening) })
    }

    /// Runs a program until it ends by itself or a person asks us to stop; then it is asked to end, too.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        if self.asked.try_recv().is_ok() {
            return Ok(());
        }
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let mut stopping = false;
        loop {
            if let Some(status) = child.try_wait()? {
                if status.success() || stopping {
                    return Ok(());
                }
                bail!("{} ended with {status}", command.get_program().to_string_lossy());
            }
            if self.asked.recv_timeout(ROUND).is_ok() {
                stopping = true;
                ask_to_end(&child)?;
            }
        }
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.handle.close();
        let _ended = self.listening.take().map(JoinHandle::join);
    }
}

/// Sends what a service manager sends.
fn ask_to_end(child: &Child) -> Result<()> {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().context("kill")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// One after the other in one test: a signal is heard by everybody in this process.
    #[test]
    fn a_wish_to_stop_ends_what_runs_and_is_no_failure() {
        let stop = Stop::listen().unwrap();
        let mut failing = Command::new("sh");
        assert!(stop.run(failing.args(["-c", "exit 3"])).is_err(), "failed by itself");
        let begun = Instant::now();
        let mut endless = Command::new("sh");
        stop.run(endless.args(["-c", "kill -TERM $PPID; exec sleep 60"])).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
