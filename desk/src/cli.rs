//! The command line: understands what was typed, opens the desk, does one thing, and says how it went.

mod care;
mod cases;
mod entrance;
mod items;
mod line;
mod link;
mod pack;
mod password;
mod speak;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use desk::{Desk, Place};
use ipc::account::Unlock;
use ipc::problem::Problem;

use line::{Common, Line, What};
use speak::Mouth;

/// How a command ended: 0 done, 1 refused or failed with one clear sentence, 2 wrong usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything was done.
    Done,
    /// Nothing, or not all of it, was done; it was said why.
    Refused,
}

/// Runs one command.
pub fn run() -> ExitCode {
    let line = Line::parse();
    // One provider of cryptography for the whole program; a second call would only say that there is one.
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    speak::log(matches!(line.what, What::Serve(_)));
    let mouth = Mouth::new(line.common.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            mouth.sorry(&Problem::new(ipc::problem::INTERNAL).with("detail", error));
            return ExitCode::from(1);
        }
    };
    let ended = runtime.block_on(perform(&line, &mouth));
    // Work that still waits for the network must not keep the terminal.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match ended {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Refused) => ExitCode::from(1),
        Err(problem) => {
            mouth.sorry(&problem);
            ExitCode::from(1)
        }
    }
}

async fn perform(line: &Line, mouth: &Mouth) -> Result<End, Problem> {
    let common = &line.common;
    if let What::Restore(ask) = &line.what {
        return care::restore(common, mouth, ask);
    }
    let desk = Desk::open(Place::new(common.folder()?))?;
    match &line.what {
        What::Enrol(ask) => entrance::enrol(&desk, common, mouth, ask).await,
        What::Serve(ask) => entrance::serve(&desk, common, mouth, ask).await,
        What::Doctor => care::doctor(&desk, common, mouth).await,
        What::Salvage => care::salvage(&desk, common, mouth).await,
        What::Pack(line::Pack::Import { file }) => match unlock(&desk, common).await {
            Err(problem) if problem.code == ipc::problem::LEASE_ENDED => {
                let taken = desk::account::unlock_with(&desk, who(&desk, common).await?, file).await?;
                pack::taken(mouth, &taken)
            }
            unlocked => {
                unlocked?;
                opened(&desk, common, &line.what, mouth).await
            }
        },
        other => {
            unlock(&desk, common).await?;
            opened(&desk, common, other, mouth).await
        }
    }
}

async fn opened(desk: &Arc<Desk>, common: &Common, what: &What, mouth: &Mouth) -> Result<End, Problem> {
    match what {
        What::Password(ask) => entrance::change_password(desk, common, mouth, ask).await,
        What::Item(ask) => items::run(desk, mouth, ask).await,
        What::Case(ask) => cases::run(desk, mouth, ask).await,
        What::Sync(ask) => link::sync(desk, mouth, ask).await,
        What::Pack(ask) => pack::run(desk, mouth, ask).await,
        What::Status => link::status(desk, mouth).await,
        What::Verify => care::verify(desk, mouth).await,
        What::Rebuild => care::rebuild(desk, mouth).await,
        What::Backup(ask) => care::backup(desk, mouth, ask).await,
        What::Enrol(_) | What::Serve(_) | What::Doctor | What::Salvage | What::Restore(_) => Ok(End::Done),
    }
}

/// Unlocks the desk for the person of `--person`, or for the only one there is.
async fn unlock(desk: &Arc<Desk>, common: &Common) -> Result<(), Problem> {
    desk::account::unlock(desk, who(desk, common).await?).await?;
    Ok(())
}

async fn who(desk: &Arc<Desk>, common: &Common) -> Result<Unlock, Problem> {
    let state = desk::account::state(desk).await?;
    let person = entrance::choose(&state.people, common.person.as_deref())?;
    Ok(Unlock { person, password: password::ask(common)? })
}
