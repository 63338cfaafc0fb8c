//! Makes what was photographed or scanned fit to travel: straightened, made smaller, and stripped of everything the
//! phone wrote into the file beside the picture.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use ipc::problem::{self, Problem};

/// Longest side of a stored photograph, in pixels; small print of an identity card stays legible.
const LONGEST_SIDE: u32 = 1600;
/// JPEG quality of a stored photograph.
const QUALITY: u8 = 80;
/// Largest PDF, in bytes.
const PDF_LIMIT: usize = 10 * 1024 * 1024;
/// Largest photograph as it comes from a phone, in bytes.
const PHOTO_LIMIT: usize = 30 * 1024 * 1024;
/// Most memory one photograph may need while it is decoded, in bytes; against pictures that unfold without end.
const DECODE_LIMIT: u64 = 400 * 1024 * 1024;
/// Longest side of a photograph as it comes.
const SIDE_LIMIT: u32 = 20_000;

/// A file in the form in which it is kept, hashed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The final bytes.
    pub bytes: Vec<u8>,
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub mime: &'static str,
}

/// Understands by its bytes (never by its name) what a file is, and makes it ready.
///
/// # Errors
/// `not_a_picture`, `heic_picture`, `file_too_large`, `file_damaged`.
pub fn ready(bytes: Vec<u8>) -> Result<Ready, Problem> {
    if infer::image::is_heif(&bytes) {
        return Err(Problem::new(problem::HEIC_PICTURE));
    }
    if infer::image::is_jpeg(&bytes) {
        if !is_whole(&bytes) {
            return Err(damaged());
        }
        return photograph(&bytes, ImageFormat::Jpeg);
    }
    if infer::image::is_png(&bytes) {
        return photograph(&bytes, ImageFormat::Png);
    }
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes);
    }
    Err(Problem::new(problem::NOT_A_PICTURE))
}

/// Checks the picture of a signature: a PNG that can be opened, written anew without whatever else it carried.
///
/// # Errors
/// `not_a_picture`, `file_too_large`, `file_damaged`.
pub fn signature(bytes: &[u8]) -> Result<Ready, Problem> {
    if !infer::image::is_png(bytes) {
        return Err(Problem::new(problem::NOT_A_PICTURE));
    }
    let picture = on_white(&shrink(decode(bytes, ImageFormat::Png)?));
    let mut out = Vec::new();
    DynamicImage::ImageRgb8(picture)
        .to_luma8()
        .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
        .map_err(|_| damaged())?;
    Ok(Ready { bytes: out, mime: "image/png" })
}

fn photograph(bytes: &[u8], format: ImageFormat) -> Result<Ready, Problem> {
    let picture = on_white(&shrink(decode(bytes, format)?));
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&picture).map_err(|_| damaged())?;
    Ok(Ready { bytes: out, mime: "image/jpeg" })
}

/// Whether a JPEG file goes on to its end mark. One that was cut off while being copied would be shown with grey where
/// the rest was. What some phones write behind the end mark does not matter.
fn is_whole(jpeg: &[u8]) -> bool {
    // Marks are a byte 0xFF and a byte that tells the kind; after the start mark they follow each other.
    let mut at = 2;
    while let Some(&[first, kind]) = jpeg.get(at..at + 2) {
        if first != 0xff {
            // Inside the picture's data.
            at += 1;
            continue;
        }
        match kind {
            0xd9 => return true,
            // A byte of data that looks like a mark, or a mark without contents.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xff => at += 1,
            _ => {
                let Some(&[high, low]) = jpeg.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
        }
    }
    false
}

fn pdf(bytes: Vec<u8>) -> Result<Ready, Problem> {
    if bytes.len() > PDF_LIMIT {
        return Err(too_large(PDF_LIMIT));
    }
    // A file that was cut off while being copied lacks its end mark.
    let tail = bytes.get(bytes.len().saturating_sub(2048)..).unwrap_or_default();
    if !tail.windows(5).any(|window| window == b"%%EOF") {
        return Err(damaged());
    }
    Ok(Ready { bytes, mime: "application/pdf" })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Problem> {
    if bytes.len() > PHOTO_LIMIT {
        return Err(too_large(PHOTO_LIMIT));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_LIMIT);
    limits.max_image_height = Some(SIDE_LIMIT);
    limits.max_alloc = Some(DECODE_LIMIT);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoded = reader.into_decoder().and_then(|mut decoder| {
        // A photograph whose position is unreadable is shown as it lies.
        let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture.apply_orientation(orientation);
        Ok(picture)
    });
    decoded.map_err(|error| match error {
        image::ImageError::Limits(_) => too_large(PHOTO_LIMIT),
        _ => damaged(),
    })
}

fn shrink(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= LONGEST_SIDE {
        return picture;
    }
    picture.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::CatmullRom)
}

/// Transparent parts become paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let source = picture.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [r, g, b, a] = source.get_pixel(x, y).0;
        let blend = |value: u8| {
            let mixed = (u16::from(value) * u16::from(a) + 255 * (255 - u16::from(a))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([blend(r), blend(g), blend(b)])
    })
}

