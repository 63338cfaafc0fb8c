//! A document or a change inside an item, taken apart into its columns.
//!
//! The layout is that of the Automerge binary format, version 1 (<https://automerge.org/automerge-binary-format-spec/>).
//! Only lengths are read here; whether the contents make sense is for Automerge to say, on the other side.

use sha2::{Digest as _, Sha256};

use super::{Shelves, Sorted, put_number, read_number, text};

pub(super) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const DOCUMENT: u8 = 0;
const CHANGE: u8 = 1;

/// Shelves of what stands before the columns.
const CHECK: u32 = 10;
const ACTORS: u32 = 11;
const HEADS: u32 = 12;
const COLUMNS: u32 = 13;
const END: u32 = 14;
const PARENTS: u32 = 15;
const FACTS: u32 = 16;
const CHANGE_COLUMNS: u32 = 17;
const CHANGE_END: u32 = 18;
/// Shelves of columns: the kind of list they belong to, then the column's own number.
const OF_CHANGES: u32 = 1 << 16;
const OF_OPERATIONS: u32 = 2 << 16;
const OF_CHANGE: u32 = 3 << 16;

/// The types of columns that hold texts: strings, and the values themselves.
const TEXTS: [u64; 2] = [5, 7];
/// Most columns of one list; Automerge knows about twenty.
const MOST_COLUMNS: u64 = 64;

/// A document or change, its pieces still in place.
pub(super) struct Part<'b> {
    kind: u8,
    check: &'b [u8],
    /// Hash of the whole, for changes.
    hash: [u8; 32],
    /// Actors of a document; number, times and actors of a change.
    facts: &'b [u8],
    /// Heads of a document, parents of a change: count and hashes.
    hashes: Vec<&'b [u8]>,
    lists: &'b [u8],
    columns: Vec<(u32, bool, &'b [u8])>,
    end: &'b [u8],
}

fn take<'b>(rest: &mut &'b [u8], length: u64) -> Option<&'b [u8]> {
    super::take(rest, usize::try_from(length).ok()?)
}

fn prefixed<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = read_number(rest)?;
    take(rest, length)
}

/// What was read between two places.
fn between<'b>(from: &'b [u8], to: &[u8]) -> &'b [u8] {
    from.get(..from.len() - to.len()).unwrap_or_default()
}

/// The columns of a list: shelf, whether they hold texts, length.
fn list(rest: &mut &[u8], base: u32) -> Option<Vec<(u32, bool, u64)>> {
    let count = read_number(rest).filter(|count| *count <= MOST_COLUMNS)?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let spec = read_number(rest).filter(|spec| *spec < 1 << 8)?;
        let length = read_number(rest)?;
        columns.push((base | u32::try_from(spec).ok()?, TEXTS.contains(&(spec & 0b1111)), length));
    }
    Some(columns)
}

fn hashes<'b>(rest: &mut &'b [u8]) -> Option<Vec<&'b [u8]>> {
    let count = read_number(rest)?;
    (0..count).map(|_| take(rest, 32)).collect()
}

/// The bytes that a hash goes over, and a chunk begins with behind its checksum.
fn header(kind: u8, length: usize) -> Vec<u8> {
    let mut header = vec![kind];
    put_number(&mut header, length as u64);
    header
}

fn hash_of(header: &[u8], contents: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(header).chain_update(contents).finalize().into()
}

impl<'b> Part<'b> {
    /// What begins here, and its length; `None` for anything that would not come back to the very byte.
    pub(super) fn read(bytes: &'b [u8]) -> Option<(Part<'b>, usize)> {
        let mut rest = bytes.get(4..)?;
        let check = take(&mut rest, 4)?;
        let begin = rest;
        let kind = *take(&mut rest, 1)?.first()?;
        let contents = prefixed(&mut rest)?;
        let said = begin.get(..begin.len() - rest.len() - contents.len())?;
        let mut part = match kind {
            DOCUMENT => document(contents)?,
            CHANGE => change(contents)?,
            _ => return None,
        };
        part.check = check;
        let header = header(kind, contents.len());
        if kind == CHANGE {
            part.hash = hash_of(&header, contents);
        }
        let sound =
            said == header && (kind == DOCUMENT || part.hash.starts_with(check)) && part.is_plain(contents);
        sound.then_some((part, bytes.len() - rest.len()))
    }

