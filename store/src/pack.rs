//! Cases lie folded small: what all forms have in common stands once in a book of the program, not in every case again.
//!
//! A packed value is one zstd frame (RFC 8878) that names its dictionary by number. A dictionary that was ever shipped stays in
//! the program for ever; a better one gets another number. A value that would not get smaller lies as it is. Documents and
//! changes are taken apart and sorted before (`shelf`), which makes them a sixth to a third smaller: their frames name a
//! dictionary of sorted ones.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::sync::LazyLock;
use std::thread::LocalKey;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{get_dict_id_from_dict, get_dict_id_from_frame, get_frame_content_size};

/// Trained on invented applications and on drafts of the sample catalogue, as they are.
static FORMS: &[u8] = include_bytes!("pack/forms.dict");
/// Trained on documents and changes of the same, sorted (`bench_sync dictionary`).
static SORTED: &[u8] = include_bytes!("pack/sorted.dict");
/// Somebody waits while it is packed: below this a case gets larger, above it slower.
const LEVEL: i32 = 9;
/// Nobody waits.
const AT_LEISURE: i32 = 15;
/// What every packed value begins with, and nothing else that is kept.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// No packed value is longer than this, whatever a damaged one says of itself: sixty times the longest document.
const LONGEST: usize = 64 * 1024 * 1024;

static PACKING: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(FORMS, LEVEL));
static PACKING_SORTED: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(SORTED, LEVEL));
static UNPACKING: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(FORMS));
static UNPACKING_SORTED: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(SORTED));

thread_local! {
    /// Setting one up costs more than packing a step with it.
    static COMPRESSOR: Ready<Compressor<'static>> = const { RefCell::new(None) };
    static SORTED_COMPRESSOR: Ready<Compressor<'static>> = const { RefCell::new(None) };
    static DECOMPRESSOR: Ready<Decompressor<'static>> = const { RefCell::new(None) };
    static SORTED_DECOMPRESSOR: Ready<Decompressor<'static>> = const { RefCell::new(None) };
}

type Ready<T> = RefCell<Option<T>>;

/// Bytes on their way into or out of a column, packed there.
pub(crate) struct Packed<T>(pub(crate) T);

/// A document or a change on its way into a column, sorted and packed there. It comes out as [`Packed`].
pub(crate) struct Sorted<'a>(pub(crate) &'a [u8]);

impl ToSql for Packed<&[u8]> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(blob(pack(self.0)))
    }
}

impl ToSql for Sorted<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(blob(pack_sorted(self.0)))
    }
}

fn blob(kept: Cow<'_, [u8]>) -> ToSqlOutput<'_> {
    match kept {
        Cow::Borrowed(plain) => ToSqlOutput::Borrowed(ValueRef::Blob(plain)),
        Cow::Owned(packed) => ToSqlOutput::Owned(Value::Blob(packed)),
    }
}

impl FromSql for Packed<Vec<u8>> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let kept = value.as_blob()?;
        unpack(kept).map(Packed).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A value as it is kept.
pub(crate) fn pack(plain: &[u8]) -> Cow<'_, [u8]> {
    smaller(plain, compress(&COMPRESSOR, &PACKING, plain))
}

/// A document or a change as it is kept.
fn pack_sorted(plain: &[u8]) -> Cow<'_, [u8]> {
    smaller(plain, compress(&SORTED_COMPRESSOR, &PACKING_SORTED, &shelf::sort(&[plain])))
}

fn compress(
    ready: &'static LocalKey<Ready<Compressor<'static>>>,
    dictionary: &'static EncoderDictionary<'static>,
    plain: &[u8],
) -> std::io::Result<Vec<u8>> {
    ready.with_borrow_mut(|ready| {
        let compressor = match ready {
            Some(compressor) => compressor,
            None => ready.insert(Compressor::with_prepared_dictionary(dictionary)?),
        };
        compressor.compress(plain)
    })
}

fn smaller(plain: &[u8], packed: std::io::Result<Vec<u8>>) -> Cow<'_, [u8]> {
    match packed {
        // What looks packed is packed whatever it costs, or it could not be told from what is.
        Ok(packed) if packed.len() < plain.len() || plain.starts_with(&MAGIC) => Cow::Owned(packed),
        _ => Cow::Borrowed(plain),
    }
}

