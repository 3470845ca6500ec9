//! Saliency: finds the part of a picture that is worth keeping when it is cropped.
//!
//! Scores a downscaled copy pixel by pixel for sharp detail, saturated colour and skin hue, then picks the window with
//! the highest total score, weighted towards the window's centre. There is no face detection: the score depends on
//! pixels only, so the result is the same on every machine.

use crate::{error::Result, paint::picture::Picture};

/// Longest side of the scored copy, px. One step of the window is then under 1 % of the picture.
const MAX_SIDE: u32 = 128;
/// Weights of a pixel's detail, colour and skin scores.
const WEIGHTS: [f32; 3] = [1.0, 0.3, 1.2];
/// Factor by which a window must beat the centred one, so that a plain picture stays centred.
const MIN_GAIN: f32 = 1.03;
/// Share of a pixel's weight lost at a window's edge. The loss grows with the square of the distance from the centre.
const EDGE_FALLOFF: f32 = 0.7;
/// Hue of human skin of any tone, as a unit vector of red, green and blue.
const SKIN: [f32; 3] = [0.78, 0.52, 0.35];
/// Cosine between a colour and [`SKIN`] above which the colour counts as skin.
const MIN_SKIN_COSINE: f32 = 0.965;

/// Returns the position of a window of `crop` (width, height) px that keeps the most interesting content: the shares
/// (0 to 1) of the free space left of and above it.
///
/// # Errors
/// When the picture cannot be resized.
pub fn focus(picture: &Picture, crop: (f64, f64)) -> Result<(f64, f64)> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let shrink = (f64::from(MAX_SIDE) / width.max(height)).min(1.0);
    let side = |length: f64| ((length * shrink).round() as u32).max(1);
    let (w, h) = (side(width), side(height));
    let pixels = picture.part((w, h), [0.0, 0.0, width, height])?;
    let scores = scores(&pixels, w as usize);
    let columns: Vec<f32> = (0..w as usize).map(|x| scores.iter().skip(x).step_by(w as usize).sum()).collect();
    let rows: Vec<f32> = scores.chunks_exact(w as usize).map(|row| row.iter().sum()).collect();
    let share = |line: &[f32], part: f64| best_window(line, ((part * line.len() as f64).round() as usize).max(1));
    Ok((share(&columns, crop.0 / width), share(&rows, crop.1 / height)))
}

/// Score of each pixel.
fn scores(pixels: &[[u8; 4]], width: usize) -> Vec<f32> {
    let luma = |p: [u8; 4]| 0.2126 * f32::from(p[0]) + 0.7152 * f32::from(p[1]) + 0.0722 * f32::from(p[2]);
    let lumas: Vec<f32> = pixels.iter().map(|p| luma(*p)).collect();
    let height = pixels.len() / width;
    let score = |(i, pixel): (usize, &[u8; 4])| {
        let (x, y) = (i % width, i / width);
        // Laplacian. Border pixels score 0, because they lack neighbours.
        let inner = x > 0 && y > 0 && x + 1 < width && y + 1 < height;
        let detail = if inner {
            let around = lumas[i - 1] + lumas[i + 1] + lumas[i - width] + lumas[i + width];
            ((4.0 * lumas[i] - around).abs() / 255.0).min(1.0)
        } else {
            0.0
        };
        let [r, g, b, _] = pixel.map(f32::from);
        let (min, max) = (r.min(g).min(b), r.max(g).max(b));
        // Saturation counts only where it is visible: not in shadows or highlights.
        let colour = if max > 40.0 && min < 230.0 { (max - min) / 255.0 } else { 0.0 };
        let length = (r * r + g * g + b * b).sqrt();
        let cosine = (r * SKIN[0] + g * SKIN[1] + b * SKIN[2]) / length.max(1.0);
        let is_lit = (60.0..245.0).contains(&max);
        let skin = if is_lit { ((cosine - MIN_SKIN_COSINE) / (1.0 - MIN_SKIN_COSINE)).max(0.0) } else { 0.0 };
        WEIGHTS[0] * detail + WEIGHTS[1] * colour * colour + WEIGHTS[2] * skin * (0.3 + detail).min(1.0)
    };
    pixels.iter().enumerate().map(score).collect()
}

/// Share of the free space before the window of `length` with the highest score.
fn best_window(line: &[f32], length: usize) -> f64 {
    let room = line.len().saturating_sub(length);
    if room == 0 {
        return 0.5;
    }
    let weight = |i: usize| {
        let from_centre = (2 * i + 1) as f32 / length as f32 - 1.0;
        1.0 - EDGE_FALLOFF * from_centre * from_centre
    };
    let score = |at: usize| -> f32 { line[at..at + length].iter().enumerate().map(|(i, v)| v * weight(i)).sum() };
    let centred = score(room / 2) * MIN_GAIN;
    let mut best = (centred, 0.5);
    for at in 0..=room {
        let score = score(at);
        if score > best.0 {
            best = (score, at as f64 / room as f64);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
        let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb(colour(x, y)));
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).expect("encodes");
        Picture::decode(&png.into_inner()).expect("decodes")
    }

    /// A face of 60 px around `at`: a disc of skin colour with two dark eyes. `None` outside it.
    fn face(x: u32, y: u32, at: (u32, u32)) -> Option<[u8; 3]> {
        let (dx, dy) = (x.abs_diff(at.0), y.abs_diff(at.1));
        let eye = dx.abs_diff(12) < 4 && y.abs_diff(at.1 - 8) < 4;
        (dx * dx + dy * dy < 900).then_some(if eye { [40, 30, 25] } else { [222, 165, 130] })
    }

    #[test]
    fn a_face_is_kept_at_every_position() {
        for at in [50, 150, 300, 450, 550] {
            let wide = picture(600, 300, |x, y| face(x, y, (at, 150)).unwrap_or([120, 150, 190]));
            let (across, down) = focus(&wide, (300.0, 300.0)).expect("measured");
            let left = across * 300.0;
            let seen = left <= f64::from(at) - 28.0 && f64::from(at) + 28.0 <= left + 300.0;
            assert!(seen, "the face at {at} is outside {left}..{}", left + 300.0);
            assert_eq!(down, 0.5, "no free space vertically");
        }
        let tall = picture(300, 600, |x, y| face(x, y, (150, 90)).unwrap_or([30, 60, 40]));
        let (_, down) = focus(&tall, (300.0, 300.0)).expect("measured");
        assert!(down * 300.0 < 60.0, "the face is at the top, the window begins at {}", down * 300.0);
    }

    #[test]
    fn sharp_detail_beats_a_plain_background() {
        let goods = |x: u32, y: u32| if x > 420 && (x / 8 + y / 8).is_multiple_of(2) { [20; 3] } else { [235; 3] };
        let (across, _) = focus(&picture(600, 300, goods), (200.0, 300.0)).expect("measured");
        assert!(across > 0.9, "the pattern is at the right, the window at {across}");
    }

    #[test]
    fn a_plain_picture_stays_centred() {
        for colour in [[255; 3], [0; 3], [222, 165, 130]] {
            assert_eq!(focus(&picture(400, 100, |_, _| colour), (100.0, 100.0)).expect("measured"), (0.5, 0.5));
        }
    }
}