    pub(super) fn is_document(&self) -> bool {
        self.kind == DOCUMENT
    }

    /// Whether the counts are written in the one way in which they will be written again.
    fn is_plain(&self, contents: &[u8]) -> bool {
        let mut count = Vec::new();
        put_number(&mut count, self.hashes.len() as u64);
        let columns: usize = self.columns.iter().map(|(_, _, column)| column.len()).sum();
        let parts = [
            self.facts.len(),
            count.len(),
            32 * self.hashes.len(),
            self.lists.len(),
            columns,
            self.end.len(),
        ];
        parts.iter().sum::<usize>() == contents.len()
    }

    /// Lays the pieces on their shelves. `known` holds the hashes known before and gets those known from here on.
    pub(super) fn lay(&self, known: &mut Vec<[u8; 32]>, shelves: &mut Shelves) {
        let (facts, hashes, lists, end) = match self.kind {
            DOCUMENT => (ACTORS, HEADS, COLUMNS, END),
            _ => (FACTS, PARENTS, CHANGE_COLUMNS, CHANGE_END),
        };
        shelves.on(facts).extend_from_slice(self.facts);
        shelves.number(hashes, self.hashes.len() as u64);
        for hash in &self.hashes {
            let index = known.iter().position(|known| known == hash);
            // 0: a new one; n: the n-th of those known.
            shelves.number(hashes, index.map_or(0, |index| index as u64 + 1));
            if index.is_none() {
                shelves.on(super::RANDOM).extend_from_slice(hash);
                known.extend(<[u8; 32]>::try_from(*hash));
            }
        }
        shelves.on(lists).extend_from_slice(self.lists);
        for (shelf, texts, column) in &self.columns {
            if *texts {
                text::lay(*shelf, column, shelves);
            } else {
                shelves.on(*shelf).extend_from_slice(column);
            }
        }
        shelves.number(end, self.end.len() as u64);
        shelves.on(end).extend_from_slice(self.end);
        if self.kind == DOCUMENT {
            shelves.on(CHECK).extend_from_slice(self.check);
        } else {
            known.push(self.hash);
        }
    }
}

fn document(contents: &[u8]) -> Option<Part<'_>> {
    let mut rest = contents;
    for _ in 0..read_number(&mut rest)? {
        prefixed(&mut rest)?;
    }
    let facts = between(contents, rest);
    let hashes = hashes(&mut rest)?;
    let from = rest;
    let mut columns = list(&mut rest, OF_CHANGES)?;
    columns.extend(list(&mut rest, OF_OPERATIONS)?);
    let lists = between(from, rest);
    finish(DOCUMENT, facts, hashes, lists, columns, rest)
}

fn change(contents: &[u8]) -> Option<Part<'_>> {
    let mut rest = contents;
    let hashes = hashes(&mut rest)?;
    let from = rest;
    skip_facts(&mut rest)?;
    let facts = between(from, rest);
    let from = rest;
    let columns = list(&mut rest, OF_CHANGE)?;
    let lists = between(from, rest);
    finish(CHANGE, facts, hashes, lists, columns, rest)
}

/// Actor, number, first operation, time, message, other actors of a change.
fn skip_facts(rest: &mut &[u8]) -> Option<()> {
    prefixed(rest)?;
    for _ in 0..3 {
        read_number(rest)?;
    }
    prefixed(rest)?;
    for _ in 0..read_number(rest)? {
        prefixed(rest)?;
    }
    Some(())
}

fn finish<'b>(
    kind: u8,
    facts: &'b [u8],
    hashes: Vec<&'b [u8]>,
    lists: &'b [u8],
    columns: Vec<(u32, bool, u64)>,
    mut rest: &'b [u8],
) -> Option<Part<'b>> {
    let mut read = Vec::new();
    for (shelf, texts, length) in columns {
        read.push((shelf, texts, take(&mut rest, length)?));
    }
    Some(Part { kind, check: &[], hash: [0; 32], facts, hashes, lists, columns: read, end: rest })
}

