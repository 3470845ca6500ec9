//! A QR code is read for real.

use rqrr::PreparedImage;

use super::{
    Spot,
    measure::{luma, on_white},
};

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

fn read(width: usize, height: usize, light: impl Fn(usize) -> u8) -> Option<String> {
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| light(y * width + x));
    image.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}
