//! Cuts away of a picture what its sheet does not show.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};

use crate::{service::keep::PictureFormat, words};
use haibao_core::{error::Message, paint::picture::Picture};
use haibao_sheet::Crop;

/// Memory that cropping a picture takes at most, bytes: that of decoding it, at least three per pixel, and four per pixel of the rest if it
/// is turned. What the encoder takes has the place of the decoder's.
pub(super) fn crop_bytes(decoded: u64, [left, top, right, bottom]: [u32; 4]) -> u64 {
    let rest = |length: u64, before: u32, after: u32| {
        length * u64::from(Crop::WHOLE.saturating_sub(before).saturating_sub(after)) / u64::from(Crop::WHOLE)
    };
    decoded + rest(rest(decoded * 4 / 3, left, right), top, bottom)
}

/// Cuts a share of [`Crop::WHOLE`] away from each side of a picture: left, top, right and bottom. The rest of a JPEG or WebP without
/// transparency becomes a JPEG, that of any other picture a PNG, which loses nothing.
pub(super) fn crop(bytes: &[u8], [left, top, right, bottom]: [u32; 4]) -> Result<Vec<u8>, Message> {
    /// Quality of JPEGs: the differences are not visible.
    const QUALITY: u8 = 95;
    let decoded = Picture::decode(bytes).map_err(|error| error.words().clone())?;
    // Start and length of what is left of a side.
    let rest = |length: u32, before: u32, after: u32| {
        let px = |share: u32| (f64::from(length) * f64::from(share) / f64::from(Crop::WHOLE)).round() as u32;
        let start = px(before).min(length.saturating_sub(1));
        (start, length.saturating_sub(px(after)).saturating_sub(start).max(1))
    };
    let ((x, width), (y, height)) = (rest(decoded.width(), left, right), rest(decoded.height(), top, bottom));
    let (mut pixels, channels) = decoded.into_part([x, y, width, height]);
    let is_opaque = channels == 3 || pixels.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
    if is_opaque && channels == 4 {
        remove_alpha(&mut pixels);
    }
    let color = if is_opaque { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
    let mut out = Vec::new();
    let written = match PictureFormat::kind(bytes) {
        Ok(PictureFormat::Jpeg | PictureFormat::WebP) if is_opaque => {
            JpegEncoder::new_with_quality(&mut out, QUALITY).write_image(&pixels, width, height, color)
        }
        _ => PngEncoder::new(&mut out).write_image(&pixels, width, height, color),
    };
    written.map_err(|_| words::picture_cell_uncropped())?;
    Ok(out)
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

    #[test]
    fn the_memory_of_a_crop_is_that_of_both_pictures() {
        // 100 px of RGB.
        assert_eq!(crop_bytes(300, [0; 4]), 300 + 400);
        assert_eq!(crop_bytes(300, [Crop::WHOLE / 2, 0, Crop::WHOLE / 4, Crop::WHOLE / 2]), 300 + 50);
        assert_eq!(crop_bytes(0, [0; 4]), 0, "rejected by its header");
    }

    #[test]
    fn transparency_that_is_left_is_kept() {
        // Transparent on the left.
        let picture = RgbaImage::from_fn(40, 20, |x, y| Rgba([x as u8, y as u8, 7, if x < 20 { 90 } else { 255 }]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture");
        for (left, is_opaque) in [(0, false), (Crop::WHOLE / 2, true)] {
            let part = crop(bytes.get_ref(), [left, Crop::WHOLE / 4, 0, 0]).expect("a part");
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
                let part = crop(&bytes, sides).expect("a part");
                assert_eq!(PictureFormat::kind(&part), Ok(kind), "{sides:?}");
                let part = image::load_from_memory(&part).expect("a picture").into_rgb8();
                assert_eq!(part.dimensions(), size, "{sides:?}");
                // Next to the edge between both colours, JPEG mixes them.
                let inner = part.get_pixel(part.width() / 2, part.height() / 2).0;
                assert_eq!(inner[0] > inner[2], is_red, "{sides:?} {inner:?}");
            }
        }
        assert!(crop(b"\xff\xd8\xff\xe0", [50_000, 0, 0, 0]).is_err());
    }
}
