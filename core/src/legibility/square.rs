//! A QR code is read for real.

use rqrr::PreparedImage;

use super::{
    Spot,
    measure::{luma, on_white},
};

/// How often enlarged a code is tried in black and white, one after the other.
const TIMES: [usize; 3] = [1, 2, 4];
/// Largest side of an enlarged picture, px: what is large can be read as it is.
const LARGEST: usize = 1600;

/// Why the code in the finished pixels cannot be read, or reads wrong; none when all is well. Without `expected` it must
/// say what the code alone says.
pub(super) fn unreadable(spot: &Spot<'_>, expected: Option<&str>) -> Option<String> {
    let height = spot.finished.len() / spot.width.max(1);
    let expected = match expected {
        Some(text) => Some(text.to_owned()),
        None => read_alone(spot.alone, spot.width),
    };
    let found = read(spot.width, height, |i| luma(spot.finished[i]));
    match (found, expected) {
        (None, _) => Some("the QR code in the finished poster cannot be read".to_owned()),
        (Some(found), Some(expected)) if found != expected => {
            Some("the QR code in the finished poster says something else".to_owned())
        }
        _ => None,
    }
}

/// What a QR code says, by its own pixels on white.
pub(super) fn read_alone(alone: &[[u8; 4]], width: usize) -> Option<String> {
    read(width, alone.len() / width.max(1), |i| luma(on_white(alone[i])))
}

/// Reads a code as it is and, only when that fails, in black and white and enlarged: the reader's own threshold follows
/// the light of a photo, and it finds corners to a whole px; both are too coarse for modules of few px.
fn read(width: usize, height: usize, light: impl Fn(usize) -> u8) -> Option<String> {
    let decoded = |mut image: PreparedImage<_>| {
        image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    };
    let pixels: Vec<u8> = (0..width * height).map(light).collect();
    let grey = PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let (least, most) = pixels.iter().fold((255, 0), |(least, most), v| (least.min(*v), most.max(*v)));
    let middle = u8::midpoint(least, most);
    decoded(grey).or_else(|| {
        let fits = |times: &usize| *times == 1 || width.max(height) * times <= LARGEST;
        TIMES.into_iter().filter(fits).find_map(|times| {
            let is_dark = |x, y| enlarged(&pixels, width, times, x, y) < middle;
            decoded(PreparedImage::prepare_from_bitmap(width * times, height * times, is_dark))
        })
    })
}

/// A pixel of a picture that is `times` as large, mixed of the four around its place.
fn enlarged(pixels: &[u8], width: usize, times: usize, x: usize, y: usize) -> u8 {
    if times == 1 {
        return pixels[y * width + x];
    }
    let height = pixels.len() / width;
    // In halves of the enlarged px: the middles of pixels fall on whole steps.
    let step = 2 * times;
    let place = |v: usize, most: usize| {
        let at = (2 * v + 1).saturating_sub(times);
        (at / step, (at / step + 1).min(most - 1), at % step)
    };
    let ((left, right, across), (top, bottom, down)) = (place(x, width), place(y, height));
    let row = |y: usize| {
        usize::from(pixels[y * width + left]) * (step - across) + usize::from(pixels[y * width + right]) * across
    };
    ((row(top) * (step - down) + row(bottom) * down) / (step * step)) as u8
}
