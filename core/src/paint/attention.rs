//! Where the interesting part of a picture lies: what a person who crops it would keep.
//!
//! A shrunken copy is scored pixel by pixel: sharp detail, strong colour, and the hue of skin. The window that holds most
//! of the score, near its middle rather than at its edge, wins. It knows no faces; it is a measure of pixels, the same
//! on every machine.

use crate::error::Result;
use crate::paint::picture::Picture;

/// Sides of the copy, px at most: a step of the window is then under 1 % of the picture.
const SIDE: u32 = 128;
/// What a pixel's detail, colour and skin are worth against each other.
const WEIGHTS: [f32; 3] = [1.0, 0.3, 1.2];
/// A window must be better than the middle one by this factor: a plain picture stays where it is.
const LEAST_GAIN: f32 = 1.03;
/// Least loss of score at a window's edge against its middle.
const EDGE: f32 = 0.7;
/// Hue of human skin of any tone: red, green and blue of a direction of length 1; and how near a colour must come to it.
const SKIN: [f32; 3] = [0.78, 0.52, 0.35];
const SKIN_NEAR: f32 = 0.965;

/// The share (0 to 1) of the room beside a window of `crop` (width, height) px at which it shows most of what is
/// interesting; across and down.
///
/// # Errors
/// When the picture cannot be shrunk.
pub fn focus(picture: &Picture, crop: (f64, f64)) -> Result<(f64, f64)> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let shrink = (f64::from(SIDE) / width.max(height)).min(1.0);
    let side = |length: f64| ((length * shrink).round() as u32).max(1);
    let (w, h) = (side(width), side(height));
    let pixels = picture.part((w, h), [0.0, 0.0, width, height])?;
    let scores = scores(&pixels, w as usize);
    let columns: Vec<f32> = (0..w as usize).map(|x| scores.iter().skip(x).step_by(w as usize).sum()).collect();
    let rows: Vec<f32> = scores.chunks_exact(w as usize).map(|row| row.iter().sum()).collect();
    let share = |line: &[f32], part: f64| best(line, ((part * line.len() as f64).round() as usize).max(1));
    Ok((share(&columns, crop.0 / width), share(&rows, crop.1 / height)))
}

/// What each pixel is worth.
fn scores(pixels: &[[u8; 4]], width: usize) -> Vec<f32> {
    let luma = |p: [u8; 4]| 0.2126 * f32::from(p[0]) + 0.7152 * f32::from(p[1]) + 0.0722 * f32::from(p[2]);
    let lumas: Vec<f32> = pixels.iter().map(|p| luma(*p)).collect();
    let height = pixels.len() / width;
    let score = |(i, pixel): (usize, &[u8; 4])| {
        let (x, y) = (i % width, i / width);
        // The Laplacian; the frame of a picture is no detail of it.
        let inner = x > 0 && y > 0 && x + 1 < width && y + 1 < height;
        let detail = if inner {
            let around = lumas[i - 1] + lumas[i + 1] + lumas[i - width] + lumas[i + width];
            ((4.0 * lumas[i] - around).abs() / 255.0).min(1.0)
        } else {
            0.0
        };
        let [r, g, b, _] = pixel.map(f32::from);
        let (least, most) = (r.min(g).min(b), r.max(g).max(b));
        // Colour counts where it is seen: neither in the dark nor in the glare.
        let colour = if most > 40.0 && least < 230.0 { (most - least) / 255.0 } else { 0.0 };
        let length = (r * r + g * g + b * b).sqrt();
        let near = (r * SKIN[0] + g * SKIN[1] + b * SKIN[2]) / length.max(1.0);
        let is_lit = (60.0..245.0).contains(&most);
        let skin = if is_lit { ((near - SKIN_NEAR) / (1.0 - SKIN_NEAR)).max(0.0) } else { 0.0 };
        WEIGHTS[0] * detail + WEIGHTS[1] * colour * colour + WEIGHTS[2] * skin * (0.3 + detail).min(1.0)
    };
    pixels.iter().enumerate().map(score).collect()
}

/// The share of the room at which a window of `length` is worth most.
fn best(line: &[f32], length: usize) -> f64 {
    let room = line.len().saturating_sub(length);
    if room == 0 {
        return 0.5;
    }
    let weight = |i: usize| {
        let from_middle = (2 * i + 1) as f32 / length as f32 - 1.0;
        1.0 - EDGE * from_middle * from_middle
    };
    let worth = |at: usize| -> f32 { line[at..at + length].iter().enumerate().map(|(i, v)| v * weight(i)).sum() };
    let middle = worth(room / 2) * LEAST_GAIN;
    let mut found = (middle, 0.5);
    for at in 0..=room {
        let worth = worth(at);
        if worth > found.0 {
            found = (worth, at as f64 / room as f64);
        }
    }
    found.1
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

    /// A face of 60 px, as far as this measure sees one.
    fn face(x: u32, y: u32, at: (u32, u32)) -> Option<[u8; 3]> {
        let (dx, dy) = (x.abs_diff(at.0), y.abs_diff(at.1));
        let eye = dx.abs_diff(12) < 4 && y.abs_diff(at.1 - 8) < 4;
        (dx * dx + dy * dy < 900).then_some(if eye { [40, 30, 25] } else { [222, 165, 130] })
    }

    #[test]
    fn a_face_is_kept_wherever_it_is() {
        for at in [50, 150, 300, 450, 550] {
            let wide = picture(600, 300, |x, y| face(x, y, (at, 150)).unwrap_or([120, 150, 190]));
            let (across, down) = focus(&wide, (300.0, 300.0)).expect("measured");
            let left = across * 300.0;
            let seen = left <= f64::from(at) - 28.0 && f64::from(at) + 28.0 <= left + 300.0;
            assert!(seen, "the face at {at} lies outside of {left}..{}", left + 300.0);
            assert_eq!(down, 0.5, "there is no room up and down");
        }
        let tall = picture(300, 600, |x, y| face(x, y, (150, 90)).unwrap_or([30, 60, 40]));
        let (_, down) = focus(&tall, (300.0, 300.0)).expect("measured");
        assert!(down * 300.0 < 60.0, "the face is at the top, the window begins at {}", down * 300.0);
    }

    #[test]
    fn sharp_detail_beats_a_plain_ground() {
        let goods = |x: u32, y: u32| if x > 420 && (x / 8 + y / 8).is_multiple_of(2) { [20; 3] } else { [235; 3] };
        let (across, _) = focus(&picture(600, 300, goods), (200.0, 300.0)).expect("measured");
        assert!(across > 0.9, "the pattern is at the right, the window at {across}");
    }

    #[test]
    fn a_plain_picture_stays_in_the_middle() {
        for colour in [[255; 3], [0; 3], [222, 165, 130]] {
            assert_eq!(focus(&picture(400, 100, |_, _| colour), (100.0, 100.0)).expect("measured"), (0.5, 0.5));
        }
    }
}
