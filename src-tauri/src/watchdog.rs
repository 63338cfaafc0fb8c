//! Looks whether the window was really drawn; when it stays white, says so and offers the next step.

use crate::webkit;
use ipc::text::Texts;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Wry};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind, MessageDialogResult};

/// How long a page may take to ask its first question. The slowest machines we know need about six seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether the page asked something. A white window never does.
#[derive(Debug, Clone, Default)]
pub struct Drawn(Arc<AtomicBool>);

impl Drawn {
    /// The page asked something.
    pub fn tell(&self) {
        if !self.0.swap(true, Ordering::Relaxed) {
            // The installers' smoke test waits for this line.
            tracing::info!("the page is ready");
        }
    }

    fn told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A way on from a white window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The same window without the graphics card.
    Safely,
    /// The same desk in the browser.
    Browser,
    /// Nothing yet.
    Wait,
}

impl Step {
    fn key(self) -> &'static str {
        match self {
            Step::Safely => "window-blank-safely",
            Step::Browser => "window-blank-browser",
            Step::Wait => "window-blank-wait",
        }
    }
}

/// What can be offered: each way that is there and was not tried yet, and waiting.
fn steps(safe_already: bool, browser_mode: bool) -> Vec<Step> {
    let can_turn = cfg!(unix);
    let ways = [
        (Step::Safely, can_turn && !safe_already),
        (Step::Browser, can_turn && browser_mode),
        (Step::Wait, true),
    ];
    ways.into_iter().filter(|(_, offered)| *offered).map(|(step, _)| step).collect()
}

/// Begins to watch. `safe_already`: the window is drawn without the graphics card.
pub fn watch(
    app: &AppHandle<Wry>,
    drawn: Drawn,
    folder: PathBuf,
    safe_already: bool,
    texts: impl Fn() -> Texts + Send + 'static,
) {
    let app = app.clone();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        if !drawn.told() {
            tracing::error!("the page never asked anything: the window is white");
            offer(&app, folder, safe_already, &texts());
        }
    });
}

fn offer(app: &AppHandle<Wry>, folder: PathBuf, safe_already: bool, texts: &Texts) {
    let browser = browser_mode();
    let steps = steps(safe_already, browser.is_some());
    let words: Vec<String> = steps.iter().map(|step| texts.get(step.key())).collect();
    let buttons = match words.as_slice() {
        [first, second, third] => {
            MessageDialogButtons::YesNoCancelCustom(first.clone(), second.clone(), third.clone())
        }
        [first, second] => MessageDialogButtons::OkCancelCustom(first.clone(), second.clone()),
        _ => MessageDialogButtons::OkCustom(words.first().cloned().unwrap_or_default()),
    };
    let chosen = move |result| {
        let MessageDialogResult::Custom(word) = result else { return };
        let step = words.iter().position(|known| *known == word).and_then(|at| steps.get(at).copied());
        match (step, browser) {
            (Some(Step::Safely), _) => again_safely(),
            (Some(Step::Browser), Some(program)) => in_browser(&program, &folder),
            _ => {}
        }
    };
    let dialog = app.dialog().message(texts.get("window-blank")).title(texts.get("window-title"));
    dialog.kind(MessageDialogKind::Warning).buttons(buttons).show_with_result(chosen);
}

/// The program that serves the same desk to a browser, if it was installed beside this one.
fn browser_mode() -> Option<PathBuf> {
    let beside = env::current_exe().ok()?.with_file_name("daiban-desk");
    beside.is_file().then_some(beside)
}

fn again_safely() {
    let Ok(program) = env::current_exe() else { return };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).arg("--safe-rendering").env_remove(webkit::STARTED);
    turn_into(command);
}

fn in_browser(program: &Path, folder: &Path) {
    let mut command = Command::new(program);
    command.args(["serve", "--open", "--data"]).arg(folder);
    turn_into(command);
}

/// Goes on as another program in this process: the data folder is let go in the same moment.
#[cfg(unix)]
fn turn_into(mut command: Command) {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    tracing::error!(%error, "the other way could not be taken");
}

#[cfg(not(unix))]
fn turn_into(_command: Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_white_window_offers_the_next_way_that_was_not_tried() {
        assert_eq!(steps(false, true), [Step::Safely, Step::Browser, Step::Wait]);
        assert_eq!(steps(true, true), [Step::Browser, Step::Wait]);
        assert_eq!(steps(false, false), [Step::Safely, Step::Wait]);
        assert_eq!(steps(true, false), [Step::Wait]);
    }

    #[test]
    fn a_page_that_asked_something_is_drawn() {
        let drawn = Drawn::default();
        assert!(!drawn.told());
        drawn.clone().tell();
        assert!(drawn.told());
    }
}
