//! Validates the picture of a code by its signature, its end marker and by decoding it.

use std::io::Cursor;

use image::{ImageDecoder, ImageFormat, ImageReader, Limits};

/// Maximum side, px. Codes of WeChat are at most 1280 px wide.
const MAX_SIDE: u32 = 2048;
/// Maximum decoded size, bytes: four channels of 8 bits.
const MAX_DECODED: u64 = (MAX_SIDE as u64).pow(2) * 4;
/// The end marker must be within this many bytes of the end, because some encoders append a few bytes.
const TAIL: usize = 64;

/// Accepts a complete PNG or JPEG that can be decoded. Takes milliseconds.
///
/// # Errors
/// Describes the bytes, phrased as a continuation of "WeChat ...".
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let (format, name) = match complete(bytes)? {
        Form::Png => (ImageFormat::Png, "PNG"),
        Form::Jpeg => (ImageFormat::Jpeg, "JPEG"),
    };
    decode(bytes, format).map_err(|why| format!("answered a {name} that cannot be decoded: {why}"))
}

/// File format of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PNG: codes with `is_hyaline`, and codes drawn by haibao.
    Png,
    /// JPEG: all other codes of WeChat.
    Jpeg,
}

impl Form {
    /// Media type.
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
pub fn complete(bytes: &[u8]) -> Result<Form, String> {
    // JPEG decoders fill missing data with grey, so truncation is only visible by the missing end marker.
    let (form, name, end): (_, _, &[u8]) = match bytes {
        [0x89, b'P', b'N', b'G', ..] => (Form::Png, "PNG", b"IEND"),
        [0xff, 0xd8, 0xff, ..] => (Form::Jpeg, "JPEG", b"\xff\xd9"),
        [b'{', ..] => return Err("answered JSON without an errcode where a picture was asked for".to_owned()),
        _ => return Err(format!("answered {} bytes that are no picture", bytes.len())),
    };
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if !tail.windows(end.len()).any(|w| w == end) {
        return Err(format!("answered a {name} that is cut off after {} bytes", bytes.len()));
    }
    Ok(form)
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(), String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED * 2);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|e| e.to_string())?;
    let size = decoder.total_bytes();
    if size > MAX_DECODED {
        return Err(format!("it has {size} bytes of pixels"));
    }
    let mut pixels = vec![0; usize::try_from(size).map_err(|e| e.to_string())?];
    decoder.read_image(&mut pixels).map_err(|e| e.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use image::{DynamicImage, Rgb, RgbImage};

    use super::*;

    /// A picture of `side` px with enough detail for truncation to be detected.
    pub fn picture(format: ImageFormat, side: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(side, side, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut bytes, format).expect("an encoded picture");
        bytes.into_inner()
    }

    #[test]
    fn complete_pictures_pass() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let mut bytes = picture(format, 280);
            check(&bytes).unwrap_or_else(|e| panic!("{format:?}: {e}"));
            bytes.extend_from_slice(b"\r\n");
            check(&bytes).unwrap_or_else(|e| panic!("{format:?} with a line end: {e}"));
        }
    }

    #[test]
    fn everything_else_is_rejected() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bytes = picture(format, 280);
            for length in [4, 20, 100, bytes.len() / 2, bytes.len() * 9 / 10, bytes.len() - 12] {
                assert!(check(&bytes[..length]).is_err(), "{format:?} of {length} bytes");
            }
            let mut holes = bytes.clone();
            holes[20..].fill(0);
            let end = if format == ImageFormat::Png { &b"IEND"[..] } else { b"\xff\xd9" };
            holes.extend_from_slice(end);
            assert!(check(&holes).expect_err("zeros inside").contains("cannot be decoded"));
            let huge = picture(format, MAX_SIDE + 1);
            assert!(check(&huge).expect_err("too many pixels").contains("cannot be decoded"));
        }
        for (bytes, message) in [
            (&b"{\"buffer\":1}"[..], "JSON without an errcode"),
            (b"GIF89a", "6 bytes that are no picture"),
            (b"OK", "2 bytes that are no picture"),
        ] {
            assert!(check(bytes).expect_err("no picture").contains(message));
        }
    }
}
