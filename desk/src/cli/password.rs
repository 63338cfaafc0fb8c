//! Where a password comes from: a file, the environment, or the keyboard; never an argument that others can read.

use std::io::IsTerminal;
use std::path::Path;

use ipc::problem::{self, Problem};

use super::line::Common;

/// The password of the person who works now.
pub fn ask(common: &Common) -> Result<String, Problem> {
    if let Some(file) = &common.password_file {
        return first_line(file);
    }
    if let Ok(password) = std::env::var("DAIBAN_PASSWORD") {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new(problem::PASSWORD_MISSING));
    }
    rpassword::prompt_password("🔑 ").map_err(|_| Problem::new(problem::PASSWORD_MISSING))
}

/// A password that is chosen now; typed twice, because nobody sees what they type.
pub fn new(file: Option<&Path>) -> Result<String, Problem> {
    if let Some(file) = file {
        return first_line(file);
    }
    if let Ok(password) = std::env::var("DAIBAN_NEW_PASSWORD") {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new(problem::PASSWORD_MISSING));
    }
    let missing = |_| Problem::new(problem::PASSWORD_MISSING);
    let password = rpassword::prompt_password("🔑🔑 ").map_err(missing)?;
    let again = rpassword::prompt_password("🔑🔑 = ").map_err(missing)?;
    if password == again { Ok(password) } else { Err(Problem::new(problem::PASSWORDS_DIFFER)) }
}

/// Whether the password is there without asking anybody.
pub fn is_given(common: &Common) -> bool {
    common.password_file.is_some() || std::env::var_os("DAIBAN_PASSWORD").is_some()
}

/// The first line of a password file.
pub fn first_line(file: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(file)
        .map_err(|_| Problem::new(problem::FILE_UNREADABLE).with("file", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
