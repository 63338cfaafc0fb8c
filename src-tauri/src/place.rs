//! Which folder this window works in: the one it is told, or the person's own.

use sha2::{Digest, Sha256};
use std::env;
use std::io;
use std::path::{Path, PathBuf};

/// The data folder as an absolute path, made if it is not there yet, readable by its owner alone.
///
/// # Errors
/// When no folder was named and there is no home folder, or it cannot be made.
pub fn folder(named: Option<PathBuf>) -> io::Result<PathBuf> {
    let folder = match named {
        Some(folder) => folder,
        None => personal().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder"))?,
    };
    if !folder.is_dir() {
        make_private(&folder)?;
    }
    folder.canonicalize()
}

/// The name under which a second start finds the window that already works in this folder.
pub fn bus_name(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    format!("org.daiban.desk.f{}", hex::encode(digest.iter().take(8).copied().collect::<Vec<u8>>()))
}

fn personal() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let shared = if cfg!(windows) { set("LOCALAPPDATA") } else { set("XDG_DATA_HOME") };
    shared.or_else(|| set("HOME").map(|home| home.join(".local/share"))).map(|shared| shared.join("daiban"))
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_have_two_names_and_one_folder_has_one() {
        let name = bus_name(Path::new("/home/a/daiban"));
        assert_eq!(name, bus_name(Path::new("/home/a/daiban")));
        assert_ne!(name, bus_name(Path::new("/home/b/daiban")));
        assert!(name.split('.').all(|part| part.starts_with(|letter: char| letter.is_ascii_alphabetic())));
    }
}