/// Whether a value as it is kept can be unpacked.
pub(crate) fn is_whole(kept: &[u8]) -> bool {
    unpack(kept).is_ok()
}

/// A value as it was before it was packed.
pub(crate) fn unpack(kept: &[u8]) -> std::io::Result<Vec<u8>> {
    if !kept.starts_with(&MAGIC) {
        return Ok(kept.to_vec());
    }
    let length = get_frame_content_size(kept).ok().flatten().and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= LONGEST).ok_or(std::io::ErrorKind::InvalidData)?;
    if get_dict_id_from_frame(kept) != get_dict_id_from_dict(SORTED) {
        return decompress(&DECOMPRESSOR, &UNPACKING, kept, length);
    }
    let sorted = decompress(&SORTED_DECOMPRESSOR, &UNPACKING_SORTED, kept, length)?;
    let plain = shelf::collect(&sorted, LONGEST).ok().and_then(|mut items| items.pop());
    plain.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

fn decompress(
    ready: &'static LocalKey<Ready<Decompressor<'static>>>,
    dictionary: &'static DecoderDictionary<'static>,
    kept: &[u8],
    length: usize,
) -> std::io::Result<Vec<u8>> {
    ready.with_borrow_mut(|ready| {
        let decompressor = match ready {
            Some(decompressor) => decompressor,
            None => ready.insert(Decompressor::with_prepared_dictionary(dictionary)?),
        };
        decompressor.decompress(kept, length)
    })
}

/// `plain` as what differs from `base`. Without the beginning that every packed value has, so that nobody takes it for one.
pub(crate) fn difference(plain: &[u8], base: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packing = zstd::stream::write::Encoder::with_ref_prefix(Vec::new(), AT_LEISURE, base)?;
    packing.set_pledged_src_size(Some(plain.len() as u64))?;
    packing.write_all(plain)?;
    Ok(packing.finish()?.split_off(MAGIC.len()))
}

/// What [`difference`] was made of, given the same `base`.
pub(crate) fn from_difference(difference: &[u8], base: &[u8]) -> std::io::Result<Vec<u8>> {
    let kept = MAGIC.as_slice().chain(difference);
    let mut plain = Vec::new();
    zstd::stream::read::Decoder::with_ref_prefix(kept, base)?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_put_away_comes_out_the_same() {
        let form = r#"{"answers":{"applicant_name":"王桂兰","hukou_address":"东村3组15号"}}"#.repeat(3);
        for plain in
            [b"".as_slice(), b"x", form.as_bytes(), &MAGIC, &[MAGIC.as_slice(), form.as_bytes()].concat()]
        {
            assert_eq!(unpack(&pack(plain)).unwrap(), plain);
            assert_eq!(unpack(&pack_sorted(plain)).unwrap(), plain);
        }
        assert!(pack(form.as_bytes()).len() < form.len() / 2);
        assert!(unpack(&MAGIC).is_err(), "what was cut off is no value");
    }

    #[test]
    fn what_differs_from_a_base_is_small_and_needs_that_base() {
        let base: Vec<u8> = (0..3_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let plain = [b"signed at noon: ".as_slice(), &base].concat();
        let small = difference(&plain, &base).unwrap();
        assert!(small.len() < 64, "{} bytes", small.len());
        assert_eq!(from_difference(&small, &base).unwrap(), plain);
        assert!(from_difference(&small, &base[1..]).map_or(true, |other| other != plain));
        assert_eq!(from_difference(&difference(b"", b"").unwrap(), b"").unwrap(), b"");
        assert!(!small.starts_with(&MAGIC) && is_whole(&small), "it passes a rescue as it lies");
    }

    #[test]
    fn what_was_packed_by_earlier_programs_can_be_read_for_ever() {
        // "kept for ever" by the first, and sorted by the second.
        let earlier = [(include_str!("pack/first.hex"), FORMS), (include_str!("pack/second.hex"), SORTED)];
        for (hex, dictionary) in earlier {
            let kept = hex::decode(hex.trim()).unwrap();
            assert_eq!(get_dict_id_from_frame(&kept), get_dict_id_from_dict(dictionary));
            assert!(String::from_utf8(unpack(&kept).unwrap()).unwrap().starts_with("kept for ever"));
        }
    }
}
