//! Resizes pictures to pixels. The kernels are in a separate crate: see `core/resize/lib.rs`.

pub use haibao_resize::{Crop, cmyk, premultiplied, rgb, straight};

use crate::{
    error::{Error, ErrorKind},
    paint::raster,
    words,
};

/// Resizes RGBA bytes to premultiplied pixels. Colours of transparent pixels do not bleed.
///
/// # Errors
/// When `crop` begins outside of `from` or the number of bytes does not match it.
pub fn rgba(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> haibao_resize::Result<Vec<[u8; 4]>> {
    let mut pixels = straight(bytes, from, to, crop)?;
    pixels.iter_mut().for_each(|pixel| *pixel = raster::premultiplied(*pixel));
    Ok(pixels)
}

/// `picture_resize`, an internal error.
pub fn failed(error: haibao_resize::Error) -> Error {
    Error::new(ErrorKind::Internal, "picture_resize", words::picture_resize()).source(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Resize = fn(&[u8], (u32, u32), (u32, u32), Crop) -> haibao_resize::Result<Vec<[u8; 4]>>;

    /// Large pictures are resized in strips, smaller ones as a whole: both must give the same picture, without seams.
    #[test]
    fn large_pictures_are_resized_like_small_ones() {
        let (width, height) = (2100_u32, 2004_u32);
        let pixel = |x: u32, y: u32| [(x / 8) as u8, (y / 8) as u8, ((x + y) / 17) as u8, (y / 9 + 30) as u8];
        // Iterators of single bytes take seconds in a debug build.
        let mut bytes: Vec<u8> = Vec::with_capacity(4 * width as usize * height as usize);
        for y in 0..height {
            for x in 0..width {
                bytes.extend_from_slice(&pixel(x, y));
            }
        }
        let half: Vec<u8> = bytes[..bytes.len() / 2].to_vec();
        let resizes: [(Resize, (u32, u32), Crop); 2] =
            [(straight, (300, 333), [10.5, 3.25, 1800.0, 990.5]), (cmyk, (700, 501), [0.0, 0.0, 2100.0, 1002.0])];
        for (resized, to, crop) in resizes {
            let large = resized(&bytes, (width, height), to, crop).expect("within");
            let small = resized(&half, (width, height / 2), to, crop).expect("within");
            let far = |(a, b): (&[u8; 4], &[u8; 4])| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
            // The last rows of the smaller picture have nothing below them.
            let rows = (to.1 - 3) as usize * to.0 as usize;
            let most = large.iter().zip(&small).take(rows).filter_map(far).max();
            assert!(most <= Some(6), "{most:?}");
            let mean = large.iter().zip(&small).take(rows).filter_map(far).map(f64::from).sum::<f64>() / rows as f64;
            assert!(mean < 0.6, "{mean}");
        }
        assert!(straight(&bytes, (width, height), (9, 9), [0.0, 5000.0, 2100.0, 10.0]).is_err());
        assert!(straight(&bytes[4..], (width, height), (9, 9), [0.0, 0.0, 2100.0, 10.0]).is_err());
    }

    #[test]
    fn parts_that_begin_or_end_at_a_pixels_centre_are_enlarged() {
        let (width, height) = (60_u32, 6_u32);
        let wide: Vec<u8> = (0..height).flat_map(|_| (0..width).flat_map(|x| [x as u8 * 4, 9, 200, 255])).collect();
        let bytes: Vec<u8> = wide.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        // First and last centre on a column, one of them, and neither.
        for (left, part, to) in [
            (10.25, 20.5, 41_u32),
            (10.25, 20.25, 41),
            (10.0, 20.75, 41),
            (20.375, 5.25, 21),
            (0.25, 20.5, 41),
            (39.25, 20.5, 41),
            (10.0, 20.0, 41),
            (0.0, 60.0, 61),
        ] {
            let crop = [left, 0.5, part, 5.0];
            let resizes: [(Resize, &[u8]); 3] = [(rgb, &bytes), (straight, &wide), (cmyk, &wide)];
            for (resized, bytes) in resizes {
                let pixels = resized(bytes, (width, height), (to, 11), crop).expect("within");
                // A slope stays one, except beside the edges of the picture.
                for (at, pixel) in pixels.iter().enumerate() {
                    let x = left + (f64::from(at as u32 % to) + 0.5) * part / f64::from(to) - 0.5;
                    if (1.0..58.0).contains(&x) {
                        assert!((f64::from(pixel[0]) - 4.0 * x).abs() < 1.6, "{crop:?} to {to}: {at} {pixel:?}, {x}");
                        let is_near = pixel.iter().zip([pixel[0], 9, 200, 255]).all(|(a, b)| a.abs_diff(b) <= 1);
                        assert!(is_near, "{crop:?} to {to}: {at} {pixel:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn three_channels_are_resized_like_four() {
        // Odd sizes: the last pixels are no group of four.
        let from = (121_u32, 75_u32);
        let pixel = |x: u32, y: u32| [(x * 2) as u8, (y * 3) as u8, (x + y) as u8, 255];
        let wide: Vec<u8> = (0..from.1).flat_map(|y| (0..from.0).flat_map(move |x| pixel(x, y))).collect();
        let bytes: Vec<u8> = wide.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        for (to, crop) in [((50, 31), [3.5, 1.25, 100.0, 70.0]), ((200, 90), [0.0, 0.0, 121.0, 75.0])] {
            let (three, four) =
                (rgb(&bytes, from, to, crop).expect("within"), cmyk(&wide, from, to, crop).expect("within"));
            for (three, four) in three.iter().zip(four) {
                assert!(three.iter().zip(four).all(|(a, b)| a.abs_diff(b) <= 1), "{three:?} {four:?}");
                assert_eq!(three[3], 255);
            }
        }
        assert_eq!(rgb(&bytes, from, from, [0.0, 0.0, 121.0, 75.0]).expect("whole").as_flattened(), wide);
        assert!(rgb(&bytes[3..], from, (9, 9), [0.0, 0.0, 121.0, 75.0]).is_err());
        assert!(rgb(&bytes, from, (9, 9), [0.0, 80.0, 121.0, 10.0]).is_err());
    }
}
