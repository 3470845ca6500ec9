//! Cuts away of a picture what its sheet does not show.

use std::io::{self, Write};

use image::{
    ExtendedColorType, ImageEncoder, ImageError, ImageResult, codecs::jpeg::JpegEncoder, metadata::Orientation,
};

use crate::{service::keep::PictureFormat, words};
use haibao_core::{
    error::Message,
    paint::picture::{Picture, StoredPart},
};
use haibao_sheet::Crop;

/// Memory that cropping a picture takes at most, bytes: that of decoding it, and of a file of at most `max_bytes`. A picture of any size may
/// be compressed badly, but its file is not larger than its pixels.
pub(super) fn crop_bytes(decoded: u64, max_bytes: u64) -> u64 {
    decoded + decoded.min(max_bytes)
}

/// Cuts a share of [`Crop::WHOLE`] away from each side of a picture: left, top, right and bottom. The rest of a JPEG or WebP without
/// transparency becomes a JPEG, that of any other picture a PNG, which loses nothing. Its file has at most `max_bytes`. A picture that its
/// EXIF orientation turns stays turned.
pub(super) fn crop(bytes: &[u8], [left, top, right, bottom]: [u32; 4], max_bytes: u64) -> Result<Vec<u8>, Message> {
    let decoded = Picture::decode(bytes).map_err(|error| error.words().clone())?;
    // Start and length of what is left of a side.
    let rest = |length: u32, before: u32, after: u32| {
        let px = |share: u32| (f64::from(length) * f64::from(share) / f64::from(Crop::WHOLE)).round() as u32;
        let start = px(before).min(length.saturating_sub(1));
        (start, length.saturating_sub(px(after)).saturating_sub(start).max(1))
    };
    let ((x, width), (y, height)) = (rest(decoded.width(), left, right), rest(decoded.height(), top, bottom));
    let mut part = decoded.into_part([x, y, width, height]);
    if part.channels == 4 && part.pixels.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255) {
        remove_alpha(&mut part.pixels);
        part.channels = 3;
    }
    let mut file = BoundedFile { bytes: Vec::new(), max_bytes, is_full: false };
    let is_written = match PictureFormat::kind(bytes) {
        Ok(PictureFormat::Jpeg | PictureFormat::WebP) if part.channels == 3 => write_jpeg(&mut file, &part).is_ok(),
        _ => write_png(&mut file, &part).is_ok(),
    };
    match file {
        BoundedFile { is_full: true, .. } => Err(words::picture_bytes(max_bytes)),
        BoundedFile { bytes, .. } if is_written => Ok(bytes),
        _ => Err(words::picture_cell_uncropped()),
    }
}

/// A file in memory. Writing more than its maximum fails.
struct BoundedFile {
    bytes: Vec<u8>,
    max_bytes: u64,
    /// Whether that has happened.
    is_full: bool,
}

impl Write for BoundedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_full |= (self.bytes.len() + bytes.len()) as u64 > self.max_bytes;
        if self.is_full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_jpeg(file: &mut BoundedFile, part: &StoredPart) -> ImageResult<()> {
    /// The differences are not visible.
    const QUALITY: u8 = 95;
    let mut encoder = JpegEncoder::new_with_quality(file, QUALITY);
    if let Some(exif) = exif(part.orientation) {
        encoder.set_exif_metadata(exif).map_err(ImageError::Unsupported)?;
    }
    encoder.write_image(&part.pixels, part.size.0, part.size.1, ExtendedColorType::Rgb8)
}

