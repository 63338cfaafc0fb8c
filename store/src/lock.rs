//! One program at a time: a lock on the data folder that the operating system releases even after a crash.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs4::fs_std::FileExt;

use crate::error::StoreError;

/// A data folder held by this process. Clones share the hold; it ends when the last one is dropped or the process ends.
#[derive(Debug, Clone)]
pub struct FolderLock {
    folder: PathBuf,
    _held: Arc<File>,
}

impl FolderLock {
    /// Makes the folder if it is not there (only the owner may enter) and takes the lock.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another program holds it; it is not waited for.
    pub fn take(folder: &Path) -> Result<FolderLock, StoreError> {
        make_private_folder(folder)
            .map_err(|error| StoreError::io("the data folder cannot be made", &error))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(|error| StoreError::io("the data folder cannot be locked", &error))?;
        let taken = FileExt::try_lock_exclusive(&file)
            .map_err(|error| StoreError::io("the data folder cannot be locked", &error))?;
        if !taken {
            return Err(StoreError::InUse);
        }
        Ok(FolderLock { folder: folder.to_owned(), _held: Arc::new(file) })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Bytes that can still be written on the disk of a data folder.
///
/// # Errors
/// When the operating system does not tell.
pub fn free_space(folder: &Path) -> std::io::Result<u64> {
    fs4::available_space(folder)
}

/// Makes `folder` and its parents; what is new is readable for its owner only.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_and_the_next_one_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("desk");
        let first = FolderLock::take(&folder).unwrap();
        let also_first = first.clone();
        assert!(matches!(FolderLock::take(&folder), Err(StoreError::InUse)));
        drop(first);
        assert!(matches!(FolderLock::take(&folder), Err(StoreError::InUse)), "a clone still holds it");
        drop(also_first);
        FolderLock::take(&folder).unwrap();
    }
}
