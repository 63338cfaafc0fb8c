//! Becoming a desk, and showing the desk in a browser.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use desk::serve::Browser;
use domain::id::PersonId;
use ipc::account::{PasswordPut, PersonCard, Stage, Unlock};
use ipc::problem::{self, Problem};
use serde_json::json;

use super::End;
use super::line::{Common, Enrol, Password, Serve};
use super::password;
use super::speak::Mouth;

pub async fn enrol(desk: &Arc<Desk>, common: &Common, mouth: &Mouth, ask: &Enrol) -> Result<End, Problem> {
    let state = desk::account::state(desk).await?;
    if state.stage == Stage::Locked {
        // A further person joins: somebody who is here already opens the desk first.
        let person = choose(&state.people, common.person.as_deref())?;
        let opener = match &ask.opener_password_file {
            Some(file) => password::first_line(file)?,
            None => password::ask(common)?,
        };
        desk::account::unlock(desk, Unlock { person, password: opener }).await?;
    }
    let view = match (&ask.code, &ask.request, &ask.reply) {
        (Some(code), Some(file), _) => {
            let request = desk::enrol::request_by_file(desk, code).await?;
            write(file, &request)?;
            if mouth.json {
                mouth.object(&json!({ "file": file, "bytes": request.len() }));
            }
            mouth.say("enrol-requested", &[("file", &file.display().to_string())]);
            return Ok(End::Done);
        }
        (_, _, Some(file)) => {
            let unreadable = |_| Problem::new(problem::FILE_UNREADABLE).with("file", file.display());
            let reply = std::fs::read(file).map_err(unreadable)?;
            desk::enrol::finish_by_file(desk, reply, password::ask(common)?).await?
        }
        (code, _, None) => {
            let code = code.clone().unwrap_or_default();
            let password = password::ask(common)?;
            desk::enrol::enrol(desk, ipc::account::Enrol { code, password }).await?
        }
    };
    let me = view.me.ok_or_else(|| Problem::new(problem::INTERNAL))?;
    // The catalogue comes with the first exchange, or with the answer; without it the desk is enrolled all the same.
    let first = match &ask.reply {
        Some(_) => Ok(()),
        None => desk::syncing::exchange(desk, true).await.map(drop),
    };
    let status = desk::report::status(desk).await?;
    if mouth.json {
        mouth.object(&json!({
            "desk": status.desk, "person": me.person, "name": me.name, "unit": me.unit, "roles": me.roles,
            "catalogue_release": status.catalogue_release,
        }));
    }
    mouth.say("enrolled", &[("name", &me.name), ("unit", me.unit.as_str())]);
    if let Err(problem) = first {
        mouth.warn("enrolled-without-catalogue", &[("why", &mouth.problem(&problem))]);
    }
    Ok(End::Done)
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    std::fs::write(file, bytes)
        .map_err(|_| Problem::new(problem::FILE_UNWRITABLE).with("file", file.display()))
}

/// Changes the password of whoever unlocked the desk.
pub async fn change_password(
    desk: &Arc<Desk>,
    common: &Common,
    mouth: &Mouth,
    ask: &Password,
) -> Result<End, Problem> {
    let (old, new) = (password::ask(common)?, password::new(ask.new_password_file.as_deref())?);
    let view = desk::account::password_put(desk, PasswordPut { old, new }).await?;
    let name = view.me.map(|me| me.name).unwrap_or_default();
    if mouth.json {
        mouth.object(&json!({ "name": name }));
    }
    mouth.say("password-changed", &[("name", &name)]);
    Ok(End::Done)
}

pub async fn serve(desk: &Arc<Desk>, common: &Common, mouth: &Mouth, ask: &Serve) -> Result<End, Problem> {
    let browser = Browser {
        port: ask.port,
        ui: ask.ui.clone(),
        idle: Duration::from_secs(ask.idle.max(1).saturating_mul(60)),
    };
    let served = desk::serve::listen(desk.clone(), browser).await?;
    if password::is_given(common) {
        super::unlock(desk, common).await?;
    }
    match ask.price.metered() {
        Some(metered) => desk.line_is_metered(metered),
        None => desk::metered::follow_system(desk),
    }
    desk::start(desk);
    let address = format!("http://{}/", served.address());
    let entrance = served.entrance().display().to_string();
    if mouth.json {
        mouth.object(&json!({ "address": address, "open": entrance }));
    }
    mouth.say("serving", &[("address", &address), ("file", &entrance)]);
    if ask.open {
        open_browser(mouth, &entrance);
    }
    served.run(stopped()).await?;
    Ok(End::Done)
}

/// The person of that name or id; without one, the only person there is.
pub fn choose(people: &[PersonCard], wanted: Option<&str>) -> Result<PersonId, Problem> {
    let fits = |card: &&PersonCard| {
        wanted.is_none_or(|wanted| card.name == wanted || card.person.to_string() == wanted)
    };
    let mut found = people.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(card), None) => Ok(card.person),
        (None, _) if people.is_empty() => Err(Problem::new(problem::NOT_ENROLLED)),
        (None, _) => Err(Problem::new(problem::NO_SUCH_PERSON)),
        (Some(_), Some(_)) => {
            let names: Vec<&str> = people.iter().map(|card| card.name.as_str()).collect();
            Err(Problem::new(problem::WHICH_PERSON).with("names", names.join(" ")))
        }
    }
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without signals the program runs until it is ended from outside.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn open_browser(mouth: &Mouth, file: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if std::process::Command::new(program).arg(file).spawn().is_err() {
        mouth.warn("no-browser", &[("file", file)]);
    }
}
