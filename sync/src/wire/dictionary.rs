//! What all messages have in common stands once in a book of the program, not in every message again.
//!
//! A frame names its dictionary by number (RFC 8878). A dictionary that was ever shipped stays in the program for ever, so that
//! every desk of every age is understood; a better one gets the next number and the next version of the protocol.

use std::io::Read as _;
use std::sync::LazyLock;

use zstd::bulk::Compressor;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::stream::read::Decoder;
use zstd::zstd_safe::{find_frame_compressed_size, get_dict_id_from_frame};

use super::WireError;

/// Compression level: text of forms gains little above it, cheap laptops lose much.
const LEVEL: i32 = 9;
/// Window of the decompressor, as a power of two: 8 MiB.
const WINDOW_LOG: u32 = 23;

/// A dictionary of the line.
struct Dictionary {
    /// How frames name it.
    number: u32,
    /// The first version of the protocol that knows it.
    since: u16,
    packing: LazyLock<EncoderDictionary<'static>>,
    unpacking: LazyLock<DecoderDictionary<'static>>,
}

/// All dictionaries, oldest first. None is ever taken away or changed.
static ALL: [Dictionary; 1] = [Dictionary {
    number: 1,
    since: 2,
    packing: LazyLock::new(|| EncoderDictionary::copy(FIRST, LEVEL)),
    unpacking: LazyLock::new(|| DecoderDictionary::copy(FIRST)),
}];

/// Trained on exchanges about invented applications and the sample catalogue (`bench_sync line-dictionary`).
static FIRST: &[u8] = include_bytes!("dictionary/first.dict");

/// Packs a message into one frame for a program that speaks `version`.
pub(super) fn pack(version: u16, plain: &[u8]) -> Result<Vec<u8>, WireError> {
    let known = ALL.iter().rfind(|dictionary| dictionary.since <= version);
    let compressor = match known {
        Some(dictionary) => Compressor::with_prepared_dictionary(&dictionary.packing),
        None => Compressor::new(LEVEL),
    };
    compressor.and_then(|mut compressor| compressor.compress(plain)).map_err(|_| WireError::Compression)
}

/// Bytes of the frame that `bytes` begin with, when all of it is there.
pub(super) fn first_frame(bytes: &[u8]) -> Option<usize> {
    find_frame_compressed_size(bytes).ok().filter(|length| *length <= bytes.len())
}

/// Unpacks the frame that `bytes` begin with behind what is in `plain`, to no more than `most` bytes in all, and gives the bytes
/// behind the frame.
pub(super) fn unpack_frame<'b>(
    bytes: &'b [u8],
    most: usize,
    plain: &mut Vec<u8>,
) -> Result<&'b [u8], WireError> {
    let broken = |_| WireError::Compression;
    let length = find_frame_compressed_size(bytes).map_err(|_| WireError::Compression)?;
    let (frame, rest) = bytes.split_at_checked(length).ok_or(WireError::Compression)?;
    let mut decoder = match get_dict_id_from_frame(frame) {
        None => Decoder::with_buffer(frame),
        Some(number) => {
            let known = ALL.iter().find(|dictionary| dictionary.number == number.get());
            let known = known.ok_or(WireError::UnknownDictionary)?;
            Decoder::with_prepared_dictionary(frame, &known.unpacking)
        }
    }
    .map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG).map_err(broken)?;
    let room = most.saturating_sub(plain.len());
    let made = decoder.take(room as u64 + 1).read_to_end(plain).map_err(broken)?;
    if made > room { Err(WireError::TooLarge) } else { Ok(rest) }
}

#[cfg(test)]
mod tests {
    use zstd::zstd_safe::get_dict_id_from_dict;

    use super::*;

    #[test]
    fn what_the_first_program_said_is_understood_for_ever() {
        // "understood for ever, ..." packed with dictionary 1.
        let said = hex::decode(include_str!("dictionary/first.hex").trim()).unwrap();
        assert_eq!(get_dict_id_from_frame(&said).unwrap().get(), 1);
        let mut plain = Vec::new();
        assert_eq!(unpack_frame(&said, 1_000, &mut plain).unwrap(), b"");
        assert!(String::from_utf8(plain).unwrap().starts_with("understood for ever"));
        assert_eq!(get_dict_id_from_dict(FIRST).unwrap().get(), 1, "the number that frames name");
    }
}
