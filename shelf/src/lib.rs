//! Documents and changes sorted as on shelves: what is alike lies side by side, so that it packs small.
//!
//! A chunk of two hundred cases holds two hundred lists of questions, two hundred columns of answers, two hundred times
//! the same envelope. Taken apart and laid together they compress a quarter better than one after the other, and so does a
//! single document: what is written stands by itself, what is random lies behind it as bytes, not as digits. Whoever unpacks
//! puts every item together again to the very byte: what cannot be taken apart stays as it is.
//!
//! Knows nothing of where the bytes come from or go to: on the line `sync` uses it, on the disk `store`.

mod part;
mod text;

use std::collections::BTreeMap;

use part::Part;

/// Steps by which an item is put together again.
const STEPS: u32 = 0;
/// Bytes that are not part of a document or a change.
const ENVELOPE: u32 = 1;
/// Random bytes: ids and checksums. Behind everything else, where they disturb no text.
const RANDOM: u32 = u32::MAX;

/// More shelves than columns exist.
const MOST_SHELVES: u64 = 1024;
/// What an item counts at least.
const LEAST_ITEM: usize = 32;

const END: u64 = 0;
const PLAIN: u64 = 1;
const KNOWN: u64 = 2;
const DOCUMENT: u64 = 3;
const CHANGE: u64 = 4;

/// Bytes sorted by what they are.
#[derive(Default)]
struct Shelves(BTreeMap<u32, Vec<u8>>);

impl Shelves {
    fn on(&mut self, shelf: u32) -> &mut Vec<u8> {
        self.0.entry(shelf).or_default()
    }

    fn number(&mut self, shelf: u32, number: u64) {
        put_number(self.on(shelf), number);
    }
}

/// Takes items apart and lays alike beside alike. [`collect`] gives the very same bytes back.
pub fn sort(items: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut shelves = Shelves::default();
    shelves.number(STEPS, items.len() as u64);
    for item in items {
        take_apart(item.as_ref(), &mut shelves);
    }
    let mut out = Vec::new();
    put_number(&mut out, shelves.0.len() as u64);
    for (shelf, bytes) in &shelves.0 {
        put_number(&mut out, u64::from(*shelf));
        put_number(&mut out, bytes.len() as u64);
    }
    shelves.0.values().for_each(|bytes| out.extend_from_slice(bytes));
    out
}

fn take_apart(item: &[u8], shelves: &mut Shelves) {
    // Hashes that whoever puts the item together knows by then.
    let mut known: Vec<[u8; 32]> = Vec::new();
    let mut rest = item;
    while let Some(at) = rest.windows(4).position(|window| window == part::MAGIC) {
        let (before, from) = rest.split_at(at);
        match Part::read(from) {
            Some((part, length)) => {
                plain(before, &known, shelves);
                let step = if part.is_document() { DOCUMENT } else { CHANGE };
                shelves.number(STEPS, step);
                part.lay(&mut known, shelves);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                let (odd, after) = rest.split_at((at + 4).min(rest.len()));
                plain(odd, &known, shelves);
                rest = after;
            }
        }
    }
    plain(rest, &known, shelves);
    shelves.number(STEPS, END);
}

/// Bytes as they are, but for hashes that are known already.
fn plain(bytes: &[u8], known: &[[u8; 32]], shelves: &mut Shelves) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let found = known
            .iter()
            .enumerate()
            .find_map(|(index, hash)| Some((index, rest.windows(32).position(|window| window == hash)?)));
        let until = found.map_or(rest.len(), |(_, at)| at);
        let (literal, after) = rest.split_at(until);
        if !literal.is_empty() {
            shelves.number(STEPS, PLAIN);
            shelves.number(STEPS, literal.len() as u64);
            shelves.on(ENVELOPE).extend_from_slice(literal);
        }
        let Some((index, _)) = found else { return };
        shelves.number(STEPS, KNOWN);
        shelves.number(STEPS, index as u64);
        rest = after.get(32..).unwrap_or_default();
    }
}

/// What is left on each shelf.
struct Sorted<'b> {
    shelves: BTreeMap<u32, &'b [u8]>,
    /// Bytes that may still be made.
    room: usize,
}

impl<'b> Sorted<'b> {
    fn take(&mut self, shelf: u32, length: usize) -> Option<&'b [u8]> {
        take(self.shelves.get_mut(&shelf)?, length)
    }

    fn number(&mut self, shelf: u32) -> Option<u64> {
        read_number(self.shelves.get_mut(&shelf)?)
    }

    fn length(&mut self, shelf: u32) -> Option<usize> {
        usize::try_from(self.number(shelf)?).ok()
    }

    /// Counts bytes that are about to be made.
    fn make(&mut self, length: usize) -> Option<()> {
        self.room = self.room.checked_sub(length)?;
        Some(())
    }
}

/// Bytes that [`sort`] does not make, or that stand for more than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing that was sorted")]
pub struct Misshapen;

/// Puts items together again that were taken apart by [`sort`]: no more than `most` bytes in all.
///
/// # Errors
/// [`Misshapen`].
pub fn collect(bytes: &[u8], most: usize) -> Result<Vec<Vec<u8>>, Misshapen> {
    collected(bytes, most).ok_or(Misshapen)
}

fn collected(bytes: &[u8], most: usize) -> Option<Vec<Vec<u8>>> {
    let mut rest = bytes;
    let count = read_number(&mut rest).filter(|count| *count <= MOST_SHELVES)?;
    let mut lengths = Vec::new();
    for _ in 0..count {
        let shelf = u32::try_from(read_number(&mut rest)?).ok()?;
        lengths.push((shelf, usize::try_from(read_number(&mut rest)?).ok()?));
    }
    let mut sorted = Sorted { shelves: BTreeMap::new(), room: most };
    for (shelf, length) in lengths {
        let (bytes, after) = rest.split_at_checked(length)?;
        if sorted.shelves.insert(shelf, bytes).is_some() {
            return None;
        }
        rest = after;
    }
    let items = sorted.number(STEPS)?;
    let mut collected = Vec::new();
    for _ in 0..items {
        sorted.make(LEAST_ITEM)?;
        collected.push(put_together(&mut sorted)?);
    }
    let empty = rest.is_empty() && sorted.shelves.values().all(|left| left.is_empty());
    empty.then_some(collected)
}

fn put_together(sorted: &mut Sorted<'_>) -> Option<Vec<u8>> {
    let mut item = Vec::new();
    let mut known: Vec<[u8; 32]> = Vec::new();
    loop {
        match sorted.number(STEPS)? {
            END => return Some(item),
            PLAIN => {
                let length = sorted.length(STEPS)?;
                sorted.make(length)?;
                item.extend_from_slice(sorted.take(ENVELOPE, length)?);
            }
            KNOWN => {
                let index = sorted.length(STEPS)?;
                sorted.make(32)?;
                item.extend_from_slice(known.get(index)?);
            }
            DOCUMENT => part::collect_document(sorted, &mut known, &mut item)?,
            CHANGE => part::collect_change(sorted, &mut known, &mut item)?,
            _ => return None,
        }
    }
}

/// The next `length` bytes, moving on behind them.
fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

/// Appends a number, seven bits a byte, the lowest first.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number and moves on behind it.
fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