/// Bytes of a shelf that are read as far as `read` reads.
fn copied(
    shelf: u32,
    sorted: &mut Sorted<'_>,
    out: &mut Vec<u8>,
    read: impl FnOnce(&mut &[u8]) -> Option<()>,
) -> Option<()> {
    let left = sorted.shelves.get(&shelf)?;
    let mut rest = *left;
    read(&mut rest)?;
    let length = left.len() - rest.len();
    out.extend_from_slice(sorted.take(shelf, length)?);
    Some(())
}

fn collect_hashes(
    shelf: u32,
    sorted: &mut Sorted<'_>,
    known: &mut Vec<[u8; 32]>,
    out: &mut Vec<u8>,
) -> Option<()> {
    let count = sorted.number(shelf)?;
    put_number(out, count);
    for _ in 0..count {
        match sorted.length(shelf)? {
            0 => {
                let hash = sorted.take(super::RANDOM, 32)?;
                out.extend_from_slice(hash);
                known.push(hash.try_into().ok()?);
            }
            index => {
                sorted.make(32)?;
                out.extend_from_slice(known.get(index - 1)?);
            }
        }
    }
    Some(())
}

fn collect_columns(
    columns: Vec<(u32, bool, u64)>,
    end: u32,
    sorted: &mut Sorted<'_>,
    out: &mut Vec<u8>,
) -> Option<()> {
    for (shelf, texts, length) in columns {
        let length = usize::try_from(length).ok()?;
        sorted.make(length)?;
        if texts {
            text::collect(shelf, length, sorted, out)?;
        } else {
            out.extend_from_slice(sorted.take(shelf, length)?);
        }
    }
    let length = sorted.length(end)?;
    out.extend_from_slice(sorted.take(end, length)?);
    Some(())
}

/// Puts a document together and writes it behind `item`.
pub(super) fn collect_document(
    sorted: &mut Sorted<'_>,
    known: &mut Vec<[u8; 32]>,
    item: &mut Vec<u8>,
) -> Option<()> {
    let mut contents = Vec::new();
    copied(ACTORS, sorted, &mut contents, |rest| {
        (0..read_number(rest)?).try_for_each(|_| prefixed(rest).map(drop))
    })?;
    collect_hashes(HEADS, sorted, known, &mut contents)?;
    let mut columns = Vec::new();
    copied(COLUMNS, sorted, &mut contents, |rest| {
        columns = list(rest, OF_CHANGES)?;
        columns.extend(list(rest, OF_OPERATIONS)?);
        Some(())
    })?;
    collect_columns(columns, END, sorted, &mut contents)?;
    item.extend_from_slice(&MAGIC);
    item.extend_from_slice(sorted.take(CHECK, 4)?);
    item.extend_from_slice(&header(DOCUMENT, contents.len()));
    item.append(&mut contents);
    Some(())
}

/// Puts a change together and writes it behind `item`.
pub(super) fn collect_change(
    sorted: &mut Sorted<'_>,
    known: &mut Vec<[u8; 32]>,
    item: &mut Vec<u8>,
) -> Option<()> {
    let mut contents = Vec::new();
    collect_hashes(PARENTS, sorted, known, &mut contents)?;
    copied(FACTS, sorted, &mut contents, skip_facts)?;
    let mut columns = Vec::new();
    copied(CHANGE_COLUMNS, sorted, &mut contents, |rest| {
        columns = list(rest, OF_CHANGE)?;
        Some(())
    })?;
    collect_columns(columns, CHANGE_END, sorted, &mut contents)?;
    let header = header(CHANGE, contents.len());
    let hash = hash_of(&header, &contents);
    item.extend_from_slice(&MAGIC);
    item.extend_from_slice(hash.get(..4)?);
    item.extend_from_slice(&header);
    item.append(&mut contents);
    known.push(hash);
    Some(())
}
