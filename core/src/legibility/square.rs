//! Decodes the QR code in the finished poster.

use rqrr::PreparedImage;

use super::{
    light::{luma, on_white},
    spot::Spot,
};
use crate::{error::Finding, words};

/// Scale factors at which the binarised code is tried, in order.
const SCALES: [usize; 3] = [1, 2, 4];
/// Maximum side of an enlarged picture, px. Larger codes decode without enlarging.
const MAX_ENLARGED: usize = 1600;

/// Decodes the code in the finished poster and compares it with `expected`, or with the content of the code alone if
/// `expected` is `None`. Returns a finding if decoding fails or the content differs.
pub(super) fn unreadable(spot: &Spot<'_>, expected: Option<&str>) -> Option<Finding> {
    let height = spot.finished.len() / spot.width.max(1);
    let expected = match expected {
        Some(text) => Some(text.to_owned()),
        None => read_alone(spot.alone, spot.width),
    };
    let found = read(spot.width, height, |i| luma(spot.finished[i]));
    match (found, expected) {
        (None, _) => Some(words::qr_unreadable()),
        (Some(found), Some(expected)) if found != expected => Some(words::qr_other_content()),
        _ => None,
    }
}

/// Decodes a QR code from its own pixels over white.
pub(super) fn read_alone(alone: &[[u8; 4]], width: usize) -> Option<String> {
    read(width, alone.len() / width.max(1), |i| luma(on_white(alone[i])))
}

/// Decodes a code as it is and, if that fails, binarised and enlarged. The decoder uses an adaptive threshold and finds
/// corners to a whole px, both of which are too coarse for modules of a few px.
fn read(width: usize, height: usize, light: impl Fn(usize) -> u8) -> Option<String> {
    let decoded = |mut image: PreparedImage<_>| {
        image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    };
    let pixels: Vec<u8> = (0..width * height).map(light).collect();
    let grey = PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let (min, max) = pixels.iter().fold((255, 0), |(min, max), v| (min.min(*v), max.max(*v)));
    let middle = u8::midpoint(min, max);
    decoded(grey).or_else(|| {
        let fits = |scale: &usize| *scale == 1 || width.max(height) * scale <= MAX_ENLARGED;
        SCALES.into_iter().filter(fits).find_map(|scale| {
            let is_dark = |x, y| enlarged(&pixels, width, scale, x, y) < middle;
            decoded(PreparedImage::prepare_from_bitmap(width * scale, height * scale, is_dark))
        })
    })
}

/// A pixel of the picture enlarged by `scale`, bilinearly interpolated.
fn enlarged(pixels: &[u8], width: usize, scale: usize, x: usize, y: usize) -> u8 {
    if scale == 1 {
        return pixels[y * width + x];
    }
    let height = pixels.len() / width;
    // Fixed-point coordinates in half enlarged px, so that pixel centres are integers.
    let step = 2 * scale;
    let place = |v: usize, length: usize| {
        let at = (2 * v + 1).saturating_sub(scale);
        (at / step, (at / step + 1).min(length - 1), at % step)
    };
    let ((left, right, across), (top, bottom, down)) = (place(x, width), place(y, height));
    let row = |y: usize| {
        usize::from(pixels[y * width + left]) * (step - across) + usize::from(pixels[y * width + right]) * across
    };
    ((row(top) * (step - down) + row(bottom) * down) / (step * step)) as u8
}
