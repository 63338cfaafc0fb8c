//! Reading the packed format: numbers, texts, and entries that are told once and stand for many.

use super::InspectError;

/// What the next entries of a column are: so many without a value, so many of one value, so many with a value each.
pub(super) enum Run {
    Nothing(u64),
    Same(u64),
    Each(u64),
}

/// The entries of a counted column, one by one: what is repeated is given again, never laid out.
pub(super) struct Entries<'a, T> {
    rest: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Result<T, InspectError>,
    left: u64,
    /// What the entries left repeat; none where each has a value of its own.
    same: Option<Option<T>>,
}

impl<'a, T: Copy> Entries<'a, T> {
    pub(super) fn new(column: Reader<'a>, read: fn(&mut Reader<'a>) -> Result<T, InspectError>) -> Self {
        Entries { rest: column, read, left: 0, same: None }
    }

    /// The value of the next entry; none when it has none or the column is at its end.
    pub(super) fn entry(&mut self) -> Result<Option<T>, InspectError> {
        if self.left == 0 {
            if self.rest.is_empty() {
                return Ok(None);
            }
            (self.left, self.same) = match self.rest.run()? {
                Run::Nothing(count) => (count, Some(None)),
                Run::Same(count) => (count, Some(Some((self.read)(&mut self.rest)?))),
                Run::Each(count) => (count, None),
            };
        }
        self.left = self.left.checked_sub(1).ok_or(InspectError::Malformed)?;
        match self.same {
            Some(entry) => Ok(entry),
            None => (self.read)(&mut self.rest).map(Some),
        }
    }

    /// The value of the next entry, which must have one.
    pub(super) fn value(&mut self) -> Result<T, InspectError> {
        self.entry()?.ok_or(InspectError::Malformed)
    }

    pub(super) fn at_end(&self) -> bool {
        self.left == 0 && self.rest.is_empty()
    }
}

/// Bytes not read yet.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], InspectError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(InspectError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn run(&mut self) -> Result<Run, InspectError> {
        Ok(match self.signed()? {
            0 => Run::Nothing(self.unsigned()?),
            count @ 1.. => Run::Same(count.unsigned_abs()),
            count => Run::Each(count.unsigned_abs()),
        })
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, InspectError> {
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

    pub(super) fn signed(&mut self) -> Result<i64, InspectError> {
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
    pub(super) fn skip_number(&mut self) -> Result<(), InspectError> {
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

    pub(super) fn count(&mut self, most: usize) -> Result<usize, InspectError> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| InspectError::TooMany)?;
        if count > most { Err(InspectError::TooMany) } else { Ok(count) }
    }

    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], InspectError> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| InspectError::Malformed)?;
        self.take(length)
    }
}
