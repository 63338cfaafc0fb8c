//! Attached files on disk: encrypted, named by what they contain, so that the same photo is kept once and damage is noticed.
//!
//! A file lies at `files/ab/cdef…` by the hexadecimal SHA-256 of its plain bytes: the four bytes `DBF1`, 32 random
//! bytes, then pieces of 64 KiB, each sealed with ChaCha20-Poly1305 in the STREAM construction (a counter and a mark of
//! the last piece belong to the nonce), so that a part can be read without the rest and a cut is noticed. The key is
//! HKDF-SHA-256 of the database key, the random bytes and the file's own digest.
//!
//! Order: the file is written to a temporary name, synced, renamed, its folder synced; only then may a row name it.
//! Deleting goes the other way round. A crash leaves at most a file without a row, swept at start.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use aead_stream::{NewStream as _, StreamBE32, StreamPrimitive as _};
use atomic_write_file::AtomicWriteFile;
use chacha20poly1305::{ChaCha20Poly1305, Key};
use domain::id::Digest;
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::FileError;
use crate::lock::make_private_folder;
use crate::secret::DbKey;

const MAGIC: [u8; 4] = *b"DBF1";
const SALT: usize = 32;
const HEADER: u64 = 36;
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

type Stream = StreamBE32<ChaCha20Poly1305>;

/// The folder of attached files of one desk.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    db_key: DbKey,
}

/// A file that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile {
    /// SHA-256 of the plain bytes; the file's name from now on.
    pub sha256: Digest,
    /// Plain bytes.
    pub size: u64,
}

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Files without a row and leftovers of interrupted writes that were removed.
    pub removed: usize,
    /// Rows that say the file is here although it is not.
    pub missing: Vec<Digest>,
}

impl Files {
    pub(crate) fn new(data_folder: &Path, db_key: &DbKey) -> Files {
        Files { folder: data_folder.join("files"), db_key: db_key.clone() }
    }

    /// Keeps `plain`, durably. Keeping the same bytes again does nothing.
    pub fn put(&self, plain: &[u8]) -> Result<StoredFile, FileError> {
        let sha256 = Digest(Sha256::digest(plain).into());
        if self.holds(sha256) && self.verify(sha256).is_ok() {
            return Ok(StoredFile { sha256, size: plain.len() as u64 });
        }
        let mut writer = self.writer(sha256)?;
        writer.write(plain)?;
        writer.finish()
    }

