//! Who is let into browser mode: the holder of a one-use word, then the holder of a token, both only from here.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ipc::problem::{self, Problem};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Pages that may be let in at the same time; the oldest leaves when one more comes.
const PAGES: usize = 4;

#[derive(Debug)]
struct Lodge {
    nonce: [u8; 32],
    tokens: Vec<[u8; 32]>,
    last_use: Instant,
}

/// The door of browser mode.
#[derive(Debug)]
pub struct Door {
    file: PathBuf,
    address: SocketAddr,
    lodge: Mutex<Lodge>,
}

impl Door {
    /// Writes the first one-use word into `file`, readable for its owner only.
    ///
    /// # Errors
    /// `internal` when the file cannot be written or no random numbers are to be had.
    pub fn new(file: PathBuf, address: SocketAddr) -> Result<Self, Problem> {
        let lodge = Lodge { nonce: [0; 32], tokens: Vec::new(), last_use: Instant::now() };
        let door = Door { file, address, lodge: Mutex::new(lodge) };
        door.renew()?;
        Ok(door)
    }

    /// The file that leads in.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Exchanges a one-use word for a token. The word is worn out, whether it fitted or not is told by the result.
    ///
    /// # Errors
    /// `not_allowed` for a wrong or used word.
    pub fn enter(&self, nonce: &str) -> Result<String, Problem> {
        let fits: bool = digest(nonce).ct_eq(&self.lodge().nonce).into();
        if !fits {
            return Err(Problem::new(problem::NOT_ALLOWED));
        }
        self.renew()?;
        let token = random_word()?;
        let mut lodge = self.lodge();
        if lodge.tokens.len() >= PAGES {
            lodge.tokens.remove(0);
        }
        lodge.tokens.push(digest(&token));
        lodge.last_use = Instant::now();
        Ok(token)
    }

    /// Whether `token` was given out by this run of the program.
    pub fn knows(&self, token: &str) -> bool {
        let given = digest(token);
        self.lodge().tokens.iter().any(|known| bool::from(known.ct_eq(&given)))
    }

    /// Somebody asked something; waiting for news does not count.
    pub fn used(&self) {
        self.lodge().last_use = Instant::now();
    }

    /// How long nobody asked anything.
    pub fn idle_for(&self) -> Duration {
        self.lodge().last_use.elapsed()
    }

    /// Takes the file away; all tokens end with the program.
    pub fn close(&self) {
        // A file that is gone already is what we want.
        let _gone = std::fs::remove_file(&self.file);
    }

    fn renew(&self) -> Result<(), Problem> {
        let nonce = random_word()?;
        self.lodge().nonce = digest(&nonce);
        write_private(&self.file, &page(self.address, &nonce)).map_err(|error| {
            tracing::error!(%error, "entrance file");
            Problem::new(problem::INTERNAL)
        })
    }

    fn lodge(&self) -> MutexGuard<'_, Lodge> {
        self.lodge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn page(address: SocketAddr, nonce: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><title>Daiban</title><meta http-equiv=refresh content=\"0; url=http://{address}/open#{nonce}\">\n"
    )
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    // Left over from a run that was killed.
    let _gone = std::fs::remove_file(&fresh);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&fresh)?.write_all(text.as_bytes())?;
    std::fs::rename(fresh, file)
}

fn random_word() -> Result<String, Problem> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| Problem::new(problem::INTERNAL))?;
    Ok(hex::encode(bytes))
}

fn digest(word: &str) -> [u8; 32] {
    Sha256::digest(word.as_bytes()).into()
}
