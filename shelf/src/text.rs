//! Ids and checksums inside texts: written out they take twice the room, so they travel as the bytes they stand for.

use super::{RANDOM, Shelves, Sorted, take};

/// A run of lower-case hexadecimal digits: how many bytes; the bytes are among the random ones.
const DIGITS: u8 = 0;
/// A new id: its first six bytes (a time, mostly), the others among the random ones.
const NEW_ID: u8 = 1;
/// An id of this column once more: which one.
const SAME_ID: u8 = 2;
/// The next byte stands for itself.
const ITSELF: u8 = 3;

/// Fewest digits worth it.
const LEAST_DIGITS: usize = 32;
/// Most digits at once.
const MOST_DIGITS: usize = 510;
/// Characters of an id, and where its hyphens are.
const ID: usize = 36;
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    digits.chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?)).collect()
}

fn id(text: &[u8]) -> Option<[u8; 16]> {
    let text = text.get(..ID)?;
    if !HYPHENS.iter().all(|at| text.get(*at) == Some(&b'-')) {
        return None;
    }
    let digits: Vec<u8> =
        (0..).zip(text).filter(|(at, _)| !HYPHENS.contains(at)).map(|(_, byte)| *byte).collect();
    bytes_of(&digits)?.try_into().ok()
}

fn written(id: &[u8; 16]) -> String {
    let mut text = hex::encode(id);
    for at in HYPHENS {
        text.insert(at, '-');
    }
    text
}

/// How many digits begin here; an even number.
fn digits_at(text: &[u8]) -> usize {
    let run = text.iter().take(MOST_DIGITS).take_while(|byte| digit(**byte).is_some()).count();
    run & !1
}

/// Lays a column of texts on its shelf.
pub(super) fn lay(shelf: u32, text: &[u8], shelves: &mut Shelves) {
    let mut ids: Vec<[u8; 16]> = Vec::new();
    let mut out = Vec::with_capacity(text.len());
    let mut random = Vec::new();
    let mut rest = text;
    // A long run of digits is looked at once, not again from its second digit.
    let mut literal_until = 0;
    while let Some((byte, after)) = rest.split_first() {
        let at = text.len() - rest.len();
        if at >= literal_until && digit(*byte).is_some() {
            if let Some(id) = id(rest) {
                match ids.iter().position(|known| *known == id).and_then(|n| u8::try_from(n).ok()) {
                    Some(n) => out.extend([SAME_ID, n]),
                    None => {
                        let (begin, end) = id.split_at(6);
                        out.push(NEW_ID);
                        out.extend_from_slice(begin);
                        random.extend_from_slice(end);
                        ids.push(id);
                    }
                }
                rest = rest.get(ID..).unwrap_or_default();
                continue;
            }
            let run = digits_at(rest);
            let digits = rest.get(..run).unwrap_or_default();
            // Decimal numbers are texts like others.
            let numeric = digits.iter().all(u8::is_ascii_digit);
            if let (true, Some(bytes)) = (run >= LEAST_DIGITS && !numeric, bytes_of(digits)) {
                out.extend([DIGITS, bytes.len() as u8]);
                random.extend_from_slice(&bytes);
                rest = rest.get(run..).unwrap_or_default();
                continue;
            }
            // An id may begin only where its first eight digits do.
            literal_until = at + run.saturating_sub(8).max(1);
        }
        if *byte <= ITSELF {
            out.push(ITSELF);
        }
        out.push(*byte);
        rest = after;
    }
    shelves.on(shelf).extend_from_slice(&out);
    shelves.on(RANDOM).extend_from_slice(&random);
}

/// Writes a column of `length` bytes of texts again.
pub(super) fn collect(shelf: u32, length: usize, sorted: &mut Sorted<'_>, out: &mut Vec<u8>) -> Option<()> {
    let end = out.len().checked_add(length)?;
    let mut ids: Vec<[u8; 16]> = Vec::new();
    let mut text = sorted.shelves.get(&shelf).copied().unwrap_or_default();
    while out.len() < end {
        // Most of a text stands for itself: a stretch of it is copied at once.
        let stretch = text.get(..end - out.len()).unwrap_or(text);
        let escape = stretch.iter().position(|byte| *byte <= ITSELF).unwrap_or(stretch.len());
        let (itself, rest) = text.split_at_checked(escape)?;
        out.extend_from_slice(itself);
        text = rest;
        if out.len() == end {
            break;
        }
        match *take(&mut text, 1)?.first()? {
            DIGITS => {
                let bytes = usize::from(*take(&mut text, 1)?.first()?);
                out.extend_from_slice(hex::encode(sorted.take(RANDOM, bytes)?).as_bytes());
            }
            NEW_ID => {
                let mut id = [0; 16];
                let (begin, rest) = id.split_at_mut(6);
                begin.copy_from_slice(take(&mut text, 6)?);
                rest.copy_from_slice(sorted.take(RANDOM, 10)?);
                out.extend_from_slice(written(&id).as_bytes());
                ids.push(id);
            }
            SAME_ID => {
                let n = usize::from(*take(&mut text, 1)?.first()?);
                out.extend_from_slice(written(ids.get(n)?).as_bytes());
            }
            _ => out.extend_from_slice(take(&mut text, 1)?),
        }
    }
    sorted.shelves.insert(shelf, text);
    (out.len() == end).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[0-9a-f\\-\u{0}-\u{4}x]{0,200}") {
            let mut shelves = Shelves::default();
            lay(5, text.as_bytes(), &mut shelves);
            let shelves = shelves.0.iter().map(|(shelf, bytes)| (*shelf, bytes.as_slice())).collect();
            let mut sorted = Sorted { shelves, room: 1_000 };
            let mut out = Vec::new();
            collect(5, text.len(), &mut sorted, &mut out).unwrap();
            prop_assert_eq!(out, text.as_bytes());
        }
    }
}
