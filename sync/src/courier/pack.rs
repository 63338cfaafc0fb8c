//! Writing and reading the inside of a courier file, part by part, without ever holding the whole of it in memory.

use std::io::{self, BufRead, Read, Write};

use domain::id::{CountyId, Digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    CourierError, Entry, Identity, Label, MOST_BYTES, MOST_MANIFEST, MOST_PART, Manifest, Recipient, VERSION,
    What,
};
use crate::key::{PublicKey, Purpose, SecretKey, Signature};
use crate::wire::{from_cbor, to_cbor};

/// What stands at the beginning of the inside.
#[derive(Serialize, Deserialize)]
struct Signed {
    /// CBOR of a [`Manifest`].
    #[serde(with = "serde_bytes")]
    manifest: Vec<u8>,
    /// The sender's seal over it.
    signature: Signature,
}

/// A courier file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

/// Writes a courier file: the manifest under the sender's seal, then each part as `content` gives it.
///
/// # Errors
/// [`CourierError::TooLarge`], or what writing or `content` says. What was written then is to be thrown away.
pub fn write(
    manifest: &Manifest,
    to: &Recipient,
    key: &SecretKey,
    out: impl Write,
    mut content: impl FnMut(&Entry, &mut dyn Write) -> io::Result<()>,
) -> Result<Written, CourierError> {
    let bytes = to_cbor(manifest);
    let signature = key.sign(Purpose::Courier, &bytes);
    let signed = to_cbor(&Signed { manifest: bytes, signature });
    let length = u32::try_from(signed.len()).ok().filter(|length| *length <= MOST_MANIFEST);
    let length = length.ok_or(CourierError::TooLarge)?;
    let sum = manifest.parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.size));
    if sum > MOST_BYTES {
        return Err(CourierError::TooLarge);
    }
    let label = Label {
        county: manifest.county,
        to: manifest.to,
        from: manifest.from,
        number: manifest.number,
        unit: manifest.unit.clone(),
    };
    let recipients: [&dyn age::Recipient; 2] = [to.age(), &label];
    let sealing =
        age::Encryptor::with_recipients(recipients.into_iter()).map_err(|_| CourierError::BadKey)?;
    let mut sealed = sealing.wrap_output(Counted::new(out))?;
    sealed.write_all(&length.to_be_bytes())?;
    sealed.write_all(&signed)?;
    for part in &manifest.parts {
        let mut counted = Counted::new(&mut sealed);
        content(part, &mut counted)?;
        let (size, sha256) = counted.sum();
        if (size, sha256) != (part.size, part.sha256) {
            // What was promised changed underneath: nobody must be able to take this for a courier file.
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
    }
    let (bytes, sha256) = sealed.finish()?.sum();
    Ok(Written { bytes, sha256 })
}

/// Size and sum of a file that was written, read back: what a stick says it kept is not always what it kept.
///
/// # Errors
/// What reading says.
pub fn sum(file: &mut impl Read) -> io::Result<Written> {
    let mut counted = Counted::new(file);
    io::copy(&mut counted, &mut io::sink())?;
    let (bytes, sha256) = counted.sum();
    Ok(Written { bytes, sha256 })
}

/// Counts and sums what goes through.
struct Counted<W> {
    through: W,
    bytes: u64,
    hash: Sha256,
}

impl<W> Counted<W> {
    fn new(through: W) -> Self {
        Counted { through, bytes: 0, hash: Sha256::new() }
    }

