//! EXIF orientation, applied to coordinates: turning the pixels of a large picture would take its memory twice.

use image::metadata::Orientation;

use super::resize::Crop;

/// Whether width and height swap.
fn is_transposed(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Converts a size between stored and upright.
pub fn size(orientation: Orientation, (width, height): (u32, u32)) -> (u32, u32) {
    if is_transposed(orientation) { (height, width) } else { (width, height) }
}

/// The stored position of an upright one, in a stored picture of this size.
fn stored<T: std::ops::Sub<Output = T> + Copy>(orientation: Orientation, (x, y): (T, T), (w, h): (T, T)) -> (T, T) {
    match orientation {
        Orientation::NoTransforms => (x, y),
        Orientation::FlipHorizontal => (w - x, y),
        Orientation::FlipVertical => (x, h - y),
        Orientation::Rotate180 => (w - x, h - y),
        Orientation::Rotate90 => (y, h - x),
        Orientation::Rotate270 => (w - y, x),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate270FlipH => (w - y, h - x),
    }
}

/// The stored part of an upright one.
pub fn crop(orientation: Orientation, [left, top, width, height]: Crop, size: (u32, u32)) -> Crop {
    let size = (f64::from(size.0), f64::from(size.1));
    let (ax, ay) = stored(orientation, (left, top), size);
    let (bx, by) = stored(orientation, (left + width, top + height), size);
    [ax.min(bx), ay.min(by), (ax - bx).abs(), (ay - by).abs()]
}

/// Upright pixels from stored ones of this size.
pub fn upright(orientation: Orientation, pixels: Vec<[u8; 4]>, (width, height): (u32, u32)) -> Vec<[u8; 4]> {
    if orientation == Orientation::NoTransforms || pixels.is_empty() {
        return pixels;
    }
    let mut turned = Vec::with_capacity(pixels.len());
    for row in rows(orientation, (width, height)) {
        turned.extend(row.map(|at| pixels[at]));
    }
    turned
}

/// The upright rows. Each has the positions of its pixels among the stored ones of a picture of this size.
pub fn rows(orientation: Orientation, stored_size: (u32, u32)) -> impl Iterator<Item = impl Iterator<Item = usize>> {
    let (columns, count) = size(orientation, stored_size);
    let (columns, count) = (columns as isize, count as isize);
    let (width, height) = (stored_size.0 as isize, stored_size.1 as isize);
    let position = move |x: isize, y: isize| {
        let (x, y) = stored(orientation, (x, y), (width - 1, height - 1));
        y * width + x
    };
    (0..count).map(move |y| {
        let first = position(0, y);
        let step = position(1, y) - first;
        (0..columns).map(move |x| (first + x * step) as usize)
    })
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbaImage};

    use super::*;

    #[test]
    fn every_orientation_matches_the_library() {
        let stored = RgbaImage::from_fn(3, 2, |x, y| image::Rgba([x as u8, y as u8, 0, 255]));
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).expect("1 to 8");
            let mut expected = DynamicImage::from(stored.clone());
            expected.apply_orientation(orientation);
            let pixels: Vec<[u8; 4]> = stored.pixels().map(|pixel| pixel.0).collect();
            let turned: Vec<u8> = upright(orientation, pixels, (3, 2)).into_iter().flatten().collect();
            assert_eq!(turned, expected.to_rgba8().into_raw(), "{orientation:?}");
            // The upright top left pixel, in stored coordinates.
            let [left, top, width, height] = crop(orientation, [0.0, 0.0, 1.0, 1.0], (3, 2));
            assert_eq!((width, height), (1.0, 1.0), "{orientation:?}");
            assert_eq!(turned[..2], [left as u8, top as u8], "{orientation:?}");
        }
    }
}