    /// Begins a file whose digest was announced, for bytes that arrive in parts.
    pub fn writer(&self, announced: Digest) -> Result<FileWriter, FileError> {
        let path = self.path(announced);
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            make_private_folder(folder)?;
            sync_folder(&self.folder)?;
        }
        let mut salt = [0u8; SALT];
        getrandom::fill(&mut salt).map_err(|_| FileError::Io(0))?;
        let mut options = AtomicWriteFile::options();
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            atomic_write_file::unix::OpenOptionsExt::preserve_mode(&mut options, false);
            options.mode(0o600);
        }
        let mut out = options.open(path)?;
        out.write_all(&MAGIC)?;
        out.write_all(&salt)?;
        Ok(FileWriter {
            out,
            stream: self.stream(announced, &salt)?,
            piece: Zeroizing::new(Vec::with_capacity(PIECE)),
            position: 0,
            hash: Sha256::new(),
            size: 0,
            announced,
        })
    }

    /// All plain bytes, checked piece by piece and as a whole.
    ///
    /// # Errors
    /// [`FileError::Missing`], or [`FileError::Damaged`] when the bytes are not those of that digest.
    pub fn read(&self, sha256: Digest) -> Result<Vec<u8>, FileError> {
        let mut open = self.open(sha256)?;
        let mut plain = Vec::with_capacity(usize::try_from(open.size).map_err(|_| FileError::Damaged)?);
        for position in 0..open.pieces {
            plain.extend_from_slice(&open.piece(position)?);
        }
        if Sha256::digest(&plain).as_slice() != sha256.0 {
            return Err(FileError::Damaged);
        }
        Ok(plain)
    }

    /// At most `len` plain bytes from `offset` on, for sending a file in slices; shorter at its end, empty behind it.
    pub fn read_range(&self, sha256: Digest, offset: u64, len: usize) -> Result<Vec<u8>, FileError> {
        let mut open = self.open(sha256)?;
        let end = offset.saturating_add(len as u64).min(open.size);
        let mut plain = Vec::new();
        let mut at = offset;
        while at < end {
            let position = at / PIECE as u64;
            let piece = open.piece(position)?;
            let start = position * PIECE as u64;
            let from = usize::try_from(at - start).map_err(|_| FileError::Damaged)?;
            let to =
                usize::try_from((end - start).min(piece.len() as u64)).map_err(|_| FileError::Damaged)?;
            plain.extend_from_slice(piece.get(from..to).ok_or(FileError::Damaged)?);
            at = start + to as u64;
        }
        Ok(plain)
    }

    /// Reads a file once through and tells whether it is sound; returns its plain size.
    pub fn verify(&self, sha256: Digest) -> Result<u64, FileError> {
        let mut open = self.open(sha256)?;
        let mut hash = Sha256::new();
        for position in 0..open.pieces {
            hash.update(&*open.piece(position)?);
        }
        if hash.finalize().as_slice() == sha256.0 { Ok(open.size) } else { Err(FileError::Damaged) }
    }

    /// Whether the file lies on this machine (sound or not).
    pub fn holds(&self, sha256: Digest) -> bool {
        self.path(sha256).is_file()
    }

    /// Removes a file that no row names any more; removing one that is not there is fine.
    pub fn remove(&self, sha256: Digest) -> Result<(), FileError> {
        match std::fs::remove_file(self.path(sha256)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes what `keep` does not want to keep, leftovers of interrupted writes included. Returns how many.
    pub(crate) fn sweep(&self, keep: impl Fn(Digest) -> bool) -> Result<usize, FileError> {
        let mut removed = 0;
        for folder in entries(&self.folder)? {
            for path in entries(&folder)? {
                if !digest_of(&path).is_some_and(&keep) {
                    std::fs::remove_file(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn path(&self, sha256: Digest) -> PathBuf {
        let name = sha256.to_string();
        let (folder, rest) = name.split_at_checked(2).unwrap_or((&name, ""));
        self.folder.join(folder).join(rest)
    }

    fn stream(&self, sha256: Digest, salt: &[u8; SALT]) -> Result<Stream, FileError> {
        let mut key = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha256>::new(Some(salt), self.db_key.bytes())
            .expand(&[b"daiban file 1 ".as_slice(), &sha256.0].concat(), &mut key[..])
            .map_err(|_| FileError::Io(0))?;
        Ok(Stream::new(&Key::from(*key), &[0u8; 7].into()))
    }

    fn open(&self, sha256: Digest) -> Result<OpenFile, FileError> {
        let mut file = File::open(self.path(sha256))?;
        let length = file.metadata()?.len();
        let mut header = [0u8; HEADER as usize];
        file.read_exact(&mut header).map_err(|_| FileError::Damaged)?;
        let (magic, salt) = header.split_first_chunk::<4>().ok_or(FileError::Damaged)?;
        let salt: &[u8; SALT] = salt.try_into().map_err(|_| FileError::Damaged)?;
        let sealed = length.checked_sub(HEADER).ok_or(FileError::Damaged)?;
        let pieces = sealed.div_ceil((PIECE + TAG) as u64);
        let size = sealed.checked_sub(pieces * TAG as u64).ok_or(FileError::Damaged)?;
        if *magic != MAGIC || pieces == 0 {
            return Err(FileError::Damaged);
        }
        Ok(OpenFile { stream: self.stream(sha256, salt)?, file, pieces, size })
    }
}

/// A file being read.
struct OpenFile {
    file: File,
    stream: Stream,
    pieces: u64,
    size: u64,
}

impl OpenFile {
    fn piece(&mut self, position: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let counter = u32::try_from(position).map_err(|_| FileError::Damaged)?;
        self.file.seek(SeekFrom::Start(HEADER + position * (PIECE + TAG) as u64))?;
        let mut piece = Zeroizing::new(Vec::with_capacity(PIECE + TAG));
        (&mut self.file).take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
        self.stream
            .decrypt_in_place(counter, position + 1 == self.pieces, &[], &mut *piece)
            .map_err(|_| FileError::Damaged)?;
        Ok(piece)
    }
}

/// A file being written. Dropping it without [`FileWriter::finish`] leaves nothing behind.
pub struct FileWriter {
    out: AtomicWriteFile,
    stream: Stream,
    piece: Zeroizing<Vec<u8>>,
    position: u32,
    hash: Sha256,
    size: u64,
    announced: Digest,
}

impl std::fmt::Debug for FileWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileWriter({} bytes of {})", self.size, self.announced)
    }
}

impl FileWriter {
    /// Appends plain bytes.
    pub fn write(&mut self, mut plain: &[u8]) -> Result<(), FileError> {
        self.hash.update(plain);
        self.size += plain.len() as u64;
        while !plain.is_empty() {
            if self.piece.len() == PIECE {
                self.seal(false)?;
            }
            let (now, later) = plain.split_at(plain.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            plain = later;
        }
        Ok(())
    }

    /// Plain bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Seals, syncs and names the file, then reads it back.
    ///
    /// # Errors
    /// [`FileError::Damaged`] when the bytes are not those announced; nothing is kept then.
    pub fn finish(mut self) -> Result<StoredFile, FileError> {
        self.seal(true)?;
        if self.hash.clone().finalize().as_slice() != self.announced.0 {
            return Err(FileError::Damaged);
        }
        self.out.commit()?;
        Ok(StoredFile { sha256: self.announced, size: self.size })
    }

    fn seal(&mut self, last: bool) -> Result<(), FileError> {
        self.stream
            .encrypt_in_place(self.position, last, &[], &mut *self.piece)
            .map_err(|_| FileError::Io(0))?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        self.position = self.position.checked_add(1).ok_or(FileError::Io(0))?;
        Ok(())
    }
}

/// Digest that a path below `files/` names; `None` for leftovers.
pub(crate) fn digest_of(path: &Path) -> Option<Digest> {
    let rest = path.file_name()?.to_str()?;
    let folder = path.parent()?.file_name()?.to_str()?;
    format!("{folder}{rest}").parse().ok()
}

/// What lies in a folder; a folder that is not there, or is a file, holds nothing.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    match std::fs::read_dir(folder) {
        Ok(found) => found.map(|entry| Ok(entry?.path())).collect(),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes a new folder entry survive a loss of power.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
