//! Counting before opening: how much a packed document or change stands for, read off its columns alone.
//!
//! The layout is that of the Automerge binary format, version 1 (<https://automerge.org/automerge-binary-format-spec/>).
//! Only lengths and repeat counts are read here; meaning is left to Automerge.

use super::{InspectError, Limits};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const DOCUMENT: u8 = 0;
const CHANGE: u8 = 1;
const DEFLATED: u64 = 0b1000;
/// Entries in one column for each operation allowed: predecessors and successors may be several.
const ENTRIES_PER_OPERATION: u64 = 4;

/// Checks a document chunk: exactly one, nothing deflated, no column longer than its share.
pub(super) fn check_document(bytes: &[u8], limits: &Limits) -> Result<(), InspectError> {
    let mut rest = Reader(bytes).chunk(DOCUMENT)?;
    let actors = rest.count(limits.actors + 1)?;
    for _ in 0..actors {
        rest.prefixed()?;
    }
    let heads = rest.count(limits.parents)?;
    rest.take(heads * 32)?;
    let changes = rest.column_list()?;
    let operations = rest.column_list()?;
    for column in &changes {
        column.check(rest.take(column.length)?, limits.changes + 1, limits.parents)?;
    }
    for column in &operations {
        column.check(rest.take(column.length)?, limits.operations, limits.operations)?;
    }
    Ok(())
}

/// Checks a change chunk and gives the entries of its longest column, which is never less than its operations.
pub(super) fn check_change(bytes: &[u8], limits: &Limits) -> Result<usize, InspectError> {
    let mut rest = Reader(bytes).chunk(CHANGE)?;
    let parents = rest.count(limits.parents)?;
    rest.take(parents * 32)?;
    rest.prefixed()?;
    for _ in 0..3 {
        // number, first operation, time: only their end matters here
        rest.skip_number()?;
    }
    rest.prefixed()?;
    let actors = rest.count(limits.actors + 1)?;
    for _ in 0..actors {
        rest.prefixed()?;
    }
    let mut longest = 0;
    for column in rest.column_list()? {
        let entries = column.check(rest.take(column.length)?, limits.operations, limits.operations)?;
        longest = longest.max(entries);
    }
    Ok(longest)
}

/// The actors that a document chunk names, in its order.
pub(super) fn actors_of_document(bytes: &[u8]) -> Result<Vec<&[u8]>, InspectError> {
    let mut rest = Reader(bytes).chunk(DOCUMENT)?;
    (0..rest.unsigned()?).map(|_| rest.prefixed()).collect()
}

/// The actor who made a change.
pub(super) fn actor_of_change(bytes: &[u8]) -> Result<&[u8], InspectError> {
    let mut rest = Reader(bytes).chunk(CHANGE)?;
    for _ in 0..rest.unsigned()? {
        rest.take(32)?;
    }
    rest.prefixed()
}

struct Column {
    kind: Kind,
    length: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Group,
    Number,
    Delta,
    Boolean,
    Text,
    Raw,
}

impl Column {
    /// Counts the entries of a column and refuses more than its share.
    fn check(&self, bytes: &[u8], rows: usize, group: usize) -> Result<usize, InspectError> {
        let most = (rows as u64).saturating_mul(ENTRIES_PER_OPERATION);
        let mut rest = Reader(bytes);
        let mut entries: u64 = 0;
        let mut members: u64 = 0;
        while self.kind != Kind::Raw && !rest.0.is_empty() {
            let (repeats, values) = if self.kind == Kind::Boolean {
                (rest.unsigned()?, 0)
            } else {
                match rest.signed()? {
                    0 => (rest.unsigned()?, 0),
                    run @ 1.. => (run.unsigned_abs(), 1),
                    literals => (literals.unsigned_abs(), literals.unsigned_abs()),
                }
            };
            entries = entries.saturating_add(repeats);
            if entries > most {
                return Err(InspectError::TooMany);
            }
            for _ in 0..values {
                let each = if values == 1 { repeats } else { 1 };
                match self.kind {
                    Kind::Text => rest.prefixed().map(|_| ())?,
                    Kind::Delta => rest.skip_number()?,
                    Kind::Group => {
                        let value = rest.unsigned()?;
                        if value > group as u64 {
                            return Err(InspectError::TooMany);
                        }
                        members = members.saturating_add(value.saturating_mul(each));
                    }
                    Kind::Number | Kind::Boolean | Kind::Raw => rest.skip_number()?,
                }
            }
            if members > most {
                return Err(InspectError::TooMany);
            }
        }
        usize::try_from(entries).map_err(|_| InspectError::TooMany)
    }
}

/// Bytes not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], InspectError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(InspectError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The body of the only chunk, which must be of the expected kind.
    fn chunk(mut self, kind: u8) -> Result<Reader<'a>, InspectError> {
        let magic = self.take(4)?;
        self.take(4)?;
        if magic != MAGIC || self.take(1)? != [kind] {
            return Err(InspectError::Malformed);
        }
        let body = self.prefixed()?;
        if self.0.is_empty() { Ok(Reader(body)) } else { Err(InspectError::Malformed) }
    }

    fn unsigned(&mut self) -> Result<u64, InspectError> {
        let mut value: u64 = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(InspectError::Malformed)
    }

    fn signed(&mut self) -> Result<i64, InspectError> {
        let mut value: i64 = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                return Ok(if negative { value | (-1 << (shift + 7)) } else { value });
            }
        }
        Err(InspectError::Malformed)
    }

    /// A number whose value does not matter, of at most ten bytes.
    fn skip_number(&mut self) -> Result<(), InspectError> {
        for _ in 0..10 {
            if self.byte()? & 0x80 == 0 {
                return Ok(());
            }
        }
        Err(InspectError::Malformed)
    }

    fn byte(&mut self) -> Result<u8, InspectError> {
        self.take(1)?.first().copied().ok_or(InspectError::Malformed)
    }

    fn count(&mut self, most: usize) -> Result<usize, InspectError> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| InspectError::TooMany)?;
        if count > most { Err(InspectError::TooMany) } else { Ok(count) }
    }

    fn prefixed(&mut self) -> Result<&'a [u8], InspectError> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| InspectError::Malformed)?;
        self.take(length)
    }

    /// The descriptions of columns. A deflated column is refused: what travels is packed once, from outside.
    fn column_list(&mut self) -> Result<Vec<Column>, InspectError> {
        let count = self.count(64)?;
        let mut columns = Vec::with_capacity(count);
        for _ in 0..count {
            let spec = self.unsigned()?;
            let length = usize::try_from(self.unsigned()?).map_err(|_| InspectError::Malformed)?;
            if spec & DEFLATED != 0 {
                return Err(InspectError::Malformed);
            }
            let kind = match spec & 0b111 {
                0 => Kind::Group,
                3 => Kind::Delta,
                4 => Kind::Boolean,
                5 => Kind::Text,
                7 => Kind::Raw,
                _ => Kind::Number,
            };
            columns.push(Column { kind, length });
        }
        Ok(columns)
    }
}