    fn sum(self) -> (u64, Digest) {
        (self.bytes, Digest(self.hash.finalize().into()))
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let written = self.through.write(part)?;
        self.bytes = self.bytes.saturating_add(written as u64);
        self.hash.update(part.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.through.flush()
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.through.read(into)?;
        self.bytes = self.bytes.saturating_add(read as u64);
        self.hash.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// A courier file that was opened with the recipient's key. Nothing of it is believed before [`Pack::sealed_by`].
pub struct Pack<R> {
    manifest: Manifest,
    signed: Signed,
    inside: R,
    next: usize,
}

impl<R: BufRead> Pack<age::stream::StreamReader<R>> {
    /// Opens a courier file of `county`.
    ///
    /// # Errors
    /// [`CourierError::NotAPack`], `OtherCounty`, `Damaged` (also when it was sealed for another key), `Newer`.
    pub fn open(file: R, county: CountyId, identity: &Identity) -> Result<Self, CourierError> {
        let file = age::Decryptor::new_buffered(file).map_err(|_| CourierError::NotAPack)?;
        let key: &dyn age::Identity = identity.age();
        let mut inside = file.decrypt(std::iter::once(key)).map_err(|_| CourierError::Damaged)?;
        let mut length = [0; 4];
        inside.read_exact(&mut length).map_err(|_| CourierError::Damaged)?;
        let length = u32::from_be_bytes(length);
        if length > MOST_MANIFEST {
            return Err(CourierError::TooLarge);
        }
        let mut signed = Vec::new();
        inside
            .by_ref()
            .take(u64::from(length))
            .read_to_end(&mut signed)
            .map_err(|_| CourierError::Damaged)?;
        let signed: Signed = from_cbor(&signed).map_err(|_| CourierError::Damaged)?;
        let version: Version = from_cbor(&signed.manifest).map_err(|_| CourierError::Damaged)?;
        if version.v != VERSION {
            return Err(CourierError::Newer);
        }
        let manifest: Manifest = from_cbor(&signed.manifest).map_err(|_| CourierError::Damaged)?;
        if manifest.county != county {
            return Err(CourierError::OtherCounty);
        }
        let sum = manifest.parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.size));
        let large = |part: &Entry| part.size > MOST_PART && part.what != What::Box;
        if sum > MOST_BYTES || manifest.parts.iter().any(large) {
            return Err(CourierError::TooLarge);
        }
        Ok(Pack { manifest, signed, inside, next: 0 })
    }
}

/// The version alone: a newer manifest may have another shape.
#[derive(Deserialize)]
struct Version {
    v: u16,
}

impl<R: Read> Pack<R> {
    /// What it says about itself and its sender; to find the sender's key with.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Checks the sender's seal.
    ///
    /// # Errors
    /// [`CourierError::Stranger`].
    pub fn sealed_by(&self, key: &PublicKey) -> Result<(), CourierError> {
        key.verify(Purpose::Courier, &self.signed.manifest, &self.signed.signature)
            .map_err(|_| CourierError::Stranger)
    }

    /// The next part. It has to be read to its end before the one after it.
    ///
    /// # Errors
    /// [`CourierError::Damaged`].
    pub fn part(&mut self) -> Result<Option<Part<'_, R>>, CourierError> {
        let Some(entry) = self.manifest.parts.get(self.next) else { return Ok(None) };
        self.next += 1;
        Ok(Some(Part { entry, inside: Counted::new(self.inside.by_ref().take(entry.size)) }))
    }

    /// Reads to the end and checks every part, so that nothing of a file that is cut off or altered is ever taken.
    ///
    /// # Errors
    /// [`CourierError::Damaged`].
    pub fn check(mut self) -> Result<Manifest, CourierError> {
        while let Some(part) = self.part()? {
            part.copy(&mut io::sink())?;
        }
        match self.inside.read(&mut [0]) {
            Ok(0) => Ok(self.manifest),
            _ => Err(CourierError::Damaged),
        }
    }
}

/// One part while it is read.
pub struct Part<'p, R: Read> {
    /// What the manifest says of it.
    pub entry: &'p Entry,
    inside: Counted<io::Take<&'p mut R>>,
}

impl<R: Read> Part<'_, R> {
    /// The whole part. Parts that are read so have a bound, [`MOST_PART`].
    ///
    /// # Errors
    /// [`CourierError::Damaged`] when it is not what the manifest names.
    pub fn bytes(self) -> Result<Vec<u8>, CourierError> {
        let mut whole = Vec::with_capacity(usize::try_from(self.entry.size.min(MOST_PART)).unwrap_or(0));
        self.copy(&mut whole)?;
        Ok(whole)
    }

    /// Copies the part elsewhere.
    ///
    /// # Errors
    /// [`CourierError::Damaged`] when it is not what the manifest names; what was copied then is to be thrown away.
    pub fn copy(mut self, to: &mut impl Write) -> Result<(), CourierError> {
        let mut piece = [0; 16 * 1024];
        loop {
            // An error while reading is a bad stick or a broken seal: for whoever holds it, the file is damaged.
            let read = self.inside.read(&mut piece).map_err(|_| CourierError::Damaged)?;
            let Some(piece) = piece.get(..read).filter(|piece| !piece.is_empty()) else { break };
            to.write_all(piece)?;
        }
        match self.inside.sum() == (self.entry.size, self.entry.sha256) {
            true => Ok(()),
            false => Err(CourierError::Damaged),
        }
    }
}
