//! Counting before opening: how much a packed document or change stands for, read off its columns alone.
//!
//! The layout is that of the Automerge binary format, version 1 (<https://automerge.org/automerge-binary-format-spec/>).
//! Lengths and repeat counts are checked here; what the columns of a document say is then read entry by entry.

use super::reader::{Reader, Run};
use super::{InspectError, Limits};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const DOCUMENT: u8 = 0;
const CHANGE: u8 = 1;
const DEFLATED: u64 = 0b1000;
/// Entries in one column for each operation allowed: predecessors and successors may be several.
const ENTRIES_PER_OPERATION: u64 = 4;

pub(super) const OBJECT_ACTOR: u64 = 0x01;
pub(super) const OBJECT_COUNTER: u64 = 0x02;
pub(super) const KEY: u64 = 0x15;
pub(super) const ID_ACTOR: u64 = 0x21;
pub(super) const ID_COUNTER: u64 = 0x23;
pub(super) const INSERT: u64 = 0x34;
pub(super) const ACTION: u64 = 0x42;
pub(super) const VALUE_KIND: u64 = 0x56;
pub(super) const VALUE: u64 = 0x57;
pub(super) const SUCCESSORS: u64 = 0x80;
pub(super) const SUCCESSOR_ACTOR: u64 = 0x81;
pub(super) const SUCCESSOR_COUNTER: u64 = 0x83;

/// The columns of operations that a case document may have: none for places in a list or text, none for marks.
const OPERATION_COLUMNS: [u64; 12] = [
    OBJECT_ACTOR,
    OBJECT_COUNTER,
    KEY,
    ID_ACTOR,
    ID_COUNTER,
    INSERT,
    ACTION,
    VALUE_KIND,
    VALUE,
    SUCCESSORS,
    SUCCESSOR_ACTOR,
    SUCCESSOR_COUNTER,
];

/// The columns of changes that a case document may have: writer, number, last operation, time, how many parents, which,
/// and the kind of what is said beyond that, but none for messages (0x35) and none for what is said (0x57).
const CHANGE_COLUMNS: [u64; 7] = [0x01, 0x03, 0x13, 0x23, 0x40, 0x43, 0x56];

/// A document whose columns were counted.
pub(super) struct Packed<'a> {
    /// Everybody it names, in ascending order, each once.
    pub(super) actors: Vec<&'a [u8]>,
    operations: Vec<(u64, &'a [u8])>,
}

impl<'a> Packed<'a> {
    /// A column of the operations; empty when the document does without.
    pub(super) fn column(&self, spec: u64) -> Reader<'a> {
        let found = self.operations.iter().find(|(own, _)| *own == spec);
        Reader(found.map_or(&[], |(_, bytes)| *bytes))
    }
}

/// Checks a document chunk: exactly one, nothing deflated, only known columns, none longer than its share.
pub(super) fn check_document<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Packed<'a>, InspectError> {
    let mut rest = Reader(bytes).chunk(DOCUMENT)?;
    let count = rest.count(limits.actors + 1)?;
    let actors = (0..count).map(|_| rest.prefixed()).collect::<Result<Vec<_>, _>>()?;
    let heads = rest.count(limits.parents)?;
    rest.take(heads * 32)?;
    let changes = rest.column_list()?;
    let columns = rest.column_list()?;
    for column in &changes {
        column.check(rest.take(column.length)?, limits.changes + 1, limits.parents)?;
    }
    let mut operations = Vec::with_capacity(columns.len());
    for column in &columns {
        let bytes = rest.take(column.length)?;
        column.check(bytes, limits.operations, limits.operations)?;
        operations.push((column.spec, bytes));
    }
    for _ in 0..heads {
        // where each head stands among the changes
        rest.skip_number()?;
    }
    let known = each_once(&changes, &CHANGE_COLUMNS) && each_once(&columns, &OPERATION_COLUMNS);
    if known && rest.is_empty() && actors.is_sorted_by(|one, next| one < next) {
        Ok(Packed { actors, operations })
    } else {
        Err(InspectError::Malformed)
    }
}

/// Whether the columns are known ones, in their order. Automerge drops unknown ones and takes any of two alike.
fn each_once(columns: &[Column], known: &[u64]) -> bool {
    columns.iter().all(|column| known.contains(&column.spec))
        && columns.is_sorted_by(|one, next| one.spec < next.spec)
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
    spec: u64,
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
        while self.kind != Kind::Raw && !rest.is_empty() {
            let (repeats, values) = if self.kind == Kind::Boolean {
                (rest.unsigned()?, 0)
            } else {
                match rest.run()? {
                    Run::Nothing(count) => (count, 0),
                    Run::Same(count) => (count, 1),
                    Run::Each(count) => (count, count),
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

impl<'a> Reader<'a> {
    /// The body of the only chunk, which must be of the expected kind.
    fn chunk(mut self, kind: u8) -> Result<Reader<'a>, InspectError> {
        let magic = self.take(4)?;
        self.take(4)?;
        if magic != MAGIC || self.take(1)? != [kind] {
            return Err(InspectError::Malformed);
        }
        let body = self.prefixed()?;
        if self.is_empty() { Ok(Reader(body)) } else { Err(InspectError::Malformed) }
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
            columns.push(Column { spec, kind, length });
        }
        Ok(columns)
    }
}
