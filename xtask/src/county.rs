//! The demo county while it runs. Several windows share one; it ends with the last of them.

use crate::tell;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the county may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a connection to this very machine may take.
const NEAR: Duration = Duration::from_secs(1);

/// A county that answers. When this is dropped by the last who uses it, the county is asked to end.
pub struct County {
    folder: PathBuf,
    /// Held by everybody who uses the county; whoever can have it alone is the last.
    in_use: File,
    /// Ours to wait for, when we started it.
    child: Option<Child>,
}

impl County {
    /// Starts the county of a stage in `folder` unless another run has done so.
    pub fn open(program: &Path, folder: &Path, address: SocketAddr) -> Result<Self> {
        let in_use = File::create(folder.join("in-use"))?;
        in_use.lock_shared()?;
        let mut county = County { folder: folder.to_owned(), in_use, child: None };
        if answers(address) {
            return Ok(county);
        }
        let log = folder.join("county.log");
        let out = File::create(&log)?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", &address.to_string(), "--ops", "127.0.0.1:0", "--data"])
            .arg(folder.join("county-server"))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out);
        // Ctrl-C in the terminal of one window must not end it for the others.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = county.child.insert(command.spawn().context("cannot start daiban-county")?);
        fs::write(folder.join("county.pid"), child.id().to_string())?;
        let begun = Instant::now();
        while !answers(address) {
            if child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                bail!("the county did not start:\n{}", fs::read_to_string(&log).unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(county)
    }

    /// Asks the county to end and waits until it did.
    fn end(&mut self) -> Result<()> {
        let noted = self.folder.join("county.pid");
        let Ok(id) = fs::read_to_string(&noted) else { return Ok(()) };
        let process = Path::new("/proc").join(&id);
        let data = self.folder.join("county-server");
        let ours = || {
            fs::read(process.join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&*data.to_string_lossy()))
        };
        if ours() {
            Command::new("kill").args(["-TERM", &id]).status().context("kill")?;
        }
        let begun = Instant::now();
        while ours() {
            // Waited for, so that it does not linger in the list of processes.
            if let Some(child) = &mut self.child {
                child.try_wait()?;
            }
            if begun.elapsed() > PATIENCE {
                bail!("process {id} does not end");
            }
            thread::sleep(Duration::from_millis(20));
        }
        fs::remove_file(noted).context("county.pid")
    }
}

impl Drop for County {
    fn drop(&mut self) {
        let last = self.in_use.unlock().is_ok() && self.in_use.try_lock().is_ok();
        if last && let Err(failure) = self.end() {
            tell::note(&format!("the county did not end: {failure:#}"));
        }
    }
}

/// Whether somebody listens there.
pub fn answers(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, NEAR).is_ok()
}