/// Writes a PNG while it is compressed: the encoder of `image` keeps all compressed pixels before it writes them.
fn write_png(file: &mut BoundedFile, part: &StoredPart) -> Result<(), png::EncodingError> {
    let mut info = png::Info::with_size(part.size.0, part.size.1);
    info.exif_metadata = exif(part.orientation).map(Into::into);
    let mut encoder = png::Encoder::with_info(file, info)?;
    encoder.set_color(if part.channels == 3 { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    let mut pixels = writer.stream_writer()?;
    pixels.write_all(&part.pixels)?;
    pixels.finish()?;
    writer.finish()
}

/// EXIF data that states an orientation and nothing else: a TIFF header, and a directory of one entry. `None` if it turns nothing.
fn exif(orientation: Orientation) -> Option<Vec<u8>> {
    /// The tag 0x0112 has one value of 16 bits.
    const ENTRY: [u8; 8] = [0x12, 0x01, 3, 0, 1, 0, 0, 0];
    let value = [orientation.to_exif(), 0, 0, 0];
    let is_turned = orientation != Orientation::NoTransforms;
    is_turned.then(|| [b"II*\0\x08\0\0\0\x01\0".as_slice(), &ENTRY, &value, &[0; 4]].concat())
}

/// Makes RGB of RGBA pixels, in the same memory.
fn remove_alpha(pixels: &mut Vec<u8>) {
    let count = pixels.len() / 4;
    for at in 0..count {
        pixels.copy_within(4 * at..4 * at + 3, 3 * at);
    }
    pixels.truncate(3 * count);
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    /// More than any file of these tests.
    const MAX_BYTES: u64 = 1 << 20;

    #[test]
    fn the_memory_of_a_crop_is_that_of_the_picture_and_its_file() {
        assert_eq!(crop_bytes(300, 1000), 300 + 300, "the file is not larger than its pixels");
        assert_eq!(crop_bytes(100_000_000, 15 << 20), 100_000_000 + (15 << 20));
        assert_eq!(crop_bytes(0, 15 << 20), 0, "rejected by its header");
    }

    #[test]
    fn a_turned_picture_is_cropped_as_it_is_shown() {
        // Each quarter has its own colour.
        let stored = RgbaImage::from_fn(64, 32, |x, y| Rgba([(x / 32 * 200) as u8, (y / 16 * 200) as u8, 90, 255]));
        let picture = |orientation: Orientation, is_png: bool| {
            let (pixels, size) = (image::DynamicImage::from(stored.clone()).into_rgb8().into_raw(), (64, 32));
            let part = StoredPart { pixels, channels: 3, size, orientation };
            let mut file = BoundedFile { bytes: Vec::new(), max_bytes: MAX_BYTES, is_full: false };
            if is_png {
                write_png(&mut file, &part).expect("a PNG");
            } else {
                write_jpeg(&mut file, &part).expect("a JPEG");
            }
            file.bytes
        };
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            for (is_png, kind, most) in [(true, PictureFormat::Png, 0), (false, PictureFormat::Jpeg, 12)] {
                // Other programs read the same.
                let mut shown = image::DynamicImage::from(stored.clone());
                shown.apply_orientation(orientation);
                let shown = shown.into_rgb8();
                let part = crop(&picture(orientation, is_png), [Crop::WHOLE / 4, 0, 0, Crop::WHOLE / 2], MAX_BYTES);
                let part = part.expect("a part");
                assert_eq!(PictureFormat::kind(&part), Ok(kind), "{orientation:?}");
                let part = Picture::decode(&part).expect("a picture");
                let (width, height) = (shown.width() / 4 * 3, shown.height() / 2);
                assert_eq!((part.width(), part.height()), (width, height), "{orientation:?}, {kind:?}");
                let expected = image::imageops::crop_imm(&shown, shown.width() / 4, 0, width, height).to_image();
                for (got, pixel) in part.upright().iter().zip(expected.pixels()) {
                    let is_near = got.iter().zip(pixel.0).all(|(got, expected)| got.abs_diff(expected) <= most);
                    assert!(is_near, "{orientation:?}, {kind:?}: {got:?} is not {pixel:?}");
                }
            }
        }
    }

    #[test]
    fn a_file_over_the_maximum_is_not_completed() {
        let noise = RgbaImage::from_fn(64, 64, |x, y| {
            let n = (x * 64 + y).wrapping_mul(2_654_435_761).to_le_bytes();
            Rgba([n[1], n[2], n[3], 255])
        });
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let mut bytes = Cursor::new(Vec::new());
            image::DynamicImage::from(noise.clone()).into_rgb8().write_to(&mut bytes, format).expect("a picture");
            let part = |max_bytes| crop(bytes.get_ref(), [0, 0, Crop::WHOLE / 2, 0], max_bytes);
            let length = part(MAX_BYTES).expect("room").len() as u64;
            assert_eq!(part(length).expect("just enough").len() as u64, length, "{format:?}");
            assert_eq!(part(length - 1), Err(words::picture_bytes(length - 1)), "{format:?}");
        }
    }

    #[test]
    fn transparency_that_is_left_is_kept() {
        // Transparent on the left.
        let picture = RgbaImage::from_fn(40, 20, |x, y| Rgba([x as u8, y as u8, 7, if x < 20 { 90 } else { 255 }]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture");
        for (left, is_opaque) in [(0, false), (Crop::WHOLE / 2, true)] {
            let part = crop(bytes.get_ref(), [left, Crop::WHOLE / 4, 0, 0], MAX_BYTES).expect("a part");
            let part = image::load_from_memory(&part).expect("a picture");
            assert_eq!(part.color().has_alpha(), !is_opaque, "{left}");
            let x = if is_opaque { 20 } else { 0 };
            let expected = image::imageops::crop_imm(&picture, x, 5, 40 - x, 15).to_image();
            assert_eq!(part.into_rgba8(), expected, "{left}");
        }
    }

    #[test]
    fn what_the_sheet_cuts_away_is_not_drawn() {
        // The left half is red, the right half is blue.
        let halves =
            image::RgbImage::from_fn(40, 20, |x, _| image::Rgb(if x < 20 { [220, 20, 20] } else { [20, 20, 220] }));
        for (format, kind) in [(ImageFormat::Png, PictureFormat::Png), (ImageFormat::Jpeg, PictureFormat::Jpeg)] {
            let mut bytes = Cursor::new(Vec::new());
            halves.write_to(&mut bytes, format).expect("a picture");
            let bytes = bytes.into_inner();
            for (sides, size, is_red) in [
                ([50_000, 0, 0, 0], (20, 20), false),
                ([0, 25_000, 50_000, 25_000], (20, 10), true),
                ([99_999, 0, 0, 99_999], (1, 1), false),
            ] {
                let part = crop(&bytes, sides, MAX_BYTES).expect("a part");
                assert_eq!(PictureFormat::kind(&part), Ok(kind), "{sides:?}");
                let part = image::load_from_memory(&part).expect("a picture").into_rgb8();
                assert_eq!(part.dimensions(), size, "{sides:?}");
                // Next to the edge between both colours, JPEG mixes them.
                let inner = part.get_pixel(part.width() / 2, part.height() / 2).0;
                assert_eq!(inner[0] > inner[2], is_red, "{sides:?} {inner:?}");
            }
        }
        assert!(crop(b"\xff\xd8\xff\xe0", [50_000, 0, 0, 0], MAX_BYTES).is_err());
    }
}