fn damaged() -> Problem {
    Problem::new(problem::FILE_DAMAGED)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(problem::FILE_TOO_LARGE).with("max", limit / 1024 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { image::Rgb([250, 0, 0]) } else { image::Rgb([0, 0, 250]) }
        });
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, 90).encode_image(&picture).unwrap();
        out
    }

    /// Puts an EXIF block saying "turn me by 90 degrees" and a camera name behind the start mark.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend([2, 0]);
        tiff.extend([0x0f, 0x01, 2, 0, 10, 0, 0, 0, 38, 0, 0, 0]);
        tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
        tiff.extend([0, 0, 0, 0]);
        tiff.extend(b"SECRETCAM\0");
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend(tiff);
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        let mut out = jpeg[..2].to_vec();
        out.extend([0xff, 0xe1]);
        out.extend(length);
        out.extend(segment);
        out.extend(&jpeg[2..]);
        out
    }

    #[test]
    fn a_large_photograph_becomes_small_straight_and_bare() {
        let photo = with_exif(&jpeg(2400, 1200), 6);
        assert!(photo.windows(9).any(|window| window == b"SECRETCAM"));
        let done = ready(photo).unwrap();
        assert_eq!(done.mime, "image/jpeg");
        assert!(!done.bytes.windows(9).any(|window| window == b"SECRETCAM"));
        let seen = image::load_from_memory(&done.bytes).unwrap();
        assert_eq!((seen.width(), seen.height()), (800, 1600));
        // Turned clockwise: the left, red half is on top now.
        let top = seen.to_rgb8().get_pixel(400, 100).0;
        assert!(top[0] > 200 && top[2] < 60, "{top:?}");
    }

    #[test]
    fn what_is_no_picture_is_told_by_its_own_code() {
        let code = |bytes: &[u8]| ready(bytes.to_vec()).unwrap_err().code;
        assert_eq!(code(b"just a letter"), problem::NOT_A_PICTURE);
        assert_eq!(code(b""), problem::NOT_A_PICTURE);
        assert_eq!(code(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), problem::HEIC_PICTURE);
        let photo = with_exif(&jpeg(400, 300), 1);
        for part in [60, photo.len() / 2, photo.len() - 2] {
            assert_eq!(code(&photo[..part]), problem::FILE_DAMAGED, "cut off after {part} bytes");
        }
        assert_eq!(code(b"%PDF-1.7 cut off"), problem::FILE_DAMAGED);
        let mut long = b"%PDF-1.7".to_vec();
        long.resize(PDF_LIMIT + 1, b' ');
        assert_eq!(code(&long), problem::FILE_TOO_LARGE);
    }

    #[test]
    fn what_a_phone_writes_behind_a_photograph_does_not_matter() {
        let mut photo = jpeg(40, 40);
        photo.extend(b"SECRETCAM film");
        assert!(!ready(photo).unwrap().bytes.ends_with(b"film"));
    }

    #[test]
    fn a_picture_that_unfolds_without_end_is_refused() {
        // A PNG header that claims 60000 by 60000 pixels.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(60_000u32.to_be_bytes());
        png.extend(60_000u32.to_be_bytes());
        png.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        let code = ready(png).unwrap_err().code;
        assert!([problem::FILE_TOO_LARGE, problem::FILE_DAMAGED].contains(&code.as_str()), "{code}");
    }

    #[test]
    fn a_pdf_passes_as_it_is() {
        let bytes = b"%PDF-1.7\n...\n%%EOF\n".to_vec();
        assert_eq!(ready(bytes.clone()).unwrap(), Ready { bytes, mime: "application/pdf" });
    }

    #[test]
    fn a_signature_is_drawn_on_white_paper() {
        let mut png = Vec::new();
        let ink = image::RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0]));
        DynamicImage::ImageRgba8(ink).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        let done = signature(&png).unwrap();
        assert_eq!(image::load_from_memory(&done.bytes).unwrap().to_luma8().get_pixel(3, 3).0, [255]);
        assert_eq!(signature(&jpeg(8, 8)).unwrap_err().code, problem::NOT_A_PICTURE);
    }
}
