//! Validates the picture of a code before it is stored permanently: by its signature and end marker, by decoding it, and by what
//! was asked for.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage};

use super::{
    CodeNeed, Opens, WIDTH,
    eyes::{self, EyeShape},
};
use crate::{error::Message, words};

/// Maximum side, px. Codes of WeChat are at most 1280 px wide.
const MAX_SIDE: u32 = 2048;
/// Maximum decoded size, bytes: four channels of 8 bits.
const MAX_DECODED: u64 = (MAX_SIDE as u64).pow(2) * 4;
/// The end marker must be within this many bytes of the end, because some encoders append a few bytes.
const TAIL: usize = 64;
/// Ink whose darkest channel is lighter cannot be distinguished from the ground.
const MAX_INK: u8 = 220;

/// Accepts a complete PNG or JPEG that can be decoded and is the code that was asked for: square, at least as large, and with the
/// eyes of its kind. Takes milliseconds.
///
/// # Errors
/// Describes the bytes, phrased as a continuation of "WeChat ...".
pub fn check(bytes: &[u8], need: &CodeNeed) -> Result<(), Message> {
    let (format, name) = match complete(bytes)? {
        CodeFormat::Png => (ImageFormat::Png, "PNG"),
        CodeFormat::Jpeg => (ImageFormat::Jpeg, "JPEG"),
    };
    let picture = decode(bytes, format).map_err(|why| words::code_undecodable(name, why))?;
    has_size(picture.dimensions(), need)?;
    if eyes::is_blank(&picture) {
        return Err(words::code_blank());
    }
    // Light ink on white cannot be found, and the gate of posters measures it.
    let is_visible = need.is_hyaline || need.line_color.is_none_or(|color| color.iter().min() < Some(&MAX_INK));
    let expected = if matches!(need.opens, Opens::Square { .. }) { EyeShape::Square } else { EyeShape::Round };
    match eyes::find(&picture) {
        Some(found) if found == expected => Ok(()),
        Some(_) => Err(words::code_other_kind(need.opens.kind())),
        None if !is_visible => Ok(()),
        None => Err(words::code_without_eyes()),
    }
}

/// Checks the size in the header of a stored code, which takes microseconds.
///
/// # Errors
/// As [`check`].
pub fn check_stored(bytes: &[u8], need: &CodeNeed) -> Result<(), Message> {
    let format = match complete(bytes)? {
        CodeFormat::Png => ImageFormat::Png,
        CodeFormat::Jpeg => ImageFormat::Jpeg,
    };
    let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    has_size(size.map_err(|error| words::code_undecodable(need.opens.kind(), undecoded(&error)))?, need)
}

/// Checks the size of a code. WeChat clamps the width that is asked for.
fn has_size((width, height): (u32, u32), need: &CodeNeed) -> Result<(), Message> {
    let asked = need.width.clamp(*WIDTH.start(), *WIDTH.end());
    if width != height {
        return Err(words::code_not_square(width, height));
    }
    if width < asked { Err(words::code_too_small(width, asked)) } else { Ok(()) }
}

/// File format of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFormat {
    /// PNG: codes with `is_hyaline`, and codes drawn by haibao.
    Png,
    /// JPEG: all other codes of WeChat.
    Jpeg,
}

impl CodeFormat {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Png, Self::Jpeg];

    /// The `Content-Type`, such as `image/png`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// File name extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// Detects the format of a complete PNG or JPEG by its signature and end marker, without decoding.
///
/// # Errors
/// Describes the bytes, phrased as a continuation of "WeChat ...".
pub fn complete(bytes: &[u8]) -> Result<CodeFormat, Message> {
    // JPEG decoders fill missing data with grey, so truncation is only visible by the missing end marker.
    let (form, name, end): (_, _, &[u8]) = match bytes {
        [0x89, b'P', b'N', b'G', ..] => (CodeFormat::Png, "PNG", b"IEND"),
        [0xff, 0xd8, 0xff, ..] => (CodeFormat::Jpeg, "JPEG", b"\xff\xd9"),
        [b'{', ..] => return Err(words::code_is_json()),
        _ => return Err(words::code_no_picture(bytes.len())),
    };
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if !tail.windows(end.len()).any(|w| w == end) {
        return Err(words::code_cut_off(name, bytes.len()));
    }
    Ok(form)
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<RgbaImage, Message> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED * 2);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| undecoded(&error))?;
    if decoder.total_bytes() > MAX_DECODED {
        return Err(words::code_large(MAX_SIDE));
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| undecoded(&error))?;
    Ok(picture.into_rgba8())
}

/// Why a picture cannot be decoded. The texts of the library are English.
fn undecoded(error: &ImageError) -> Message {
    match error {
        ImageError::Limits(_) => words::code_large(MAX_SIDE),
        _ => words::code_damaged(),
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::{sample, scene::Scene};

    fn need(width: u32) -> CodeNeed {
        CodeNeed { width, ..CodeNeed::unlimited("default", "pages/a/a", Scene::Text("id=1".to_owned())) }
    }

    fn encoded(image: DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("an encoded picture");
        bytes.into_inner()
    }

    /// A code with a transparent background as PNG, otherwise as JPEG.
    fn code(format: ImageFormat, need: CodeNeed) -> (Vec<u8>, CodeNeed) {
        let need = CodeNeed { is_hyaline: format == ImageFormat::Png, ..need };
        (sample::code(&need).expect("a code").bytes.to_vec(), need)
    }

    fn message(bytes: &[u8], need: &CodeNeed) -> String {
        check(bytes, need).expect_err("no code").text()
    }

    #[test]
    fn codes_as_asked_for_pass() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let (mut bytes, need) = code(format, need(430));
            check(&bytes, &need).unwrap_or_else(|e| panic!("{format:?}: {}", e.text()));
            bytes.extend_from_slice(b"\r\n");
            check(&bytes, &need).unwrap_or_else(|e| panic!("{format:?} with a line end: {}", e.text()));
            for width in [280, 100] {
                check(&bytes, &CodeNeed { width, ..need.clone() }).expect("larger than asked for");
            }
            check_stored(&bytes, &need).expect("its size fits");
        }
        let white = CodeNeed { line_color: Some([255; 3]), ..need(430) };
        check(&sample::code(&white).expect("a code").bytes, &white).expect("white ink on white");
    }

    #[test]
    fn damaged_pictures_are_rejected() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let (bytes, need) = code(format, need(280));
            for length in [4, 20, 100, bytes.len() / 2, bytes.len() * 9 / 10, bytes.len() - 12] {
                assert!(check(&bytes[..length], &need).is_err(), "{format:?} of {length} bytes");
            }
            let mut holes = bytes.clone();
            holes[20..].fill(0);
            let end = if format == ImageFormat::Png { &b"IEND"[..] } else { b"\xff\xd9" };
            holes.extend_from_slice(end);
            assert!(message(&holes, &need).contains("cannot be decoded"), "zeros inside");
            let huge = DynamicImage::new_rgb8(MAX_SIDE + 1, MAX_SIDE + 1);
            assert!(message(&encoded(huge, format), &need).contains("cannot be decoded"), "too many pixels");
        }
        for (bytes, expected) in [
            (&b"{\"buffer\":1}"[..], "JSON without an errcode"),
            (b"GIF89a", "6 bytes that are no picture"),
            (b"OK", "2 bytes that are no picture"),
        ] {
            assert!(message(bytes, &need(430)).contains(expected));
        }
    }

    #[test]
    fn pictures_that_are_not_the_code_are_rejected() {
        let noise =
            |width, height| RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]));
        let square = CodeNeed { opens: Opens::Square { path: "pages/a/a".to_owned() }, ..need(430) };
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            for (picture, expected) in [
                (noise(1, 1), "1 px wide instead of 430"),
                (noise(429, 429), "429 px wide instead of 430"),
                (noise(430, 431), "430 x 431 px"),
                (noise(430, 430), "no code"),
                (RgbImage::from_pixel(430, 430, Rgb([255; 3])), "blank"),
                (RgbImage::from_pixel(430, 430, Rgb([0; 3])), "blank"),
            ] {
                let bytes = encoded(picture.into(), format);
                for need in [&need(430), &square] {
                    let message = message(&bytes, need);
                    assert!(message.contains(expected), "{format:?} {:?}: {message}", need.opens.kind());
                }
            }
        }
        let (round, _) = code(ImageFormat::Jpeg, need(430));
        let qr = sample::square::draw("https://example.com", 430).expect("a code");
        check(&qr, &square).expect("a square code");
        assert!(message(&round, &square).contains("another kind than square"));
        assert!(message(&qr, &need(430)).contains("another kind than unlimited"));
        let (small, small_need) = code(ImageFormat::Jpeg, need(280));
        assert!(check_stored(&small, &small_need).is_ok() && check_stored(&small, &need(430)).is_err());
    }
}
